// The package in a project of someone else's: built by Vite, opened in Chromium, and rendered on a
// server.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'vite';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch } from '../browser/chromium.mjs';
import { installed, program } from './packed.mjs';

const page = `<!doctype html><title>consumer</title><script type="module" src="/main.js"></script>`;

const script = `
import { createDetector } from 'masklens';
const detector = await createDetector({ assets: new URL('./masklens/', document.baseURI) });
const photo = await (await fetch('photo.jpg')).blob();
const { faces } = await detector.detect(photo);
await detector.close();
document.title = faces.map((face) => face.label).join(' ');
`;

let consumer;
let bundled;
let warnings;
before(async () => {
  consumer = installed('bundlers');
  const { folder } = consumer;
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(join(folder, 'main.js'), script);
  mkdirSync(join(folder, 'public'));
  const photo = join(root, 'tests/fixtures/photos/maksssksksss96.jpg');
  copyFileSync(photo, join(folder, 'public/photo.jpg'));
  const command = join(folder, 'node_modules/.bin/masklens');
  program('node', [command, 'copy-assets', 'public/masklens'], folder);

  warnings = [];
  const note = (message) => warnings.push(message);
  await build({
    root: folder,
    base: './',
    configFile: false,
    build: { target: 'esnext' },
    customLogger: {
      info() {},
      warn: note,
      warnOnce: note,
      error: note,
      clearScreen() {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
  });
  bundled = join(folder, 'dist');
});
after(() => consumer.remove());

test('Vite builds a page without a warning, and the networks stay out of its bundle', () => {
  assert.deepEqual(warnings, []);
  const files = readdirSync(join(bundled, 'assets'));
  assert.deepEqual(
    files.filter((name) => !name.endsWith('.js')),
    [],
    'what is copied is in masklens/, nothing twice',
  );
  const size = files.reduce(
    (sum, name) => sum + readFileSync(join(bundled, 'assets', name)).length,
    0,
  );
  assert.ok(size < 47_000, `${size} bytes of script`);
  assert.ok(existsSync(join(bundled, 'masklens/worker.js')));
});

test('the built page labels a photo in Chromium, from a subpath of a plain host', async () => {
  const server = await serve(bundled, { headers: false, base: '/some/folder/' });
  const browser = await launch();
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on('pageerror', (error) => errors.push(error.message));
    await tab.goto(server.url);
    await tab
      .waitForFunction(() => document.title !== 'consumer', null, { timeout: 30_000 })
      .catch(() => {});
    assert.deepEqual(errors, []);
    assert.match(await tab.title(), /^((in)?correct|unmasked)( ((in)?correct|unmasked))+$/);
  } finally {
    await browser.close();
    await server.close();
  }
});

test('a server can import and render with it', async () => {
  const { folder } = consumer;
  writeFileSync(
    join(folder, 'server.js'),
    `import { createDetector, environment } from 'masklens';
    export const render = () => typeof createDetector + ' ' + environment().simd;`,
  );
  await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: { ssr: 'server.js', outDir: 'server', emptyOutDir: true, copyPublicDir: false },
  });
  const use = `import('./server/server.js').then(({ render }) => console.log(render()))`;
  assert.equal(program('node', ['-e', use], folder), 'function true\n');
});
