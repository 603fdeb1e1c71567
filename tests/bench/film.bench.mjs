// A film of 60 seconds, 1280x720 at 30 frames a second, H.264 or else VP8 with sound: judged and written
// with boxes, against the clock; how far sound and pictures are apart in the copy; and what a film of ten
// minutes holds in memory beside one of one minute (FILM_PART=speed or memory for one of the two).
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { machine, report, round, startChromium, weights } from './chromium.mjs';
import { megabytesOf, openFilmPage } from './film_page.mjs';

const SECONDS = Number(process.env.FILM_SECONDS ?? 60);
const PART = process.env.FILM_PART ?? 'both';
const photos = join(root, 'tests/fixtures/photos');

/** Makes the film in the page, `window.made`. */
const make = (page, options) =>
  page.evaluate(async (options) => {
    const { open, encodeFilm, media } = window.film;
    const opened = await open(options);
    const avc = await media.canEncodeVideo('avc', { width: 1280, height: 720 });
    const kind = avc ? { container: 'mp4', codec: 'avc' } : { container: 'webm', codec: 'vp8' };
    window.made = await encodeFilm(media, opened, { ...kind, sound: true });
    return { ...kind, bytes: window.made.size };
  }, options);

/** Judges and writes it in turns, as somebody who wants the copy does. */
const annotate = (page, every) =>
  page.evaluate(async (every) => {
    const { createDetector, media } = window.film;
    const detector = await createDetector({ quality: 'fast' });
    const begun = performance.now();
    const frames = detector.frames(window.made, { every });
    let judged = 0;
    const counted = (async function* () {
      for await (const frame of frames) {
        judged++;
        yield frame;
      }
    })();
    const copy = await detector.annotate(window.made, counted);
    const seconds = (performance.now() - begun) / 1000;
    await detector.close();
    const ends = async (blob) => {
      const source = new media.BlobSource(blob);
      const input = new media.Input({ source, formats: media.ALL_FORMATS });
      const video = await (await input.getPrimaryVideoTrack()).computeDuration();
      const audio = await (await input.getPrimaryAudioTrack()).computeDuration();
      input.dispose();
      return { video, audio };
    };
    const [before, after] = [await ends(window.made), await ends(copy)];
    const apart = Math.abs(after.video - after.audio - (before.video - before.audio));
    return { judged, seconds, apartMs: 1000 * apart, length: before.video, type: copy.type };
  }, every);

async function speed() {
  const chromium = await startChromium(photos);
  const page = await openFilmPage(chromium);
  const film = await make(page, { seconds: SECONDS, fps: 30 });
  console.log('made', JSON.stringify(film));
  const { seconds, length, ...rest } = await annotate(page, 1);
  await chromium.close();
  return {
    film,
    ...rest,
    seconds: round(seconds, 1),
    timesRealTime: round(length / seconds),
    apartMs: round(rest.apartMs, 1),
  };
}

/** The most that is held while a film of so many seconds is judged and written, megabytes. */
async function held(seconds) {
  const chromium = await startChromium(photos);
  const page = await openFilmPage(chromium);
  await make(page, { seconds, fps: 5, width: 640, height: 360 });
  const devtools = await page.context().newCDPSession(page);
  let most = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      most = Math.max(most, await megabytesOf(chromium, devtools));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  })();
  await annotate(page, 1);
  over = true;
  await watching;
  await chromium.close();
  return most;
}

async function memory() {
  const minute = await held(60);
  console.log(`a minute: ${round(minute, 1)} MB`);
  const tenMinutes = await held(600);
  return {
    minuteMb: round(minute, 1),
    tenMinutesMb: round(tenMinutes, 1),
    growthMb: round(tenMinutes - minute, 1),
  };
}

const chromium = await startChromium(photos);
const about = { machine: machine(chromium.version), weights: weights() };
await chromium.close();
for (const [name, measure] of [
  ['speed', speed],
  ['memory', memory],
]) {
  if (PART !== 'both' && PART !== name) continue;
  const result = await measure();
  console.log(name, JSON.stringify(result));
  report(`film ${name}`, { ...about, ...result });
}
console.log('-> models/reports/bench.json');
