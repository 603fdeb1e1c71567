// Milliseconds a face of a classifier in ONNX Runtime Web, one thread, batches of 8 as the program
// makes them: `node speed.mjs FILE SIZE` prints { median, fastest }.
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';

const BATCH = 8;
const RUNS = 60;
const [file, side] = process.argv.slice(2);
const size = Number(side);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await readFile(file));
const pixels = Float32Array.from({ length: BATCH * 3 * size * size }, (_, i) => Math.sin(i));
const input = new ort.Tensor('float32', pixels, [BATCH, 3, size, size]);
const times = [];
for (let run = 0; run < RUNS; run++) {
  const start = performance.now();
  await session.run({ input });
  times.push((performance.now() - start) / BATCH);
}
times.sort((a, b) => a - b);
const round = (value) => Math.round(value * 1000) / 1000;
console.log(JSON.stringify({ median: round(times[RUNS / 2]), fastest: round(times[0]) }));
