// Odd files in Chromium: what is shown is what is judged, and what Chromium itself shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch } from './harness.mjs';

let server;
let browser;
let page;
before(async () => {
  server = await serve(root, { headers: false });
  browser = await launch();
  page = await browser.newPage();
  const blank = { contentType: 'text/html', body: '<!doctype html><title>cases</title>' };
  await page.route('**/blank', (route) => route.fulfill(blank));
  await page.goto(`${server.url}blank`);
  await page.evaluate(async () => {
    const { createDetector } = await import('/dist/index.js');
    globalThis.detector = await createDetector();
    globalThis.fetched = async (path) => (await fetch(path)).blob();
    /** Size and RGBA bytes of a bitmap. */
    globalThis.read = (bitmap) => {
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, width, height);
    };
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('pixels are an ImageBitmap of exactly what is judged', async () => {
  const found = await page.evaluate(async () => {
    const file = await fetched('/tests/fixtures/orientation_6.jpg');
    const bitmap = await detector.pixels(file);
    const small = await detector.pixels(file, { maxSide: 100 });
    const judged = await detector.detect(file);
    const again = await detector.detect(read(bitmap));
    return {
      kinds: [bitmap, small].map((value) => Object.prototype.toString.call(value)),
      sizes: [bitmap, small, judged].map(({ width, height }) => [width, height]),
      faces: [judged.faces, again.faces],
    };
  });
  assert.deepEqual(found.kinds, ['[object ImageBitmap]', '[object ImageBitmap]']);
  assert.deepEqual(found.sizes, [
    [400, 280],
    [100, 70],
    [400, 280],
  ]);
  assert.ok(found.faces[0].length > 0);
  assert.deepEqual(found.faces[1], found.faces[0]);
});
