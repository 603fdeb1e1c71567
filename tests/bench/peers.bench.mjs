// Ours beside other detectors, on the same photos in the same page of the same browser: time with
// one and two threads, cold start, bytes, accuracy. Photos are decoded for everyone beforehand; the
// clock runs from pixels to faces. Turns alternate photo by photo, so that a busy machine slows all.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { npm, root, which } from '../../scripts/run.mjs';
import {
  choosePhotos,
  machine,
  median,
  peersFolder,
  report,
  round,
  shared,
  startChromium,
  weights,
} from './chromium.mjs';
import { drawTable } from './draw.mjs';
import { loadTruth, score } from './score.mjs';

const ROUNDS = 3;
const LOWEST = 0.05; // scores from here on, for whole precision-recall curves

if (!existsSync(join(root, 'tests/bench/node_modules/@mediapipe')))
  await npm(['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: join(root, 'tests/bench'),
  });

const manifest = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
const { set, folder, names, data } = choosePhotos();
const truth = data && loadTruth(data, names);
const chromium = await startChromium(folder);
const { addMetadata } = await import('./mediapipe_model.mjs'); // needs what was installed above
mkdirSync(join(chromium.folder, 'mediapipe'));
addMetadata(
  join(
    root,
    'tests/bench/node_modules/@mediapipe/face_detection/face_detection_short_range.tflite',
  ),
  join(chromium.folder, 'mediapipe/short_range.tflite'),
);

const first = await chromium.open();
const known = await first.evaluate(() => window.bench.detectors());
const sizes = await first.evaluate((list) => window.bench.photos(list), names);
await first.context().close();
const detectors = known.filter(({ name, peer, network }) => {
  const there = peer ? existsSync(join(peersFolder, peer)) : !network || manifest.networks[network];
  if (!there)
    console.log(
      `${name}: ${peer ? `no ${peer} beside the checkout` : 'not in the manifest'}, left out`,
    );
  return there;
});
const common = sizes
  .filter(({ width, height }) => Math.max(width, height) === 400)
  .map(({ name }) => name);
const timed = (common.length > 0 ? common : names).slice(0, 60);

const compressed = new Map();
function bytesOf(paths) {
  let raw = 0;
  let brotli = 0;
  for (const path of new Set(paths)) {
    const file = join(chromium.folder, decodeURIComponent(path.replace(/\?.*/, '')));
    if (!compressed.has(file)) compressed.set(file, brotliCompressSync(readFileSync(file)).length);
    raw += statSync(file).size;
    brotli += compressed.get(file);
  }
  return { raw, brotli };
}

const rows = new Map(detectors.map(({ name }) => [name, { name, times: {} }]));

for (const { name } of detectors) {
  const starts = [];
  for (let turn = 0; turn < 3; turn++) {
    const page = await chromium.open();
    await page.evaluate((list) => window.bench.photos(list), timed.slice(0, 1));
    const before = chromium.requests.length;
    starts.push(await page.evaluate((n) => window.bench.coldStart(n, 1), name));
    if (turn === 0) rows.get(name).bytes = bytesOf(chromium.requests.slice(before));
    await page.context().close();
  }
  rows.get(name).coldStartMs = round(median(starts), 0);
  console.log(`${name}: cold start ${rows.get(name).coldStartMs} ms`);
}

for (const threads of [1, 2]) {
  const page = await chromium.open();
  await page.evaluate((list) => window.bench.photos(list), timed);
  for (const { name, threads: many } of detectors)
    if (threads === 1 || many) {
      const backend = await page.evaluate(([n, t]) => window.bench.load(n, t), [name, threads]);
      if (backend) rows.get(name).backend = backend;
    }
  const samples = new Map();
  for (let turn = -1; turn < ROUNDS; turn++)
    for (let index = 0; index < timed.length; index++) {
      const times = await page.evaluate((i) => window.bench.turn(i), index);
      if (turn < 0) continue; // warm-up
      for (const [name, time] of Object.entries(times))
        samples.set(name, [...(samples.get(name) ?? []), time]);
    }
  for (const [name, list] of samples) {
    const inside = list.map(({ networks }) => networks);
    rows.get(name).times[threads] = {
      medianMs: round(median(list.map(({ ms }) => ms))),
      fastestMs: round(Math.min(...list.map(({ ms }) => ms))),
      medianMsInNetworks: inside.includes(null) ? null : round(median(inside)),
    };
    console.log(`${name}, ${threads} thread(s): ${JSON.stringify(rows.get(name).times[threads])}`);
  }
  await page.context().close();
}

/** The same figures from the yardstick that lies beside the data, where it and Python are there. */
function yardstick(found) {
  const script = join(shared, 'tools/yardstick.py');
  if (!existsSync(script) || !which('python3')) return null;
  const place = mkdtempSync(join(tmpdir(), 'masklens-score-'));
  const path = (name) => join(place, name);
  writeFileSync(path('lines'), found.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(path('names'), names.join('\n'));
  const args = [script, '--folder', data, '--lines', path('lines'), '--pictures', path('names')];
  const { status, stderr } = spawnSync('python3', [...args, '--json', path('json')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const { strict, strict_ge16 } = JSON.parse(readFileSync(path('json'), 'utf8'));
  rmSync(place, { recursive: true });
  return {
    ap50: strict.face_ap,
    ap50From16: strict_ge16.face_ap,
    ap50Correct: strict.ap_correct,
    ap50Incorrect: strict.ap_incorrect,
    ap50Unmasked: strict.ap_unmasked,
  };
}

if (truth) {
  const page = await chromium.open();
  await page.evaluate((list) => window.bench.photos(list), names);
  for (const { name, labels } of detectors) {
    await page.evaluate((n) => window.bench.load(n, 1), name);
    const found = await page.evaluate(([n, s]) => window.bench.faces(n, s), [name, LOWEST]);
    const own = score(found, truth, labels);
    const other = yardstick(found);
    for (const [key, value] of Object.entries(other ?? {}))
      if (key in own && Math.abs(value - own[key]) > 1e-9)
        throw new Error(`${name}: ${key} is ${own[key]} here and ${value} by the yardstick`);
    rows.get(name).accuracy = Object.fromEntries(
      Object.entries(own).map(([k, v]) => [k, round(v, 4)]),
    );
    console.log(
      `${name}: ${JSON.stringify(rows.get(name).accuracy)}${other ? ', as by the yardstick' : ''}`,
    );
  }
  await page.context().close();
} else console.log('No annotated photos beside the checkout: accuracy is left out.');

await chromium.close();
const reference = rows.get('YuNet-n 640')?.times[1].medianMs;
const table = [...rows.values()].map((row) => ({
  ...row,
  ratioToYuNet: reference ? round(row.times[1].medianMs / reference, 3) : null,
}));
report('peers', {
  machine: machine(chromium.version),
  weights: weights(),
  timedPhotos: { set, count: timed.length, longSide: common.length > 0 ? 400 : null },
  scoredPhotos: truth ? { set, count: names.length } : null,
  detectors: table,
});
writeFileSync(join(root, 'models/reports/bench.svg'), drawTable(table));
console.log('-> models/reports/bench.json, models/reports/bench.svg');
