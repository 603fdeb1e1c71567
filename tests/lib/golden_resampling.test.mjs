// The WASM core's tensors are those of the native core to the last bit: the numbers of
// tests/fixtures/resampling_golden.txt, which tests/core/golden_resampling_test.cpp checks too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);

// FNV-1a, 32 bits, over the bytes of the floats.
function fingerprint(floats) {
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
}

// Feeds empty answers and collects what the networks would have been fed.
function inputs(pipeline, image, options) {
  const found = [];
  pipeline.start(image, options);
  for (let request = pipeline.next(); request !== null; request = pipeline.next()) {
    found.push(fingerprint(request.data));
    const [height, width] = request.shape.slice(2).map((side) => Math.floor((side - 1) / 2) - 4);
    const empty = (channels) => ({
      shape: [1, channels, height, width],
      data: new Float32Array(channels * height * width),
    });
    pipeline.feed([empty(4), empty(1)]);
  }
  return found;
}

test('pyramid and letterbox are the same bits in WASM as in the native core', async () => {
  // The module is built for workers, whose global it asks for by this name.
  globalThis.self ??= globalThis;
  const { default: createCore } = await import(new URL('dist/assets/core.mjs', root));
  const core = await createCore({
    wasmBinary: readFileSync(new URL('dist/assets/core.wasm', root)),
  });
  const file = readFileSync(new URL('tests/fixtures/reference.png', root));
  const bytes = new core.Bytes(file.length);
  bytes.view().set(file);
  const { image } = core.decode(bytes, {});
  const config = new core.PipelineConfig();
  config.set('pnet', 'minFace', [20]);
  config.set('classifier', 'margin', [0.2]);
  config.set('one-stage-fast', 'input.scale', [0.00390625, 0.00390625, 0.00390625]);
  const pipeline = new core.Pipeline(config);
  const got = {};
  for (const [level, number] of inputs(pipeline, image, { detector: 1 }).entries())
    got[`level${level}`] = number;
  for (const maxSide of [96, 800])
    [got[`letterbox${maxSide}`]] = inputs(pipeline, image, { detector: 0, quality: 1, maxSide });
  const golden = readFileSync(new URL('tests/fixtures/resampling_golden.txt', root), 'utf8');
  const wanted = Object.fromEntries(
    golden
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name, number]) => [name, Number(number)]),
  );
  assert.ok(Object.keys(wanted).length > 3);
  assert.deepEqual(got, wanted);
  for (const handle of [pipeline, config, image, bytes]) handle.delete();
});
