// Ten thousand frames of live video at 1280x720: memory and latency may not grow, and every frame is
// closed. Ends with 1 where they do. LIVE_FRAMES for fewer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { machine, median, report, round, startChromium } from './chromium.mjs';
import { megabytesOf, openCamera, openFilmPage, writeCameraFilm } from './film_page.mjs';

const FRAMES = Number(process.env.LIVE_FRAMES ?? 10_000);
const PARTS = 10;
const MOST_GROWTH_MB = 10;
const MOST_SLOWER = 1.3;
const photos = join(root, 'tests/fixtures/photos');

const folder = mkdtempSync(join(tmpdir(), 'masklens-camera-'));
const file = join(folder, 'camera.y4m');
try {
  const maker = await startChromium(photos);
  await writeCameraFilm(await openFilmPage(maker), file, 1280, 720);
  await maker.close();
  const { chromium, page, devtools } = await openCamera(photos, file, 1280, 720);
  const unclosed = [];
  page.on('console', (message) => {
    if (/VideoFrame/.test(message.text())) unclosed.push(message.text());
  });
  const parts = [];
  for (let part = 0; part < PARTS; part++) {
    await page.evaluate((count) => {
      const { rows } = window.live;
      rows.splice(0);
      return new Promise((resolve) => {
        const look = () => (rows.length < count ? setTimeout(look, 50) : resolve());
        look();
      });
    }, FRAMES / PARTS);
    const latencies = await page.evaluate(() => window.live.rows.map(({ latency }) => latency));
    const megabytes = await megabytesOf(chromium, devtools);
    parts.push({ megabytes: round(megabytes, 1), medianLatencyMs: round(median(latencies), 1) });
    console.log(JSON.stringify(parts.at(-1)));
  }
  await chromium.close();
  // The first part warms up.
  const [first, last] = [parts[1], parts.at(-1)];
  const held = parts.slice(1).map(({ megabytes }) => megabytes);
  const result = {
    machine: machine(chromium.version),
    frames: FRAMES,
    // What is held goes up and down with the garbage: the middle of the first and of the last three.
    growthMb: round(median(held.slice(-3)) - median(held.slice(0, 3)), 1),
    peakMb: round(Math.max(...held) - Math.min(...held), 1),
    slower: round(last.medianLatencyMs / first.medianLatencyMs),
    unclosedFrames: unclosed.length,
    parts,
  };
  report('endurance', result);
  console.log('-> models/reports/bench.json');
  const { growthMb, slower, unclosedFrames } = result;
  if (growthMb > MOST_GROWTH_MB || slower > MOST_SLOWER || unclosedFrames > 0) {
    console.error(`growth ${growthMb} MB, ${slower} times slower, ${unclosedFrames} frames open`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
