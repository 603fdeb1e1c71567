// The package's own files in Chromium: isolated under a strict policy, on a plain host, and where
// workers of workers are blocked. What the page does is in chromium_page.mjs.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createDetector, LABEL_COLOURS, LABEL_INK } from '../../dist/index.js';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { fromRuns, trimWasm } from '../../scripts/trim_wasm.mjs';
import { launch } from '../browser/chromium.mjs';

const PHOTO = 'tests/fixtures/photos/maksssksksss96.jpg';
const ISOLATION = `  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`;
const POLICY = `  Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self' data:
`;

let folder;
let browser;
let reference;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'masklens-chromium-'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  mkdirSync(join(folder, 'pictures'));
  copyFileSync(join(root, PHOTO), join(folder, 'pictures/photo.jpg'));
  for (const name of ['photo.webp', 'photo.avif', 'photo.tiff', 'text.jpg', 'animated.gif'])
    copyFileSync(join(root, 'tests/fixtures', name), join(folder, 'pictures', name));
  for (let orientation = 1; orientation <= 8; orientation++) {
    const name = `orientation_${orientation}.jpg`;
    copyFileSync(join(root, 'tests/fixtures', name), join(folder, 'pictures', name));
  }
  copyFileSync(new URL('chromium_page.mjs', import.meta.url), join(folder, 'page.mjs'));
  const html = '<!doctype html><title>page</title><link rel="icon" href="data:,">';
  writeFileSync(join(folder, 'index.html'), html);
  browser = await launch();

  const detector = await createDetector({ detector: 'mtcnn' });
  reference = await detector.detect(readFileSync(join(root, PHOTO)));
  await detector.close();
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

let complaints;
let requested;
let closing;
beforeEach(() => {
  complaints = [];
  requested = [];
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

/** Opens the page as a host with these `_headers` would serve it; gives a way to call page.mjs. */
async function open(headers, route = () => {}) {
  writeFileSync(join(folder, '_headers'), headers);
  const server = await serve(folder, {
    onRequest: ({ path }) => requested.push(path.replace(/^.*\//, '').replace(/\?.*$/, '')),
  });
  closing.push(() => server.close());
  const page = await browser.newPage();
  closing.push(() => page.close());
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await route(page);
  await page.goto(server.url);
  return (name, ...args) =>
    page.evaluate(
      async ([called, values]) => (await import('./page.mjs'))[called](...values),
      [name, args],
    );
}

/** What the host would have sent. */
async function answerOf(route) {
  const answer = await route.fetch();
  return { body: await answer.body() };
}

function assertSameFaces(faces, tolerance, what) {
  assert.equal(faces.length, reference.faces.length, what);
  for (const [index, face] of faces.entries()) {
    const wanted = reference.faces[index];
    assert.equal(face.label, wanted.label, what);
    for (const side of ['x', 'y', 'width', 'height']) {
      const difference = Math.abs(face.box[side] - wanted.box[side]);
      assert.ok(difference <= tolerance, `${what}: ${side} differs by ${difference}`);
    }
  }
}

for (const [host, headers, threads] of [
  ['an isolated host with a strict policy', `/*\n${ISOLATION}${POLICY}`, 2],
  ['a plain host', '', 1],
]) {
  for (const worker of [true, false]) {
    const place = `${host}, ${worker ? 'in a worker' : 'in place'}`;

    test(`${place}: ${threads} thread(s), every kind of input, the faces that Node finds`, async () => {
      const call = await open(headers);
      const { used, environment, results } = await call('everyInput', { worker, threads: 2 });
      assert.equal(used, threads);
      assert.equal(environment.isolated, threads > 1);
      assert.equal(environment.threads, threads > 1);
      assert.equal(environment.reason === '', threads > 1);
      const kinds = Object.keys(results);
      assert.equal(kinds.length, 12, kinds.join(' '));
      // The same bytes, the same decoder: only the last digits may differ. Pixels that the browser
      // decoded are a little other.
      for (const kind of ['file', 'bytes', 'array buffer'])
        assertSameFaces(results[kind], 0.01, kind);
      for (const kind of kinds) assertSameFaces(results[kind], 1, kind);
      assert.deepEqual(complaints, []);
    });
  }
}

test('what the browser can decode is judged, upright, and what nobody can is named', async () => {
  const call = await open(`/*\n${ISOLATION}${POLICY}`);
  const { counts, sizes, failures } = await call('foreignFormats');
  assert.deepEqual(sizes, { 'photo.webp': [160, 112], 'photo.avif': [160, 112] });
  for (const [name, count] of Object.entries(counts)) assert.ok(count > 0, name);
  assert.match(failures['photo.tiff'], /^unsupported-format: .*TIFF/);
  assert.match(failures['text.jpg'], /^unsupported-format: .*plain text/);
  assert.match(failures['cut.webp'], /^bad-image: /);
  assert.match(failures['an empty image element'], /^bad-image: /);
  assert.match(failures['a video without a source'], /^bad-image: /);
});

test('EXIF orientation is applied once, whether the core or the browser decodes', async () => {
  const call = await open('');
  const boxes = await call('orientations');
  assert.equal(boxes.length, 16);
  for (const box of boxes)
    for (const side of ['x', 'y', 'width', 'height'])
      assert.ok(Math.abs(box[side] - boxes[0][side]) <= 1, JSON.stringify(box));
});

test('where workers of workers are blocked, threads start from blob addresses', async () => {
  // Headers for the page and for our worker alone, as if the rest came past a service worker.
  const call = await open(`/\n${ISOLATION}/dist/assets/worker.js\n${ISOLATION}`);
  const { used, results } = await call('everyInput', { worker: true, threads: 2 });
  assert.equal(used, 2);
  assertSameFaces(results.file, 0.01, 'file');
});

test('where no worker can start another, one thread does the work', async () => {
  const policy = `  Content-Security-Policy: worker-src 'none'\n`;
  const call = await open(`/*\n${ISOLATION}/dist/assets/worker.js\n${policy}`);
  const { used, results } = await call('everyInput', { worker: true, threads: 2 });
  assert.equal(used, 1);
  assertSameFaces(results.file, 0.01, 'file');
});

test('only what is needed is fetched, once, and nothing after creation', async () => {
  const call = await open('');
  const { during, after: later } = await call('requests');
  assert.deepEqual(
    during,
    [
      'classifier.onnx',
      'core.js',
      'core.wasm',
      'ort-start.js',
      'manifest.json',
      'onet.onnx',
      'ort-wasm-simd-threaded.js',
      'ort-wasm-trimmed.wasm',
      'pnet.onnx',
      'rnet.onnx',
      'worker.js',
    ].sort(),
  );
  assert.deepEqual(later, []);
  const counted = requested.filter((name) => during.includes(name)).sort();
  assert.deepEqual(counted, during);
});

test('a worker that was started ahead has begun to load, and counts what has come', async () => {
  const call = await open(`/*\n${ISOLATION}${POLICY}`);
  const { faces, loaded, total, names } = await call('startedAhead');
  assertSameFaces(faces, 0.01, 'file');
  assert.equal(loaded, total);
  assert.ok(names.includes('ort-wasm-trimmed.wasm'), names.join(' '));
  for (const name of ['worker.js', 'ort-wasm-trimmed.wasm'])
    assert.equal(requested.filter((seen) => seen === name).length, 1, name);
});

test('files that are missing, or pages in their place, have their codes', async () => {
  for (const [name, status, body, code] of [
    ['worker.js', 404, '', 'asset-missing'],
    ['pnet.onnx', 404, '', 'asset-missing'],
    ['pnet.onnx', 200, '<!doctype html>', 'asset-missing'],
    ['core.js', 404, '', 'asset-missing'],
    ['core.wasm', 404, '', 'asset-missing'],
    ['core.wasm', 200, '<!doctype html>', 'asset-not-wasm'],
    ['ort-wasm-trimmed.wasm', 200, '<!doctype html>', 'asset-not-wasm'],
    ['manifest.json', 200, '<!doctype html>', 'asset-missing'],
  ]) {
    const address = new RegExp(`/${name.replaceAll('.', '\\.')}(\\?|$)`);
    const call = await open('', (page) =>
      page
        .context()
        .route(address, (route) => route.fulfill({ status, body, contentType: 'text/html' })),
    );
    const failure = await call('creationFailure');
    await closing.pop()();
    await closing.pop()();
    assert.equal(failure.code, code, `${name} ${status}`);
    assert.ok(failure.message.includes(name), failure.message);
  }
});

test('WebAssembly that a host sends without its type is compiled all the same', async () => {
  const call = await open('', (page) =>
    page.context().route(/\.wasm(\?|$)/, async (route) => {
      const { body } = await answerOf(route);
      await route.fulfill({ body, contentType: 'application/octet-stream' });
    }),
  );
  assert.deepEqual(await call('creationFailure'), { code: 'none', message: '' });
});

test('WebAssembly that is damaged is fetched anew, once', async () => {
  let asked = 0;
  const call = await open('', (page) =>
    page.context().route(/\/core\.wasm(\?|$)/, async (route) => {
      asked++;
      const { body } = await answerOf(route);
      // Cut short, as a cache may hold it after an interrupted download.
      const part = asked === 1 ? body.subarray(0, 1000) : body;
      await route.fulfill({ body: part, contentType: 'application/wasm' });
    }),
  );
  assert.deepEqual(await call('creationFailure'), { code: 'none', message: '' });
  assert.equal(asked, 2);
});

for (const [when, without] of [
  ['to start', ({ functions }) => new Set([...fromRuns(functions)].slice(0, 9))],
  [
    'to run',
    ({ functions, neededToRun }) =>
      new Set([...fromRuns(functions)].filter((n) => n !== neededToRun)),
  ],
])
  test(`where the trimmed runtime lacks what is needed ${when}, the whole one is fetched`, async () => {
    const list = JSON.parse(readFileSync(join(root, 'scripts/runtime_functions.json'), 'utf8'));
    const path = join(folder, 'dist/assets/ort-wasm-simd-threaded.wasm');
    const body = trimWasm(readFileSync(path), without(list));
    const call = await open(`/*\n${ISOLATION}${POLICY}`, (page) =>
      page.route('**/ort-wasm-trimmed.wasm*', (route) =>
        route.fulfill({ contentType: 'application/wasm', body }),
      ),
    );
    const { used, results } = await call('everyInput', { worker: true, threads: 2 });
    assert.equal(used, 2);
    assertSameFaces(results.file, 0.01, 'file');
    assert.ok(requested.includes('ort-wasm-simd-threaded.wasm'));
  });

test('a signal and close reach into the worker, and the next call goes on', async () => {
  const call = await open('');
  const outcome = await call('giveUp');
  assert.deepEqual(outcome.codes, ['aborted', null, 'closed', 'closed']);
  assert.ok(outcome.waited < 1000, `${outcome.waited} ms`);
});

test('live video: faces, a rate, pause, resume, stop, and every frame closed', async () => {
  const call = await open(`/*\n${ISOLATION}`);
  const live = await call('watchCanvas');
  assert.ok(live.results >= 10);
  assert.ok(live.faces >= 3, `${live.faces} faces`);
  assert.ok(live.framesPerSecond > 0 && Number.isFinite(live.framesPerSecond));
  assert.deepEqual(live.size, [400, 280]);
  assert.equal(live.whilePaused, 0);
  assert.ok(live.afterResume > 0);
  assert.equal(live.afterStop, 0);
  assert.ok(live.drawn > 0, 'the overlay has drawn something');
  // Chromium complains of frames that are collected without having been closed.
  assert.deepEqual(complaints, []);
});

test('annotated pictures and GIFs come back from the worker', async () => {
  const call = await open(`/*\n${ISOLATION}`);
  const { png, jpeg, gif } = await call('annotations');
  assert.deepEqual([png.type, png.width, png.height], ['image/png', 400, 280]);
  assert.deepEqual([jpeg.type, jpeg.width, jpeg.height], ['image/jpeg', 400, 280]);
  assert.equal(gif.type, 'image/gif');
  assert.ok(gif.frames > 1);
});

/** WCAG 2.2, "contrast ratio", of two colours of 8 bits a channel. */
function contrast(a, b) {
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

test('plates have the same colours wherever they are drawn, and words stand out on them', async () => {
  const call = await open('');
  const levels = (colour) => colour.match(/[0-9a-f]{2}/g).map((pair) => Number.parseInt(pair, 16));
  for (const [label, drawn] of Object.entries(await call('plates')))
    for (const [who, { ground, ink }] of Object.entries(drawn)) {
      assert.deepEqual(ground, levels(LABEL_COLOURS[label]), `${who}, ${label}`);
      for (const [channel, value] of levels(LABEL_INK).entries())
        assert.ok(Math.abs(ink[channel] - value) <= 24, `${who}, ${label}: words in ${ink}`);
      const ratio = contrast(ground, levels(LABEL_INK));
      assert.ok(ratio >= 4.5, `${label}: ${ratio} to 1`);
    }
});
