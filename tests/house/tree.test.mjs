// What lies in the tree and what does not: a README in every folder, names that say something, no
// products, no loose ends, nothing of one machine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { filesUnder, root } from '../../scripts/run.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');

/** What git keeps or would keep; every file that is no product where there is no git. */
function kept() {
  const { status, stdout } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const listed = status === 0 ? stdout.split('\0').filter(Boolean) : filesUnder('.');
  return listed.filter((path) => existsSync(join(root, path)) && !path.startsWith('shared/'));
}

const all = kept();
const TEXT = /\.(h|cpp|txt|cmake|ts|mjs|js|json|html|css|py|toml|md|svg|sh)$|^\.ci\/|^\.[a-z-]+$/;
const texts = all.filter((path) => TEXT.test(path));
const sources = texts.filter((path) => /\.(h|cpp|ts|mjs|js|py|html|css|cmake)$/.test(path));

/** Whether a README names a file: by name, name without the kind, pattern with `*`, or by its folder. */
function names(readme, file) {
  const words = [...readme.matchAll(/`([^`\n]+)`/g)].flatMap((m) => m[1].split(/[\s,]+/));
  const bare = (path) => path.replace(/\.\w+$/, '');
  return words.some((word) => {
    const pattern = word.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
    const folder = word.replace(/\/$/, '');
    if (posix.dirname(file) !== '.' && `/${posix.dirname(file)}`.endsWith(`/${folder}`))
      return true;
    return new RegExp(`(^|/)${pattern}$`).test(file) || `/${bare(file)}`.endsWith(`/${word}`);
  });
}

test('every folder has a README, and it names every file of text in the folder', () => {
  const folders = new Map();
  for (const path of texts.filter((name) => !name.endsWith('.svg'))) {
    const folder = posix.dirname(path);
    if (folder === '.' || folder.startsWith('.')) continue;
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  assert.ok(folders.size > 10);
  const missing = [];
  for (const [folder, files] of folders) {
    // A folder without its own README is part of the nearest folder above that has one.
    let home = folder;
    while (home !== '.' && !existsSync(join(root, home, 'README.md'))) home = posix.dirname(home);
    if (home === '.') {
      missing.push(`${folder}: no README.md`);
      continue;
    }
    const readme = read(`${home}/README.md`);
    for (const file of files)
      if (
        !/(^|\/)(README\.md|__init__\.py)$/.test(file) &&
        !names(readme, posix.relative(home, file))
      )
        missing.push(`${home}/README.md does not name ${file}`);
  }
  assert.equal(missing.join('\n'), '');
});

test('no file and no folder has a name that says nothing', () => {
  const empty = /(^|[/_.-])(utils?|helpers?|misc|managers?|data2|common|stuff|tmp)([/_.-]|$)/i;
  assert.deepEqual(
    all.filter((path) => empty.test(path)),
    [],
  );
});

test('no loose ends: nothing left to do, no test that is left out', () => {
  const loose = [
    // Small letters make it a Spanish word.
    /\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b|[Nn]ot impl[e]mented|\/\/\s*to[d]o\b/,
    /\b(test|it|describe)\.(sk[i]p|on[l]y|to[d]o)\b|\{\s*(sk[i]p|to[d]o)\s*:|\bt\.sk[i]p\(|GTEST_SK[I]P|\bDISABL[E]D_/,
  ];
  for (const path of sources)
    for (const pattern of loose) assert.doesNotMatch(read(path), pattern, path);
});

test('nothing of one machine and no address of a registry', () => {
  const own = [
    /(^|[\s'"`(=:])\/(wo[r]k|ro[o]t|ho[m]e|tm[p])\//m,
    /registry\.npmjs\.[o]rg|npmjs\.com\/[d]ownload|pythonhosted\.[o]rg|artifact[o]ry|localhost:48[7]3/i,
  ];
  for (const path of texts)
    for (const pattern of own) assert.doesNotMatch(read(path), pattern, path);
});

test('no products and no pictures but the fixtures, samples, icons and reports', () => {
  const product = /\.(wasm|o|a|so|tgz|zip|pt|pth|pyc|log)$/;
  const picture = /\.(jpe?g|png|gif|webp|avif|bmp|heic)$/i;
  const home = /^(tests\/fixtures|web\/site\/(public|samples)|models\/reports)\//;
  assert.deepEqual(
    all.filter((path) => product.test(path)),
    [],
  );
  assert.deepEqual(
    all.filter((path) => picture.test(path) && !home.test(path)),
    [],
  );
});

test('links between documents lead somewhere', () => {
  const broken = [];
  for (const path of texts.filter((name) => name.endsWith('.md')))
    for (const [, target] of read(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue;
      const file = posix.join(posix.dirname(path), target.replace(/#.*$/, ''));
      if (!existsSync(join(root, file))) broken.push(`${path}: ${target}`);
    }
  assert.deepEqual(broken, []);
});
