// The film with known faces (tests/film), 60 seconds of 1280x720: how well people are followed, frame by
// frame at 30 a second; how long a frame takes, in turns with UltraFace on the same frames where its
// weights are at hand; and the camera's whole way, with Chromium's fake camera playing the film.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { score } from '../film/score.mjs';
import {
  machine,
  median,
  peersFolder,
  report,
  round,
  startChromium,
  weights,
} from './chromium.mjs';

const FPS = Number(process.env.FILM_FPS ?? 30);
const LIVE_SECONDS = 15;
const photos = join(root, 'tests/fixtures/photos');

const opened = async (chromium) => {
  const page = await chromium.open();
  page.setDefaultTimeout(0);
  await page.evaluate(async () => {
    const { createDetector } = await import('/package/index.js');
    const film = await import('/film/page.js');
    const at = { faces: '/film/faces.json', folder: '/fixtures/' };
    window.film = { ...film, open: (options) => film.openFilm(options, at), createDetector };
  });
  return page;
};

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

/** Milliseconds a frame, ours and UltraFace's in turns, one thread each. */
async function frameTimes(page) {
  const ultra = existsSync(join(peersFolder, 'ultraface_rfb_320.onnx'));
  if (!ultra) console.log('ultraface_rfb_320.onnx is not at hand: ours alone');
  const times = await page.evaluate(async (ultra) => {
    const { open, videoFrames, createDetector } = window.film;
    const detector = await createDetector({ quality: 'fast', threads: 1 });
    if (ultra) await window.bench.load('UltraFace RFB-320', 1);
    const opened = await open({ fps: 5 });
    const rows = [];
    let started = 0;
    const frames = (async function* () {
      for await (const frame of videoFrames(opened)) {
        started = performance.now();
        yield frame;
      }
    })();
    for await (const { faces } of detector.frames(frames, { maxSide: 320 })) {
      const ours = performance.now() - started;
      let other = null;
      if (ultra) {
        const frame = new VideoFrame(opened.canvas, { timestamp: 0 });
        const begun = performance.now();
        const bitmap = await createImageBitmap(frame);
        await window.bench.faceOf('UltraFace RFB-320', bitmap);
        other = performance.now() - begun;
        frame.close();
        bitmap.close();
      }
      rows.push({ ours, other, faces: faces.length });
    }
    await detector.close();
    return rows.slice(20);
  }, ultra);
  const ours = median(times.map(({ ours }) => ours));
  const other = ultra ? median(times.map(({ other }) => other)) : null;
  const of = (least, most) => times.filter(({ faces }) => faces >= least && faces <= most);
  return {
    frames: times.length,
    medianMs: round(ours),
    ultraFaceMedianMs: other && round(other),
    timesUltraFacesRate: other && round(other / ours),
    elevenFacesToOne: round(
      median(of(10, 99).map(({ ours }) => ours)) / median(of(1, 2).map(({ ours }) => ours)),
    ),
  };
}

async function filmForCamera(page) {
  const parts = await page.evaluate(async () => {
    const opened = await window.film.open({ fps: 30, seconds: 6 });
    const parts = [];
    for (let n = 0; n < opened.plan.frames; n++) {
      opened.draw(n);
      const blob = await opened.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      parts.push(bytes.toBase64?.() ?? btoa(String.fromCharCode(...bytes)));
    }
    return parts;
  });
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

async function live(page, width, height) {
  const results = await page.evaluate(
    async ([width, height, seconds]) => {
      const detector = await window.film.createDetector({ quality: 'fast' });
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { width, height, frameRate: 60 },
      });
      const video = Object.assign(document.createElement('video'), {
        muted: true,
        srcObject: stream,
      });
      document.body.append(video);
      await video.play();
      const rows = [];
      const running = detector.watch(video, {
        maxLatency: 10_000,
        onResult: ({ latency, framesPerSecond, faces }) =>
          rows.push({ latency, framesPerSecond, faces: faces.length, at: performance.now() }),
      });
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      running.stop();
      for (const track of stream.getTracks()) track.stop();
      await detector.close();
      const { threads } = detector;
      return { rows, threads };
    },
    [width, height, LIVE_SECONDS],
  );
  const { rows, threads } = results;
  const settled = rows.slice(Math.floor(rows.length / 3));
  const span = (settled.at(-1).at - settled[0].at) / 1000;
  return {
    size: `${width}x${height}`,
    threads,
    framesPerSecond: round((settled.length - 1) / span, 1),
    medianLatencyMs: round(median(settled.map(({ latency }) => latency)), 1),
    medianFaces: median(settled.map(({ faces }) => faces)),
  };
}

const first = await startChromium(photos);
let page = await opened(first);
const result = { machine: machine(first.version), weights: weights() };
result.followed = await followed(page);
console.log('followed', JSON.stringify(result.followed));
result.frame = await frameTimes(page);
console.log('frame', JSON.stringify(result.frame));
const folder = mkdtempSync(join(tmpdir(), 'masklens-camera-'));
const file = join(folder, 'film.mjpeg');
writeFileSync(file, await filmForCamera(page));
await first.close();
const second = await startChromium(photos, [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
]);
page = await opened(second);
result.live = [];
for (const [width, height] of [
  [1280, 720],
  [640, 480],
]) {
  result.live.push(await live(page, width, height));
  console.log('live', JSON.stringify(result.live.at(-1)));
}
await second.close();
rmSync(folder, { recursive: true });
report('live', result);
console.log('-> models/reports/bench.json');
