// `npm run soak`: thousands of calls, starts and ends, calls given up, live frames and killed workers,
// in Node and in Chromium, with one and more threads. Memory, workers and time have to stay flat, and
// every call has to end as it should. Options scale it: --calls 5000 --cycles 200 --aborts 500
// --frames 2000 --kills 100 --threads 1,2,4 --where node,chromium.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMain, main, ProgramFailed, root } from '../../scripts/run.mjs';
import { withWindows } from '../browser/chromium.mjs';
import { chromiumHost, ISOLATED } from '../package/host.mjs';
import { Workload } from './workload.mjs';

const FILES = {
  photo: 'photos/maksssksksss96.jpg',
  gif: 'animated.gif',
  cut: 'truncated.jpg',
  text: 'text.jpg',
};
export const COUNTS = { calls: 5000, cycles: 200, aborts: 500, frames: 2000, kills: 100 };
// A part is run once before it is measured, so that what is kept for good is there.
const WARM_UP = 0.1;
const MOST_GROWTH_MB = 20;
// What leaks grows every time; what the browser keeps for itself, once.
const ROUNDS = 3;
// Chromium takes down what was ended within so many seconds; after so many without a change it has.
const SETTLING_S = 30;
const CALM_S = 3;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

async function inNode(threads) {
  const masklens = await import('../../dist/index.js');
  const files = Object.fromEntries(
    Object.entries(FILES).map(([name, path]) => [
      name,
      new Uint8Array(readFileSync(join(root, 'tests/fixtures', path))),
    ]),
  );
  const load = new Workload({
    masklens,
    files,
    options: { threads },
    kill: null,
    frame: () => ({ picture: load.pixels(640, 360), close: () => undefined }),
  });
  await load.open();
  return {
    run: async (part, count) => {
      await load[part](count);
      return load.surprises;
    },
    measure: async () => {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 50));
      collect();
      return {
        megabytes: process.memoryUsage().rss / 1e6,
        threads: Number(/Threads:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]),
      };
    },
    close: () => load.close(),
  };
}

async function inChromium(threads) {
  const file = (name) => fileURLToPath(new URL(name, import.meta.url));
  const names = Object.fromEntries(Object.keys(FILES).map((name) => [name, `${name}.bin`]));
  const fixtures = Object.fromEntries(
    Object.entries(FILES).map(([name, path]) => [names[name], path]),
  );
  const host = await chromiumHost(file('page.mjs'), { ...fixtures }, [file('workload.mjs')]);
  const { call, page } = await host.page(ISOLATED, { cores: Math.max(2, threads) });
  const session = await page.context().newCDPSession(page);
  const browser = await host.browser.newBrowserCDPSession();
  // The site's caches may be full; the package keeps nothing and does not mind.
  const origin = new URL(page.url()).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await call('open', { threads }, names);
  return {
    run: (part, count) => call('run', part, count),
    measure: async () => {
      const look = async () => {
        await session.send('HeapProfiler.collectGarbage');
        const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
        const renderers = processInfo.filter(({ type }) => type === 'renderer');
        const sum = (pattern) =>
          renderers.reduce((total, { id }) => {
            const status = readFileSync(`/proc/${id}/status`, 'utf8');
            return total + Number(pattern.exec(status)[1]);
          }, 0);
        return { megabytes: sum(/VmRSS:\s*(\d+)/) / 1e3, threads: sum(/Threads:\s*(\d+)/) };
      };
      // Workers that were ended are taken down later, and their memory later still: until it has
      // not changed for a while.
      let last = await look();
      for (let calm = 0, round = 0; calm < CALM_S && round < SETTLING_S; round++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const now = await look();
        const same = Math.abs(now.megabytes - last.megabytes) < 2 && now.threads === last.threads;
        calm = same ? calm + 1 : 0;
        last = now;
      }
      return last;
    },
    close: async () => {
      await call('close');
      await host.close();
    },
  };
}

const grows = ({ growth, threads }) => growth > MOST_GROWTH_MB || threads > 1;

/** Runs every part and gives one row each: { place, part, count, growth, threads, slower }. */
export async function soak(where, threads, counts, say = () => undefined) {
  const place = `${where}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const { run, measure, close } = await (where === 'node' ? inNode : inChromium)(threads);
  const rows = [];
  let surprises = [];
  try {
    for (const [part, count] of Object.entries(counts)) {
      // In Node the core works on the caller's own thread: there is no worker to kill.
      if (count === 0 || (part === 'kills' && where === 'node')) continue;
      const timed = async (share) => {
        const begun = performance.now();
        surprises = await run(part, Math.max(1, Math.round(share)));
        return (performance.now() - begun) / Math.max(1, Math.round(share));
      };
      await timed(count * WARM_UP);
      let row;
      for (let round = 0; round < ROUNDS; round++) {
        const before = await measure();
        const early = await timed(count / 2);
        const late = await timed(count / 2);
        const after = await measure();
        row = {
          place,
          part,
          count,
          growth: after.megabytes - before.megabytes,
          threads: after.threads - before.threads,
          milliseconds: late,
          slower: late / early,
        };
        if (!grows(row)) break;
      }
      rows.push(row);
      say(row);
    }
  } finally {
    await close();
  }
  return { rows, surprises };
}

/** What of a soak is not as it should be, in words. */
export function faultsOf({ rows, surprises }) {
  const faults = [...new Set(surprises)];
  for (const { place, part, growth, threads } of rows) {
    if (growth > MOST_GROWTH_MB) faults.push(`${place}, ${part}: grew by ${growth.toFixed(1)} MB`);
    if (threads > 1) faults.push(`${place}, ${part}: ${threads} threads more`);
  }
  return faults;
}

if (isMain(import.meta.url))
  await main(async () => {
    withWindows();
    const options = { threads: { type: 'string' }, where: { type: 'string' } };
    for (const part of Object.keys(COUNTS)) options[part] = { type: 'string' };
    const { values } = parseArgs({ options });
    const counts = Object.fromEntries(
      Object.entries(COUNTS).map(([part, count]) => [part, Number(values[part] ?? count)]),
    );
    const faults = [];
    for (const where of (values.where ?? 'node,chromium').split(','))
      for (const threads of (values.threads ?? '1,2,4').split(',').map(Number)) {
        const outcome = await soak(where, threads, counts, (row) => {
          const { place, part, count, growth, slower, milliseconds } = row;
          console.log(
            `${place}: ${count} ${part}, ${milliseconds.toFixed(1)} ms each, ` +
              `${growth.toFixed(1)} MB and ${row.threads} threads more, ` +
              `second half ${slower.toFixed(2)} times the first`,
          );
        });
        faults.push(...faultsOf(outcome));
      }
    for (const fault of faults) console.error(`FAULT ${fault}`);
    if (faults.length > 0) throw new ProgramFailed(`${faults.length} faults`);
  });
