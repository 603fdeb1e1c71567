// Slow networks: whoever sends little is waited for; whoever sends nothing any more is told of, in time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromiumHost } from './host.mjs';

const TYPES = {
  '.wasm': 'application/wasm',
  '.js': 'text/javascript',
  '.json': 'application/json',
};
// What is silent has 30 seconds, a script 60. A script and compiled WebAssembly are asked for once more.
const MOST_MS = 110_000;

let host;
before(async () => {
  const page = fileURLToPath(new URL('survive_page.mjs', import.meta.url));
  host = await chromiumHost(page, {});
});
after(() => host?.close());

/** Serves the assets to any origin; `send` answers in its own way and gives true where it does. */
async function assetsFrom(send) {
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url, 'http://host').pathname);
    const body = readFileSync(join(host.folder, 'dist/assets', name));
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.setHeader('Content-Length', body.length);
    if (!send(name, body, response)) response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

const stalls = {
  'a network, half of which came': ['pnet.onnx', (body) => body.subarray(0, body.length >> 1)],
  'the runtime, half of which came': [
    'ort-wasm-trimmed.wasm',
    (body) => body.subarray(0, body.length >> 1),
  ],
  'a manifest of which nothing came': ['manifest.json', () => null],
  'a script of which nothing came': ['core.js', () => null],
};

test('a server that falls silent is a matter of the network, and nobody waits for ever', async (t) => {
  // All at once: they wait, they do not work.
  await Promise.all(
    Object.entries(stalls).map(async ([what, [file, part]]) => {
      const assets = await assetsFrom((name, body, response) => {
        if (name !== file) return false;
        const begun = part(body);
        if (begun) response.write(begun);
        return true;
      });
      const { call } = await host.page('');
      const begun = performance.now();
      const failure = await call('creationFailure', { assets: assets.url });
      const waited = performance.now() - begun;
      assets.close();
      t.diagnostic(`${what}: ${Math.round(waited / 1000)} s, ${failure?.message}`);
      assert.deepEqual([failure?.code, failure?.file], ['network', file], what);
      assert.match(failure.message, /nothing came for 30 seconds/, what);
      assert.ok(waited > 29_000 && waited < MOST_MS, `${what}: ${waited} ms`);
    }),
  );
  await host.closePages();
});

test('a server that sends little by little is waited for', async () => {
  const parts = 5;
  const assets = await assetsFrom((_, body, response) => {
    const length = Math.ceil(body.length / parts);
    let at = 0;
    const timer = setInterval(() => {
      response.write(body.subarray(at, at + length));
      at += length;
      if (at < body.length) return;
      clearInterval(timer);
      response.end();
    }, 1000);
    return true;
  });
  const { call } = await host.page('');
  const begun = performance.now();
  assert.equal(await call('creationFailure', { assets: assets.url }), null);
  assert.ok(performance.now() - begun > 1000 * parts);
  assets.close();
  await host.closePages();
});
