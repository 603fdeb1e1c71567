// A page that holds the film with known faces (tests/film) and the package, and a camera that plays it.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { startChromium } from './chromium.mjs';

const CAMERA_FPS = 60;
const CAMERA_SECONDS = 2; // then it begins anew

/** A page with `window.film`. */
export async function openFilmPage(chromium) {
  const page = await chromium.open();
  page.setDefaultTimeout(0);
  await page.evaluate(async () => {
    const { createDetector, drawOverlay } = await import('/package/index.js');
    const film = await import('/film/page.js');
    const media = await import('/mediabunny/mediabunny.mjs');
    const at = { faces: '/film/faces.json', folder: '/fixtures/' };
    const open = (options) => film.openFilm(options, at);
    window.film = { ...film, media, open, createDetector, drawOverlay };
  });
  return page;
}

/** The film's frames as a camera delivers them: YUV4MPEG2 of halved chroma. */
export async function writeCameraFilm(page, file, width, height) {
  await page.evaluate(
    async ([fps, seconds, width, height]) => {
      window.camera = await window.film.open({ fps, seconds, width, height });
    },
    [CAMERA_FPS, CAMERA_SECONDS, width, height],
  );
  writeFileSync(file, `YUV4MPEG2 W${width} H${height} F${CAMERA_FPS}:1 Ip A1:1 C420jpeg\n`);
  for (let n = 0; n < CAMERA_FPS * CAMERA_SECONDS; n++) {
    const planes = await page.evaluate(async (n) => {
      const { canvas, draw, plan } = window.camera;
      draw(n);
      const { width, height } = plan;
      const pixels = canvas.getContext('2d').getImageData(0, 0, width, height);
      const bytes = window.bench.cameraPlanes(pixels);
      let text = '';
      for (let at = 0; at < bytes.length; at += 0x8000)
        text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
      return btoa(text);
    }, n);
    appendFileSync(file, 'FRAME\n');
    appendFileSync(file, Buffer.from(planes, 'base64'));
  }
}

/** Of the page's main thread, milliseconds so far. */
export async function mainThreadMs(devtools) {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
}

/**
 * A browser whose camera plays the file, and a page that watches it as ours does, boxes drawn: the
 * results are in `window.live.rows`.
 */
export async function openCamera(photos, file, width, height) {
  const chromium = await startChromium(photos, [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${file}`,
  ]);
  const page = await openFilmPage(chromium);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  await page.evaluate(
    async ([width, height, frameRate]) => {
      const { createDetector, drawOverlay } = window.film;
      const detector = await createDetector({ quality: 'fast' });
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { width, height, frameRate },
      });
      const video = Object.assign(document.createElement('video'), {
        muted: true,
        srcObject: stream,
      });
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      document.body.append(video, canvas);
      await video.play();
      const context = canvas.getContext('2d');
      const rows = [];
      const running = detector.watch(video, {
        maxLatency: 10_000,
        onResult(result) {
          const begun = performance.now();
          drawOverlay(context, result);
          const at = performance.now();
          const { latency, timing, faces } = result;
          rows.push({ latency: latency + at - begun, timing, faces: faces.length, at });
        },
      });
      const { frameRate: given, ...settings } = stream.getVideoTracks()[0].getSettings();
      const camera = { given, size: `${settings.width}x${settings.height}` };
      window.live = { rows, running, detector, video, camera };
    },
    [width, height, CAMERA_FPS],
  );
  return { chromium, page, devtools };
}

/** What the browser's pages and workers hold after tidying, megabytes. */
export async function megabytesOf(chromium, devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  const session = await chromium.browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return renderers.reduce((sum, { id }) => {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    return sum + Number(/VmRSS:\s*(\d+)/.exec(status)[1]) / 1e3;
  }, 0);
}
