// The command line never overwrites what it did not make, and two pictures never end in one file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { detect, linesOf, program, run, scratch } from './command.mjs';
import { fixture, fixtures, photoPaths, photos } from './fixtures.mjs';

const place = scratch();
const [photo, other] = photoPaths;
const [photoBytes, otherBytes] = [photo, other].map((path) => readFileSync(path));

/** A folder with the named copies of a photo. */
function folderWith(name, files) {
  for (const file of files) {
    mkdirSync(join(place(name), file, '..'), { recursive: true });
    copyFileSync(photo, join(place(name), file));
  }
  return place(name);
}

/** Nothing was judged, the status is 2, and every file is as it was. */
async function refused(args, pattern, untouched) {
  const { status, out, err } = await detect(...args);
  assert.equal(status, 2, err);
  assert.equal(out, '');
  assert.match(err, pattern);
  for (const path of untouched) assert.deepEqual(readFileSync(path), photoBytes, path);
}

test('--annotate into the folder of the pictures is refused, by whatever way it is named', async () => {
  const source = folderWith('source', ['a.jpg', 'sub/b.jpg']);
  const files = ['a.jpg', 'sub/b.jpg'].map((name) => join(source, name));
  symlinkSync(source, place('link-to-source'));
  for (const into of [source, `${source}/sub/..`, place('link-to-source')])
    for (const extra of [[], ['--overwrite']])
      await refused(
        ['--annotate', into, ...extra, files[0]],
        /would take the place of one of the pictures/,
        files,
      );
  await refused(['--annotate', join(source, 'sub'), files[1]], /one of the pictures/, files);
  assert.deepEqual(readdirSync(source), ['a.jpg', 'sub']);
});

test('a picture of the batch is not replaced through links either, with --overwrite or without', async () => {
  const source = folderWith('linked', ['a.jpg', 'b.jpg']);
  const [a, b] = ['a.jpg', 'b.jpg'].map((name) => join(source, name));
  for (const [name, make] of Object.entries({ symbolic: symlinkSync, hard: linkSync })) {
    const into = place(`into-${name}`);
    mkdirSync(into);
    make(b, join(into, 'a.jpg'));
    await refused(['--annotate', into, '--overwrite', a, b], /one of the pictures/, [a, b]);
  }
});

test('what is there is left alone without --overwrite and replaced with it', async () => {
  const into = place('twice');
  mkdirSync(into);
  const target = join(into, basename(photo));
  writeFileSync(target, 'mine');
  const before = await detect('--annotate', into, photo);
  assert.equal(before.status, 2);
  assert.match(before.err, /exists.*--overwrite/);
  assert.equal(readFileSync(target, 'utf8'), 'mine');
  const { status, out } = await detect('--annotate', into, '--overwrite', photo);
  assert.equal(status, 0);
  assert.equal(linesOf(out)[0].annotated, target);
  assert.deepEqual([...readFileSync(target).subarray(0, 2)], [0xff, 0xd8]);
  assert.deepEqual(readdirSync(into), [basename(photo)]);
});

test('a link to nothing is something, too', async () => {
  const into = place('dangling');
  mkdirSync(into);
  symlinkSync(place('elsewhere.jpg'), join(into, basename(photo)));
  await refused(['--annotate', into, photo], /exists/, [photo]);
  assert.ok(!existsSync(place('elsewhere.jpg')));
});

test('same names from two folders, in other letters or as other formats, are numbered', async () => {
  const one = folderWith('one', ['x.jpg', 'y.png']);
  const two = folderWith('two', ['X.JPG', 'y.png', 'y']);
  const into = place('numbered');
  const { status, out } = await detect('--annotate', into, one, two, join(two, 'y'));
  assert.equal(status, 0);
  const written = linesOf(out).map(({ annotated }) => annotated.slice(into.length + 1));
  assert.deepEqual(written, ['x.jpg', 'y.png', 'X (2).JPG', 'y (2).png', 'y (3).png']);
  assert.deepEqual(readdirSync(into).sort(), [...written].sort());
});

test('an annotated folder within the pictures is not judged again', async () => {
  const source = folderWith('again', ['a.jpg', 'b.jpg']);
  const into = join(source, 'annotated');
  for (const more of [[], ['--overwrite'], ['--overwrite']]) {
    const { status, out } = await detect('--annotate', into, ...more, source);
    assert.equal(status, 0);
    assert.deepEqual(
      linesOf(out).map(({ file }) => basename(file)),
      ['a.jpg', 'b.jpg'],
    );
  }
  assert.deepEqual(readdirSync(into), ['a.jpg', 'b.jpg']);
});

test('--csv takes no file that is there: no photo, by no link, and with --overwrite only CSV of ours', async () => {
  const source = folderWith('csv', ['pic1.jpg', 'pic2.jpg', 'pic3.jpg']);
  const pictures = readdirSync(source).map((name) => join(source, name));
  // As a shell hands over `--csv pic*.jpg`.
  await refused(['--csv', ...pictures], /exists/, pictures);
  await refused(['--overwrite', '--csv', ...pictures], /no CSV file of masklens/, pictures);
  symlinkSync(pictures[1], place('faces-link.csv'));
  const linked = ['--overwrite', '--csv', place('faces-link.csv')];
  await refused([...linked, ...pictures], /one of the pictures/, pictures);
  writeFileSync(place('theirs.csv'), 'name,age\n');
  await refused(['--overwrite', '--csv', place('theirs.csv'), photo], /no CSV file of/, [photo]);
  assert.equal(readFileSync(place('theirs.csv'), 'utf8'), 'name,age\n');
  await refused(['--csv', '/dev/null', photo], /exists/, [photo]);
  // Larger than a string may be.
  writeFileSync(place('large.csv'), '');
  truncateSync(place('large.csv'), 1 << 30);
  await refused(['--overwrite', '--csv', place('large.csv'), photo], /no CSV file of/, [photo]);
  await refused(['--csv', place('no', 'folder', 'x.csv'), photo], /no folder/, [photo]);

  const own = place('own.csv');
  assert.equal((await detect('--csv', own, photo)).status, 0);
  const first = readFileSync(own, 'utf8');
  await refused(['--csv', own, photo], /exists/, [photo]);
  assert.equal((await detect('--overwrite', '--csv', own, photo, other)).status, 0);
  assert.ok(readFileSync(own, 'utf8').startsWith(first));
  assert.ok(readFileSync(own).length > first.length);
});

test('--csv and --annotate do not meet in one file', async () => {
  const into = place('meeting');
  const both = ['--annotate', into, '--csv', join(into, basename(photo))];
  mkdirSync(into);
  await refused([...both, photo], /annotated picture's name/, [photo]);
  symlinkSync(into, place('meeting-link'));
  const name = basename(photo);
  for (const other of [join(place('meeting-link'), name), join(into, name.toUpperCase())])
    for (const extra of [[], ['--overwrite']])
      await refused(
        ['--annotate', into, '--csv', other, ...extra, photo],
        /annotated picture's name/,
        [photo],
      );
});

test('two annotated copies do not meet by a link between folders', async () => {
  const source = folderWith('crossed', ['a/x.jpg', 'b/x.jpg']);
  const into = place('crossing');
  mkdirSync(join(into, 'b'), { recursive: true });
  symlinkSync('b', join(into, 'a'));
  await refused(['--annotate', into, '--overwrite', source], /by a link between folders/, []);
  const { status, out } = await detect('--annotate', into, source);
  assert.equal(status, 1);
  assert.deepEqual(
    linesOf(out).map(({ error }) => error?.code ?? null),
    [null, 'output-exists'],
  );
});

test('where nothing can be written is said before anything is judged', async () => {
  writeFileSync(place('file'), '');
  symlinkSync(place('gone'), place('to-nothing'));
  const places = [
    place('file'),
    place('file', 'below'),
    place('to-nothing'),
    place('x'.repeat(300)),
  ];
  // Folders of /proc deny that they are there when something is to be made in them.
  if (process.platform === 'linux') places.push('/proc/annotated');
  for (const into of places) {
    await refused(['--annotate', into, photo], /Nothing can be written into/, [photo]);
    await refused(['--csv', join(into, 'x.csv'), photo], /written into|no folder/, [photo]);
  }
});

test('names that lead out of the folder or that other systems cannot write are made harmless', async () => {
  const source = folderWith('harmful', [
    '..\\..\\x.jpg',
    'a:b?.jpg',
    'nul.jpg',
    '\u202egpj.png.jpg',
  ]);
  const { status, out } = await detect('--annotate', place('harmless'), source);
  assert.equal(status, 0);
  assert.doesNotMatch(out, /\u202e/);
  assert.deepEqual(
    linesOf(out)
      .map(({ file }) => basename(file))
      .sort(),
    readdirSync(source).sort(),
  );
  assert.deepEqual(
    readdirSync(place('harmless')).sort(),
    ['_gpj.png.jpg', '_nul.jpg', 'a_b_.jpg', 'x.jpg'].sort(),
  );
});

test('a folder that cannot be written costs a line each, and the rest goes on', async () => {
  const into = place('blocked');
  const source = folderWith('blocking', ['a.jpg', 'sub/b.jpg']);
  mkdirSync(into);
  writeFileSync(join(into, 'sub'), 'a file where a folder should be');
  const { status, out } = await detect('--annotate', into, source);
  assert.equal(status, 1);
  assert.deepEqual(
    linesOf(out).map((line) => line.error?.code),
    [undefined, 'failed'],
  );
  assert.match(linesOf(out)[1].error.message, /cannot be written/);
});

test('a run that is ended leaves no half file', async () => {
  const into = place('ended');
  const many = Array.from({ length: 40 }, () => photos);
  const child = spawn(program[0], [
    ...[
      ...program.slice(1),
      'detect',
      '--detector',
      'mtcnn',
      '--annotate',
      into,
      '--csv',
      place('ended.csv'),
    ],
    ...many,
  ]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGTERM');
  const status = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(status, 143);
  assert.ok(!existsSync(place('ended.csv')));
  const written = readdirSync(into);
  assert.ok(written.length > 0);
  for (const name of written) {
    assert.match(name, /\.jpg$/);
    assert.deepEqual([...readFileSync(join(into, name)).subarray(-2)], [0xff, 0xd9], name);
  }
  assert.deepEqual(
    readdirSync(place()).filter((name) => name.endsWith('.part')),
    [],
  );
});

// Who opens a file of this name has to wait for it, so that the end comes before.
const SLOW = `data:text/javascript,${encodeURIComponent(`
  import promises from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  import { basename } from 'node:path';
  const { open } = promises;
  let opened = 0;
  promises.open = async (path, ...rest) => {
    const file = await open(path, ...rest);
    // The first makes sure that files can be written there.
    if (basename(String(path)).endsWith('.part') && ++opened > Number(process.env.OPENED))
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    return file;
  };
  syncBuiltinESMExports();`)}`;

test('a file that was only just begun goes as well, whichever thread has begun it', async () => {
  const unfinished = (into) =>
    existsSync(into) && readdirSync(into).some((name) => name.endsWith('.part'));
  for (const jobs of [1, 2]) {
    const into = place(`begun-${jobs}`);
    const options = ['--jobs', String(jobs), '--annotate', into];
    const child = spawn(
      program[0],
      [
        ...['--import', SLOW, ...program.slice(1), 'detect', '--detector', 'mtcnn'],
        ...[...options, photo, other],
      ],
      { env: { ...process.env, OPENED: jobs === 1 ? '1' : '0' } },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (let n = 0; n < 600 && !unfinished(into); n++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(unfinished(into), 'nothing was begun');
    child.kill('SIGTERM');
    assert.equal(await ended, 143);
    assert.deepEqual(readdirSync(into), [], `${jobs} jobs`);
  }
});

test('what a shell writes the results to is not replaced', async () => {
  const into = place('results');
  mkdirSync(into);
  const target = join(into, basename(photo));
  const shell = (file, redirection, ...options) =>
    run('sh', [
      ...['-c', `file=$0; "$@" ${redirection} "$file"`, file],
      ...[...program, 'detect', '--detector', 'mtcnn', '--overwrite', ...options, photo],
    ]);
  for (const redirection of ['>', '>>']) {
    const csv = place('results.csv');
    const both = await shell(csv, redirection, '--csv', csv);
    assert.equal(both.status, 2);
    assert.match(both.err, /results\.csv is where the results go/);
    const annotated = await shell(target, redirection, '--annotate', into);
    assert.equal(annotated.status, 2);
    assert.match(annotated.err, /is where the results go/);
  }
});

test('a link is nothing that a run has left: --overwrite does not replace it', async () => {
  const into = place('left');
  mkdirSync(into);
  writeFileSync(place('left.jpg'), 'theirs');
  symlinkSync(place('left.jpg'), join(into, basename(photo)));
  await refused(['--overwrite', '--annotate', into, photo], /is no file/, [photo]);
  writeFileSync(place('left.csv'), '');
  symlinkSync(place('left.csv'), place('left-link.csv'));
  await refused(['--overwrite', '--csv', place('left-link.csv'), photo], /is no CSV/, [photo]);
});

test('pictures that failed have no annotated copy', async () => {
  const into = place('failed');
  const { status } = await detect('--annotate', into, join(fixtures, 'truncated.jpg'), photo);
  assert.equal(status, 1);
  assert.deepEqual(readdirSync(into), [basename(photo)]);
  assert.deepEqual(readFileSync(other), otherBytes);
  assert.ok(fixture('truncated.jpg').length > 0);
});
