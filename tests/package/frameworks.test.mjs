// The hook for React, under StrictMode, and the composable for Vue, with the real networks in
// Chromium: start, stop, result, error, progress; who goes frees everything.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch } from '../browser/chromium.mjs';

const REACT = `
import { createElement, StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { useMasklens } from 'masklens/react';
const assets = new URL('assets/', document.baseURI);
function Picture({ seen }) {
  const lens = useMasklens({ assets, threads: 1 });
  useEffect(() => { window.lens = lens; seen.push(lens); });
  return createElement('p', null, lens.status + ' ' + (lens.result?.faces.length ?? '-'));
}
window.seen = [];
const root = createRoot(document.body.appendChild(document.createElement('div')));
root.render(createElement(StrictMode, null, createElement(Picture, { seen: window.seen })));
window.unmount = () => root.unmount();
`;
const VUE = `
import { createApp, h } from 'vue';
import { useMasklens } from 'masklens/vue';
const assets = new URL('assets/', document.baseURI);
window.seen = [];
const app = createApp({
  setup() {
    const lens = useMasklens(() => ({ assets, threads: 1 }));
    const values = () => ({ status: lens.status.value, result: lens.result.value,
      error: lens.error.value, progress: lens.progress.value });
    window.lens = lens;
    return () => {
      window.seen.push(values());
      return h('p', lens.status.value + ' ' + (lens.result.value?.faces.length ?? '-'));
    };
  },
});
app.mount(document.body.appendChild(document.createElement('div')));
window.unmount = () => app.unmount();
`;

let folder;
let server;
let browser;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'masklens-frameworks-'));
  cpSync(join(root, 'dist/assets'), join(folder, 'assets'), { recursive: true });
  copyFileSync(join(root, 'tests/fixtures/photos/maksssksksss96.jpg'), join(folder, 'photo.jpg'));
  for (const [name, contents] of Object.entries({ react: REACT, vue: VUE })) {
    await build({
      stdin: { contents, resolveDir: root },
      outfile: join(folder, `${name}.js`),
      bundle: true,
      format: 'esm',
      external: ['node:*'],
      define: { 'process.env.NODE_ENV': '"development"', __VUE_OPTIONS_API__: 'false' },
      alias: {
        masklens: join(root, 'dist/index.js'),
        'masklens/react': join(root, 'dist/react.js'),
        'masklens/vue': join(root, 'dist/vue.js'),
        vue: join(root, 'node_modules/vue/dist/vue.runtime.esm-bundler.js'),
      },
      logLevel: 'error',
    });
    writeFileSync(
      join(folder, `${name}.html`),
      `<!doctype html><title>x</title><link rel="icon" href="data:,"><body><script type="module" src="${name}.js"></script>`,
    );
  }
  server = await serve(folder);
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const name of ['react', 'vue'])
  test(`masklens/${name}: from the first start to the end of the component`, async () => {
    const page = await browser.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}${name}.html`);
    await page.waitForFunction(() => document.querySelector('p')?.textContent === 'idle -');
    assert.equal(page.workers().length, 0, 'nothing is loaded before it is needed');

    const faces = await page.evaluate(async () => {
      const photo = await (await fetch('photo.jpg')).blob();
      return (await window.lens.start(photo)).faces.length;
    });
    assert.ok(faces >= 3);
    await page.waitForFunction(
      (count) => document.querySelector('p').textContent === `done ${count}`,
      faces,
    );
    const seen = await page.evaluate(() =>
      window.seen.map(({ status, progress }) => [status, progress && progress.loaded > 0]),
    );
    for (const status of ['idle', 'loading', 'done'])
      assert.ok(
        seen.some(([one]) => one === status),
        status,
      );
    assert.ok(
      seen.some(([, progress]) => progress),
      'progress was shown',
    );

    const failed = await page.evaluate(() => window.lens.start(new Uint8Array(0)));
    assert.equal(failed, null);
    await page.waitForFunction(() => document.querySelector('p').textContent === 'failed -');
    const error = await page.evaluate(() => window.seen.at(-1).error.code);
    assert.equal(error, 'bad-image');

    const given = await page.evaluate(async () => {
      const photo = await (await fetch('photo.jpg')).blob();
      const first = window.lens.start(photo);
      const second = window.lens.start(photo);
      const results = [await first, (await second).faces.length];
      window.lens.stop();
      return results;
    });
    assert.deepEqual(given, [null, faces], 'the latest source wins');
    await page.waitForFunction(() => document.querySelector('p').textContent.startsWith('idle'));

    await page.evaluate(() => window.unmount());
    for (let tries = 0; page.workers().length > 0 && tries < 50; tries++)
      await page.waitForTimeout(100);
    assert.equal(page.workers().length, 0, 'the worker ends with the component');
    assert.deepEqual(complaints, []);
    await page.close();
  });
