// `workers: 2` in Chromium: pictures at once, each answer its own, nothing left at the end.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch } from '../browser/chromium.mjs';

const PHOTOS = ['96', '182', '334', '487'].map((number) => `maksssksksss${number}.jpg`);

let folder;
let server;
let browser;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'masklens-workers-'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of PHOTOS) cpSync(join(root, 'tests/fixtures/photos', name), join(folder, name));
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><title>x</title><link rel="icon" href="data:,">',
  );
  server = await serve(folder);
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('two workers judge two pictures at once; closed, both end', async () => {
  const node = await createDetector();
  const expected = [];
  for (const name of PHOTOS) {
    const { faces } = await node.detect(readFileSync(join(folder, name)));
    expected.push(faces.map(({ label }) => label));
  }
  await node.close();

  const page = await browser.newPage();
  await page.goto(server.url);
  const found = await page.evaluate(async (names) => {
    const { createDetector: create } = await import('./dist/index.js');
    window.detector = await create({ workers: 2 });
    const photos = await Promise.all(names.map(async (name) => (await fetch(name)).blob()));
    const order = [];
    const results = photos.map(async (photo, index) => {
      const { faces } = await window.detector.detect(photo);
      order.push(index);
      return faces.map(({ label }) => label);
    });
    return { labels: await Promise.all(results), order, threads: window.detector.threads };
  }, PHOTOS);
  assert.deepEqual(found.labels, expected);
  assert.equal(found.order.length, PHOTOS.length);
  assert.equal(found.threads, 1);
  const workers = () => page.workers().filter((worker) => worker.url().includes('/worker.js'));
  assert.equal(workers().length, 2);
  await page.evaluate(() => window.detector.close());
  for (let tries = 0; workers().length > 0 && tries < 50; tries++) await page.waitForTimeout(100);
  assert.equal(workers().length, 0);

  const refused = await page.evaluate(async () => {
    const { createDetector: create } = await import('./dist/index.js');
    return create({ workers: 0 }).catch(({ name, message }) => `${name}: ${message}`);
  });
  assert.match(refused, /^RangeError: workers is 0/);
});
