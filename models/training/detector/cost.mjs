// What networks cost in ONNX Runtime Web, one thread, turn by turn so that a busy machine is fair.
//
//   node models/training/detector/cost.mjs [--json FILE] NETWORK.onnx@HEIGHTxWIDTH ...
//
// Prints median and fastest ms of 25 runs each; the first network is the measure of the others.
import { readFileSync, writeFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const args = process.argv.slice(2);
const json = args[0] === '--json' ? args.splice(0, 2)[1] : undefined;
const items = [];
for (const name of args) {
  const [file, sides] = name.split('@');
  const [height, width] = sides.split('x').map(Number);
  const session = await ort.InferenceSession.create(readFileSync(file));
  const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => (i * 7919) % 256);
  const input = new ort.Tensor('float32', pixels, [1, 3, height, width]);
  const feeds = { [session.inputNames[0]]: input };
  for (let i = 0; i < 3; i++) await session.run(feeds);
  items.push({ name: `${file.split('/').at(-1)}@${sides}`, session, feeds, times: [] });
}
for (let turn = 0; turn < 25; turn++) {
  for (const item of items) {
    const began = performance.now();
    await item.session.run(item.feeds);
    item.times.push(performance.now() - began);
  }
}
const rows = items.map(({ name, times }) => {
  times.sort((a, b) => a - b);
  return { name, median: times[12], fastest: times[0] };
});
for (const row of rows) {
  row.ratio = row.fastest / rows[0].fastest;
  console.log(
    `${row.name.padEnd(40)} median ${row.median.toFixed(2)} fastest ${row.fastest.toFixed(2)}` +
      ` ratio ${row.ratio.toFixed(3)}`,
  );
}
if (json) writeFileSync(json, JSON.stringify(rows, null, 1) + '\n');
