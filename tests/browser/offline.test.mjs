// What is kept for use offline is this build, whole, and the page says so truly: under deployments,
// damaged and emptied caches, and without room.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { fromRuns, trimWasm } from '../../scripts/trim_wasm.mjs';
import { batchDone, launch, photos, site, visit } from './harness.mjs';

const NETWORK = 'masklens/one-stage-accurate.onnx';
const RUNTIME = 'masklens/ort-wasm-trimmed.wasm';
const SPARE = 'masklens/ort-wasm-simd-threaded.wasm';
let browser;
let folder;
let host;
let page;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** A copy of the site that can be changed while it is served, and a visitor to it. */
async function open(options = { headers: false }) {
  folder = mkdtempSync(join(tmpdir(), 'masklens-site-'));
  cpSync(site, folder, { recursive: true });
  host = await serve(folder, options);
  page = await visit(browser, { offline: true });
}

async function close() {
  await page.context().close();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}

const state = (wanted) =>
  page.waitForSelector(`[data-offline=${wanted}]`, { state: 'attached', timeout: 60_000 });

async function sampleWorks() {
  await page.click('[data-sample="0"]:not([disabled])', { timeout: 60_000 });
  await batchDone(page, 1);
  assert.ok(Number(await page.textContent('[data-count=people]')) > 0);
}

/** Overwrites the file with bytes of the same number, as an older build's would be. */
function replace(path) {
  const old = readFileSync(join(folder, path));
  writeFileSync(join(folder, path), old.toReversed());
  return () => writeFileSync(join(folder, path), old);
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hashOf = (path) => sha256(readFileSync(join(site, path)));

/** Puts another file into the site that is served, and its hash into the service worker's facts. */
function rebuild(path, bytes) {
  writeFileSync(join(folder, path), bytes);
  const worker = join(folder, 'service-worker.js');
  const script = readFileSync(worker, 'utf8');
  assert.ok(script.includes(hashOf(path)), path);
  writeFileSync(worker, script.replace(hashOf(path), sha256(bytes)));
}

/** The runtime without a function that it starts without and does not run without. */
function cutTooFar() {
  const list = JSON.parse(readFileSync(join(root, 'scripts/runtime_functions.json'), 'utf8'));
  const kept = new Set([...fromRuns(list.functions)].filter((n) => n !== list.neededToRun));
  return trimWasm(readFileSync(join(site, SPARE)), kept);
}

/** SHA-256 of what the cache holds of a file, or null. */
const keptHash = (path) =>
  page.evaluate(async (name) => {
    const kept = await caches.match(new URL(name, document.baseURI).href);
    if (!kept) return null;
    const digest = await crypto.subtle.digest('SHA-256', await kept.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }, path);

test('every file of the site has its hash in the service worker, the files of `public` too', () => {
  const script = readFileSync(join(site, 'service-worker.js'), 'utf8');
  const { files, kept, version } = JSON.parse(/^const BUILD = (.*);$/m.exec(script)[1]);
  for (const [path, hash] of Object.entries(files)) assert.equal(hash, hashOf(path), path);
  for (const path of kept) assert.ok(path in files, path);
  const all = { _headers: hashOf('_headers'), ...files };
  const sorted = Object.fromEntries(
    Object.keys(all)
      .sort()
      .map((path) => [path, all[path]]),
  );
  const expected = sha256(JSON.stringify(sorted));
  assert.equal(version, expected.slice(0, 16), 'the version changes with each of them');
});

test('a worker that met a deployment keeps nothing of it; the next visit works, offline too', async () => {
  await open();
  const deployed = replace(NETWORK);
  await page.goto(host.url);
  await page.waitForSelector('load-line [role=alert]', { timeout: 60_000 });
  await state('no');
  deployed();
  await page.goto(host.url);
  await sampleWorks();
  await state('ready');
  assert.equal(await keptHash(NETWORK), hashOf(NETWORK));
  await host.close();
  // In a tab of its own, which has nothing of the first one's pictures.
  page = await page.context().newPage();
  await page.goto(host.url);
  await sampleWorks();
  await close();
});

test('a wrong file in the cache is neither served nor left there', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  await page.evaluate(async (path) => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      await cache.put(new URL(path, document.baseURI).href, new Response('of another build'));
      await cache.put(new URL('index.html', document.baseURI).href, new Response('no page'));
    }
  }, NETWORK);
  await page.goto(host.url);
  await sampleWorks();
  for (const path of [NETWORK, 'index.html']) assert.equal(await keptHash(path), hashOf(path));
  await close();
});

test('an emptied cache is filled again; where it cannot be, the page does not say "ready"', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  const empty = () =>
    page.evaluate(async () => {
      for (const name of await caches.keys()) await caches.delete(name);
    });
  await empty();
  await page.goto(host.url);
  await state('ready');
  assert.equal(await keptHash(NETWORK), hashOf(NETWORK));
  await empty();
  rmSync(join(folder, 'check.html'));
  await page.goto(host.url);
  await sampleWorks();
  await state('no');
  await close();
});

test('hosts that show pages without .html lose none, with and without a network', async () => {
  for (const headers of [true, false]) {
    await open({ headers, clean: true });
    await page.goto(host.url);
    await state('ready');
    const titles = async () => {
      const shown = [];
      for (const path of ['', 'live.html', 'live', 'check', 'index.html?x#y']) {
        const answer = await page.goto(new URL(path, host.url).href);
        shown.push(`${answer.status()} ${await page.title()}`);
        assert.equal(await page.evaluate(() => crossOriginIsolated), true, path);
      }
      return shown;
    };
    const online = await titles();
    assert.equal(online[1], online[2]);
    assert.equal(new Set(online).size, 3);
    await host.close();
    assert.deepEqual(await titles(), online);
    await page.context().close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an address that is none of the site’s is the server’s to answer', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  await page.goto(host.url);
  for (const path of ['nowhere', 'nowhere/', '%E0%A4', '%00x', 'masklens/%ff.onnx'])
    assert.ok((await page.evaluate(async (url) => (await fetch(url)).status, path)) >= 400, path);
  await close();
});

test('without a network a file that was lost or spoilt takes no other with it', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  const kept = () =>
    page.evaluate(async () => {
      const [name] = await caches.keys();
      return (await (await caches.open(name)).keys()).length;
    });
  const all = await kept();
  await page.evaluate(async (spoilt) => {
    const cache = await caches.open((await caches.keys())[0]);
    await cache.delete(new URL('check.html', document.baseURI).href);
    await cache.put(new URL(spoilt, document.baseURI).href, new Response('spoilt'));
  }, 'compare.html');
  await host.close();
  // Served where it is a whole file alone; and the page does not say that all is kept.
  await page.goto(host.url);
  await state('no');
  assert.equal(await kept(), all - 2);
  await page.goto(host.url);
  await sampleWorks();
  await page.context().close();
  rmSync(folder, { recursive: true, force: true });
});

test('a spoilt file that nobody asks for is made good before the page says "ready"', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  await page.evaluate(async (path) => {
    const cache = await caches.open((await caches.keys())[0]);
    await cache.put(new URL(path, document.baseURI).href, new Response('spoilt'));
  }, 'compare.html');
  await page.goto(host.url);
  await state('ready');
  assert.equal(await keptHash('compare.html'), hashOf('compare.html'));
  await close();
});

test('without room nothing is refused, and the page says that there is none', async () => {
  await open();
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(host.url);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200_000 });
  await page.goto(host.url);
  await state('full');
  await page.goto(host.url);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true, 'the worker is in control');
  await sampleWorks();
  await state('full');
  await close();
});

test('pictures shared with the installed page are judged; those that find no room are named', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  // As the system hands them over, whose forms no page's policy holds back.
  writeFileSync(
    join(folder, 'system.html'),
    `<form action="./share-target" method="post" enctype="multipart/form-data">
      <input type="file" name="pictures" multiple></form>`,
  );
  const share = async (files, count) => {
    await page.goto(`${host.url}system.html`);
    await page.setInputFiles('[name=pictures]', files);
    await page.evaluate(() => document.querySelector('form').submit());
    await page.waitForURL(host.url);
    await batchDone(page, count);
  };
  await share(photos.slice(0, 2), 2);
  assert.ok(Number(await page.textContent('[data-count=people]')) > 0);
  assert.ok(!(await page.evaluate(() => caches.has('masklens shared pictures'))));
  const session = await page.context().newCDPSession(page);
  const origin = new URL(host.url).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  // Those of before are kept while the tab is open.
  await share(photos.slice(2, 3), 3);
  const name = basename(photos[2]);
  assert.ok((await page.textContent('main')).includes(`${name} can no longer be read`));
  await close();
});

test('the next build takes over: kept whole, the old one gone', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  const [before] = await page.evaluate(() => caches.keys());
  // The next build, in small: one file differs, and the worker's facts with it.
  const theme = `${readFileSync(join(folder, 'theme.js'), 'utf8')}// next\n`;
  rebuild('theme.js', theme);
  const path = join(folder, 'service-worker.js');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/"version":"[0-9a-f]+"/, '"version":"0123456789abcdef"'),
  );
  await page.goto(host.url);
  await page.click('.site-footer .notice button', { timeout: 60_000 });
  await page.waitForFunction(
    async (old) => {
      const names = await caches.keys();
      return names.length === 1 && names[0] !== old;
    },
    before,
    { timeout: 60_000 },
  );
  await sampleWorks();
  assert.equal(await keptHash('theme.js'), sha256(theme));
  await close();
});

test('a tab whose build another tab has replaced says so, and its button works', async () => {
  await open();
  await page.goto(host.url);
  await state('ready');
  const other = await page.context().newPage();
  await other.goto(host.url);
  await other.waitForSelector('[data-phase="ready"]', { timeout: 60_000 });
  rebuild('theme.js', `${readFileSync(join(folder, 'theme.js'), 'utf8')}// another\n`);
  const path = join(folder, 'service-worker.js');
  const script = readFileSync(path, 'utf8');
  writeFileSync(path, script.replace(/"version":"[0-9a-f]+"/, '"version":"fedcba9876543210"'));
  await page.goto(host.url);
  const offer = '.site-footer .notice button';
  await page.click(offer, { timeout: 60_000 });
  await other.waitForSelector(offer, { timeout: 60_000 });
  await Promise.all([other.waitForEvent('load'), other.click(offer)]);
  await other.waitForSelector('[data-offline=ready]', { state: 'attached', timeout: 60_000 });
  assert.equal(await other.locator(offer).count(), 0);
  await close();
});

test('what is cut out of the runtime is there without a network, too: the whole one was kept', async () => {
  await open();
  rebuild(RUNTIME, cutTooFar());
  await page.goto(host.url);
  await page.waitForSelector('[data-offline=ready][data-spare]', {
    state: 'attached',
    timeout: 60_000,
  });
  assert.equal(await keptHash(SPARE), hashOf(SPARE));
  await host.close();
  // Browsers throw away of their own copies what they like; what the service worker keeps, stays.
  const session = await page.context().newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  page = await page.context().newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(host.url);
  await sampleWorks();
  assert.ok(
    asked.some((url) => url.includes(SPARE)),
    'it was needed',
  );
  await close();
});

test('"ready" waits for no spare part: a server without it is no trouble, and the page says so', async () => {
  await open();
  rmSync(join(folder, SPARE));
  await page.goto(host.url);
  await state('ready');
  await sampleWorks();
  assert.equal(await keptHash(SPARE), null);
  assert.equal(await page.locator('[data-offline=ready][data-spare]').count(), 0);
  assert.match(await page.locator('div:has(> [data-offline])').getAttribute('title'), /spare part/);
  await close();
});
