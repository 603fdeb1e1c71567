// One bad entry of a folder or of the command line costs one line; the batch ends, and soon.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { detect, linesOf, program, run, scratch } from './command.mjs';
import { photoPaths } from './fixtures.mjs';

const place = scratch();
const [photo] = photoPaths;

/** A folder with a good picture at its end. */
function folder(name) {
  mkdirSync(place(name));
  copyFileSync(photo, place(name, 'z.jpg'));
  return place(name);
}

/** name -> code of the line's error, or null. */
const codes = (out) =>
  Object.fromEntries(linesOf(out).map(({ file, error }) => [basename(file), error?.code ?? null]));

test('pipes, sockets, links to nothing, in a circle or to a folder cost a line each', async () => {
  const bad = folder('bad');
  execFileSync('mkfifo', [join(bad, 'a.jpg')]);
  symlinkSync(place('nothing'), join(bad, 'b.jpg'));
  symlinkSync('c2.jpg', join(bad, 'c1.jpg'));
  symlinkSync('c1.jpg', join(bad, 'c2.jpg'));
  symlinkSync(bad, join(bad, 'd.jpg'));
  symlinkSync('/dev/zero', join(bad, 'e.jpg'));
  const server = createServer();
  await new Promise((resolve) => server.listen(join(bad, 'f.jpg'), resolve));
  const { status, out, err } = await detect(bad);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(err, '');
  assert.equal(status, 1);
  const wrong = ['a', 'b', 'c1', 'c2', 'd', 'e', 'f'].map((name) => [`${name}.jpg`, 'bad-image']);
  assert.deepEqual(codes(out), { ...Object.fromEntries(wrong), 'z.jpg': null });
});

test('devices and pipes that are named themselves are not read', async () => {
  execFileSync('mkfifo', [place('pipe')]);
  const { status, out } = await detect('/dev/zero', place('pipe'), '/dev/stdin', photo);
  assert.equal(status, 1);
  const lines = linesOf(out);
  assert.deepEqual(
    lines.map(({ error }) => error?.code),
    ['bad-image', 'bad-image', 'bad-image', undefined],
  );
  for (const { error } of lines.slice(0, 3)) assert.match(error.message, /pipe, a socket or a dev/);
});

test('links to folders are not followed: nothing goes round in circles', async () => {
  const round = folder('round');
  mkdirSync(join(round, 'sub'));
  symlinkSync('..', join(round, 'sub', 'up'));
  const { status, out } = await detect(round);
  assert.equal(status, 0);
  assert.deepEqual(codes(out), { 'z.jpg': null });
});

test('a folder that cannot be listed costs one line', async () => {
  const closed = folder('closed');
  mkdirSync(join(closed, 'secret'));
  copyFileSync(photo, join(closed, 'secret', 'x.jpg'));
  chmodSync(join(closed, 'secret'), 0);
  // Root may list every folder: the refusal is made by hand then.
  const refusal = `
    import promises from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    const { readdir } = promises;
    promises.readdir = async (path, ...rest) => {
      if (String(path).endsWith('secret')) throw Object.assign(new Error('no'), { code: 'EACCES' });
      return readdir(path, ...rest);
    };
    syncBuiltinESMExports();`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(refusal)}`];
  const { status, out } = await run(program[0], [
    ...(process.getuid() === 0 ? preload : []),
    ...[...program.slice(1), 'detect', '--detector', 'mtcnn', closed],
  ]);
  chmodSync(join(closed, 'secret'), 0o700);
  assert.equal(status, 1);
  assert.deepEqual(codes(out), { secret: 'bad-image', 'z.jpg': null });
  assert.match(linesOf(out)[0].error.message, /permissions/);
});

test('what macOS leaves beside pictures is no picture; named itself it is tried', async () => {
  const disk = folder('disk');
  writeFileSync(join(disk, '._z.jpg'), Buffer.from('00051607000200004d6163204f5320', 'hex'));
  const walked = await detect(disk);
  assert.equal(walked.status, 0);
  assert.deepEqual(codes(walked.out), { 'z.jpg': null });
  assert.deepEqual(codes((await detect(join(disk, '._z.jpg'))).out), {
    '._z.jpg': 'unsupported-format',
  });
});

test('names that are no UTF-8 are judged, told apart, and come back as the bytes they are', async () => {
  const odd = folder('odd');
  const bytes = [Buffer.from('caf\xe9.jpg', 'latin1'), Buffer.from('caf\xe8\xff.jpg', 'latin1')];
  for (const name of bytes)
    writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), name]), readFileSync(photo));
  const into = place('odd-annotated');
  const { status, out } = await detect('--annotate', into, odd);
  assert.equal(status, 0);
  const names = linesOf(out).map(({ file }) => basename(file));
  assert.deepEqual(names.sort(), ['caf\udce8\udcff.jpg', 'caf\udce9.jpg', 'z.jpg']);
  assert.deepEqual(readdirSync(into).sort(), ['caf_.jpg', 'caf__.jpg', 'z.jpg']);
  // A shell hands the bytes over as they are.
  const script = 'folder=$0; "$@" detect --detector mtcnn "$folder"/caf*.jpg';
  const named = await run('sh', ['-c', script, odd, ...program]);
  assert.equal(named.status, 0, named.out);
  assert.deepEqual(
    linesOf(named.out)
      .map(({ file }) => basename(file))
      .sort(),
    names.slice(0, 2),
  );
});

test('nothing is read past the limit, and a file that grows ends', async () => {
  const large = folder('large');
  writeFileSync(join(large, 'a.jpg'), '');
  truncateSync(join(large, 'a.jpg'), 1 << 30); // takes no place on the disk
  copyFileSync(photo, join(large, 'b.jpg'));
  const growing = setInterval(() => appendFileSync(join(large, 'b.jpg'), Buffer.alloc(4096)), 1);
  const { status, out } = await detect(large).finally(() => clearInterval(growing));
  assert.equal(status, 1);
  assert.deepEqual(codes(out), { 'a.jpg': 'image-too-large', 'b.jpg': null, 'z.jpg': null });
});

test('a full disk or a reader who leaves ends the run with a sentence or quietly, without a trace', async () => {
  const command = [...program, 'detect', '--detector', 'mtcnn'];
  const full = await run('sh', ['-c', '"$@" > /dev/full', 'sh', ...command, photo]);
  assert.equal(full.status, 1);
  assert.equal(full.err, 'masklens: The results cannot be written to stdout: no space is left.\n');
  const many = Array.from({ length: 30 }, () => photo);
  const left = await run('sh', ['-c', '"$@" | head -n 1', 'sh', ...command, ...many]);
  assert.equal(left.status, 0);
  assert.equal(left.err, '');
  assert.equal(linesOf(left.out).length, 1);
});
