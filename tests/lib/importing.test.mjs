// Importing does nothing, and what the package says of its surroundings is true.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/run.mjs';

const index = new URL('../../dist/index.js', import.meta.url).href;

/** Runs a module in a fresh Node; gives what it printed. */
const inNode = (script) =>
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

test('importing touches no global, neither window nor document, and starts nothing', () => {
  const script = `
    const touched = [];
    for (const name of ['window', 'document', 'self', 'navigator', 'location', 'fetch', 'Worker',
      'WebAssembly', 'SharedArrayBuffer', 'crossOriginIsolated', 'localStorage'])
      Object.defineProperty(globalThis, name, {
        configurable: true, get() { touched.push(name); return undefined; }, set() { touched.push(name); } });
    const before = Object.getOwnPropertyNames(globalThis).length;
    await import(${JSON.stringify(index)});
    const waiting = /Timeout|Immediate|MessagePort|Worker|TCP/;
    const handles = process.getActiveResourcesInfo().filter((name) => waiting.test(name));
    console.log(JSON.stringify({ touched, added: Object.getOwnPropertyNames(globalThis).length - before, handles }));`;
  const { touched, added, handles } = JSON.parse(inNode(script));
  assert.deepEqual(touched, []);
  assert.equal(added, 0);
  assert.deepEqual(handles, []);
});

test('the public surface is what index.ts names', async () => {
  assert.deepEqual(Object.keys(await import(index)).sort(), [
    'DOUBT_COLOUR',
    'HIDING',
    'LABELS',
    'LABEL_COLOURS',
    'LABEL_INK',
    'MOST_SURE',
    'MasklensError',
    'PLATE_FORMS',
    'createDetector',
    'csvHeader',
    'csvRows',
    'drawOverlay',
    'environment',
    'jsonLine',
    'printable',
    'safePath',
    'toCsv',
    'toFailure',
    'toRecord',
    'uniquePaths',
  ]);
});

test('index.js is small and names neither the runtime nor modules of Node for bundlers to follow', () => {
  const text = readFileSync(join(root, 'dist/index.js'), 'utf8');
  assert.ok(text.length < 36_000, `${text.length} bytes`);
  assert.doesNotMatch(text, /^import /m);
  assert.doesNotMatch(text, /new URL\(["'][^"']*["'], import\.meta\.url\)/);
  assert.doesNotMatch(text, /onnxruntime/);
  // What arrives later are files of our own, which bundlers may follow.
  assert.deepEqual(
    [...new Set(text.match(/import\(['"][^)]*/g))].map((found) => found.slice(8, -1)),
    ['./why-not-started.js', './detector.js'],
  );
});

test('environment() says what Node has', async () => {
  const { environment } = await import(index);
  assert.deepEqual(environment(), { simd: true, threads: true, isolated: false, reason: '' });
});

test('a program that has closed its detector ends by itself, with nothing on stderr', () => {
  const script = `
    import { createDetector } from ${JSON.stringify(index)};
    const detector = await createDetector({ detector: 'mtcnn' });
    await detector.detect({ data: new Uint8Array(64 * 64 * 4), width: 64, height: 64 });
    await detector.close();
    console.log('done');`;
  assert.equal(inNode(script), 'done\n');
});
