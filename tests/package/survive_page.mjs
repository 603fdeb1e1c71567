// The page's side of survive.test.mjs: runs in Chromium, uses nothing but the package.
import { createDetector } from './dist/index.js';

const ASSETS = new URL('./dist/assets/', document.baseURI).href;
const create = (options = {}) => createDetector({ detector: 'mtcnn', ...options });
const file = async (name) => (await fetch(name)).blob();
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The code of the error that a promise rejects with (its name where it has none), or null. */
const codeOf = (promise) =>
  promise.then(
    () => null,
    (error) => error.code ?? error.name,
  );
const failureOf = (promise) =>
  promise.then(
    () => null,
    ({ code, name, message, file, url }) => ({ code, name, message, file, url }),
  );

/** Milliseconds until the promise has settled, and its code. */
async function timed(promise) {
  const begun = performance.now();
  const code = await codeOf(promise);
  return { code, waited: performance.now() - begun };
}

/** Every worker that the page starts, in order. */
const workers = [];
globalThis.Worker = class extends Worker {
  constructor(...values) {
    super(...values);
    workers.push(this);
  }
};

/** Threads in use and faces found, twice: with MTCNN, whose loops the core shares among its threads. */
export async function facesWith(options) {
  const detector = await create(options);
  const photo = await file('crowd.jpg');
  const counts = [];
  for (let round = 0; round < 2; round++) counts.push((await detector.detect(photo)).faces.length);
  const { threads } = detector;
  await detector.close();
  return { threads, counts };
}

export const creationFailure = async (options = {}) =>
  failureOf(create(options).then((detector) => detector.close()));

/** Where the script for moving files does not come at first: of two films that are one photo. */
export async function movingScriptLate() {
  const detector = await createDetector();
  const photo = await file('crowd.jpg');
  const read = async () => {
    let faces = 0;
    for await (const frame of detector.frames(photo)) faces += frame.faces.length;
    return faces;
  };
  const first = await failureOf(read());
  const still = (await detector.detect(photo)).faces.length;
  const second = await read();
  await detector.close();
  return { first, still, second };
}

/** Where the core has a fault: the codes of two calls, and of one while the worker starts again. */
export async function afterFault() {
  const first = await firstFault();
  return { first, ...(await nextCalls()) };
}

let faulty;
/** The code of the first call of a detector that {@link nextCalls} asks again. */
export async function firstFault() {
  faulty = await create({ threads: 2 });
  return codeOf(faulty.detect(await file('crowd.jpg')));
}

export async function nextCalls() {
  const photo = await file('crowd.jpg');
  const impatient = await codeOf(faulty.detect(photo, { signal: AbortSignal.timeout(1) }));
  const faces = (await faulty.detect(photo)).faces.length;
  await faulty.close();
  return { impatient, faces, workers: workers.length };
}

/** Kills the worker during a call, between calls, and during creation. */
export async function killed() {
  const detector = await create();
  const photo = await file('crowd.jpg');
  const pixels = { data: new Uint8Array(2000 * 1500 * 4).fill(200), width: 2000, height: 1500 };
  const running = timed(detector.detect(pixels));
  await pause(20);
  workers.at(-1).terminate();
  const during = await running;
  const next = (await detector.detect(photo)).faces.length;
  workers.at(-1).terminate();
  await pause(50);
  const between = await codeOf(detector.detect(photo));
  await detector.close();

  const creating = timed(create());
  await pause(0);
  workers.at(-1).terminate();
  return { during, next, between, creating: await creating };
}

/** Workers that do not answer, each in its way. */
export async function silentWorkers() {
  const blob = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const module = { type: 'module', name: 'masklens' };
  const dead = new Worker(`${ASSETS}worker.js`, module);
  dead.terminate();
  const silent = {
    empty: new Worker(blob(''), module),
    chatty: new Worker(
      blob(
        'onmessage = () => postMessage("hello"); setInterval(() => postMessage({ hello: null }), 100)',
      ),
      module,
    ),
    'named otherwise': new Worker(`${ASSETS}worker.js`, { ...module, name: 'other' }),
    dead,
  };
  const outcomes = Object.entries(silent).map(async ([name, worker]) => [
    name,
    await timed(create({ worker })),
  ]);
  return Object.fromEntries(await Promise.all(outcomes));
}

export async function usedTwice() {
  const worker = new Worker(`${ASSETS}worker.js`, { type: 'module', name: 'masklens' });
  const detector = await create({ worker });
  const again = await timed(create({ worker }));
  await detector.close();
  return [again, await timed(create({ worker }))];
}

/** Gives up while the core is in the middle of something that takes seconds. */
export async function givenUp() {
  const detector = await create();
  const photo = await file('crowd.jpg');
  const controller = new AbortController();
  const call = codeOf(detector.detect(photo, { signal: controller.signal }));
  await pause(100);
  const begun = performance.now();
  controller.abort();
  const code = await call;
  const settled = performance.now() - begun;
  const faces = (await detector.detect(photo)).faces.length;
  const next = performance.now() - begun;
  await detector.close();
  return { code, settled, faces, next };
}

let kept;
export const open = async () => {
  kept = await create();
};
export const detect = async () => codeOf(kept.detect(await file('crowd.jpg')));
export const close = () => kept.close();

/** An image that never loads, and what comes after it. */
export async function stuckImage() {
  const detector = await create();
  const photo = await file('crowd.jpg');
  const stuck = () => Object.assign(new Image(), { src: `never.jpg?${Math.random()}` });
  const controller = new AbortController();
  const waiting = codeOf(detector.detect(stuck(), { signal: controller.signal }));
  const faces = (await detector.detect(photo)).faces.length;
  controller.abort();
  const aborted = await waiting;
  const other = codeOf(detector.detect(stuck()));
  const closing = await timed(detector.close());
  return { faces, aborted, closed: await other, closing };
}

/** Faces of pictures that change, close or move right after they were handed in. */
export async function takenAtOnce() {
  const detector = await create();
  const bitmap = await createImageBitmap(await file('crowd.jpg'));
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const data = context.getImageData(0, 0, width, height);
  const frame = new VideoFrame(bitmap, { timestamp: 0 });
  const calls = [canvas, bitmap, data, frame].map((input) => detector.detect(input));
  context.clearRect(0, 0, width, height);
  bitmap.close();
  data.data.fill(0);
  frame.close();
  const counts = (await Promise.all(calls)).map(({ faces }) => faces.length);
  await detector.close();
  return counts;
}

/** Pixels as other realms and wide-gamut canvases have them. */
export async function oddPixels() {
  const detector = await create();
  const bitmap = await createImageBitmap(await file('crowd.jpg'));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const all = [0, 0, bitmap.width, bitmap.height];
  const counts = {};
  const frame = document.body.appendChild(document.createElement('iframe'));
  const foreign = new frame.contentWindow.ImageData(bitmap.width, bitmap.height);
  foreign.data.set(context.getImageData(...all).data);
  counts.foreign = (await detector.detect(foreign)).faces.length;
  const floats = context.getImageData(...all, { pixelFormat: 'rgba-float16' });
  counts.floats = (await detector.detect(floats)).faces.length;
  const format = floats.data.constructor.name;
  await detector.close();
  return { counts, format };
}

export async function throwingProgress() {
  const detector = await create({
    onProgress: () => {
      throw new Error('the caller’s own');
    },
  });
  const { faces } = await detector.detect(await file('crowd.jpg'));
  await detector.close();
  return faces.length;
}

/** Faces that a shared worker finds, or what keeps it from it. */
export function inSharedWorker() {
  const script = `
    onconnect = async ({ ports: [port] }) => {
      try {
        const { createDetector } = await import('${new URL('./dist/index.js', document.baseURI)}');
        const detector = await createDetector({ detector: 'mtcnn' });
        const photo = await (await fetch('${new URL('crowd.jpg', document.baseURI)}')).blob();
        port.postMessage((await detector.detect(photo)).faces.length);
      } catch (error) {
        port.postMessage(String(error));
      }
    };`;
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const { port } = new SharedWorker(url, { type: 'module' });
  return new Promise((resolve) => {
    port.onmessage = ({ data }) => resolve(data);
  });
}
