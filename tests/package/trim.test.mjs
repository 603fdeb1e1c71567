// The trimmed runtime: the same module from outside, about half of the bytes; what is cut traps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failures } from '../../scripts/profile_runtime.mjs';
import { root } from '../../scripts/run.mjs';
import { fromRuns, toRuns, trimWasm } from '../../scripts/trim_wasm.mjs';

const assets = join(root, 'dist/assets');

// (import "m" "f" (func)) (func (export "one") (result i32) i32.const 1)
// (func (export "two") (result i32) i32.const 2)
const SMALL = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f],
  ...[2, 7, 1, 1, 0x6d, 1, 0x66, 0, 0],
  ...[3, 3, 2, 1, 1],
  ...[7, 13, 2, 3, 0x6f, 0x6e, 0x65, 0, 1, 3, 0x74, 0x77, 0x6f, 0, 2],
  ...[10, 11, 2, 4, 0, 0x41, 1, 0x0b, 4, 0, 0x41, 2, 0x0b],
]);
const start = (bytes) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { f: () => undefined } }).exports;

test('what is kept works, what is cut traps; imported functions count', () => {
  assert.equal(start(SMALL).two(), 2);
  const { one, two } = start(trimWasm(SMALL, new Set([1])));
  assert.equal(one(), 1);
  assert.throws(two, (error) => error instanceof WebAssembly.RuntimeError);
});

test('all kept, nothing changes', () => {
  assert.deepEqual([...trimWasm(SMALL, new Set([1, 2]))], [...SMALL]);
});

test('runs of numbers read as they were written', () => {
  for (const numbers of [[0], [3, 4, 5], [1, 2, 7, 300, 301]])
    assert.deepEqual([...fromRuns(toRuns(new Set(numbers)))], numbers);
  assert.equal(toRuns([9, 1, 3, 2]), '1-3 9');
});

test('the trimmed runtime offers and asks for what the whole one does, in about half of the bytes', () => {
  const [whole, trimmed] = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-trimmed.wasm'].map((name) =>
    readFileSync(join(assets, name)),
  );
  assert.ok(trimmed.length < whole.length * 0.52, `${trimmed.length} of ${whole.length}`);
  const [a, b] = [whole, trimmed].map((bytes) => new WebAssembly.Module(bytes));
  assert.deepEqual(WebAssembly.Module.exports(b), WebAssembly.Module.exports(a));
  assert.deepEqual(WebAssembly.Module.imports(b), WebAssembly.Module.imports(a));
});

test('what goes wrong with a network is told by the trimmed runtime itself', async () => {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = readFileSync(join(assets, 'ort-wasm-trimmed.wasm'));
  for (const name of ['one-stage-fast.onnx', 'classifier.onnx'])
    for (const [what, fail] of failures(ort, readFileSync(join(assets, name))))
      await assert.rejects(fail, ({ message }) => {
        assert.match(message, /ERROR_CODE: \d+/, `${name}, ${what}`);
        return true;
      });
});
