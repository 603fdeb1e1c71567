// The tarball, installed elsewhere with Node alone.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { publint } from 'publint';
import { root } from '../../scripts/run.mjs';
import { installed, program } from './packed.mjs';

const photo = join(root, 'tests/fixtures/photos/maksssksksss96.jpg');

let consumer;
before(() => {
  consumer = installed('install');
});
after(() => consumer.remove());

test('it brings nothing else along, and runs nothing when it is installed', () => {
  const modules = readdirSync(join(consumer.folder, 'node_modules'));
  assert.deepEqual(
    modules.filter((name) => !name.startsWith('.')),
    ['masklens'],
  );
  const own = join(consumer.folder, 'node_modules/masklens');
  const { scripts = {}, dependencies = {} } = JSON.parse(
    readFileSync(join(own, 'package.json'), 'utf8'),
  );
  assert.deepEqual(dependencies, {});
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    assert.equal(scripts[name], undefined, name);
  for (const name of ['LICENSE', 'README.md', 'THIRD_PARTY_NOTICES.md', 'dist/index.d.ts'])
    assert.ok(existsSync(join(own, name)), name);
});

test('no file to host depends on what a web server knows: Debian 12’s nginx has no type for .mjs', () => {
  const assets = readdirSync(join(consumer.folder, 'node_modules/masklens/dist/assets'));
  assert.ok(assets.length > 10);
  assert.deepEqual(
    assets.filter((name) => !/\.(js|wasm|onnx|json)$/.test(name)),
    [],
  );
});

test('copied assets start in a project of CommonJS', () => {
  const project = join(consumer.folder, 'commonjs');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "commonjs", "private": true }');
  const command = join(consumer.folder, 'node_modules/.bin/masklens');
  program('node', [command, 'copy-assets', 'assets'], project);
  writeFileSync(
    join(project, 'label.js'),
    `import('masklens').then(async ({ createDetector }) => {
       const detector = await createDetector({ assets: 'assets' });
       const photo = require('node:fs').readFileSync(process.argv[2]);
       console.log((await detector.detect(photo)).faces.length);
       await detector.close();
     });`,
  );
  assert.ok(Number(program('node', ['label.js', photo], project)) >= 3);
});

test('ten lines label a photo', () => {
  const lines = `
import { readFile } from 'node:fs/promises';
import { createDetector } from 'masklens';

const detector = await createDetector();
const { faces } = await detector.detect(await readFile(process.argv[2]));
for (const { box, label, score } of faces) {
  console.log(label, score.toFixed(3), Math.round(box.x), Math.round(box.y));
}
await detector.close();
`.trim();
  assert.ok(lines.split('\n').length <= 10);
  writeFileSync(join(consumer.folder, 'label.mjs'), lines);
  const printed = program('node', ['label.mjs', photo], consumer.folder).trim().split('\n');
  assert.ok(printed.length >= 3, `${printed.length} faces`);
  for (const line of printed)
    assert.match(line, /^(correct|incorrect|unmasked) [01]\.\d{3} \d+ \d+$/);
});

test('the command is there', () => {
  const command = join(consumer.folder, 'node_modules/.bin/masklens');
  const line = program('node', [command, 'detect', photo], consumer.folder);
  assert.ok(JSON.parse(line).faces.length >= 3);
});

test('publint finds nothing', async () => {
  const tarball = readFileSync(consumer.tarball);
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length);
  const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
  assert.deepEqual(messages, []);
});

test('@arethetypeswrong/cli finds nothing', () => {
  // Ends with a status other than 0, which throws, when anything is found.
  const { analysis, problems } = JSON.parse(
    program('attw', [consumer.tarball, '--format', 'json']),
  );
  assert.deepEqual(problems ?? {}, {});
  assert.equal(analysis.types.kind, 'included');
});
