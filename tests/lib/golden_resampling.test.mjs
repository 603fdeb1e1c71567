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

// Values under their paths; of lists of objects the strides are what counts.
function* listsOf(value, prefix = '') {
  for (const [name, item] of Object.entries(value)) {
    const key = prefix + name;
    if (key === 'outputs') {
      const strides = item.flatMap(({ stride }) => stride ?? []);
      if (strides.length > 0) yield ['outputs.stride', strides];
    } else if (Array.isArray(item)) yield [key, item];
    else if (typeof item === 'object') yield* listsOf(item, `${key}.`);
    else yield [key, [item]];
  }
}

test('pyramid and letterbox are the same bits in WASM as in the native core', async () => {
  // The module is built for workers, whose global it asks for by this name.
  globalThis.self ??= globalThis;
  const { default: createCore } = await import(new URL('dist/assets/core.js', root));
  const core = await createCore({
    wasmBinary: readFileSync(new URL('dist/assets/core.wasm', root)),
  });
  const file = readFileSync(new URL('tests/fixtures/reference.png', root));
  const bytes = new core.Bytes(file.length);
  bytes.view().set(file);
  const { image } = core.decode(bytes, {});
  const manifest = new core.Manifest();
  const shipped = JSON.parse(readFileSync(new URL('dist/assets/manifest.json', root), 'utf8'));
  // The numbers of tests/core/manifests.h.
  const faces = structuredClone(shipped.networks['one-stage-fast']);
  faces.input.scale = [0.00390625, 0.00390625, 0.00390625];
  delete faces.light;
  const entries = {
    'defaults.': { detector: 'plain', classifier: 'crops' },
    'detectors.plain': { kind: 'one-stage', networks: { only: ['faces'] } },
    'detectors.cascade': { kind: 'mtcnn', networks: { only: ['pnet', 'rnet', 'onet'] } },
    'classifiers.crops': { network: 'crops' },
    'networks.faces': faces,
    'networks.crops': shipped.networks.classifier,
    ...Object.fromEntries(
      ['pnet', 'rnet', 'onet'].map((name) => [`networks.${name}`, shipped.networks[name]]),
    ),
  };
  for (const [place, entry] of Object.entries(entries)) {
    const [section, name] = place.split('.');
    for (const [key, list] of listsOf(entry))
      if (list.every((item) => typeof item === 'string'))
        manifest.setTexts(section, name, key, list);
      else manifest.setNumbers(section, name, key, list.map(Number));
  }
  const { pipeline, error } = core.makePipeline(manifest, 1);
  assert.ok(pipeline, error?.message);
  const got = {};
  for (const [level, number] of inputs(pipeline, image, { detector: 'cascade' }).entries())
    got[`level${level}`] = number;
  for (const maxSide of [96, 800])
    [got[`letterbox${maxSide}`]] = inputs(pipeline, image, { detector: 'plain', maxSide });
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
  for (const handle of [pipeline, manifest, image, bytes]) handle.delete();
});
