// The static server that `npm start` and the browser tests use.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseHeaders, serve } from '../../scripts/serve.mjs';

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'masklens-serve-'));
  mkdirSync(join(folder, 'site/assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'outside');
  writeFileSync(join(folder, 'site/index.html'), '<!doctype html><title>here</title>');
  writeFileSync(join(folder, 'site/assets/core.wasm'), new Uint8Array([0, 97, 115, 109]));
  writeFileSync(
    join(folder, 'site/_headers'),
    '# comment\n/*\n  Cross-Origin-Opener-Policy: same-origin\n/assets/*\n  Cache-Control: max-age=60\n',
  );
});
after(() => rmSync(folder, { recursive: true }));

/** A request with the path exactly as given: fetch would tidy `..` away. */
function raw(port, path, method = 'GET') {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
      response.resume();
      response.on('end', () => resolve(response));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('a folder serves its index, content types and the headers of its _headers file', async () => {
  const server = await serve(join(folder, 'site'));
  try {
    const page = await fetch(server.url);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type'), /^text\/html/);
    assert.equal(page.headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.match(await page.text(), /here/);
    const wasm = await fetch(`${server.url}assets/core.wasm`);
    assert.equal(wasm.headers.get('content-type'), 'application/wasm');
    assert.equal(wasm.headers.get('cache-control'), 'max-age=60');
    assert.equal((await wasm.arrayBuffer()).byteLength, 4);
  } finally {
    await server.close();
  }
});

test('a plain host sends none of those headers, and a base moves everything under a path', async () => {
  const server = await serve(join(folder, 'site'), { headers: false, base: '/some/folder/' });
  try {
    assert.ok(server.url.endsWith('/some/folder/'));
    const page = await fetch(server.url);
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('cross-origin-opener-policy'), null);
    assert.equal((await raw(server.port, '/some/folder')).statusCode, 301);
    assert.equal((await raw(server.port, '/index.html')).statusCode, 404);
  } finally {
    await server.close();
  }
});

test('nothing outside the folder is served, and nothing but GET and HEAD is answered', async () => {
  const server = await serve(join(folder, 'site'));
  try {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/../../secret.txt',
    ])
      assert.equal((await raw(server.port, path)).statusCode, 404, path);
    assert.equal((await raw(server.port, '/%')).statusCode, 400);
    assert.equal((await raw(server.port, '/', 'POST')).statusCode, 405);
    assert.equal((await raw(server.port, '/', 'HEAD')).statusCode, 200);
  } finally {
    await server.close();
  }
});

test('an unchanged file is answered with 304, and every request is seen with its bytes', async () => {
  const seen = [];
  const server = await serve(join(folder, 'site'), { onRequest: (entry) => seen.push(entry) });
  try {
    const first = await fetch(server.url);
    const again = await fetch(server.url, {
      headers: { 'If-None-Match': first.headers.get('etag') },
    });
    assert.equal(again.status, 304);
    await fetch(server.url, { method: 'POST', body: '12345' });
    assert.deepEqual(
      seen.map(({ method, bytes }) => [method, bytes]),
      [
        ['GET', 0],
        ['GET', 0],
        ['POST', 5],
      ],
    );
  } finally {
    await server.close();
  }
});

test('rules of a _headers file: a star stands for anything, dots are dots', () => {
  const [all, one] = parseHeaders('/*\n  A: b: c\n\n/x.json\n  D: e\n');
  assert.ok(all.pattern.test('/deep/path'));
  assert.deepEqual(all.headers, { A: 'b: c' });
  assert.ok(one.pattern.test('/x.json') && !one.pattern.test('/xxjson'));
});
