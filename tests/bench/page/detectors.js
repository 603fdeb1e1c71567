// Every detector behind one face: `load(threads)` gives `detect(photo, minScore)`, which gives faces
// in pixels of the photo and the milliseconds spent inside the runtime's own calls (null where the
// library does not let one see them). A photo is { bitmap, pixels }: decoded for everyone before.
// How each network is fed and read follows the description that its authors publish.
import { planes, suppress } from './boxes.js';

let ort;

async function session(file, threads) {
  if (!ort) {
    ort = await import('/ort/ort.wasm.min.mjs');
    ort.env.wasm.wasmPaths = '/ort/';
    ort.env.wasm.numThreads = threads;
  }
  const bytes = new Uint8Array(await (await fetch(`/peers/${file}`)).arrayBuffer());
  return ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
}

/** A detector that is one ONNX network: `prepare` makes its input, `read` its faces. */
const network = (file, prepare, read) => async (threads) => {
  const net = await session(file, threads);
  return {
    async detect({ bitmap }, minScore) {
      const input = prepare(bitmap);
      const [, , h, w] = input.shape;
      const tensor = new ort.Tensor(
        'float32',
        planes(bitmap, { padWidth: w, padHeight: h, ...input }),
        input.shape,
      );
      const start = performance.now();
      const outputs = await net.run({ [net.inputNames[0]]: tensor });
      const networks = performance.now() - start;
      return { faces: read(outputs, input, minScore, bitmap), networks };
    },
  };
};

/** Scaled so that the longer side is `side`, top left, sides padded to a multiple of `multiple`. */
function fitted({ width, height }, side, multiple) {
  const ratio = side / Math.max(width, height);
  const w = Math.round(width * ratio);
  const h = Math.round(height * ratio);
  const up = (n) => (multiple ? Math.ceil(n / multiple) * multiple : side);
  return { ratio, width: w, height: h, shape: [1, 3, up(h), up(w)] };
}

const face = (x1, y1, x2, y2, score, label = 'unmasked') => ({
  box: { x: x1, y: y1, width: x2 - x1, height: y2 - y1 },
  score,
  label,
});

const yunet = network(
  'yunet_n.onnx',
  (bitmap) => ({ ...fitted(bitmap, 640, 32), mean: 0, scale: 1, order: 'bgr' }),
  (out, { ratio, shape }, minScore) => {
    const faces = [];
    for (const stride of [8, 16, 32]) {
      const columns = shape[3] / stride;
      const cls = out[`cls_${stride}`].data;
      const obj = out[`obj_${stride}`].data;
      const box = out[`bbox_${stride}`].data;
      for (let i = 0; i < cls.length; i++) {
        const score = Math.sqrt(Math.max(0, cls[i] * obj[i]));
        if (score < minScore) continue;
        const cx = ((i % columns) + box[4 * i]) * stride;
        const cy = (Math.floor(i / columns) + box[4 * i + 1]) * stride;
        const w = Math.exp(box[4 * i + 2]) * stride;
        const h = Math.exp(box[4 * i + 3]) * stride;
        faces.push(
          face(
            (cx - w / 2) / ratio,
            (cy - h / 2) / ratio,
            (cx + w / 2) / ratio,
            (cy + h / 2) / ratio,
            score,
          ),
        );
      }
    }
    return suppress(faces, 0.3);
  },
);

const ultraface = network(
  'ultraface_rfb_320.onnx',
  () => ({
    width: 320,
    height: 240,
    shape: [1, 3, 240, 320],
    mean: 127,
    scale: 1 / 128,
    order: 'rgb',
  }),
  ({ scores, boxes }, _input, minScore, { width, height }) => {
    const faces = [];
    for (let i = 0; i < scores.data.length / 2; i++) {
      const score = scores.data[2 * i + 1];
      if (score < minScore) continue;
      const [x1, y1, x2, y2] = boxes.data.subarray(4 * i, 4 * i + 4);
      faces.push(face(x1 * width, y1 * height, x2 * width, y2 * height, score));
    }
    return suppress(faces, 0.3);
  },
);

const scrfd = network(
  'scrfd_500m.onnx',
  (bitmap) => ({ ...fitted(bitmap, 640, 0), mean: 127.5, scale: 1 / 128, order: 'rgb' }),
  (out, { ratio }, minScore) => {
    const faces = [];
    for (const stride of [8, 16, 32]) {
      const columns = 640 / stride;
      const scores = out[`score_${stride}`].data;
      const box = out[`bbox_${stride}`].data;
      for (let i = 0; i < scores.length; i++) {
        if (scores[i] < minScore) continue;
        const cell = i >> 1; // two anchors a cell
        const x = (cell % columns) * stride;
        const y = Math.floor(cell / columns) * stride;
        const [l, t, r, b] = box.subarray(4 * i, 4 * i + 4);
        faces.push(
          face(
            (x - l * stride) / ratio,
            (y - t * stride) / ratio,
            (x + r * stride) / ratio,
            (y + b * stride) / ratio,
            scores[i],
          ),
        );
      }
    }
    return suppress(faces, 0.4);
  },
);

// SSD anchors of AIZOO-360: per cell two sizes at ratio 1, then the smaller one at two more ratios.
const AIZOO_ANCHORS = [
  [45, 0.04, 0.056],
  [23, 0.08, 0.11],
  [12, 0.16, 0.22],
  [6, 0.32, 0.45],
  [4, 0.64, 0.72],
].flatMap(([map, small, large]) => {
  const shapes = [
    [small, small],
    [large, large],
    ...[0.62, 0.42].map((ratio) => [small * Math.sqrt(ratio), small / Math.sqrt(ratio)]),
  ];
  return Array.from({ length: map * map }, (_, cell) =>
    shapes.map(([w, h]) => [
      ((cell % map) + 0.5) / map,
      (Math.floor(cell / map) + 0.5) / map,
      w,
      h,
    ]),
  ).flat();
});

const aizoo = network(
  'aizoo_360.onnx',
  () => ({
    width: 360,
    height: 360,
    shape: [1, 3, 360, 360],
    mean: 0,
    scale: 1 / 255,
    order: 'rgb',
  }),
  ({ loc, cls }, _input, minScore, { width, height }) => {
    const faces = [];
    for (let i = 0; i < AIZOO_ANCHORS.length; i++) {
      const masked = cls.data[2 * i];
      const bare = cls.data[2 * i + 1];
      const score = Math.max(masked, bare);
      if (score < minScore) continue;
      const [ax, ay, aw, ah] = AIZOO_ANCHORS[i];
      const [dx, dy, dw, dh] = loc.data.subarray(4 * i, 4 * i + 4);
      const cx = ax + dx * 0.1 * aw;
      const cy = ay + dy * 0.1 * ah;
      const w = aw * Math.exp(dw * 0.2);
      const h = ah * Math.exp(dh * 0.2);
      faces.push(
        face(
          (cx - w / 2) * width,
          (cy - h / 2) * height,
          (cx + w / 2) * width,
          (cy + h / 2) * height,
          score,
          masked > bare ? 'correct' : 'unmasked',
        ),
      );
    }
    return suppress(faces, 0.5);
  },
);

async function mediapipe() {
  const { FaceDetector, FilesetResolver } = await import(
    '/npm/@mediapipe/tasks-vision/vision_bundle.mjs'
  );
  const files = await FilesetResolver.forVisionTasks('/npm/@mediapipe/tasks-vision/wasm');
  const detector = await FaceDetector.createFromOptions(files, {
    baseOptions: {
      modelAssetPath: '/mediapipe/short_range.tflite',
      delegate: 'CPU',
    },
    runningMode: 'IMAGE',
    minDetectionConfidence: 0.05,
  });
  return {
    async detect({ bitmap }, minScore) {
      const { detections } = detector.detect(bitmap);
      const faces = detections.map(({ boundingBox: b, categories }) =>
        face(b.originX, b.originY, b.originX + b.width, b.originY + b.height, categories[0].score),
      );
      return { faces: faces.filter(({ score }) => score >= minScore), networks: null };
    },
  };
}

async function faceApi() {
  const api = await import('/npm/@vladmandic/face-api/dist/face-api.esm.js');
  // Its WebGL way would measure the test machine's software rendering; WebAssembly compares.
  api.tf.setWasmPaths('/npm/@tensorflow/tfjs-backend-wasm/dist/');
  api.tf.setThreadsCount(1);
  await api.tf.setBackend('wasm');
  await api.tf.ready();
  await api.nets.ssdMobilenetv1.loadFromUri('/npm/@vladmandic/face-api/model');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return {
    backend: () => api.tf.getBackend(),
    async detect({ bitmap }, minScore) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      context.drawImage(bitmap, 0, 0);
      const options = new api.SsdMobilenetv1Options({ minConfidence: minScore, maxResults: 100 });
      const found = await api.detectAllFaces(canvas, options);
      const faces = found.map(({ box: b, score }) =>
        face(b.x, b.y, b.x + b.width, b.y + b.height, score),
      );
      return { faces, networks: null };
    },
  };
}

const masklens = (options) => async (threads) => {
  const { createDetector } = await import('/package/index.js');
  const detector = await createDetector({ ...options, threads, worker: false });
  return {
    async detect({ pixels }, minScore) {
      const { faces, timing } = await detector.detect(
        pixels,
        minScore === undefined ? {} : { minScore },
      );
      return { faces, networks: timing.networks };
    },
  };
};

const THREE = ['correct', 'incorrect', 'unmasked'];

/**
 * Name -> { load, threshold (its own default), peer (a file of ../shared/peers), npm, threads,
 * labels (that it tells apart) }.
 */
export const DETECTORS = {
  'masklens accurate': {
    load: masklens({ detector: 'one-stage', quality: 'accurate' }),
    network: 'one-stage-accurate',
    threads: true,
    labels: THREE,
  },
  'masklens fast': {
    load: masklens({ detector: 'one-stage', quality: 'fast' }),
    network: 'one-stage-fast',
    threads: true,
    labels: THREE,
  },
  'masklens mtcnn': {
    load: masklens({ detector: 'mtcnn' }),
    network: 'pnet',
    threads: true,
    labels: THREE,
  },
  'YuNet-n 640': { load: yunet, threshold: 0.6, peer: 'yunet_n.onnx', threads: true },
  'UltraFace RFB-320': {
    load: ultraface,
    threshold: 0.7,
    peer: 'ultraface_rfb_320.onnx',
    threads: true,
  },
  'SCRFD-500M 640': { load: scrfd, threshold: 0.5, peer: 'scrfd_500m.onnx', threads: true },
  'AIZOO-360': {
    load: aizoo,
    threshold: 0.5,
    peer: 'aizoo_360.onnx',
    threads: true,
    labels: ['correct', 'unmasked'],
  },
  'MediaPipe short range': { load: mediapipe, threshold: 0.5, npm: '@mediapipe/tasks-vision' },
  'face-api SSD': { load: faceApi, threshold: 0.5, npm: '@vladmandic/face-api' },
};
