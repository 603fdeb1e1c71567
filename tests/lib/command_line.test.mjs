// `masklens detect` and `masklens copy-assets`, as a script calls them.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { LABELS } from '../../dist/index.js';
import { detect, linesOf, masklens, scratch } from './command.mjs';
import { crowd, fixtures, photoPaths, photos } from './fixtures.mjs';

const place = scratch();

test('one JSON line per picture, in the shape that is promised', async () => {
  const { status, out, err } = await detect(photoPaths[0]);
  assert.equal(status, 0);
  assert.equal(err, '');
  const [line, ...more] = linesOf(out);
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(line), ['file', 'width', 'height', 'frames', 'faces', 'timing']);
  assert.equal(line.file, photoPaths[0]);
  assert.ok(line.faces.length > 0);
  for (const face of line.faces) {
    assert.equal(face.box.length, 4);
    assert.ok(face.box.every(Number.isFinite));
    assert.ok(face.score > 0 && face.score <= 1);
    assert.ok(LABELS.includes(face.label));
    assert.deepEqual(Object.keys(face.probabilities), [...LABELS]);
    assert.equal(typeof face.uncertain, 'boolean');
    assert.equal(face.landmarks.length, 5);
    assert.ok(face.landmarks.every((point) => point.length === 2));
  }
  for (const part of ['decode', 'detect', 'classify', 'networks', 'total'])
    assert.ok(line.timing[part] >= 0, part);
});

test('a folder is walked, sorted, with the folders in it', async () => {
  const tree = place('tree');
  mkdirSync(join(tree, 'b'), { recursive: true });
  for (const name of ['c.jpg', 'a.JPG', 'b/z.jpg']) copyFileSync(photoPaths[0], join(tree, name));
  writeFileSync(join(tree, 'notes.txt'), 'not a picture');
  const { status, out } = await detect(tree);
  assert.equal(status, 0);
  const wanted = ['a.JPG', 'b/z.jpg', 'c.jpg'].map((name) => join(tree, name));
  assert.deepEqual(
    linesOf(out).map((line) => line.file),
    wanted,
  );
});

test('a picture that fails has its line, the rest goes on, and the status is 1', async () => {
  const names = ['text.jpg', 'empty.jpg', 'huge_header.png', 'truncated.jpg', 'gone.jpg'];
  const paths = names.map((name) => join(fixtures, name));
  const { status, out } = await detect(...paths, photoPaths[0]);
  assert.equal(status, 1);
  const lines = linesOf(out);
  assert.deepEqual(
    lines.map((line) => line.error?.code),
    ['unsupported-format', 'bad-image', 'image-too-large', 'bad-image', 'bad-image', undefined],
  );
  assert.deepEqual(Object.keys(lines[0]), ['file', 'error']);
  assert.deepEqual(Object.keys(lines[0].error), ['code', 'message']);
  assert.ok(lines.at(-1).faces.length > 0);
});

test('--annotate writes a picture each, under its own name', async () => {
  const into = place('annotated');
  const gif = join(fixtures, 'still.gif');
  const { status } = await detect('--annotate', into, photos, gif);
  assert.equal(status, 0);
  const wanted = [...photoPaths.map((path) => basename(path)), 'still.gif.png'].sort();
  assert.deepEqual(readdirSync(into).sort(), wanted);
  const original = readFileSync(photoPaths[0]);
  const written = readFileSync(join(into, basename(photoPaths[0])));
  assert.deepEqual([written[0], written[1]], [0xff, 0xd8]);
  assert.notDeepEqual(written, original);
});

test('--csv writes a line per face, one for a picture without any, one for a failure', async () => {
  const csv = place('faces.csv');
  const named = place('a "quoted", name.jpg');
  copyFileSync(photoPaths[0], named);
  const failing = join(fixtures, 'text.jpg');
  const { out } = await detect('--csv', csv, named, failing);
  const [line] = linesOf(out);
  const rows = readFileSync(csv, 'utf8').split('\r\n');
  assert.equal(
    rows[0],
    'file,picture_width,picture_height,face,x,y,width,height,score,label,correct,incorrect,unmasked,uncertain,error',
  );
  assert.equal(rows.length, 1 + line.faces.length + 1 + 1);
  assert.ok(rows[1].startsWith(`"${named.replaceAll('"', '""')}",${line.width},${line.height},1,`));
  assert.ok(rows[1].includes(`,${line.faces[0].label},`));
  assert.ok(rows.at(-2).endsWith(',unsupported-format'));
});

test('--min-score and --min-face are obeyed', async () => {
  const count = async (...args) => linesOf((await detect(...args, crowd)).out)[0].faces.length;
  const usual = await count();
  assert.ok((await count('--min-score', '0.999')) < usual);
  assert.ok((await count('--min-face', '100')) < usual);
});

test('wrong arguments end with status 2 and a sentence on stderr', async () => {
  const wrong = [
    [],
    ['find'],
    ['detect'],
    ['detect', '--colour', 'x.jpg'],
    ['detect', '--min-score', 'high', photoPaths[0]],
    ['detect', '--detector', 'mtcnn', '--min-score', '7', photoPaths[0]],
    ['detect', '--detector', 'three-stage', photoPaths[0]],
    ['detect', '--jobs', '0', photoPaths[0]],
    ['detect', '--jobs', '1.5', photoPaths[0]],
    ['detect', '--csv', '', photoPaths[0]],
    ['detect', '--csv'],
    ['detect', '--csv', 'a.csv', '--csv', 'b.csv', photoPaths[0]],
    ['detect', '--annotate', 'a', '--annotate=b', photoPaths[0]],
    ['detect', '-', photoPaths[0]],
    ['detect', '--null', photoPaths[0]],
    ['detect', '--overwrite', '--annotate', 'x', '-'],
    ['detect', '--resume', 'gone.jsonl', photoPaths[0]],
    ['detect', '--resume', photoPaths[0], photoPaths[0]],
    ['copy-assets'],
  ];
  for (const args of wrong) {
    const { status, err, out } = await masklens(...args);
    assert.equal(status, 2, args.join(' '));
    assert.ok(err.length > 0 || out.includes('masklens detect'), args.join(' '));
  }
});

test('what is mistyped is told the nearest name there is', async () => {
  const near = {
    'detect --minscore 1 x': /no option --minscore\. Did you mean --min-score\?/,
    'detect --anotate=x y': /no option --anotate\. Did you mean --annotate\?/,
    'detect --frame x': /Did you mean --frames\?/,
    'detect --colour x': /no option --colour\.\n/,
    'detect -q x': /no option -q\.\n/,
    'detcet x': /no command 'detcet'\. Did you mean detect\?/,
    'constructor x': /no command 'constructor'\.\n/,
    'detect \x1b[31m --\x1b]0;x': /no option --\\u\{1b\}\]0;x/,
  };
  for (const [line, pattern] of Object.entries(near)) {
    const { status, err } = await masklens(...line.split(' '));
    assert.equal(status, 2, line);
    assert.match(err, pattern, line);
  }
});

test('--help says what there is', async () => {
  const { status, out } = await masklens('--help');
  assert.equal(status, 0);
  for (const option of [
    '--detector',
    '--annotate',
    '--csv',
    '--jobs',
    '--resume',
    '--frames',
    'copy-assets',
  ])
    assert.ok(out.includes(option), option);
});

test('--roi looks at a part alone, --turn says whether the picture is looked at turned', async () => {
  const [photo] = photoPaths;
  const facesOf = async (...options) => {
    const { status, out, err } = await detect(...options, photo);
    assert.equal(status, 0, err);
    return linesOf(out)[0].faces;
  };
  const all = await facesOf('--turn', 'never');
  const [x, y, width, height] = all[0].box;
  const part = [x - width, y - height, 3 * width, 3 * height].map(Math.round);
  const inside = await facesOf('--roi', part.join(','));
  assert.ok(inside.length > 0);
  for (const { box } of inside) {
    assert.ok(box[0] + box[2] / 2 >= part[0] && box[0] + box[2] / 2 <= part[0] + part[2]);
    assert.ok(box[1] + box[3] / 2 >= part[1] && box[1] + box[3] / 2 <= part[1] + part[3]);
  }
  assert.deepEqual(await facesOf('--roi', '0,0,1,1'), []);
  for (const wrong of [
    ['--roi', '1,2,3'],
    ['--roi', '1,2,3,'],
    ['--roi', '1,2,-3,4'],
    ['--turn', 'left'],
  ]) {
    const { status, out, err } = await detect(...wrong, photo);
    assert.deepEqual([status, out], [2, ''], wrong.join(' '));
    assert.match(err, /roi|turn/);
  }
});
