// `masklens-classics`: MTCNN and the original project's classifiers, in a package of their own.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { installed, npm, packed, program } from './packed.mjs';

const photo = join(root, 'tests/fixtures/photos/maksssksksss96.jpg');
const { networks } = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
const classics = ['cnn', 'baseline', 'vgg19', 'pnet', 'rnet', 'onet']
  .map((name) => networks[name].file)
  .sort();

let consumer;
before(() => {
  consumer = installed('classics');
});
after(() => consumer.remove());

const detect = (...options) => {
  const command = join(consumer.folder, 'node_modules/masklens/dist/cli.js');
  return program('node', [command, 'detect', ...options, photo], consumer.folder);
};

test('the package itself has every network but those', () => {
  const assets = readdirSync(join(consumer.folder, 'node_modules/masklens/dist/assets'));
  const expected = Object.values(networks).map(({ file }) => file);
  assert.deepEqual(expected.filter((file) => !assets.includes(file)).sort(), classics);
});

test('who asks for one of them without its package is told which to install', () => {
  for (const options of [
    ['--classifier', 'cnn'],
    ['--detector', 'mtcnn'],
  ])
    assert.throws(() => detect(...options), /npm install masklens-classics/);
});

test('once it is installed, Node finds it and copy-assets copies it', () => {
  const tarball = packed(join(consumer.folder, '..'), join(root, 'build/classics'));
  npm(['install', '--offline', '--no-audit', '--no-fund', tarball], consumer.folder);
  const own = join(consumer.folder, 'node_modules/masklens-classics');
  for (const name of ['LICENSE', 'README.md', 'THIRD_PARTY_NOTICES.md'])
    assert.ok(existsSync(join(own, name)), name);
  for (const options of [
    ['--classifier', 'cnn'],
    ['--detector', 'mtcnn'],
  ])
    assert.ok(JSON.parse(detect(...options)).faces.length >= 3);
  const command = join(consumer.folder, 'node_modules/masklens/dist/cli.js');
  program('node', [command, 'copy-assets', 'copied'], consumer.folder);
  const copied = readdirSync(join(consumer.folder, 'copied'));
  for (const file of classics) assert.ok(copied.includes(file), file);
});
