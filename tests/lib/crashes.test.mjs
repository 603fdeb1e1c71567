// In place: after a crash of the core the next call works, and no call leaves anything in the heap.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createDetector } from '../../dist/index.js';
import { assets, codeOf, crowd, fixture } from './fixtures.mjs';

const photo = readFileSync(crowd);

// A module that can only trap: (func (export "f") unreachable).
const TRAP =
  'new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11))).exports.f()';

/** The assets with a core whose `method` does `what` the first time that it is called. */
function withFault(method, what, work) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-'));
  cpSync(assets, folder, { recursive: true });
  const script = join(folder, 'core.js');
  const faulty = `
let crashed = false;
export default async function createFaulty(options) {
  const core = await createCore(options);
  const method = core.${method};
  core.${method} = (...values) => {
    if (crashed) return method(...values);
    crashed = true;
    return ${what};
  };
  return core;
}`;
  writeFileSync(
    script,
    readFileSync(script, 'utf8').replace(/export default createCore;?/, faulty),
  );
  return work(pathToFileURL(`${folder}/`)).finally(() =>
    rmSync(folder, { recursive: true, force: true }),
  );
}

for (const [what, fault, code] of [
  ['a trap', TRAP, 'crashed'],
  ['an endless recursion', '(function f() { f(); })()', 'crashed'],
  [
    'an abort, for want of memory',
    "(() => { throw new WebAssembly.RuntimeError('Aborted()'); })()",
    'out-of-memory',
  ],
])
  test(`after ${what} in the core the call has its code, and the next one works`, () =>
    withFault('decode', fault, async (folder) => {
      const detector = await createDetector({ detector: 'mtcnn', assets: folder });
      const calls = [detector.detect(photo), detector.detect(photo)];
      assert.equal(await codeOf(calls[0]), code);
      assert.ok((await calls[1]).faces.length > 3);
      await detector.close();
    }));

test('after a crash of the runtime a fresh copy of everything goes on', () =>
  withFault('decode', 'method(...values)', async (folder) => {
    // The script that starts the runtime gives one whose first run traps.
    const script = new URL('ort-start.js', folder);
    copyFileSync(script, new URL('ort-start-itself.js', folder));
    const faulty = `
import start from './ort-start-itself.js';
export * from './ort-start-itself.js';
let crashed = false;
export default async (config) => {
  const runtime = await start(config);
  const run = runtime._OrtRun;
  runtime._OrtRun = (...values) => {
    if (crashed) return run(...values);
    crashed = true;
    return ${TRAP};
  };
  return runtime;
};`;
    writeFileSync(script, faulty);
    const detector = await createDetector({ detector: 'mtcnn', assets: folder });
    const calls = [detector.detect(photo), detector.detect(photo)];
    assert.equal(await codeOf(calls[0]), 'crashed');
    assert.ok((await calls[1]).faces.length > 3);
    await detector.close();
  }));

test('no call leaves anything in the heap, however it ends', async () => {
  const { openLocal } = await import(pathToFileURL(join(assets, 'node.js')));
  const limits = { maxBytes: 2 ** 28, maxSide: 16_384, maxPixels: 1e8 };
  const choices = { detector: 'mtcnn', classifier: 'masklens', quality: 'accurate' };
  const options = { ...choices, assets: pathToFileURL(`${assets}/`).href, threads: 1, limits };
  const signal = new AbortController().signal;
  const backend = await openLocal(options, () => undefined, signal);
  const settings = { ...choices, refine: 'auto', tiles: false };
  const drawing = { type: 'image/jpeg', quality: 90, labels: true, boxes: true, landmarks: true };
  const texts = { correct: 'a', incorrect: 'b', unmasked: 'c' };
  const file = (data) => ({ kind: 'file', data: Uint8Array.from(data) });

  const round = async () => {
    const { faces } = await backend.detect(file(photo), settings, signal);
    await backend.annotate(file(photo), faces, { ...drawing, texts, privacy: 'blur' }, signal);
    await backend.pixels(file(photo), 100, signal);
    await codeOf(backend.detect(file(fixture('truncated.jpg')), settings, signal));
    await codeOf(backend.detect(file(fixture('text.jpg')), settings, signal));
    const animation = file(fixture('animated.gif'));
    await backend.detectAnimation(animation, settings, signal, () => undefined);
    const stop = new AbortController();
    await codeOf(backend.detectAnimation(animation, settings, stop.signal, () => stop.abort()));
  };
  await round();
  await round();
  const before = backend.bytesInUse;
  for (let count = 0; count < 5; count++) await round();
  assert.ok(before > 0);
  assert.equal(backend.bytesInUse, before);
  await backend.close();
});
