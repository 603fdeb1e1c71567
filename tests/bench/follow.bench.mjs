// The film with known faces (tests/film), 60 seconds of 1280x720 at 30 frames a second: how well
// people are followed, frame by frame. Nothing of it depends on how fast the machine is.
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { score } from '../film/score.mjs';
import { machine, median, report, round, startChromium, weights } from './chromium.mjs';
import { openFilmPage } from './film_page.mjs';

const FPS = Number(process.env.FILM_FPS ?? 30);

async function followed(page) {
  const { truth, shown } = await page.evaluate(async (fps) => {
    const { open, videoFrames, shownFaces, createDetector } = window.film;
    const detector = await createDetector({ quality: 'fast' });
    const opened = await open({ fps });
    const truth = Array.from({ length: opened.plan.frames }, (_, n) => opened.plan.frame(n));
    const shown = [];
    for await (const result of detector.frames(videoFrames(opened), { maxSide: 320 }))
      shown.push(shownFaces(result));
    await detector.close();
    return { truth, shown };
  }, FPS);
  const { followed, ...scores } = score(truth, shown);
  const rounded = Object.fromEntries(Object.entries(scores).map(([k, v]) => [k, round(v, 4)]));
  return {
    framesPerSecond: FPS,
    ...rounded,
    maskFollowedSeconds: { median: round(median(followed)), most: round(Math.max(...followed)) },
  };
}

const chromium = await startChromium(join(root, 'tests/fixtures/photos'));
const result = { machine: machine(chromium.version), weights: weights() };
Object.assign(result, await followed(await openFilmPage(chromium)));
await chromium.close();
console.log(JSON.stringify(result, null, 1));
report('follow', result);
console.log('-> models/reports/bench.json');
