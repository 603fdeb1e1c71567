// `masklens copy-assets`: the files that are asked for, and nothing of anybody else's touched.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { masklens, program, run, scratch } from './command.mjs';
import { assets, crowd, manifest } from './fixtures.mjs';

const place = scratch();
const whole = 'ort-wasm-simd-threaded.wasm';
const megabytes = (folder) =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6;

async function copied(name, ...only) {
  const { status, err } = await masklens('copy-assets', ...only, place(name));
  assert.equal(status, 0, err);
  const files = readdirSync(place(name));
  for (const file of files)
    assert.deepEqual(readFileSync(join(place(name), file)), readFileSync(join(assets, file)), file);
  return files;
}

test('by default what the default detector needs, under 11 MB, and it works', async () => {
  const files = await copied('public/masklens');
  for (const file of ['worker.js', 'manifest.json', 'core.wasm', 'core-threads.wasm'])
    assert.ok(files.includes(file), file);
  assert.ok(
    !files.includes(whole) && !files.includes('vgg19.onnx') && !files.includes('onet.onnx'),
  );
  assert.ok(megabytes(place('public/masklens')) < 11);
  for (const quality of ['accurate', 'fast']) {
    const detector = await createDetector({ assets: place('public/masklens'), quality });
    const { faces } = await detector.detect(readFileSync(crowd), { refine: 'always' });
    await detector.close();
    assert.ok(faces.length > 0, quality);
  }
});

test('--only: everything, or by names, which add up; what is not there is said', async () => {
  assert.deepEqual(await copied('all', '--only', 'all'), readdirSync(assets));
  const few = await copied('few', '--only', 'mtcnn, cnn');
  const { detectors, networks } = manifest;
  for (const network of [...Object.values(detectors.mtcnn.networks).flat(), 'cnn', 'classifier'])
    assert.ok(few.includes(networks[network].file), network);
  assert.ok(!few.some((name) => name.startsWith('one-stage') || name === whole));
  assert.ok((await copied('runtime', '--only', 'default,runtime')).includes(whole));
  const wrong = await masklens('copy-assets', '--only', 'mtcn', place('wrong'));
  assert.equal(wrong.status, 2);
  assert.match(wrong.err, /Did you mean mtcnn\?/);
  assert.throws(() => readdirSync(place('wrong')));
});

test('files of an earlier version are replaced, those of others are not', async () => {
  await copied('twice');
  writeFileSync(join(place('twice'), 'worker.js'), '// of an earlier version');
  writeFileSync(join(place('twice'), 'mine.txt'), 'mine');
  await masklens('copy-assets', place('twice'));
  assert.deepEqual(
    readFileSync(join(place('twice'), 'worker.js')),
    readFileSync(join(assets, 'worker.js')),
  );
  assert.equal(readFileSync(join(place('twice'), 'mine.txt'), 'utf8'), 'mine');

  // A project's own folder: its package.json is not ours.
  mkdirSync(place('project'));
  writeFileSync(place('project', 'package.json'), '{ "name": "theirs" }');
  writeFileSync(place('project', 'manifest.json'), '{ "name": "an app" }');
  const { status, err } = await masklens('copy-assets', place('project'));
  assert.equal(status, 2);
  assert.match(err, /is there already/);
  assert.deepEqual(readdirSync(place('project')), ['manifest.json', 'package.json']);
  assert.equal(readFileSync(place('project', 'package.json'), 'utf8'), '{ "name": "theirs" }');
});

test('what lies where the manifest or a file should be is neither read nor replaced', async () => {
  const odd = {
    pipe: (path) => execFileSync('mkfifo', [path]),
    device: (path) => symlinkSync('/dev/zero', path),
    folder: (path) => mkdirSync(path),
    nothing: (path) => symlinkSync(place('nowhere'), path),
    alike: (path) => writeFileSync(path, '{ "classes": [], "networks": null }'),
    large: (path) => writeFileSync(path, ' '.repeat(2e6)),
  };
  for (const [name, make] of Object.entries(odd)) {
    mkdirSync(place(name));
    make(place(name, 'manifest.json'));
    const { status, err } = await masklens('copy-assets', place(name));
    assert.equal(status, 2, name);
    assert.match(err, /is there already, and not from masklens/, name);
    assert.deepEqual(readdirSync(place(name)), ['manifest.json']);
  }
  await copied('in-the-way');
  rmSync(place('in-the-way', 'worker.js'));
  mkdirSync(place('in-the-way', 'worker.js'));
  const { status, err } = await masklens('copy-assets', place('in-the-way'));
  assert.equal(status, 1);
  assert.match(err, /worker\.js cannot be written: a folder has that name/);
  for (const into of [place('in-the-way', 'manifest.json'), '/proc/masklens']) {
    const refused = await masklens('copy-assets', into);
    assert.equal(refused.status, 2, into);
    assert.match(refused.err, /Nothing can be written into/);
  }
});

test('a folder whose name is no UTF-8 is looked at, too, before anything is copied into it', async () => {
  const folder = Buffer.concat([Buffer.from(place('caf')), Buffer.of(0xe9)]);
  const file = Buffer.concat([folder, Buffer.from('/worker.js')]);
  mkdirSync(folder);
  writeFileSync(file, 'mine');
  // A shell hands the bytes over as they are.
  const copy = () =>
    run('sh', ['-c', 'folder=$0; "$@" copy-assets "$folder"/caf*', place(), ...program]);
  const { status, err } = await copy();
  assert.equal(status, 2);
  assert.match(err, /is there already, and not from masklens/);
  assert.equal(readFileSync(file, 'utf8'), 'mine');
  rmSync(file);
  assert.equal((await copy()).status, 0);
  writeFileSync(file, '// of an earlier version');
  assert.equal((await copy()).status, 0);
  assert.deepEqual(readFileSync(file), readFileSync(join(assets, 'worker.js')));
});

test('a copy that was ended half-way is finished by the next', async () => {
  const into = place('half-way');
  mkdirSync(into);
  // The manifest is there when anything is.
  const preload = `
    import promises from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    const { rename } = promises;
    let done = 0;
    const full = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    promises.rename = (...args) => (++done > 3 ? full() : rename(...args));
    syncBuiltinESMExports();`;
  const ended = await run(program[0], [
    ...['--import', `data:text/javascript,${encodeURIComponent(preload)}`],
    ...[...program.slice(1), 'copy-assets', into],
  ]);
  assert.equal(ended.status, 1, ended.err);
  assert.match(ended.err, /no space is left/);
  assert.ok(!existsSync(join(into, 'worker.js')));
  await copied('half-way');
});
