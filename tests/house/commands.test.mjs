// What the README promises a reader who types it in, on the built checkout.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';

const photos = join(root, 'tests/fixtures/photos');
const photo = () =>
  join(
    photos,
    readdirSync(photos)
      .filter((name) => /\.jpe?g$/.test(name))
      .sort()[0],
  );
const readme = readFileSync(join(root, 'README.md'), 'utf8');
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'masklens-readme-'));
});
after(() => rmSync(folder, { recursive: true }));

test("the README's ten lines work as written, beside a photo.jpg", () => {
  const [, code] = /<!-- tested: node -->\n```js\n([\s\S]*?)```/.exec(readme);
  assert.ok(code.trim().split('\n').length <= 11);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/masklens'));
  writeFileSync(join(folder, 'example.mjs'), code);
  copyFileSync(photo(), join(folder, 'photo.jpg'));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /^(correct|incorrect|unmasked) \d+ % \{\s+x: /m);
  const png = readFileSync(join(folder, 'annotated.png'));
  assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
});

test('npx masklens detect works in the checkout: one JSON line a picture', () => {
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['--no-install', 'masklens', 'detect', photo()],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 1);
  const result = JSON.parse(lines[0]);
  assert.ok(result.width > 0 && result.faces.length > 0);
  assert.equal(result.faces[0].box.length, 4);
});

test('every npm command that the README names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [...readme.matchAll(/npm (?:run )?(start|test|build|lint|format|bench|setup)\b/g)];
  assert.ok(named.length >= 5);
  for (const [, name] of named) assert.ok(scripts[name], name);
});

test('every dependency has its line in the README, and the headers are those the site has', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  for (const name of Object.keys({ ...dependencies, ...devDependencies }))
    assert.ok(readme.includes(`\`${name}\``), name);
  assert.ok(existsSync(join(root, 'build/site/_headers')));
  const headers = readFileSync(join(root, 'build/site/_headers'), 'utf8');
  for (const line of [
    'Cross-Origin-Opener-Policy: same-origin',
    'Cross-Origin-Embedder-Policy: require-corp',
  ])
    assert.ok(readme.includes(line) && headers.includes(line), line);
});
