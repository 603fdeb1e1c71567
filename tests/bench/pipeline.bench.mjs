// The package as a page uses it, in a worker with one thread: milliseconds from the bytes of a
// photo to labelled faces, the share of them outside the runtime's own calls, a 1280x720 frame, and
// a 12-megapixel JPEG end to end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import {
  choosePhotos,
  machine,
  median,
  report,
  round,
  startChromium,
  weights,
} from './chromium.mjs';

const ROUNDS = 3;
const manifest = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
const ways = [
  { name: 'mtcnn', options: { detector: 'mtcnn' }, needs: 'pnet' },
  { name: 'one-stage accurate', options: { detector: 'one-stage' }, needs: 'one-stage-accurate' },
  {
    name: 'one-stage fast',
    options: { detector: 'one-stage', quality: 'fast' },
    needs: 'one-stage-fast',
  },
].filter(({ name, needs }) => {
  if (manifest.networks[needs]) return true;
  console.log(`${name}: not in the manifest`);
  return false;
});

const { set, folder, names } = choosePhotos();
const chromium = await startChromium(folder);
const result = {
  machine: machine(chromium.version),
  weights: weights(),
  set,
  threads: 1,
  ways: {},
};
for (const { name, options } of ways) {
  const page = await chromium.open();
  const photos = await page.evaluate((list) => window.bench.photos(list), names);
  const wanted = new Set(
    photos.filter(({ width, height }) => Math.max(width, height) === 400).map((p) => p.name),
  );
  const chosen = [...wanted].slice(0, 60);
  await page.evaluate((list) => window.bench.photos(list), chosen);
  const settings = { ...options, threads: 1 };
  const times = await page.evaluate(([o, n]) => window.bench.pipeline(o, n), [settings, ROUNDS]);
  const large = await page.evaluate(
    ([o]) => window.bench.large(o, { minFace: 40 }, 4000, 3000, 5),
    [settings],
  );
  const detector = manifest.detectors[options.detector];
  const isLive = detector.live !== undefined && detector.live.quality === options.quality;
  const live = isLive ? { maxSide: detector.live.maxSide } : {};
  const frames = await page.evaluate(
    ([o, l, n]) => window.bench.frames(o, l, n),
    [settings, live, ROUNDS],
  );
  const withFaces = (least, most) =>
    median(frames.filter(({ faces }) => faces >= least && faces <= most).map(({ ms }) => ms));
  const outside = times.map(({ ms, networks }) => (ms - networks) / ms);
  const figures = {
    photos: chosen.length,
    longSide: 400,
    medianMs: round(median(times.map(({ ms }) => ms))),
    fastestMs: round(Math.min(...times.map(({ ms }) => ms))),
    medianMsInNetworks: round(median(times.map(({ networks }) => networks))),
    shareOutsideNetworks: round(median(outside), 3),
    shareOutsideNetworksOfAll: round(
      times.reduce((sum, t) => sum + t.ms - t.networks, 0) /
        times.reduce((sum, t) => sum + t.ms, 0),
      3,
    ),
    frame1280x720: {
      ...live,
      frames: frames.length,
      medianMs: round(median(frames.map(({ ms }) => ms))),
      fastestMs: round(Math.min(...frames.map(({ ms }) => ms))),
      medianMsOneOrTwoFaces: round(withFaces(1, 2)),
      medianMsFiveFacesOrMore: round(withFaces(5, Infinity)),
    },
    twelveMegapixels: {
      bytes: large.bytes,
      minFace: 40,
      faces: large.times[0].faces,
      medianMs: round(median(large.times.map(({ ms }) => ms)), 0),
      medianMsDecode: round(median(large.times.map(({ decode }) => decode)), 0),
      medianMsInNetworks: round(median(large.times.map(({ networks }) => networks)), 0),
    },
  };
  result.ways[name] = figures;
  console.log(name, JSON.stringify(figures));
  await page.context().close();
}
await chromium.close();
report('pipeline', result);
console.log('-> models/reports/bench.json');
