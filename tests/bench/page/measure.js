// Runs in the page; driven from outside through `window.bench`.
import { DETECTORS } from './detectors.js';

const loaded = new Map();
let photos = [];

async function fetchPhoto(name) {
  const bytes = new Uint8Array(await (await fetch(`/photos/${name}`)).arrayBuffer());
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { name, bytes, bitmap, pixels };
}

const flat = ({ box: { x, y, width, height }, score, label }) => ({
  box: [x, y, width, height],
  score,
  label,
});

/** Pixels as planes of luma and halved chroma (I420; BT.601, limited range), as cameras deliver. */
function cameraPlanes({ data, width, height }) {
  const planes = new Uint8Array((width * height * 3) / 2);
  const [u, v] = [width * height, (width * height * 5) / 4];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      planes[y * width + x] = 16 + 0.257 * red + 0.504 * green + 0.098 * blue;
      if (x % 2 || y % 2) continue;
      const half = ((y >> 1) * width) / 2 + (x >> 1);
      planes[u + half] = 128 - 0.148 * red - 0.291 * green + 0.439 * blue;
      planes[v + half] = 128 + 0.439 * red - 0.368 * green - 0.071 * blue;
    }
  return planes;
}

function cameraFrame(pixels, timestamp) {
  const { width, height } = pixels;
  return new VideoFrame(cameraPlanes(pixels), {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp,
  });
}

window.bench = {
  cameraPlanes,

  /** Names, and what each needs to be there. */
  detectors: () =>
    Object.entries(DETECTORS).map(([name, { peer, npm, network, threads, labels }]) => ({
      name,
      peer,
      npm,
      network,
      labels,
      threads: threads === true,
    })),

  async photos(names) {
    photos = [];
    for (const name of names) photos.push(await fetchPhoto(name));
    return photos.map(({ name, bitmap }) => ({ name, width: bitmap.width, height: bitmap.height }));
  },

  async load(name, threads) {
    loaded.set(name, await DETECTORS[name].load(threads));
    return loaded.get(name).backend?.() ?? null;
  },

  /** The faces that a loaded detector finds in one bitmap, at its own threshold. */
  async faceOf(name, bitmap) {
    const { faces } = await loaded.get(name).detect({ bitmap }, DETECTORS[name].threshold);
    return faces.map(flat);
  },

  /** One turn of every loaded detector on photo `index`: { name: { ms, networks } }. */
  async turn(index) {
    const times = {};
    for (const [name, detector] of loaded) {
      const start = performance.now();
      const { networks } = await detector.detect(photos[index], DETECTORS[name].threshold);
      times[name] = { ms: performance.now() - start, networks };
    }
    return times;
  },

  /** Faces of every photo at a threshold low enough for a whole precision-recall curve. */
  async faces(name, minScore) {
    const rows = [];
    for (const photo of photos) {
      const { faces } = await loaded.get(name).detect(photo, minScore);
      rows.push({ file: photo.name, faces: faces.map(flat) });
    }
    return rows;
  },

  /** From nothing to the first answer, the photo being decoded already. */
  async coldStart(name, threads) {
    const start = performance.now();
    const detector = await DETECTORS[name].load(threads);
    await detector.detect(photos[0], DETECTORS[name].threshold);
    return performance.now() - start;
  },

  /** File bytes to faces through the package as a page uses it, in a worker: one entry a photo. */
  async pipeline(options, rounds) {
    const { createDetector } = await import('/package/index.js');
    const detector = await createDetector(options);
    const times = [];
    for (let round = -1; round < rounds; round++)
      for (const { name, bytes } of photos) {
        const start = performance.now();
        const { timing, faces } = await detector.detect(bytes);
        const ms = performance.now() - start;
        if (round >= 0) times.push({ name, ms, ...timing, faces: faces.length });
      }
    await detector.close();
    return times;
  },

  /**
   * The photos, cut to 16:9, as 1280x720 video frames in the format of cameras (I420) one after
   * another: a call's times each.
   */
  async frames(options, detectOptions, rounds) {
    const { createDetector } = await import('/package/index.js');
    const detector = await createDetector(options);
    const canvas = new OffscreenCanvas(1280, 720);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const times = [];
    for (let round = -1; round < rounds; round++)
      for (const { name, bitmap } of photos) {
        const { width, height } = bitmap;
        const w = Math.min(width, (height * 16) / 9);
        const h = Math.min(height, (width * 9) / 16);
        context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h, 0, 0, 1280, 720);
        const frame = cameraFrame(context.getImageData(0, 0, 1280, 720), times.length);
        const start = performance.now();
        const { timing, faces } = await detector.detect(frame, detectOptions);
        const ms = performance.now() - start;
        frame.close();
        if (round >= 0) times.push({ name, ms, ...timing, faces: faces.length });
      }
    await detector.close();
    return times;
  },

  /** A `width` x `height` JPEG made of photo 0, from file bytes to faces. */
  async large(options, detectOptions, width, height, rounds) {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d').drawImage(photos[0].bitmap, 0, 0, width, height);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const { createDetector } = await import('/package/index.js');
    const detector = await createDetector(options);
    const times = [];
    for (let round = -1; round < rounds; round++) {
      const start = performance.now();
      const { timing, faces } = await detector.detect(bytes, detectOptions);
      if (round >= 0) times.push({ ms: performance.now() - start, ...timing, faces: faces.length });
    }
    await detector.close();
    return { bytes: bytes.length, times };
  },
};
