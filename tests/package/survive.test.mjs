// Whatever happens to a worker, a thread, a network or the core: every call settles with the right
// code, and the next one works.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { chromiumHost, ISOLATED, ISOLATION } from './host.mjs';

const WHOLE_RUNTIME = 'ort-wasm-simd-threaded.wasm';
const SETTLES_MS = 12_000; // 10 s, and what a busy machine adds

let host;
before(async () => {
  const page = fileURLToPath(new URL('survive_page.mjs', import.meta.url));
  host = await chromiumHost(page, { 'crowd.jpg': 'photos/maksssksksss96.jpg' });
});
afterEach(() => host.closePages());
after(() => host.close());

/** Serves `name` changed, to the page and to its workers. */
const changed = (name, change) => (page) =>
  page.context().route(`**/${name}*`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: change(await answer.text()) });
  });

/** A core whose `decode` does `what` the first time that the page calls it. */
function faultyCore(what) {
  let faults = 1;
  return changed('core-threads.js', (text) =>
    faults-- > 0
      ? text.replace(
          /export default createCore;?/,
          `export default async (options) => {
            const core = await createCore(options);
            core.decode = () => { ${what} };
            return core;
          };`,
        )
      : text,
  );
}

// (func (export "f") unreachable)
const TRAP =
  'new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11))).exports.f();';

test('any number of threads works; there are at most as many as cores', async () => {
  for (const [cores, threads, used] of [
    [8, 5, 5],
    [8, 64, 8],
    [2, 64, 2],
  ]) {
    const { call } = await host.page(ISOLATED, { cores });
    const found = await call('facesWith', { threads });
    assert.equal(found.threads, used, `${threads} on ${cores} cores`);
    assert.ok(found.counts[0] > 3);
    assert.equal(found.counts[1], found.counts[0]);
    await host.closePages();
  }
});

for (const [what, fault, code] of [
  ['a trap', TRAP, 'crashed'],
  ['memory that ran out', "throw new WebAssembly.RuntimeError('Aborted(OOM)');", 'out-of-memory'],
  ['a crash of one of its threads', "throw 'unwind';", 'crashed'],
])
  test(`after ${what} in the core, the worker is another one and the next call works`, async () => {
    const { call } = await host.page(ISOLATED, { cores: 4, route: faultyCore(fault) });
    const { first, impatient, faces, workers } = await call('afterFault');
    assert.deepEqual([first, impatient, workers], [code, 'aborted', 2]);
    assert.ok(faces > 3);
  });

// Emscripten from 3.1.58 on starts threads from the main script.
const OWN_SCRIPT = 'core-threads.worker.js';
const hasOwnScript = existsSync(join(root, 'dist/assets', OWN_SCRIPT));

test('a thread of the core that crashes takes the worker with it, and the next call works', async () => {
  const mend = host.replace(hasOwnScript ? OWN_SCRIPT : 'core-threads.js', (text) =>
    text.replace(
      /(Module\["invokeEntryPoint"\]|\binvokeEntryPoint)\([^)]*start_routine[^)]*\)/,
      `(() => { ${TRAP} })()`,
    ),
  );
  const { call } = await host.page(ISOLATED, { cores: 4 });
  assert.equal(await call('firstFault'), 'crashed');
  mend();
  const { faces, workers } = await call('nextCalls');
  assert.equal(workers, 2);
  assert.ok(faces > 3);
});

// "\0asm" and its version: a module that has nothing.
const NOTHING = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);
const empty = (name, body, contentType) => (page) =>
  page.context().route(`**/${name}*`, (route) => route.fulfill({ body, contentType }));

test('where the core’s threads cannot start, one does the work', async () => {
  for (const [what, name, change] of [
    ...(hasOwnScript
      ? [
          ['broken', OWN_SCRIPT, (text) => text.slice(0, text.length / 2)],
          ['silent', OWN_SCRIPT, () => ''],
        ]
      : []),
    ['without functions', 'core-threads.wasm', () => NOTHING],
  ]) {
    const mend = host.replace(name, change);
    const { call } = await host.page(ISOLATED, { cores: 4 });
    const { threads, counts } = await call('facesWith', { threads: 4 });
    mend();
    assert.equal(threads, 1, what);
    assert.ok(counts[0] > 3, what);
    await host.closePages();
  }
});

test('files that hold nothing are named, and nobody waits for them', async () => {
  const script = 'text/javascript';
  for (const [headers, name, body, type, code] of [
    ['', 'core.wasm', NOTHING, 'application/wasm', 'asset-not-wasm'],
    ['', 'ort-wasm-trimmed.wasm', NOTHING, 'application/wasm', 'asset-not-wasm'],
    [ISOLATED, 'ort-wasm-trimmed.wasm', NOTHING, 'application/wasm', 'asset-not-wasm'],
    ['', 'ort-start.js', '', script, 'asset-missing'],
    ['', 'core.js', '', script, 'asset-missing'],
  ]) {
    const { call } = await host.page(headers, { cores: 4, route: empty(name, body, type) });
    const begun = performance.now();
    assert.equal((await call('creationFailure', { threads: 2 })).code, code, name);
    assert.ok(performance.now() - begun < SETTLES_MS, name);
    await host.closePages();
  }
});

test('a worker that dies without a word is missed at once; one that is not ours, or not any more, is refused within ten seconds', async () => {
  // Both wait more than they work.
  const pages = [await host.page(''), await host.page('')];
  const [{ during, next, between, creating }, outcomes] = await Promise.all([
    pages[0].call('killed'),
    pages[1].call('silentWorkers'),
  ]);
  assert.equal(during.code, 'crashed');
  assert.ok(during.waited < SETTLES_MS);
  assert.ok(next > 3);
  assert.equal(between, null);
  assert.equal(creating.code, 'crashed');
  assert.ok(creating.waited < SETTLES_MS);
  assert.equal(Object.keys(outcomes).length, 4);
  for (const [name, { code, waited }] of Object.entries(outcomes)) {
    assert.equal(code, 'crashed', name);
    assert.ok(waited < SETTLES_MS, `${name}: ${waited} ms`);
  }
});

test('a worker serves one detector', async () => {
  const { call } = await host.page('');
  for (const { code, waited } of await call('usedTwice')) {
    assert.equal(code, 'TypeError');
    assert.ok(waited < 1000);
  }
});

test('a worker of another version says so', async () => {
  const route = changed('worker.js', (text) =>
    text.replace(/"\d+\.\d+\.\d+-[0-9a-f]{8}"/, '"0.0.1-deadbeef"'),
  );
  const { call } = await host.page('', { route });
  for (const worker of [true, false]) {
    const { code, message, file } = await call('creationFailure', { worker });
    assert.deepEqual([code, file], ['asset-missing', 'worker.js']);
    assert.match(message, /0\.0\.1-deadbeef/);
  }
});

test('work that cannot be interrupted ends with its worker', async () => {
  const spin = 'const end = Date.now() + 20000; while (Date.now() < end);';
  const { call } = await host.page(ISOLATED, { cores: 4, route: faultyCore(spin) });
  const { code, settled, faces, next } = await call('givenUp');
  assert.equal(code, 'aborted');
  assert.ok(settled < 200, `${settled} ms`);
  assert.ok(faces > 3);
  assert.ok(next < 15_000, `${next} ms`);
});

test('a worker that does not answer any more is given up after a minute', async () => {
  const spin = 'const end = Date.now() + 20000; while (Date.now() < end);';
  const { call, page, requested } = await host.page(ISOLATED, {
    cores: 4,
    route: async (page) => {
      await faultyCore(spin)(page);
      await page.clock.install();
    },
  });
  await call('open');
  const asked = page.waitForResponse(/crowd/);
  const hung = call('detect');
  await asked;
  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.clock.runFor(30_000);
  assert.equal(await Promise.race([hung, 'waits']), 'waits');
  await page.clock.runFor(40_000);
  assert.equal(await hung, 'crashed');
  // A thread may have come to a function that is not there: the next worker has them all.
  assert.ok(!requested.some((path) => path.includes(WHOLE_RUNTIME)));
  assert.equal(await call('detect'), null);
  assert.ok(requested.some((path) => path.includes(WHOLE_RUNTIME)));
  await call('close');
});

test('a picture that never comes holds up nobody, and can be given up', async () => {
  const { call } = await host.page('', {
    route: (page) => page.route('**/never.jpg*', () => undefined),
  });
  const { faces, aborted, closed, closing } = await call('stuckImage');
  assert.ok(faces > 3);
  assert.deepEqual([aborted, closed, closing.code], ['aborted', 'closed', null]);
  assert.ok(closing.waited < 1000);
});

test('pictures are taken when they are handed in', async () => {
  const { call } = await host.page('');
  for (const count of await call('takenAtOnce')) assert.ok(count > 3);
});

test('pixels of another realm and of 16-bit floats are judged', async () => {
  const { call } = await host.page('');
  const { counts, format } = await call('oddPixels');
  assert.equal(format, 'Float16Array');
  for (const [kind, count] of Object.entries(counts)) assert.ok(count > 3, kind);
});

test('what a callback throws is the caller’s own', async () => {
  const { call, page } = await host.page('');
  const errors = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  assert.ok((await call('throwingProgress')) > 3);
  assert.ok(errors.length > 0);
  for (const message of errors) assert.equal(message, 'the caller’s own');
});

test('what the network does is not said of the files', async () => {
  for (const [name, answer] of [
    ['worker.js', (route) => route.abort()],
    ['core.wasm', (route) => route.abort()],
    ['pnet.onnx', (route) => route.fulfill({ status: 503 })],
    ['manifest.json', (route) => route.abort('internetdisconnected')],
  ]) {
    const { call } = await host.page('', {
      route: (page) => page.context().route(`**/${name}*`, answer),
    });
    const { code, file, url, message } = await call('creationFailure');
    assert.deepEqual([code, file], ['network', name], message);
    assert.ok(url.includes(name));
    await host.closePages();
  }
});

test('a script that arrives later and does not come is told of, and asked for again', async () => {
  let refusals = 2; // as a module, and to see why not
  const { call } = await host.page('', {
    route: (page) =>
      page
        .context()
        .route('**/moving-files.js*', (route) =>
          refusals-- > 0 ? route.abort() : route.continue(),
        ),
  });
  const { first, still, second } = await call('movingScriptLate');
  assert.deepEqual([first.code, first.file], ['network', 'moving-files.js']);
  assert.ok(still > 3);
  assert.equal(second, still);
});

const POLICY = '  Content-Security-Policy: ';

test('Trusted Types: one policy has to be allowed, and the error says which', async () => {
  const asked = "require-trusted-types-for 'script'";
  const allowed = await host.page(`/\n${POLICY}${asked}; trusted-types masklens\n`);
  assert.equal(await allowed.call('creationFailure'), null);
  const refused = await host.page(`/\n${POLICY}${asked}; trusted-types none\n`);
  const { code, message } = await refused.call('creationFailure');
  assert.equal(code, 'asset-missing');
  assert.match(message, /Trusted Types/);
});

test('a policy without workers, and a script that is no script, are told apart', async () => {
  const { call } = await host.page(`/\n${POLICY}worker-src 'none'\n`);
  const forbidden = await call('creationFailure');
  assert.equal(forbidden.code, 'asset-missing');
  assert.match(forbidden.message, /Content-Security-Policy|worker/);
  const other = await host.page('', {
    route: (page) =>
      page.route('**/worker.js', (route) =>
        route.fulfill({ contentType: 'text/plain', body: 'hello' }),
      ),
  });
  assert.match((await other.call('creationFailure')).message, /text\/plain/);
  const bare = await host.page(`/\n${ISOLATION}`);
  assert.match((await bare.call('creationFailure')).message, /Cross-Origin-Embedder-Policy/);
});

test('the assets may lie on another origin that allows it', async () => {
  const assets = join(host.folder, 'dist/assets');
  const headers = `/*\n  Access-Control-Allow-Origin: *\n  Cross-Origin-Resource-Policy: cross-origin\n`;
  writeFileSync(join(assets, '_headers'), headers);
  const elsewhere = await serve(assets);
  try {
    for (const [own, cores, threads] of [
      ['', 1, 1],
      [ISOLATED, 4, 2],
    ]) {
      const { call } = await host.page(own, { cores });
      const found = await call('facesWith', { assets: elsewhere.url, threads: 2 });
      assert.equal(found.threads, threads);
      assert.ok(found.counts[0] > 3);
      await host.closePages();
    }
  } finally {
    await elsewhere.close();
  }
});

test('in a shared worker, which cannot start workers, the work is done in place', async () => {
  const { call } = await host.page('');
  assert.ok((await call('inSharedWorker')) > 3);
});

test('the worker’s script and the package are of one build', () => {
  const version = /"(\d+\.\d+\.\d+-[0-9a-f]{8})"/;
  const [, ours] = version.exec(readFileSync(join(host.folder, 'dist/index.js'), 'utf8'));
  for (const name of ['worker.js', 'node.js'])
    assert.equal(
      version.exec(readFileSync(join(host.folder, 'dist/assets', name), 'utf8'))[1],
      ours,
    );
});
