// The soak's side in Chromium.
import * as masklens from './dist/index.js';
import { Workload } from './workload.mjs';

const workers = [];
globalThis.Worker = class extends Worker {
  constructor(...values) {
    super(...values);
    workers.push(this);
  }
};

let load;
const canvas = new OffscreenCanvas(640, 360);
const context = canvas.getContext('2d');
let shown = 0;

function frame() {
  context.fillStyle = `hsl(${shown++ % 360} 50% 50%)`;
  context.fillRect(0, 0, 640, 360);
  const picture = new VideoFrame(canvas, { timestamp: shown * 33_000 });
  return { picture, close: () => picture.close() };
}

export async function open(options, names) {
  const files = {};
  for (const [name, file] of Object.entries(names))
    files[name] = new Uint8Array(await (await fetch(file)).arrayBuffer());
  load = new Workload({
    masklens,
    files,
    options,
    frame,
    kill: () => workers.at(-1)?.terminate(),
  });
  await load.open();
}

/** Runs a part of the workload; what came unexpectedly comes back. */
export async function run(part, count) {
  await load[part](count);
  workers.splice(0, workers.length - 1);
  return load.surprises;
}

export const close = () => load.close();
