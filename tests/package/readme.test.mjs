// The README that the tarball brings: every error code has its line, every entry is named, and its
// example printed what it says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { staged } from '../../scripts/stage_package.mjs';

const readme = readFileSync(join(staged, 'README.md'), 'utf8');
const read = (path) => readFileSync(join(root, path), 'utf8');

/** Codes of the type, as its declaration lists them. */
const codes = [
  .../export type ErrorCode =([^;]+);/
    .exec(read('web/lib/api/errors.ts'))[1]
    .matchAll(/'([a-z-]+)'/g),
].map(([, code]) => code);

test('what to do about every error code is said', () => {
  assert.ok(codes.length >= 9);
  const [, table] = /\| code \| what to do \|\n([\s\S]*?)\n\n/.exec(readme);
  for (const code of codes) assert.ok(table.includes(`\`${code}\``), code);
});

test('every error code is looked for by a test', () => {
  const tests = readdirSync(join(root, 'tests'), { recursive: true })
    .filter((name) => /\.(m?js|cpp)$/.test(name) && !/node_modules/.test(name))
    .map((name) => read(`tests/${name}`))
    .join('\n');
  for (const code of codes)
    assert.ok(tests.includes(`'${code}'`) || tests.includes(`"${code}"`), code);
});

test('every entry of the package is named', () => {
  const { exports } = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'));
  for (const entry of Object.keys(exports)) {
    if (entry === './package.json') continue;
    const [, folder, name] = /^\.(?:\/(jsx)\/)?\/?(.*)$/.exec(entry);
    const named = folder ? `\`${name}\`` : `\`masklens${name && `/${name}`}\``;
    assert.ok(readme.includes(named) || readme.includes(`\`masklens/${folder}/${name}\``), entry);
  }
});

test('the example has its real output, one face a line', () => {
  assert.doesNotMatch(readme, /\{\{/);
  assert.match(readme, /```\n((correct|incorrect|unmasked) \d{1,3} % -?\d+ -?\d+\n)+```/);
});
