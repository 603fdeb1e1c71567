// What the project rests on: exact versions, permissive licences, no addresses, networks that are
// the ones the manifest describes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/run.mjs';

const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const pack = json('package.json');
const lock = json('package-lock.json');
const notices = () => readFileSync(join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8');

test('every dependency is pinned to one version', () => {
  for (const [name, version] of Object.entries({ ...pack.dependencies, ...pack.devDependencies }))
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

test('the lock file has checksums and no download addresses', () => {
  for (const [path, entry] of Object.entries(lock.packages)) {
    assert.equal(entry.resolved, undefined, path);
    if (path !== '') assert.match(entry.integrity ?? '', /^sha512-/, path);
  }
});

test('every package has a permissive licence', () => {
  const permissive =
    /^\(?(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0|MPL-2\.0|BlueOak-1\.0\.0|CC0-1\.0|Python-2\.0|CC-BY-4\.0)\b/;
  for (const [path, entry] of Object.entries(lock.packages))
    if (path !== '') assert.match(entry.license ?? 'none', permissive, path);
});

test('the notices name every package that the page or the tarball contains', () => {
  const shipped = [
    'onnxruntime-web',
    'mediabunny',
    'lit',
    'uplot',
    'client-zip',
    'zlib-sync',
  ].filter((name) => pack.dependencies?.[name] ?? pack.devDependencies?.[name]);
  for (const name of shipped) assert.ok(notices().includes(name), name);
});

test('the manifest describes the networks that are there, to the byte', () => {
  const manifest = json('models/manifest.json');
  assert.equal(manifest.version, 2);
  assert.deepEqual(manifest.classes, ['correct', 'incorrect', 'unmasked']);
  const listed = Object.entries(manifest.networks);
  assert.ok(listed.length >= 3);
  for (const [name, network] of listed) {
    const bytes = readFileSync(join(root, 'models', network.file));
    assert.equal(bytes.length, network.bytes, name);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), network.sha256, name);
    for (const field of ['input', 'outputs', 'licence', 'source', 'data'])
      assert.ok(network[field], `${name} says its ${field}`);
  }
  const used = [
    ...Object.values(manifest.detectors).flatMap(({ networks }) => Object.values(networks).flat()),
    ...Object.values(manifest.classifiers).map(({ network }) => network),
  ];
  assert.deepEqual([...new Set(used)].sort(), listed.map(([name]) => name).sort());
  const files = readdirSync(join(root, 'models')).filter((name) => name.endsWith('.onnx'));
  assert.deepEqual(files.sort(), listed.map(([, network]) => network.file).sort());
});

test('the notices name where the weights come from', () => {
  const text = notices();
  for (const { file } of Object.values(json('models/manifest.json').networks))
    assert.ok(text.includes(file), file);
});
