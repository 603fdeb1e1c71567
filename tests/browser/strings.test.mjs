// The words of the site and of `<mask-lens>`: all languages whole, every word used, and sentences
// about failures that say what the file is and what to do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { filesUnder, root } from '../../scripts/run.mjs';

async function load(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    write: false,
    format: 'esm',
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

const { en } = await load('web/site/src/strings/en.ts');
const { de } = await load('web/site/src/strings/de.ts');
const { completed } = await load('web/site/src/strings/counting.ts');
const fetched = {};
for (const code of ['fr', 'es', 'pt', 'zh', 'ar'])
  fetched[code] = (await load(`web/site/src/strings/${code}.ts`))[code];
const { textsOf } = await load('web/element/element-texts.ts');
const FORMATS = ['JPEG', 'PNG', 'GIF', 'BMP', 'WebP', 'AVIF', 'HEIC', 'TIFF', 'JPEG XL', 'SVG'];

/** [path, word] of everything below, lists too. */
function leaves(words, path = '') {
  if (typeof words !== 'object') return [[path, words]];
  return Object.entries(words).flatMap(([name, inner]) =>
    leaves(inner, path ? `${path}.${name}` : name),
  );
}

/** Functions that are told words, not counts. */
const TOLD_WORDS =
  /^(errors|load|stage\.label|batch\.left|faces\.(sure|score|time)|save\.(saved|failed)|compare\.(working|failed)|live\.(error|hints|kioskWords)|check\.(unknownClass|worstItem|worstLost)|sure|error)\b/;

/** What a word says; of functions, what they say of these counts, or of words in their places. */
function say(path, word, n = 2) {
  if (typeof word !== 'function') return word;
  if (path === 'summary') return word({ correct: n, incorrect: 0, unmasked: n });
  if (path === 'check.found') return word(n, n, 'COCO');
  const things = TOLD_WORDS.test(path) ? ['photo.jpg', 'HEIC', '5 %'] : [n, n, n, n];
  return word(...things.slice(0, Math.max(1, word.length)));
}

const both = { site: [en, de], element: [textsOf('en'), textsOf('de-AT')] };

for (const [where, [english, german]] of Object.entries(both)) {
  test(`${where}: both languages have the same words with the same parts`, () => {
    const shape = (words) =>
      leaves(words).map(
        ([path, word]) => `${path}(${typeof word === 'function' ? word.length : ''})`,
      );
    assert.deepEqual(shape(german), shape(english));
  });

  test(`${where}: every word says something, whatever it is told`, () => {
    for (const words of [english, german])
      for (const [path, word] of leaves(words))
        for (const n of [0, 1, 1234]) {
          const said = say(path, word, n);
          assert.equal(typeof said, 'string', path);
          assert.ok(said.trim().length > 0, path);
          assert.doesNotMatch(said, /undefined|NaN|\[object|null/, `${path}: ${said}`);
        }
  });

  test(`${where}: German words are German`, () => {
    // Names, and words that are the same in both.
    const same =
      /^(AP50|AUC|Auto|Baseline|CNN|COCO|CSV|F1|JPEG|JSON|Live|Live · Masklens|MTCNN|Masklens|Offline|Pascal VOC|PNG|ROC|SIMD|Threads|VGG19|YOLO|\d, \d|ideal|photo\.jpg ms|\d+ × \d+ .*|photo\.jpg: HEIC|Person 2|2 s)$/;
    const other = new Map(leaves(english));
    const left = [];
    for (const [path, word] of leaves(german)) {
      const said = say(path, word);
      if (path !== 'error' && said === say(path, other.get(path)) && !same.test(said))
        left.push(`${path}: ${said}`);
      assert.doesNotMatch(
        said,
        /\b(fuer|ueber|koenn|waehl|groess|loesch|oeffn|moeg|muess|naechst|zurueck|gehoer|schliess|heiss)/i,
        `${path} has its umlauts`,
      );
    }
    assert.deepEqual(left, []);
  });
}

test('one is one and more are more; thousands have their separator', () => {
  for (const [words, thousand] of [
    [en, '1,234'],
    [de, '1.234'],
  ]) {
    const counting = leaves(words).filter(
      ([path, word]) =>
        word.length === 1 &&
        /^(batch\.(failed|cancelled|seconds|minutes)|faces\.count|more\.fainter|gallery\.removed|check\.(run|skipped|missed))$/.test(
          path,
        ),
    );
    assert.equal(counting.length, 10);
    for (const [path, word] of counting) {
      const [one, two, many] = [1, 2, 1234].map((n) => word(n));
      assert.notEqual(one.replace('1', '2'), two, path);
      assert.equal(two.replace('2', thousand), many, path);
    }
    assert.notEqual(words.summary.people(1), words.summary.people(2));
    assert.match(words.batch.finished(1, 1), /\b1 (picture, 1 face|Bild, 1 Gesicht)\./);
    assert.match(words.batch.finished(2, 0), /\b2 (pictures, 0 faces|Bilder, 0 Gesichter)\./);
  }
});

test('in Arabic one and two are told by the noun alone, and nouns have the form of their number', () => {
  const { faces, summary, batch, check } = fetched.ar;
  assert.deepEqual(
    [1, 2, 3, 11].map((n) => faces.count(n)),
    ['وجه واحد', 'وجهان', '3 وجوه', '11 وجهًا'],
  );
  assert.doesNotMatch(batch.finished(1, 2), /\d/);
  assert.deepEqual([1, 4, 12].map(summary.people), ['وجه', 'وجوه', 'وجه']);
  assert.deepEqual([1, 4, 12].map(summary.pictures), ['صورة', 'صور', 'صورة']);
  // Figures and Latin names keep their order among words from the right.
  assert.ok(faces.dimensions(512, 340).startsWith('\u2066512 × 340\u2069'));
  assert.ok(check.found(12, 62, 'COCO').startsWith('\u2066COCO\u2069: 12 '));
});

test('what went wrong with a file is told by its name, its format, and what to do', () => {
  const doing = {
    en: /Choose|Copy|Save|Make|Close|Add|Play|Try/,
    de: /Wähle|Kopiere|Sichere|Verkleinere|Schließ|Füge|spielt|Versuch/,
  };
  for (const [language, { errors }] of Object.entries({ en, de })) {
    for (const code of ['bad-image', 'unsupported-format', 'image-too-large', 'out-of-memory'])
      for (const format of FORMATS) {
        const sentence = errors[code]('photo.x', format);
        assert.ok(sentence.startsWith('photo.x'), sentence);
        assert.ok(sentence.includes(format), `${language} ${code}: ${sentence}`);
        assert.match(sentence, doing[language]);
      }
    for (const code of ['film', 'empty', 'unreadable', 'aborted']) {
      assert.ok(errors[code]('photo.x').startsWith('photo.x'), code);
      assert.match(errors[code]('photo.x'), doing[language]);
    }
    for (const format of ['text', 'PDF', 'ZIP', ''])
      assert.match(errors['unsupported-format']('photo.x', format), doing[language]);
  }
});

test('every code of the package has its sentence', () => {
  const source = readFileSync(join(root, 'web/lib/api/errors.ts'), 'utf8');
  const codes = [...source.matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, code]) => code);
  assert.ok(codes.length >= 9, codes.join(' '));
  for (const words of [en, de])
    for (const code of codes) assert.equal(typeof words.errors[code], 'function', code);
});

test('no word is left over that nothing shows', () => {
  const sources = filesUnder('web/site/src')
    .filter((path) => path.endsWith('.ts') && !/strings\/[a-z]{2}\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  // Read by a name that is only known when it happens: errors by code, labels, pages.
  const byName =
    /^(errors|label|short|title|summary|status|nav\.themes|.*[nN]ames|hide\.ways|use\.ways|gallery\.orders|save\.kinds|model\.detectors\.sets|summary\.groups|compare\.notes|check\.kinds|live\.(error|hints|kioskWords)|model\.limitList|trust\.how\.list|model\.\w+\.(columns|figures)|save\.(labels|landmarks))\b/;
  const left = leaves(en)
    .map(([path]) => path)
    .filter((path) => !byName.test(path))
    .filter((path) => !new RegExp(`\\.${path.split('.').at(-1)}\\b`).test(sources));
  assert.deepEqual(left, []);
});

/** Longer than this, compared with English, words would not fit where they are shown. */
const LONGEST = { 8: 3.2, 16: 2.6, 40: 1.9, 400: 1.6 };

for (const [code, part] of Object.entries(fetched)) {
  test(`${code}: no word is missing, none has other parts, and each says something`, () => {
    const shape = (words) =>
      leaves(words)
        .map(([path, word]) => `${path}(${typeof word})`)
        .sort();
    assert.deepEqual(shape(part), shape(en));
    for (const [path, word] of leaves(part))
      for (const n of [0, 1, 2, 3, 11, 1234]) {
        const said = say(path, word, n);
        assert.equal(typeof said, 'string', path);
        assert.ok(said.trim().length > 0, path);
        assert.doesNotMatch(said, /undefined|NaN|\[object|null|#/, `${path}: ${said}`);
      }
  });

  test(`${code}: words are of a length that fits, and are translated`, () => {
    const english = new Map(leaves(en));
    const same = [];
    for (const [path, word] of leaves(part)) {
      const [own, other] = [say(path, word), say(path, english.get(path))];
      const least = Object.keys(LONGEST).find((length) => other.length <= Number(length));
      const most = Math.max(18, other.length * LONGEST[least]);
      assert.ok(
        own.length <= most,
        `${path}: ${own.length} characters for ${other.length}: ${own}`,
      );
      if (own === other && /[a-z]{3,}.*[a-z]{3,} [a-z]{3,}/.test(own)) same.push(`${path}: ${own}`);
    }
    assert.deepEqual(same, []);
  });

  test(`${code}: what went wrong with a file is told by its name and its format`, () => {
    for (const what of ['bad-image', 'unsupported-format', 'image-too-large', 'out-of-memory'])
      for (const format of FORMATS) {
        const sentence = part.errors[what]('photo.x', format);
        assert.ok(sentence.includes('photo.x') && sentence.includes(format), sentence);
      }
  });
}

test('Chinese sentences have signs as wide as their letters', () => {
  for (const [path, word] of leaves(fetched.zh))
    assert.doesNotMatch(say(path, word), /\p{Script=Han}[,:;?!()]|[,:;?!()]\p{Script=Han}/u, path);
});

test('what a language lacks is said in English', () => {
  const words = completed(en, { nav: { live: 'Direkt' }, model: { limitList: ['eins'] } });
  assert.equal(words.nav.live, 'Direkt');
  assert.equal(words.nav.check, en.nav.check);
  assert.deepEqual(words.model.limitList, ['eins']);
  assert.equal(en.nav.live, 'Live');
});

test('every report that ships has a name in every language', () => {
  const shown = filesUnder('models/reports')
    .filter((path) => path.endsWith('.json') && !path.endsWith('/failures.json'))
    .map((path) => /([^/]+)\.json$/.exec(path)[1]);
  assert.ok(shown.length > 5);
  for (const [code, words] of Object.entries({ en, de, ...fetched }))
    for (const name of shown)
      assert.ok(words.model.reportNames[name], `${code} has no name for the report ${name}`);
});
