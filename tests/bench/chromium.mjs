// The system's Chromium on a page that sees the package, the runtime, other detectors and photos.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch, withWindows } from '../browser/chromium.mjs';

withWindows();

/** Data and peers' weights lie beside the checkout where there are any. */
export const shared = join(root, '../shared');
export const peersFolder = join(shared, 'peers');

/** The photos to measure on: { folder, names, annotations (or null), set }. */
export function choosePhotos() {
  const folder = join(shared, 'data/facemask853/images');
  const list = join(root, 'models/training/splits/facemask853_val.txt');
  if (existsSync(folder) && existsSync(list)) {
    const part = new Set(readLines(list));
    const names = readdirSync(folder)
      .filter((name) => part.has(name))
      .sort();
    return {
      set: 'facemask853, validation part',
      folder,
      names,
      data: join(shared, 'data/facemask853'),
    };
  }
  const fixtures = join(root, 'tests/fixtures/photos');
  const names = readdirSync(fixtures)
    .filter((name) => /\.jpe?g$/.test(name))
    .sort();
  return { set: 'tests/fixtures/photos', folder: fixtures, names, data: null };
}

function readLines(path) {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

/** Starts server and browser, with `more` arguments. `open()` gives a page in a fresh context; `close()` ends both. */
export async function startChromium(photosFolder, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-bench-'));
  const links = {
    package: join(root, 'dist'),
    ort: join(root, 'node_modules/onnxruntime-web/dist'),
    peers: peersFolder,
    npm: join(root, 'tests/bench/node_modules'),
    page: join(root, 'tests/bench/page'),
    photos: photosFolder,
    film: join(root, 'tests/film'),
    fixtures: join(root, 'tests/fixtures/photos'),
    mediabunny: join(root, 'node_modules/mediabunny/dist/bundles'),
  };
  for (const [name, target] of Object.entries(links))
    if (existsSync(target)) symlinkSync(target, join(folder, name));
  writeFileSync(
    join(folder, '_headers'),
    '/*\n  Cross-Origin-Opener-Policy: same-origin\n  Cross-Origin-Embedder-Policy: require-corp\n',
  );
  const requests = [];
  const server = await serve(folder, { onRequest: ({ path }) => requests.push(path) });
  const browser = await launch(more);
  return {
    browser,
    folder,
    requests,
    version: browser.version(),
    async open() {
      const context = await browser.newContext();
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error(`page: ${error.message}`));
      await page.goto(`${server.url}page/index.html`);
      await page.waitForFunction(() => 'bench' in window);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

export const round = (number, digits = 2) => Number(number.toFixed(digits));

/** What the figures were measured on. */
export function machine(chromiumVersion) {
  return {
    cpu: cpus()[0].model,
    cores: cpus().length,
    chromium: chromiumVersion,
    node: process.version,
  };
}

/** First eight digits of each network's sha256: which weights the figures are about. */
export function weights() {
  const { networks } = JSON.parse(readFileSync(join(root, 'dist/assets/manifest.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries(networks).map(([name, n]) => [name, n.sha256.slice(0, 8)]),
  );
}

/** Replaces one part of models/reports/bench.json. */
export function report(part, value) {
  const path = join(root, 'models/reports/bench.json');
  mkdirSync(join(root, 'models/reports'), { recursive: true });
  const all = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  all[part] = value;
  writeFileSync(path, `${JSON.stringify(all, null, 1)}\n`);
}
