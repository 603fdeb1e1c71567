// A browser, the built site served as different hosts serve it, and small readers of what comes out.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';

export const site = join(root, 'build/site');
const screenshots = join(root, 'build/screenshots');

export const fixture = (name) => join(root, 'tests/fixtures', name);
export const photos = filesUnder('tests/fixtures/photos')
  .filter((path) => path.endsWith('.jpg'))
  .map((path) => join(root, path));

/** As the plainest host: no headers, so no isolation; the pages bring their own policy. */
export const plainHost = (options) => serve(site, { headers: false, ...options });
/** As a host that reads the site's `_headers`: isolated, with the policy in the headers. */
export const goodHost = (options) => serve(site, options);

export { launch, launchProfile, launchWhole } from './chromium.mjs';

/**
 * A fresh visitor. What goes wrong in the page (exceptions, errors on the console, violations of
 * the security policy, a fetch of the whole runtime) is collected in `page.complaints`, every request in
 * `page.requests`.
 */
export async function visit(browser, options = {}) {
  const { offline = false, ...rest } = options;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    serviceWorkers: offline ? 'allow' : 'block',
    acceptDownloads: true,
    ...rest,
  });
  const page = await context.newPage();
  page.complaints = [];
  page.requests = [];
  page.on('pageerror', (error) => page.complaints.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    page.requests.push(url);
    // Still, GIF, batch, film, live, compare: what is cut out of the trimmed runtime is needed for none.
    if (url.includes('/ort-wasm-simd-threaded.wasm')) page.complaints.push(`fetched: ${url}`);
  });
  return page;
}

/** Waits until the networks are there. */
export const networksReady = (page) =>
  page.waitForSelector('[data-phase="ready"]', { timeout: 60_000 });

export const addPictures = (page, files) => page.setInputFiles('input[name=files]', files);

/** Waits until every picture given is done, failed or cancelled. */
export const batchDone = (page, count, timeout = 60_000) =>
  page.waitForFunction(
    (wanted) => {
      const shown = document.querySelector('[data-count="pictures"]')?.textContent ?? '';
      return (
        shown !== '' &&
        Number(shown.replaceAll(/\D/g, '')) === wanted &&
        !document.querySelector('.queue progress')
      );
    },
    count,
    { timeout },
  );

/** From which score on faces count now. */
export const threshold = async (page) =>
  Number(await page.getAttribute('.threshold', 'data-min-score'));

/** Opens the page of pictures, adds the files and waits for the results. */
export async function judged(page, url, files) {
  await page.goto(url);
  await addPictures(page, files);
  await batchDone(page, files.length);
}

/** Clicks and returns the bytes and the name of what was downloaded. */
export async function download(page, selector) {
  const [file] = await Promise.all([
    page.waitForEvent('download', { timeout: 60_000 }),
    page.click(selector),
  ]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** Width and height of a PNG, from its header. */
export function sizeOfPng(png) {
  const signature = png.subarray(0, 8).toString('latin1');
  if (signature !== '\x89PNG\r\n\x1a\n') throw new Error('not a PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

/** Width and height of a JPEG, from its frame header. */
export function sizeOfJpeg(jpeg) {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1];
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
  }
  throw new Error('not a JPEG');
}

/** Names of the files in a ZIP, from its central directory. */
export function namesInZip(zip) {
  const names = [];
  for (let at = 0; at + 46 <= zip.length; at++) {
    if (zip.readUInt32LE(at) !== 0x02014b50) continue;
    const length = zip.readUInt16LE(at + 28);
    names.push(zip.subarray(at + 46, at + 46 + length).toString('utf8'));
  }
  return names;
}

/** Copies of the photos under names of their own, as many as asked for, in a folder that is removed at the end. */
export function manyPhotos(count) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-photos-'));
  const files = Array.from({ length: count }, (_, index) => {
    const file = join(folder, `${index}.jpg`);
    copyFileSync(photos[index % photos.length], file);
    return file;
  });
  return { files, remove: () => rmSync(folder, { recursive: true }) };
}

/** A film for the fake camera: an `.mjpeg` file is one JPEG after the other. */
export function film(path, frames = 60) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-film-'));
  const file = join(folder, 'film.mjpeg');
  writeFileSync(file, Buffer.concat(Array(frames).fill(readFileSync(path))));
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

export const fakeCamera = (film) => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  ...(film ? [`--use-file-for-fake-video-capture=${film}`] : []),
];

/**
 * Runs `work` and gives the longest task of the page's main thread in milliseconds: `busy` is time
 * on a processor, `wall` what went by, which on a machine with other work to do is more. `blocking`
 * is what tasks took beyond 50 ms, of processor time, all together. `calm` is the longest by the
 * clock in the calmest tenth of the time: what a task waits for others than a processor, whatever
 * else the machine does, if such waits come again and again.
 */
export async function longestTask(browser, page, work) {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await work();
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const threads = traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = traceEvents.filter(
    ({ ph, pid, tid, tdur }) => ph === 'X' && tdur > 0 && threads.includes(`${pid} ${tid}`),
  );
  if (tasks.length === 0) throw new Error('the trace holds no task');
  const longest = (key) => Math.max(...tasks.map((task) => task[key])) / 1000;
  const beyond = tasks.map(({ tdur }) => Math.max(0, tdur / 1000 - 50));
  return {
    busy: longest('tdur'),
    wall: longest('dur'),
    calm: calmest(tasks),
    blocking: beyond.reduce((sum, time) => sum + time, 0),
    tasks: tasks.length,
  };
}

/** Of the longest tasks of every quarter of a second in which there was work, the lowest tenth's highest. */
function calmest(tasks) {
  const SPAN = 2.5e5;
  const spans = new Map();
  for (const { ts, dur, tdur } of tasks) {
    const at = Math.floor(ts / SPAN);
    const { longest = 0, work = 0 } = spans.get(at) ?? {};
    spans.set(at, { longest: Math.max(longest, dur / 1000), work: work + tdur / 1000 });
  }
  const busy = [...spans.values()].filter(({ work }) => work > 3).map(({ longest }) => longest);
  return busy.sort((a, b) => a - b)[Math.floor(busy.length / 10)] ?? 0;
}

/** Sent to a page: keeps every worker that it starts in `window.started`. */
export function rememberWorkers() {
  const Real = Worker;
  window.started = [];
  window.Worker = class extends Real {
    constructor(...args) {
      super(...args);
      window.started.push(this);
    }
  };
}

/** For whoever wants to look: `SCREENSHOTS=1` keeps them in `build/screenshots`. */
export async function screenshot(page, name) {
  if (!process.env.SCREENSHOTS) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
