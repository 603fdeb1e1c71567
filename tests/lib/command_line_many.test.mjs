// Many pictures: paths on stdin, several threads, a run that is taken up again, frames.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { detect, linesOf, program, run, scratch } from './command.mjs';
import { cli, fixture, fixtures, photoPaths } from './fixtures.mjs';

const place = scratch();
const [node, ...command] = [...program, 'detect', '--detector', 'mtcnn'];
const withInput = (input, ...args) => run(node, [...command, ...args], { input });
const filesOf = (out) => linesOf(out).map(({ file }) => file);

/** What of a line does not depend on how long the work took. */
const lasting = ({ timing: _, ...rest }) => rest;

test('paths on stdin are answered line by line, each before the next is needed', async () => {
  for (const jobs of ['1', '2']) {
    const child = spawn(node, [...command, '--jobs', jobs, '-']);
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (const path of [...photoPaths.slice(0, 2), '/nowhere/x.jpg']) {
      child.stdin.write(`${path}\n`);
      const { value } = await answers.next();
      assert.equal(JSON.parse(value).file, path);
    }
    child.stdin.end();
    const status = await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(status, 1);
  }
});

test('stdin: other line ends, none at the end, empty lines, folders, bytes, no end at all', async () => {
  const odd = Buffer.concat([Buffer.from(place('caf')), Buffer.of(0xe9), Buffer.from('.jpg')]);
  writeFileSync(odd, readFileSync(photoPaths[0]));
  const newline = place('two\nlines.jpg');
  copyFileSync(photoPaths[0], newline);
  const { status, out } = await withInput(
    Buffer.concat([
      Buffer.from(`${photoPaths[0]}\r\n\n${place()}\n`),
      odd,
      Buffer.from(`\n${'x'.repeat(200_000)}\n${photoPaths[1]}`),
    ]),
    '-',
  );
  assert.equal(status, 1);
  const lines = linesOf(out);
  assert.deepEqual(
    lines.map(({ error }) => error?.code ?? null),
    [null, 'bad-image', null, 'bad-image', null],
  );
  assert.match(lines[1].error.message, /is a folder/);
  assert.equal(basename(lines[2].file), 'caf\udce9.jpg');
  assert.match(lines[3].error.message, /too long a name/);
  const zeros = await withInput(`${newline}\0${photoPaths[1]}\0`, '--null', '-');
  assert.deepEqual(filesOf(zeros.out), [newline, photoPaths[1]]);
  const nothing = await withInput('', '-');
  assert.deepEqual([nothing.status, nothing.out], [0, '']);
});

test('from stdin, annotated copies keep the folders of their paths and take nothing else', async () => {
  const into = place('from-stdin');
  const input = `${photoPaths[0]}\n../${basename(photoPaths[1])}\n${photoPaths[0]}\n`;
  const { status, out } = await withInput(input, '--annotate', into, '-');
  assert.equal(status, 1);
  const lines = linesOf(out);
  assert.equal(lines[0].annotated, join(into, photoPaths[0]));
  assert.deepEqual(
    lines.map(({ error }) => error?.code ?? null),
    [null, 'bad-image', 'output-exists'],
  );
});

test('twenty thousand paths on stdin need no more memory than two thousand', async () => {
  const measured = async (count) => {
    const source = `for (let n = 0; n < ${count}; n++) console.log('nowhere/' + n + '.jpg')`;
    const shell = 'source=$0; "$1" -e "$source" | "$@" - | grep -a " -> "';
    const { out } = await run('sh', ['-c', shell, source, node, '--trace-gc', ...command]);
    // "Scavenge 9.4 (13.2) -> 8.2 (15.2) MB": what is left after the last few.
    const left = [...out.matchAll(/\([\d.]+\) -> ([\d.]+) \(/g)].map(([, mb]) => Number(mb));
    assert.ok(left.length >= 3, out);
    return Math.min(...left.slice(-5));
  };
  const [small, large] = [await measured(2000), await measured(20_000)];
  assert.ok(large < small + 5, `${small} MB, ${large} MB`);
});

test('several threads say the same in the same order, with the failures in their place', async () => {
  const paths = [...photoPaths, join(fixtures, 'text.jpg'), ...photoPaths, place('gone.jpg')];
  const into = [place('one-thread'), place('two-threads')];
  const one = await detect('--annotate', into[0], '--csv', place('1.csv'), ...paths);
  const two = await detect('--jobs', '2', '--annotate', into[1], '--csv', place('2.csv'), ...paths);
  assert.deepEqual([one.status, two.status, two.err], [1, 1, '']);
  const withoutFolder = (folder, out) =>
    linesOf(out).map((line) =>
      lasting({ ...line, annotated: line.annotated?.replace(folder, '') }),
    );
  assert.deepEqual(withoutFolder(into[1], two.out), withoutFolder(into[0], one.out));
  assert.equal(readFileSync(place('2.csv'), 'utf8'), readFileSync(place('1.csv'), 'utf8'));
  for (const name of readdirSync(into[0]))
    assert.deepEqual(readFileSync(join(into[1], name)), readFileSync(join(into[0], name)), name);
});

test('no more threads start than there are processors', async () => {
  const started = place('started');
  const count = `
    import { appendFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (!isMainThread) appendFileSync(${JSON.stringify(started)}, '.');`;
  const { status, out } = await run(node, [
    ...['--import', `data:text/javascript,${encodeURIComponent(count)}`],
    ...[...command, '--jobs', '64', ...photoPaths],
  ]);
  assert.equal(status, 0);
  assert.deepEqual(filesOf(out), photoPaths);
  const most = Math.max(2, availableParallelism());
  assert.equal(readFileSync(started).length, Math.min(most, photoPaths.length));
});

test('a thread that dies costs the picture that it had', async () => {
  const fall = `
    import { isMainThread, parentPort } from 'node:worker_threads';
    if (!isMainThread) parentPort.on('message', ({ path }) => path.endsWith('fatal.jpg') && process.exit(3));`;
  copyFileSync(photoPaths[0], place('fatal.jpg'));
  const { status, out, err } = await run(node, [
    '--import',
    `data:text/javascript,${encodeURIComponent(fall)}`,
    ...[...command, '--jobs', '2', photoPaths[0], place('fatal.jpg'), place('fatal.jpg')],
    ...photoPaths.slice(0, 3),
  ]);
  assert.equal(err, '');
  assert.equal(status, 1);
  assert.deepEqual(
    linesOf(out).map(({ error }) => error?.code ?? null),
    [null, 'failed', 'failed', null, null, null],
  );
});

test('threads that die one after the other, and have no successor, end the run', async () => {
  const dying = place('dying');
  const fall = (successor) => `
    import { existsSync, writeFileSync } from 'node:fs';
    import { isMainThread, parentPort } from 'node:worker_threads';
    const dying = ${JSON.stringify(dying)};
    if (!isMainThread && existsSync(dying)) { ${successor} }
    if (!isMainThread)
      parentPort.once('message', () => {
        writeFileSync(dying, '');
        process.exit(3);
      });`;
  const successors = ['process.exit(4)', 'WebAssembly.Module = WebAssembly.instantiate = null'];
  for (const successor of successors) {
    rmSync(dying, { force: true });
    const { status, out, err } = await run(
      node,
      [
        ...['--import', `data:text/javascript,${encodeURIComponent(fall(successor))}`],
        ...[...command, '--jobs', '2', ...photoPaths],
      ],
      { timeout: 30_000 },
    );
    assert.equal(status, 1, successor);
    assert.deepEqual(
      linesOf(out).map(({ error }) => error.code),
      ['failed', 'failed'],
    );
    assert.match(err, /^masklens: .+\n$/);
  }
});

test('threads that die while they have nothing to do have successors', async () => {
  const fall = `
    import { isMainThread, parentPort } from 'node:worker_threads';
    if (!isMainThread) parentPort.once('message', () => setTimeout(() => process.exit(3), 3000));`;
  const child = spawn(node, [
    ...['--import', `data:text/javascript,${encodeURIComponent(fall)}`],
    ...[...command, '--jobs', '2', '-'],
  ]);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (...paths) => {
    child.stdin.write(`${paths.join('\n')}\n`);
    const lines = [];
    for (const _ of paths) lines.push(JSON.parse((await answers.next()).value));
    return lines.map(({ file, error }) => [file, error?.code]);
  };
  const good = photoPaths.slice(0, 2).map((path) => [path, undefined]);
  try {
    assert.deepEqual(await ask(...photoPaths.slice(0, 2)), good);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert.deepEqual(await ask(...photoPaths.slice(0, 2)), good);
  } finally {
    child.stdin.end();
  }
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
});

test('a run that was ended is taken up where it stopped, half a line and all', async () => {
  const whole = await detect(...photoPaths.slice(0, 4), place('gone.jpg'));
  const lines = whole.out.split('\n').slice(0, -1);
  const results = place('results.jsonl');
  writeFileSync(results, `${lines[0]}\n${lines[1]}\n${lines[2].slice(0, 50)}`);
  const again = ['--resume', results, ...photoPaths.slice(0, 4), place('gone.jpg')];

  const csv = place('resumed.csv');
  const printed = await detect('--csv', csv, ...again);
  assert.equal(printed.status, 1);
  assert.deepEqual(filesOf(printed.out), [...photoPaths.slice(2, 4), place('gone.jpg')]);
  const all = linesOf(whole.out).flatMap(({ faces }) => faces ?? [0]).length;
  assert.equal(readFileSync(csv, 'utf8').trim().split('\r\n').length, 1 + all);

  // In the same file: nothing is there twice, nothing is broken.
  const script = 'file=$1; shift; "$@" >> "$file"';
  await run('sh', ['-c', script, 'sh', results, node, ...command, ...again]);
  assert.deepEqual(
    linesOf(readFileSync(results, 'utf8')).map(lasting),
    linesOf(whole.out).map(lasting),
  );
  const done = await detect(...again);
  assert.deepEqual([done.status, done.out], [0, '']);
});

test('what is not ours is not taken for results, and not cut', async () => {
  const notes = place('notes.txt');
  writeFileSync(notes, '{"file": "x.jpg"}\nmore');
  const script = 'file=$1; shift; "$@" >> "$file"';
  const args = [...command, '--resume', notes, photoPaths[0]];
  const { status, err } = await run('sh', ['-c', script, 'sh', notes, node, ...args]);
  assert.equal(status, 2);
  assert.match(err, /holds something else than results/);
  assert.equal(readFileSync(notes, 'utf8'), '{"file": "x.jpg"}\nmore');

  const good = { box: [1, 2, 3, 4], score: 1, label: 'correct', probabilities: { correct: 1 } };
  const lines = [
    { file: 'x', error: null },
    { file: 'x', error: {} },
    { file: 'x', width: 1, height: 1, faces: [{}] },
    { file: 'x', width: 1, height: 1, faces: [good] },
    { file: 'x', width: '1', height: 1, faces: [] },
    { file: 'x', width: 1, height: 1, faces: [{ ...good, box: null }] },
    null,
  ];
  const [results, csv] = [place('wrong.jsonl'), place('wrong.csv')];
  for (const line of lines) {
    writeFileSync(results, `${JSON.stringify(line)}\n`);
    const refused = await detect('--resume', results, '--csv', csv, photoPaths[0]);
    assert.equal(refused.status, 2, JSON.stringify(line));
    assert.match(refused.err, /holds something else than results/);
  }
  // Of no line that never ends as much is read as a line can have.
  truncateSync(results, 1 << 30);
  const begun = performance.now();
  assert.equal((await detect('--resume', results, photoPaths[0])).status, 2);
  assert.ok(performance.now() - begun < 15_000);
});

test('earlier results that may not be read are said to be so', async () => {
  const results = place('closed.jsonl');
  writeFileSync(results, '');
  const refusal = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    fs.createReadStream = async function* () {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    };
    syncBuiltinESMExports();`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(refusal)}`];
  const { status, err } = await run(node, [
    ...[...preload, ...command, '--resume', results, photoPaths[0]],
  ]);
  assert.equal(status, 2);
  assert.match(err, /^masklens: --resume: closed\.jsonl may not be read: its permissions/);
});

test('a folder as stdin is said to be one', async () => {
  const { status, err } = await run('sh', ['-c', '"$@" - < /', 'sh', node, ...command]);
  assert.equal(status, 2);
  assert.match(err, /stdin is a folder/);
});

test('a start optimises what every picture needs, not all that ran once', async () => {
  const [, , ...rest] = command;
  const traced = ['--trace-wasm-compilation-times', cli, ...rest];
  const { status, out } = await run(node, [...traced, photoPaths[0]]);
  assert.equal(status, 0);
  const optimised = out.match(/^Compiled function .*TurboFan/gm)?.length ?? 0;
  assert.ok(optimised > 0 && optimised < 100, `${optimised} functions`);
});

test('there are no more threads than pictures', async () => {
  const count = `
    import { isMainThread } from 'node:worker_threads';
    if (!isMainThread) console.error('thread');`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(count)}`];
  const many = ['--jobs', '64', ...photoPaths.slice(0, 2)];
  const { status, out, err } = await run(node, [...preload, ...command, ...many]);
  assert.equal(status, 0);
  assert.equal(linesOf(out).length, 2);
  assert.deepEqual(err.match(/thread/g), ['thread', 'thread']);
});

test('annotated names are the same when a run is taken up again', async () => {
  for (const name of ['p/a.jpg', 'q/a.jpg', 'r/a.jpg']) {
    mkdirSync(join(place(name), '..'), { recursive: true });
    copyFileSync(photoPaths[0], place(name));
  }
  const folders = ['p', 'q', 'r'].map((name) => place(name));
  const results = place('named.jsonl');
  const into = place('named');
  const first = await detect('--annotate', into, ...folders);
  appendFileSync(results, first.out.split('\n').slice(0, 1).concat('').join('\n'));
  const rest = ['--annotate', into, '--overwrite', '--resume', results, ...folders];
  assert.deepEqual(
    linesOf((await detect(...rest)).out).map(({ annotated }) => basename(annotated)),
    ['a (2).jpg', 'a (3).jpg'],
  );
  assert.equal(readdirSync(into).length, 3);
});

/** The GIF with nonsense for the pixels of its n-th frame. */
function withDamage(gif, n) {
  const bytes = Buffer.from(gif);
  let at = 0;
  // Each frame's control extension, of four bytes, is followed by its descriptor.
  for (let frame = 0; frame < n; frame++) at = bytes.indexOf('21f904', at + 1, 'hex');
  const flags = bytes[at + 8 + 9];
  const data = at + 8 + 10 + (flags & 0x80 ? 3 * (2 << (flags & 7)) : 0);
  return bytes.fill(0xff, data + 12, data + 2 + bytes[data + 1]);
}

test('--frames draws on what moves by its content, whatever its name says', async () => {
  const [from, into] = [place('misnamed'), place('misnamed-out')];
  mkdirSync(from);
  writeFileSync(join(from, 'moves.jpg'), fixture('animated.gif'));
  writeFileSync(join(from, 'still.gif'), readFileSync(photoPaths[0]));
  const { status, out } = await detect('--frames', '--annotate', into, from);
  assert.equal(status, 0);
  const copies = linesOf(out).flatMap(({ annotated }) => annotated ?? []);
  assert.deepEqual(copies, [join(into, 'moves.jpg.gif'), join(into, 'still.gif.png')]);
  assert.equal(readFileSync(copies[0]).toString('latin1', 0, 4), 'GIF8');
  assert.equal(readFileSync(copies[1]).toString('latin1', 1, 4), 'PNG');
});

test('--frames judges every frame of an animation, with its time, and draws on every frame', async () => {
  const [gif, into, csv] = [join(fixtures, 'animated.gif'), place('frames'), place('frames.csv')];
  const args = ['--frames', '--annotate', into, '--csv', csv];
  const { status, out } = await detect(...args, gif, photoPaths[0]);
  assert.equal(status, 0);
  const lines = linesOf(out);
  const detector = await createDetector({ detector: 'mtcnn' });
  const wanted = [];
  for await (const frame of detector.frames(fixture('animated.gif'))) wanted.push(frame);
  assert.ok(wanted.length > 1);
  assert.equal(lines.length, wanted.length + 1);
  for (const [index, { time, events, faces }] of wanted.entries()) {
    const line = lines[index];
    assert.deepEqual([line.file, line.frame, line.frames], [gif, index + 1, wanted.length]);
    assert.deepEqual([line.time, line.events], [time, events]);
    const isLast = index === wanted.length - 1;
    assert.equal(line.annotated, isLast ? join(into, 'animated.gif') : undefined);
    assert.deepEqual(
      line.faces.map(({ trackId }) => trackId),
      faces.map(({ trackId }) => trackId),
    );
  }
  assert.ok(lines[0].faces.length > 0);
  assert.deepEqual([lines.at(-1).frame, lines.at(-1).frames, lines.at(-1).time], [1, 1, 0]);
  const drawn = [];
  for await (const frame of detector.frames(readFileSync(join(into, 'animated.gif'))))
    drawn.push(frame.time);
  await detector.close();
  assert.deepEqual(
    drawn,
    wanted.map(({ time }) => time),
  );
  const names = readFileSync(csv, 'utf8')
    .split('\r\n')
    .map((row) => row.split(',')[0]);
  assert.ok(names.includes(`${gif}#1`) && names.includes(`${gif}#${wanted.length}`));
  assert.ok(names.includes(photoPaths[0]));

  // One frame is damaged: the others are judged, and it is said.
  const damaged = place('damaged.gif');
  writeFileSync(damaged, withDamage(fixture('animated.gif'), 3));
  const rest = await detect('--frames', damaged);
  assert.equal(rest.status, 1);
  assert.deepEqual(
    linesOf(rest.out).map(({ frame, error }) => frame ?? error.code),
    [1, 2, 4, 5, 'bad-image'],
  );

  // Its copy cannot be written: every frame has its line, and none speaks of a copy.
  const blocked = await run('sh', [
    ...['-c', '"$@" | while read -r line; do echo "$line"; mkdir -p "$0"; done'],
    ...[place('blocking', 'animated.gif'), node, ...command],
    ...['--frames', '--annotate', place('blocking'), gif],
  ]);
  assert.deepEqual(
    linesOf(blocked.out).map(({ frame, annotated, error }) => annotated ?? frame ?? error.code),
    [...wanted.map((_, index) => index + 1), 'output-exists'],
  );

  // Ended within the animation: it is judged again, the rest is not.
  const results = place('frames.jsonl');
  writeFileSync(results, out.split('\n').slice(0, 1).concat('').join('\n'));
  const script = 'file=$1; shift; "$@" >> "$file"';
  const again = [...command, '--frames', '--resume', results, gif, photoPaths[0]];
  await run('sh', ['-c', script, 'sh', results, node, ...again]);
  const without = lines.map(({ annotated: _, ...line }) => lasting(line));
  assert.deepEqual(linesOf(readFileSync(results, 'utf8')).map(lasting), without);
});
