// The page's side of chromium.test.mjs: runs in Chromium, uses nothing but the package.
import { createDetector, drawOverlay, environment, LABELS } from './dist/index.js';

const create = (options = {}) => createDetector({ detector: 'mtcnn', ...options });
const file = async (name) => (await fetch(`pictures/${name}`)).blob();
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const codeOf = (promise) =>
  promise.then(
    () => null,
    (error) => error.code ?? String(error),
  );

function canvasOf(bitmap, canvas) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  return canvas;
}

/** The photo as a video that plays: a canvas that is drawn again and again. */
async function playing(bitmap) {
  const canvas = canvasOf(bitmap, document.createElement('canvas'));
  const timer = setInterval(() => canvasOf(bitmap, canvas), 20);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = canvas.captureStream(30);
  await video.play();
  const stop = () => {
    clearInterval(timer);
    for (const track of video.srcObject.getTracks()) track.stop();
  };
  return { video, stop };
}

export async function everyInput(options) {
  const detector = await create(options);
  const photo = await file('photo.jpg');
  const bitmap = await createImageBitmap(photo);
  const offscreen = canvasOf(bitmap, new OffscreenCanvas(1, 1));
  const image = new Image();
  image.src = 'pictures/photo.jpg';
  const { video, stop } = await playing(bitmap);
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  const pixels = offscreen.getContext('2d').getImageData(0, 0, bitmap.width, bitmap.height);
  const { data, width, height } = pixels;
  const inputs = {
    file: new File([photo], 'photo.jpg'),
    bytes: new Uint8Array(await photo.arrayBuffer()),
    'array buffer': await photo.arrayBuffer(),
    bitmap,
    'off-screen canvas': offscreen,
    canvas: canvasOf(bitmap, document.createElement('canvas')),
    image,
    video,
    'video frame': frame,
    'image data': pixels,
    pixels: { data, width, height },
    'pixels without alpha': { data: new Uint8Array(data), width, height },
  };
  const results = {};
  for (const [kind, input] of Object.entries(inputs))
    results[kind] = (await detector.detect(input)).faces;
  // What was passed once can be passed again.
  for (const kind of ['bytes', 'array buffer', 'bitmap', 'video frame', 'pixels'])
    results[kind] = (await detector.detect(inputs[kind])).faces;
  frame.close();
  stop();
  const used = detector.threads;
  await detector.close();
  return { used, environment: environment(), results };
}

export async function foreignFormats() {
  const detector = await create();
  const [counts, sizes, failures] = [{}, {}, {}];
  for (const name of ['photo.webp', 'photo.avif']) {
    const result = await detector.detect(await file(name));
    counts[name] = result.faces.length;
    sizes[name] = [result.width, result.height];
  }
  const bad = {
    'photo.tiff': await file('photo.tiff'),
    'text.jpg': await file('text.jpg'),
    'cut.webp': (await file('photo.webp')).slice(0, 300),
    'an empty image element': new Image(),
    'a video without a source': document.createElement('video'),
  };
  for (const [name, input] of Object.entries(bad))
    failures[name] = await detector.detect(input).then(
      () => 'no failure',
      (error) => `${error.code}: ${error.message}`,
    );
  await detector.close();
  return { counts, sizes, failures };
}

/** The leftmost face's box of each orientation: decoded by the core, then by an image element. */
export async function orientations() {
  const detector = await create();
  const boxes = [];
  for (const byBrowser of [false, true])
    for (let orientation = 1; orientation <= 8; orientation++) {
      const name = `orientation_${orientation}.jpg`;
      const image = Object.assign(new Image(), { src: `pictures/${name}` });
      const { faces } = await detector.detect(byBrowser ? image : await file(name));
      boxes.push(faces.map((face) => face.box).sort((a, b) => a.x - b.x)[0]);
    }
  await detector.close();
  return boxes;
}

/** Names of the assets that were asked for, while creating and afterwards. */
export async function requests() {
  const names = new Set();
  const listen = (seen) => {
    const channel = new PerformanceObserver((list) => {
      for (const { name } of list.getEntries()) seen.add(name.replace(/^.*\//, ''));
    });
    channel.observe({ type: 'resource' });
    return channel;
  };
  const observer = listen(names);
  const progress = new Set();
  const detector = await create({ onProgress: ({ file: name }) => progress.add(name) });
  const photo = await file('photo.jpg');
  await pause(100);
  observer.disconnect();
  const later = new Set();
  const second = listen(later);
  await detector.detect(photo);
  await detector.annotate(photo, { faces: [] });
  await pause(100);
  second.disconnect();
  await detector.close();
  const scripts = [
    'worker.js',
    'core.js',
    'ort-start.js',
    'manifest.json',
    'ort-wasm-simd-threaded.js',
  ];
  return { during: [...new Set([...progress, ...scripts])].sort(), after: [...later] };
}

/** Faces that a worker finds which ran before it was asked for, and whether its end is the detector's. */
export async function startedAhead() {
  const options = { type: 'module', name: 'masklens' };
  const worker = new Worker(new URL('dist/assets/worker.js', document.baseURI), options);
  await pause(300);
  const progress = [];
  const detector = await create({ worker, onProgress: (event) => progress.push(event) });
  const { faces } = await detector.detect(await file('photo.jpg'));
  await detector.close();
  const { loaded, total } = progress.at(-1);
  return { faces, loaded, total, names: [...new Set(progress.map((event) => event.file))] };
}

export async function creationFailure() {
  try {
    await (await create()).close();
    return { code: 'none', message: '' };
  } catch ({ code, message }) {
    return { code, message };
  }
}

export async function giveUp() {
  const detector = await create();
  const [width, height] = [4000, 3000];
  const large = { data: new Uint8Array(width * height * 4).fill(200), width, height };
  const photo = await file('photo.jpg');
  const controller = new AbortController();
  const long = codeOf(detector.detect(large, { signal: controller.signal }));
  await pause(50);
  const begun = performance.now();
  controller.abort();
  const codes = [await long];
  const waited = performance.now() - begun;
  codes.push(await codeOf(detector.detect(photo)));
  const running = codeOf(detector.detect(photo));
  await detector.close();
  codes.push(await running, await codeOf(detector.detect(photo)));
  return { codes, waited };
}

export async function watchCanvas() {
  const detector = await create();
  const { video, stop } = await playing(await createImageBitmap(await file('photo.jpg')));
  const overlay = new OffscreenCanvas(800, 560);
  const context = overlay.getContext('2d', { willReadFrequently: true });
  let results = 0;
  let last = null;
  const settings = { onResult: null, onError: null };
  const enough = new Promise((resolve, reject) => {
    settings.onError = reject;
    settings.onResult = (result) => {
      last = result;
      drawOverlay(context, result, { mirrored: true });
      if (++results === 10) resolve();
    };
  });
  // The fast network is chosen by default; MTCNN has no sizes.
  const live = detector.watch(video, {
    onResult: (result) => settings.onResult(result),
    onError: (error) => settings.onError(error),
  });
  await enough;
  const countFor = async (milliseconds) => {
    const earlier = results;
    await pause(milliseconds);
    return results - earlier;
  };
  live.pause();
  const whilePaused = await countFor(400);
  live.resume();
  const afterResume = await countFor(1500);
  live.stop();
  const afterStop = await countFor(400);
  stop();
  await detector.close();
  const { data } = context.getImageData(0, 0, overlay.width, overlay.height);
  return {
    results,
    faces: last.faces.length,
    framesPerSecond: last.framesPerSecond,
    size: [last.width, last.height],
    whilePaused,
    afterResume,
    afterStop,
    drawn: data.filter((_, index) => index % 4 === 3).filter((alpha) => alpha > 0).length,
  };
}

export async function annotations() {
  const detector = await create();
  const photo = await file('photo.jpg');
  const result = await detector.detect(photo);
  const described = async (blob) => {
    const { width, height } = await createImageBitmap(blob);
    return { type: blob.type, width, height };
  };
  const png = await described(await detector.annotate(photo, result));
  const jpeg = await described(await detector.annotate(photo, result, { type: 'image/jpeg' }));
  const animation = await file('animated.gif');
  const judged = await detector.detectAnimation(animation);
  const gif = await described(await detector.annotateAnimation(animation, judged));
  await detector.close();
  return { png, jpeg, gif: { ...gif, frames: judged.frames.length } };
}

/** In pixels of a plate on a grey picture: its ground, and the colour in it that is farthest from that. */
function coloursOfPlate(context) {
  const GREY = 200;
  const TOP_OF_BOX = 146;
  const { width } = context.canvas;
  const { data } = context.getImageData(0, 0, width, TOP_OF_BOX);
  const at = (x, y) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
  const far = (a, b) => a.reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0);
  let [left, top, right, bottom] = [width, TOP_OF_BOX, 0, 0];
  for (let y = 0; y < TOP_OF_BOX; y++)
    for (let x = 0; x < width; x++)
      if (far(at(x, y), [GREY, GREY, GREY]) > 0) {
        [left, top] = [Math.min(left, x), Math.min(top, y)];
        [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
      }
  // Inside of rounded corners.
  const ground = at(Math.round((left + right) / 2), top + 2);
  let ink = ground;
  for (let y = top + 4; y < bottom - 3; y++)
    for (let x = left + 4; x < right - 3; x++)
      if (far(at(x, y), ground) > far(ink, ground)) ink = at(x, y);
  return { ground, ink };
}

/** The colours of plates, as the core draws them on pictures and the overlay on canvases. */
export async function plates() {
  const detector = await create();
  const [width, height] = [400, 300];
  const data = new Uint8Array(width * height * 4).map((_, at) => (at % 4 === 3 ? 255 : 200));
  const grey = { data, width, height };
  const colours = {};
  for (const label of LABELS) {
    const face = {
      box: { x: 60, y: 150, width: 240, height: 130 },
      score: 1,
      label,
      probabilities: { correct: 1, incorrect: 1, unmasked: 1 },
      uncertain: false,
      landmarks: null,
    };
    const bitmap = await createImageBitmap(await detector.annotate(grey, { faces: [face] }));
    const canvas = canvasOf(bitmap, new OffscreenCanvas(1, 1));
    const overlay = new OffscreenCanvas(width, height);
    drawOverlay(overlay.getContext('2d'), { width, height, faces: [face] });
    const over = new OffscreenCanvas(width, height).getContext('2d');
    over.fillStyle = 'rgb(200 200 200)';
    over.fillRect(0, 0, width, height);
    over.drawImage(overlay, 0, 0);
    colours[label] = {
      core: coloursOfPlate(canvas.getContext('2d')),
      overlay: coloursOfPlate(over),
    };
  }
  await detector.close();
  return colours;
}
