// The site as a visitor has it, in Chromium: time to the first labelled sample, faces that hiding hides by
// itself, a batch with one worker and with two, a large picture with many faces zoomed and edited. Writes
// models/reports/site.json. `SITE=visits,hiding` chooses parts, `SITE_PICTURES=300` the batch's size.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createDetector } from '../../dist/index.js';
import { root } from '../../scripts/run.mjs';
import {
  addPictures,
  batchDone,
  fixture,
  goodHost,
  launch,
  longestTask,
  manyPhotos,
  networksReady,
  visit,
} from '../browser/harness.mjs';
import { measureStart } from '../browser/start.mjs';
import { median, round, shared } from './chromium.mjs';

/** Sets with several people a photo, and the files that belong to the validation part. */
const SETS = ['facemask853', 'ilc2021', 'people'];
const PHOTOS = 200;
/** From this side on a labelled face counts, in pixels. */
const LEAST_SIDE = 16;
/** Of a face's box so much has to be covered. */
const COVERED = 0.75;

const sorted = (values) => [...values].sort((a, b) => a - b);

async function visits() {
  const measured = await measureStart(5, 2);
  return Object.fromEntries(
    Object.entries(measured).map(([name, { firstFaceMs, judgedMs }]) => [
      name,
      { firstFaceMs, judgedMs },
    ]),
  );
}

/** Validation photos with two labelled faces and more: [{ path, faces, labelled }]; boxes, of all sizes in `labelled`. */
function groupPhotos() {
  const all = [];
  for (const set of SETS) {
    const folder = join(shared, 'data', set);
    if (!existsSync(folder)) continue;
    const list = readFileSync(join(root, `models/training/splits/${set}_val.txt`), 'utf8');
    const part = new Set(list.split('\n').filter(Boolean));
    const { images, annotations } = JSON.parse(
      readFileSync(join(folder, 'annotations.json'), 'utf8'),
    );
    for (const { id, file_name: name } of images.filter((image) => part.has(image.file_name))) {
      const labelled = annotations.filter(({ image_id }) => image_id === id);
      const faces = labelled
        .filter(({ ignore }) => !ignore)
        .map(({ bbox }) => bbox)
        .filter(([, , width, height]) => Math.min(width, height) >= LEAST_SIDE);
      const path = join(folder, 'images', name);
      if (faces.length >= 2) all.push({ path, faces, labelled: labelled.map(({ bbox }) => bbox) });
    }
  }
  return all.slice(0, PHOTOS);
}

/** The share of `box` that the others cover together, on a grid of 24 x 24 points. */
function coveredShare([x, y, width, height], covers) {
  const N = 24;
  let inside = 0;
  for (let row = 0; row < N; row++)
    for (let column = 0; column < N; column++) {
      const px = x + ((column + 0.5) * width) / N;
      const py = y + ((row + 0.5) * height) / N;
      if (covers.some(([a, b, w, h]) => px >= a && px < a + w && py >= b && py < b + h)) inside++;
    }
  return inside / (N * N);
}

const holdsMiddle = ([x, y, width, height], [a, b, w, h]) =>
  Math.abs(a + w / 2 - x - width / 2) <= width / 2 &&
  Math.abs(b + h / 2 - y - height / 2) <= height / 2;

/** Runs in the page: what is hidden of the picture on the stage, as boxes in its pixels; null while it is not shown. */
function coversOf(name) {
  const size = document.querySelector('.stage canvas.picture')?.closest('photo-stage').size;
  if (!size || document.querySelector('.side-head h2')?.title !== name) return null;
  return [...document.querySelectorAll('.cover')].map(({ style }) => [
    (parseFloat(style.left) * size.width) / 100,
    (parseFloat(style.top) * size.height) / 100,
    (parseFloat(style.width) * size.width) / 100,
    (parseFloat(style.height) * size.height) / 100,
  ]);
}

/** What the page hides before any hand work, as it shows it on the stage. */
async function hiding(browser, host) {
  const photos = groupPhotos();
  if (photos.length === 0) {
    console.log('hiding: no validation photos beside the checkout');
    return null;
  }
  const page = await visit(browser);
  await page.goto(host.url);
  await networksReady(page);
  await addPictures(
    page,
    photos.map(({ path }) => path),
  );
  await batchDone(page, photos.length, 300_000);
  await page.click('[data-mode=hide]');
  await page.focus('.stage');
  let faces = 0;
  let hidden = 0;
  const sides = [];
  const elsewhere = [];
  for (const { path, faces: wanted, labelled } of photos) {
    const shown = await page.waitForFunction(coversOf, basename(path));
    const covers = await shown.jsonValue();
    for (const box of wanted) {
      faces++;
      if (coveredShare(box, covers) >= COVERED) hidden++;
      else sides.push(Math.min(box[2], box[3]));
    }
    elsewhere.push(
      covers.filter((cover) => !labelled.some((box) => holdsMiddle(cover, box))).length,
    );
    await page.keyboard.press('ArrowRight');
  }
  await page.context().close();
  return {
    photos: photos.length,
    faces,
    hidden,
    share: round(hidden / faces, 4),
    missedMedianSide: sides.length > 0 ? median(sides) : null,
    // Faces nobody labelled, most of them in the background, and what is no face.
    elsewhereAPhoto: {
      mean: round(elsewhere.reduce((sum, count) => sum + count, 0) / photos.length),
      median: median(elsewhere),
      most: Math.max(...elsewhere),
    },
  };
}

/** Seconds for so many pictures, with one worker and with two. */
async function batch(browser, host, count = Number(process.env.SITE_PICTURES ?? 1000)) {
  const seconds = {};
  const many = manyPhotos(count);
  for (const workers of [1, 2]) {
    const page = await visit(browser);
    await page.addInitScript((cores) => {
      Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores });
    }, workers);
    await page.goto(host.url);
    await networksReady(page);
    const started = performance.now();
    await addPictures(page, many.files);
    await batchDone(page, count, 600_000);
    seconds[workers] = round((performance.now() - started) / 1000, 1);
    await page.context().close();
  }
  many.remove();
  return { pictures: count, seconds, ratio: round(seconds[1] / seconds[2]) };
}

/** A picture of 12 megapixels with about 60 faces: a crowd of a dozen twice across, and down as far as it goes. */
async function largePicture() {
  const detector = await createDetector();
  const one = await detector.pixels(readFileSync(fixture('photos/maksssksksss373.jpg')));
  const page = { width: 4000, height: 3000 };
  const data = new Uint8ClampedArray(page.width * page.height * 4);
  const across = 2;
  const scale = page.width / across / one.width;
  const side = Math.floor(one.height * scale);
  for (let y = 0; y < page.height; y++)
    for (let x = 0; x < page.width; x++) {
      const sx = Math.floor(((x % (page.width / across)) * one.width) / (page.width / across));
      const sy = Math.floor(((y % side) * one.height) / side);
      const from = 4 * (sy * one.width + sx);
      data.set(one.data.subarray(from, from + 4), 4 * (y * page.width + x));
    }
  const blob = await detector.annotate({ ...page, data }, { faces: [] }, { type: 'image/jpeg' });
  await detector.close();
  const folder = mkdtempSync(join(tmpdir(), 'masklens-large-'));
  const file = join(folder, 'large.jpg');
  writeFileSync(file, Buffer.from(await blob.arrayBuffer()));
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

/**
 * Frames while somebody works on a large picture, by what is done: times between them by the clock,
 * which other work on the machine makes longer, and the processor time of the longest task.
 */
async function large(browser, host) {
  const picture = await largePicture();
  const page = await visit(browser);
  await page.goto(host.url);
  await networksReady(page);
  await addPictures(page, [picture.file]);
  await batchDone(page, 1, 120_000);
  await page.waitForSelector('.plate');
  await page.waitForTimeout(2000);
  const faces = await page.locator('.face-row').count();
  const frames = async (work) => {
    await page.evaluate(() => {
      window.frames_ = [];
      let last = performance.now();
      const tick = (now) => {
        window.frames_.push(now - last);
        last = now;
        window.ticking = requestAnimationFrame(tick);
      };
      window.ticking = requestAnimationFrame(tick);
    });
    const { busy } = await longestTask(browser, page, work);
    const times = await page.evaluate(() => {
      cancelAnimationFrame(window.ticking);
      return window.frames_.slice(1);
    });
    const over = times.filter((ms) => ms > 32).length;
    return {
      frames: times.length,
      longestMs: round(Math.max(...times), 1),
      longestTaskMs: round(busy, 1),
      p95Ms: round(sorted(times)[Math.floor(0.95 * times.length)], 1),
      over32Ms: over,
    };
  };
  const stage = await page.locator('.stage').boundingBox();
  const centre = [stage.x + stage.width / 2, stage.y + stage.height / 2];
  /** A plain wheel scrolls the page. */
  const zoom = async (nearer, pause) => {
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, nearer ? -120 : 120);
    await page.keyboard.up('Control');
    await page.waitForTimeout(pause);
  };
  const figures = { faces, megapixels: 12 };
  figures.resting = await frames(() => page.waitForTimeout(1000));
  figures.choosing = await frames(async () => {
    for (let row = 0; row < 10; row++) {
      await page.click(`.face-row >> nth=${row * 3}`);
      await page.waitForTimeout(150);
    }
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
  });
  figures.zooming = await frames(async () => {
    await page.mouse.move(...centre);
    for (let step = 0; step < 24; step++) await zoom(step < 12, 60);
  });
  figures.panning = await frames(async () => {
    for (let step = 0; step < 6; step++) await zoom(true, 16);
    if (!(await page.locator('.stage.zoomed').count())) throw new Error('nothing was zoomed');
    await page.mouse.down();
    for (let step = 0; step < 40; step++) {
      await page.mouse.move(centre[0] + 4 * step, centre[1] + 2 * step);
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
    for (let step = 0; step < 8; step++) await zoom(false, 16);
  });
  figures.editing = await frames(async () => {
    await page.click('.face-row >> nth=4');
    for (const key of ['1', '2', '3', '1', '2', '3']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(150);
    }
    for (let step = 0; step < 6; step++) {
      await page.keyboard.press('Control+z');
      await page.waitForTimeout(100);
    }
    await page.keyboard.press('Escape');
  });
  figures.hiding = await frames(async () => {
    await page.click('[data-mode=hide]');
    await page.waitForTimeout(500);
    await page.click('[data-mode=hide]');
    await page.waitForTimeout(300);
  });
  await page.context().close();
  picture.remove();
  return figures;
}

const PARTS = { visits, hiding, batch, large };
const chosen = process.env.SITE ? process.env.SITE.split(',') : Object.keys(PARTS);
const path = join(root, 'models/reports/site.json');
const result = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
const browser = await launch();
const host = await goodHost();
result.machine = { cpu: cpus()[0].model, cores: cpus().length, chromium: browser.version() };
for (const name of chosen) {
  const figures = await PARTS[name](browser, host);
  if (figures) result[name] = figures;
  console.log(JSON.stringify({ [name]: figures }, null, 2));
  // A part that is cut short loses its own figures alone.
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`);
}
await browser.close();
await host.close();
