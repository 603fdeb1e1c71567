// `masklens detect` with one judge and with two, on the same photos: seconds and processor time. Ends with 1
// where two are not 1.8 times as fast as one. JOBS_PHOTOS for other numbers of photos: JOBS_PHOTOS=60,200
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { choosePhotos, machine, median, report, round } from './chromium.mjs';

const COUNTS = (process.env.JOBS_PHOTOS ?? '60,200,600').split(',').map(Number);
const LEAST_GAIN = 1.8;
// Of the time of all processors.
const MOST_OF_OTHERS = 0.03;
const { set, folder, names } = choosePhotos();
const jpegs = names.filter((name) => readdirSync(folder).includes(name));

/** `count` paths, from the start again where there are not so many photos. */
const paths = (count) =>
  Array.from({ length: count }, (_, at) => join(folder, jpegs[at % jpegs.length])).join('\n');

/** Seconds of all processors since they started, and those of our ended children; null where nobody tells. */
function processors() {
  try {
    const [all] = readFileSync('/proc/stat', 'utf8').split('\n');
    const [user, nice, system] = all.trim().split(/\s+/).slice(1).map(Number);
    const own = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    // Their clock ticks a hundred times a second.
    return { all: (user + nice + system) / 100, children: (+own[13] + +own[14]) / 100 };
  } catch {
    return null;
  }
}

async function measure(count, jobs) {
  const [before, start] = [processors(), performance.now()];
  const args = [join(root, 'dist/cli.js'), 'detect', '--jobs', String(jobs), '-'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(`${paths(count)}\n`);
  let lines = 0;
  child.stdout.setEncoding('latin1').on('data', (text) => {
    lines += text.split('\n').length - 1;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0 || lines !== count) throw new Error(`status ${status}, ${lines} lines`);
  const after = processors();
  const own = after && after.children - before.children;
  const others = after && (after.all - before.all - own) / (seconds * availableParallelism());
  return { seconds, own, others };
}

const rows = [];
for (const photos of COUNTS) {
  const runs = { 1: [], 2: [] };
  for (let left = Math.min(3, Math.ceil(400 / photos)); left > 0; left--)
    for (const jobs of [1, 2]) runs[jobs].push(await measure(photos, jobs));
  const of = (jobs, what) => median(runs[jobs].map((run) => run[what]));
  const row = {
    photos,
    seconds: [1, 2].map((jobs) => round(of(jobs, 'seconds'))),
    processorSeconds: [1, 2].map((jobs) => round(of(jobs, 'own'))),
    gain: round(of(1, 'seconds') / of(2, 'seconds')),
    othersShare: round(Math.max(...[1, 2].map((jobs) => of(jobs, 'others'))), 3),
  };
  console.log(JSON.stringify(row));
  rows.push(row);
}
report('jobs', { machine: machine(), set, rows });
console.log('-> models/reports/bench.json');
for (const { photos, gain, othersShare } of rows) {
  if (othersShare > MOST_OF_OTHERS)
    console.error(`${photos} photos: other programs took ${100 * othersShare} % of the processors`);
  if (gain >= LEAST_GAIN) continue;
  console.error(`${photos} photos: two judges are ${gain} times as fast as one`);
  process.exitCode = 1;
}
