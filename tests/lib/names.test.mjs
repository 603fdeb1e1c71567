// Names from outside, as they reach terminals, archives, folders and spreadsheets: examples, and
// properties that hold for every name.
import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  csvHeader,
  csvRows,
  jsonLine,
  printable,
  safePath,
  uniquePaths,
} from '../../dist/index.js';

/** Any string, many of them made of what makes trouble. */
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ...['..', '.', '/', '\\', 'C:', 'con', 'NUL.txt', 'a', 'A', 'ä', 'a\u0308', '.png', ' '],
          ...['\u202e', '\x1b[31m', '\x9b', '\ud800', '"', "'", ',', ';', '\r', '\n', '\t', '='],
          ...['+', '-', '@', '＝', 'ß', 'ſ', 'σ', 'ς', ' (2)', '~', ':', '*', '\u2028', '👩‍⚕️'],
        ),
        fc.string({ maxLength: 4 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

test('nothing that a terminal obeys or that turns text around is left in printable text', () => {
  assert.equal(printable('gpj.\u202ephoto\x1b[31m.jpg'), 'gpj.\\u{202e}photo\\u{1b}[31m.jpg');
  assert.equal(printable('Zoë 写真 👩‍⚕️ می‌خواهم.jpg'), 'Zoë 写真 👩‍⚕️ می‌خواهم.jpg');
  fc.assert(fc.property(name, (text) => !harmful.test(printable(text))));
});

test('a safe path stays below where it is put, on every system', () => {
  const examples = {
    'a/b.jpg': 'a/b.jpg',
    '../../etc/passwd': 'etc/passwd',
    '..\\..\\x': 'x',
    'C:\\photos\\me.jpg': 'photos/me.jpg',
    '/absolute/./path//x.png': 'absolute/path/x.png',
    '\\\\host\\share\\x.png': 'host/share/x.png',
    'con.jpg': '_con.jpg',
    'dir/LPT1': 'dir/_LPT1',
    'what?.jpg': 'what_.jpg',
    'a.jpg:stream': 'a.jpg_stream',
    'end. ': 'end__',
    'gpj.\u202ephoto.jpg': 'gpj._photo.jpg',
    '...': '___',
    '..': '_',
    '': '_',
  };
  for (const [given, wanted] of Object.entries(examples)) assert.equal(safePath(given), wanted);
  fc.assert(
    fc.property(name, (path) => {
      const safe = safePath(path);
      assert.doesNotMatch(safe, harmful);
      assert.doesNotMatch(safe, /[\\<>:"|?*]/);
      for (const kind of [posix, win32]) {
        assert.ok(!kind.isAbsolute(safe), safe);
        assert.doesNotMatch(kind.relative('base', kind.join('base', safe)), /^\.\.([\\/]|$)/, safe);
      }
      for (const part of safe.split('/')) {
        assert.doesNotMatch(part, /^(|\.|\.\.|.*[. ])$/s, safe);
        assert.doesNotMatch(part, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i, safe);
        assert.ok(Buffer.byteLength(part) <= 240, safe);
      }
      assert.equal(safePath(safe), safe);
    }),
  );
});

test('a long name is cut between characters and keeps its extension', () => {
  const safe = safePath(`${'👩'.repeat(200)}.jpeg`);
  assert.ok(Buffer.byteLength(safe) <= 240);
  assert.match(safe, /^(👩){40,}\.jpeg$/u);
  assert.match(safePath(`a${' .'.repeat(200)}b`), /[^. ]$/);
});

test('every path gets one of its own, also where systems tell names apart by less than we do', () => {
  const unique = uniquePaths();
  const given = ['a.png', 'a.png', 'A.PNG', 'b', 'b/c.png', 'ä.png', 'a\u0308.png', 'd/e/f', 'd/e'];
  assert.deepEqual(given.map(unique), [
    'a.png',
    'a (2).png',
    'A (3).PNG',
    'b',
    'b (2)/c.png',
    'ä.png',
    'a\u0308 (2).png',
    'd/e/f',
    'd/e (2)',
  ]);
  fc.assert(
    fc.property(fc.array(name, { maxLength: 30 }), (names) => {
      const one = uniquePaths();
      const paths = names.map((text) => one(safePath(text)));
      const keys = paths.map((path) => path.normalize('NFC').toLowerCase());
      assert.equal(new Set(keys).size, keys.length, JSON.stringify(paths));
      // No file where another path has a folder.
      for (const key of keys)
        assert.ok(!keys.some((other) => other.startsWith(`${key}/`)), JSON.stringify(paths));
    }),
  );
});

test('ten thousand files of one name are numbered at once', () => {
  const unique = uniquePaths();
  const begun = performance.now();
  let last = '';
  for (let n = 0; n < 10_000; n++) last = unique('IMG_0001.jpg');
  assert.equal(last, 'IMG_0001 (10000).jpg');
  assert.ok(performance.now() - begun < 5000);
});

/** The cells of a CSV text by RFC 4180, written for this test alone. */
function cellsOf(text) {
  const rows = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
  for (let match = pattern.exec(text); match && match[0] !== ''; match = pattern.exec(text)) {
    rows.at(-1).push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === '\r\n') rows.push([]);
  }
  assert.deepEqual(rows.pop(), [], 'the text ends with a line break and nothing is left over');
  return rows;
}

const faceAt = (x) => ({
  box: [x, 2, 30, 40],
  score: 0.9,
  label: 'correct',
  probabilities: { correct: 0.8, incorrect: 0.1, unmasked: 0.1 },
  uncertain: false,
  landmarks: null,
});
const timing = { decode: 0, detect: 0, classify: 0, networks: 0, total: 0 };
const recordOf = (file, x = 1) => ({ file, width: 9, height: 9, faces: [faceAt(x)], timing });

test('no cell of a CSV file begins like a formula, and every cell stays in its place', () => {
  const columns = cellsOf(csvHeader())[0].length;
  for (const begin of ['=', '+', '-', '@', '\t', '\r', '\n', '＝'])
    assert.equal(cellsOf(csvRows(recordOf(`${begin}cmd|' /C calc'!A0.jpg`)))[0][0][0], "'");
  fc.assert(
    fc.property(name, (file) => {
      const failure = { file, error: { code: 'bad-image', message: 'no' } };
      for (const record of [recordOf(file), { ...recordOf(file), faces: [] }, failure]) {
        const rows = cellsOf(csvRows(record));
        assert.equal(rows.length, 1);
        assert.equal(rows[0].length, columns);
        const [cell] = rows[0];
        assert.doesNotMatch(cell, /^[=+\-@\t\r\n]/);
        assert.equal(cell.replace(/^'/, ''), file.replace(/^'/, ''));
      }
    }),
  );
});

test('numbers stay numbers: a box that reaches over the border keeps its minus', () => {
  const [row] = cellsOf(csvRows(recordOf('a.jpg', -3.25)));
  assert.equal(row[4], '-3.25');
});

test('a JSON line is one line, exact, and can be looked at', () => {
  fc.assert(
    fc.property(name, (file) => {
      const line = jsonLine(recordOf(file));
      assert.doesNotMatch(line.slice(0, -1), harmful);
      assert.equal(line.at(-1), '\n');
      assert.equal(JSON.parse(line).file, file);
    }),
  );
});
