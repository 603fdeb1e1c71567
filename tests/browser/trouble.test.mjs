// Bad luck on the site: workers that die, files that go. What is not hit goes on, and what is says so by name.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import {
  addPictures,
  batchDone,
  download,
  fixture,
  judged,
  launch,
  namesInZip,
  networksReady,
  photos,
  plainHost,
  rememberWorkers,
  visit,
} from './harness.mjs';

let browser;
let host;
let page;
before(async () => {
  browser = await launch();
  host = await plainHost();
});
afterEach(async () => {
  const { complaints } = page;
  await page.context().close();
  assert.deepEqual(complaints, []);
});
after(async () => {
  await browser.close();
  await host.close();
});

const thumbnails = () => page.locator('picture-card img').count();
const isThumbnails = (worker) => worker.url().includes('thumbnails');

/** Opens the page of pictures; `window.started` are its workers. */
async function open() {
  page = await visit(browser);
  await page.addInitScript(rememberWorkers);
  await page.goto(host.url);
  await networksReady(page);
}

test('a thumbnail worker that dies without a word holds up nobody, and another one comes', async () => {
  await open();
  await addPictures(page, photos.slice(0, 2));
  await batchDone(page, 2);
  await page.waitForFunction(() => document.querySelectorAll('picture-card img').length === 2);
  assert.ok(page.workers().some(isThumbnails));
  await page.evaluate(() => window.started.at(-1).terminate());
  await addPictures(page, photos.slice(2, 5));
  await batchDone(page, 5, 30_000);
  await page.waitForFunction(() => document.querySelectorAll('picture-card img').length === 5);
});

test('one that never comes costs the thumbnails, and time once', async () => {
  page = await visit(browser);
  await page.context().route('**/thumbnails*', () => undefined);
  await page.goto(host.url);
  await networksReady(page);
  await addPictures(page, photos.slice(0, 6));
  await batchDone(page, 6, 25_000);
  assert.equal(await thumbnails(), 0);
  assert.ok(Number(await page.textContent('[data-count=people]')) > 0);
});

test('a worker that dies in a batch is replaced, and its picture judged all the same', async () => {
  await open();
  await addPictures(page, photos);
  await page.waitForFunction(() => document.querySelector('.card.working'));
  await page.evaluate(() => {
    for (const worker of window.started.splice(0)) worker.terminate();
  });
  await batchDone(page, photos.length, 60_000);
  assert.equal(await page.locator('picture-card .card.failed').count(), 0);
});

test('a worker that is dead before it is used is replaced, and nobody has to press a button', async () => {
  page = await visit(browser);
  await page.addInitScript(() => {
    const Real = Worker;
    let first = true;
    window.Worker = class extends Real {
      constructor(...values) {
        super(...values);
        if (first) this.terminate();
        first = false;
      }
    };
  });
  await page.goto(host.url);
  await networksReady(page);
});

test('an animation that is cut short says so, and one without a frame is none', async () => {
  page = await visit(browser);
  const bytes = readFileSync(fixture('animated.gif'));
  const broken = Buffer.from(bytes);
  const from = Math.floor(0.6 * bytes.length);
  for (let at = from; at < from + 0.02 * bytes.length; at++) broken[at] ^= 0x5a;
  const file = (name, buffer) => ({ name, mimeType: 'image/gif', buffer });
  await judged(page, host.url, [
    file('cut.gif', bytes.subarray(0, Math.floor(0.7 * bytes.length))),
    file('broken.gif', broken),
    file('whole.gif', bytes),
  ]);
  const damaged = () => page.locator('[data-damaged]').count();
  const failed = await page.locator('.card.failed .card-name').allTextContents();
  assert.deepEqual(failed, ['broken.gif']);
  for (const [name, count] of [
    ['cut.gif', 1],
    ['whole.gif', 0],
  ]) {
    await page.click(`picture-card:has-text("${name}") .card`);
    await page.waitForSelector(`.side-head :text("${name}")`);
    assert.equal(await damaged(), count, name);
  }
});

test('of a ZIP only the picture is missing that cannot be read any more, and it is named', async () => {
  page = await visit(browser);
  const folder = mkdtempSync(join(tmpdir(), 'masklens-gone-'));
  const files = ['a.jpg', 'b.jpg', 'c.jpg'].map((name) => join(folder, name));
  for (const [index, file] of files.entries()) copyFileSync(photos[index], file);
  await judged(page, host.url, files);
  rmSync(files[1]);
  const { bytes } = await download(page, '[data-save=zip]');
  assert.deepEqual(namesInZip(bytes).sort(), [
    'a-masklens.jpg',
    'c-masklens.jpg',
    'results.csv',
    'results.json',
  ]);
  const note = () => page.textContent('.save-note');
  await page.waitForFunction(() =>
    document.querySelector('.save-note').textContent.includes('.jpg'),
  );
  assert.match(await note(), /masklens\.zip is saved/);
  assert.match(await note(), /b\.jpg\S* can no longer be read/);
  assert.doesNotMatch(await note(), /[ac]\.jpg/);
  // The same of one by itself, and of one that is handed in and gone before its turn.
  await page.click(`picture-card:has-text("b.jpg") .card`);
  await page.click('[data-save=picture]');
  await page.waitForFunction(() =>
    /did not work: .*b\.jpg\S* can no longer be read/.test(
      document.querySelector('.save-note').textContent,
    ),
  );
  rmSync(folder, { recursive: true });
  page.complaints.length = 0; // Chromium's, about the file
});

test('of a drop only what cannot be read is left out, and each says so', async () => {
  page = await visit(browser);
  await page.goto(host.url);
  await networksReady(page);
  await page.evaluate(
    (bytes) => {
      const good = new File([new Uint8Array(bytes)], 'good.jpg', { type: 'image/jpeg' });
      const no = (_, refuse) => refuse(new DOMException('no', 'NotReadableError'));
      const file = (name, give = no) => ({ isFile: true, name, file: give });
      const folder = (name, children) => ({
        isFile: false,
        name,
        createReader: () => ({
          readEntries: children ? (take) => take(children.splice(0)) : no,
        }),
      });
      const readable = file('good.jpg', (take) => take(good));
      const inside = [file('bad.jpg'), file('notes.txt'), readable, folder('locked')];
      const entries = [folder('all', inside), file('alone.jpg'), readable];
      const items = entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry }));
      const drop = new Event('drop', { cancelable: true });
      dispatchEvent(Object.assign(drop, { dataTransfer: { types: ['Files'], items } }));
    },
    [...readFileSync(photos[0])],
  );
  await batchDone(page, 5);
  const failed = page.locator('.card.failed .card-name');
  assert.deepEqual((await failed.allTextContents()).map((name) => name.trim()).sort(), [
    'alone.jpg',
    'bad.jpg',
    'locked',
  ]);
  // Nothing is there to try again with.
  assert.equal(await page.locator('[data-do=retry], .card-again').count(), 0);
  assert.match(await page.textContent('.queue'), /3 pictures could not be read/);
});
