// Inside web/lib the arrows go one way: the table in its README is the order.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/run.mjs';

const lib = join(root, 'web/lib');

/** File name -> number of its section in the README's table. */
function layers() {
  const found = new Map();
  let layer = 0;
  for (const row of readFileSync(join(lib, 'README.md'), 'utf8').matchAll(/^\| (.+?) \|/gm)) {
    if (row[1].startsWith('**')) layer++;
    for (const [, name] of row[1].matchAll(/`([\w.]+\.ts)`/g)) found.set(name, layer);
  }
  return found;
}

test('every file has its row, and imports only from its own section or those above', () => {
  const order = layers();
  const files = readdirSync(lib).filter((name) => name.endsWith('.ts'));
  assert.deepEqual([...order.keys()].sort(), files.sort());
  for (const file of files) {
    const text = readFileSync(join(lib, file), 'utf8');
    for (const [, name] of text.matchAll(/from '\.\/([\w]+)\.js'/g)) {
      const other = `${name}.ts`;
      assert.ok(order.get(other) <= order.get(file), `${file} imports ${other}`);
    }
  }
});
