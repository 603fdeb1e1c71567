// Live video: the camera's whole way, with Chromium's fake camera playing the film with known faces at 60
// frames a second: frames judged a second, the same of UltraFace where its weights are at hand, from
// capture to the drawn overlay, and what the page's main thread does for a frame; and what a crowd
// costs. Needs the machine to itself.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import {
  machine,
  median,
  peersFolder,
  report,
  round,
  startChromium,
  weights,
} from './chromium.mjs';
import { mainThreadMs, openCamera, openFilmPage, writeCameraFilm } from './film_page.mjs';

const LIVE_SECONDS = 15;
const SIZES = [
  [1280, 720],
  [640, 480],
];
const photos = join(root, 'tests/fixtures/photos');

/** What eleven faces cost, times one's: milliseconds a frame of the film, one thread. */
async function crowds(page) {
  const times = await page.evaluate(async () => {
    const { open, videoFrames, createDetector } = window.film;
    const detector = await createDetector({ quality: 'fast', threads: 1 });
    const opened = await open({ fps: 5 });
    const rows = [];
    let started = 0;
    const frames = (async function* () {
      for await (const frame of videoFrames(opened)) {
        started = performance.now();
        yield frame;
      }
    })();
    for await (const { faces } of detector.frames(frames, { maxSide: 320 }))
      rows.push({ ms: performance.now() - started, faces: faces.length });
    await detector.close();
    return rows.slice(20);
  });
  const of = (least, most) =>
    median(times.filter(({ faces }) => faces >= least && faces <= most).map(({ ms }) => ms));
  const [few, many] = [of(1, 2), of(10, 99)];
  return { oneFaceMs: round(few), elevenFacesMs: round(many), elevenToOne: round(many / few) };
}

/**
 * UltraFace on the same video, in a worker, the latest frame wins: { framesPerSecond, ms } of a frame in
 * its worker.
 */
function ultraFace(page) {
  return page.evaluate(async (seconds) => {
    const { video } = window.live;
    const worker = new Worker('/page/ultraface_worker.js', { type: 'module' });
    await new Promise((resolve) => {
      worker.onmessage = resolve;
    });
    const times = [];
    let busy = false;
    let fresh = false;
    const judge = () => {
      if (busy || !fresh) return;
      [busy, fresh] = [true, false];
      const frame = new VideoFrame(video);
      worker.postMessage(frame, [frame]);
    };
    const tick = () => {
      video.requestVideoFrameCallback(tick);
      fresh = true;
      judge();
    };
    const rows = [];
    worker.onmessage = ({ data: { ms } }) => {
      times.push(performance.now());
      rows.push(ms);
      busy = false;
      judge();
    };
    video.requestVideoFrameCallback(tick);
    await new Promise((resolve) => setTimeout(resolve, (seconds + 3) * 1000));
    worker.terminate();
    const settled = times.filter((at) => at > times[0] + 3000);
    const framesPerSecond = ((settled.length - 1) * 1000) / (settled.at(-1) - settled[0]);
    return { framesPerSecond, ms: rows.sort((a, b) => a - b)[rows.length >> 1] };
  }, LIVE_SECONDS);
}

async function live(file, width, height) {
  const { chromium, page, devtools } = await openCamera(photos, file, width, height);
  // The first seconds load and warm up.
  await page.waitForTimeout(3000);
  const before = await mainThreadMs(devtools);
  await page.evaluate(() => window.live.rows.splice(0));
  await page.waitForTimeout(LIVE_SECONDS * 1000);
  const { rows, threads, camera } = await page.evaluate(() => {
    const { rows, detector, camera } = window.live;
    return { rows, threads: detector.threads, camera };
  });
  const after = await mainThreadMs(devtools);
  await page.evaluate(async () => {
    const { running, detector } = window.live;
    running.stop();
    await detector.close();
  });
  const other = existsSync(join(peersFolder, 'ultraface_rfb_320.onnx'))
    ? await ultraFace(page)
    : null;
  if (other === null) console.log('ultraface_rfb_320.onnx is not at hand: ours alone');
  await chromium.close();
  const span = (rows.at(-1).at - rows[0].at) / 1000;
  const part = (of) => round(median(rows.map(of)), 2);
  return {
    camera: `${camera.size} at ${camera.given}`,
    threads,
    frames: rows.length,
    framesPerSecond: round((rows.length - 1) / span, 1),
    // The camera holds both back; what a worker could do says more.
    ultraFace: other && {
      framesPerSecond: round(other.framesPerSecond, 1),
      workerMs: round(other.ms),
      timesItsRate: round(other.ms / median(rows.map(({ timing }) => timing.total))),
    },
    captureToOverlayMs: part(({ latency }) => latency),
    mainThreadMsAFrame: round((after - before) / rows.length, 2),
    workerMs: part(({ timing }) => timing.total),
    decodeMs: part(({ timing }) => timing.decode),
    detectMs: part(({ timing }) => timing.detect),
    classifyMs: part(({ timing }) => timing.classify),
    networksMs: part(({ timing }) => timing.networks),
    faces: median(rows.map(({ faces }) => faces)),
  };
}

const chromium = await startChromium(photos);
const result = { machine: machine(chromium.version), weights: weights() };
const folder = mkdtempSync(join(tmpdir(), 'masklens-camera-'));
try {
  const page = await openFilmPage(chromium);
  result.crowds = await crowds(page);
  console.log('crowds', JSON.stringify(result.crowds));
  for (const [width, height] of SIZES)
    await writeCameraFilm(page, join(folder, `${width}.y4m`), width, height);
  await chromium.close();
  result.live = [];
  for (const [width, height] of SIZES) {
    result.live.push(await live(join(folder, `${width}.y4m`), width, height));
    console.log('live', JSON.stringify(result.live.at(-1)));
  }
} finally {
  rmSync(folder, { recursive: true });
}
report('live', result);
console.log('-> models/reports/bench.json');
