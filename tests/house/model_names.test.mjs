// Names of detectors and networks stand in the manifest: programs ask it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesUnder, root } from '../../scripts/run.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
const { detectors, classifiers, networks } = manifest;

/** The one file that spells names out, so that editors suggest them. */
const SPELT_OUT = 'web/lib/api/model-names.ts';
/** Words for people, looked up by name; a name without words stands for itself. */
const WORDS = 'web/site/src/strings/';
/** Names that are ordinary words of the programs, too. */
const ORDINARY = ['classifier', 'masklens', 'baseline'];

const names = [
  ...new Set([detectors, classifiers, networks].flatMap((section) => Object.keys(section))),
].filter((name) => !ORDINARY.includes(name));

/** Source text without comments, so that words in them do not count. Strings stay. */
const withoutComments = (text) =>
  text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, string) => string ?? ' ',
  );

test('no detector or network has its name in the library, the element or the site, comments included', () => {
  assert.ok(names.length >= 5);
  const files = filesUnder('web').filter(
    (path) => /\.(ts|tsx|js|mjs|html)$/.test(path) && path !== SPELT_OUT && !path.startsWith(WORDS),
  );
  assert.ok(files.length > 50);
  const found = [];
  for (const path of files) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const name of names)
      if (new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'i').test(text))
        found.push(`${path}: ${name}`);
  }
  assert.deepEqual(found, []);
});

test('the names that editors suggest are those of the manifest', () => {
  const text = withoutComments(readFileSync(join(root, SPELT_OUT), 'utf8'));
  const spelt = (type) => {
    const [, union] = text.match(new RegExp(`type ${type} =([^;]+);`));
    return [...union.matchAll(/'([^']+)'/g)].map(([, name]) => name).sort();
  };
  assert.deepEqual(spelt('DetectorName'), Object.keys(detectors).sort());
  assert.deepEqual(spelt('ClassifierName'), Object.keys(classifiers).sort());
});
