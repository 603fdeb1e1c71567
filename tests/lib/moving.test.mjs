// What moves: GIFs and frames as they come, through the real networks. Films: tests/browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { crowd, fixture, iou } from './fixtures.mjs';

let detector;
let photo;
before(async () => {
  detector = await createDetector({ quality: 'fast' });
  photo = await detector.pixels(readFileSync(crowd));
});
after(() => detector.close());

const SIDE = { width: 320, height: 240 };

/** The part of the photo whose left top corner is at (x, y). */
function view(x, y) {
  const { width, height } = SIDE;
  const data = new Uint8Array(4 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 4 * ((y + row) * photo.width + x);
    data.set(photo.data.subarray(from, from + 4 * width), 4 * row * width);
  }
  return { data, width, height };
}

/** A camera that moves over the photo, 30 frames a second. */
function* pan(frames) {
  for (let f = 0; f < frames; f++)
    yield { image: view(Math.round(40 + 35 * Math.sin(f / 20)), 20), time: f / 30 };
}

const collect = async (frames) => {
  const all = [];
  for await (const frame of frames) all.push(frame);
  return all;
};

test('people keep their numbers while the camera moves, and enter once', async () => {
  const frames = await collect(detector.frames(pan(90)));
  assert.equal(frames.length, 90);
  assert.deepEqual(
    frames.map(({ index }) => index),
    [...Array(90).keys()],
  );
  const events = frames.flatMap((frame) => frame.events);
  const still = await detector.detect(view(40, 20));
  assert.ok(still.faces.length >= 2);
  for (const face of still.faces.filter(({ score }) => score > 0.8)) {
    const nearest = (frame) =>
      frame.faces.find((tracked) => iou(tracked.box, { ...face.box, x: face.box.x }) > 0.3);
    const first = nearest(frames[0]);
    assert.ok(first?.trackId > 0, 'shown and numbered in the first frame');
    const present = frames.filter(({ faces }) => faces.some((f) => f.trackId === first.trackId));
    assert.ok(present.length >= 85, `${present.length} of 90 frames`);
    const mine = events.filter(({ trackId }) => trackId === first.trackId);
    assert.equal(mine.filter(({ kind }) => kind === 'enter').length, 1);
    assert.deepEqual(
      mine.filter(({ kind }) => kind === 'change'),
      [],
    );
  }
});

test('a still judged in between disturbs no track, and no failed one does', async () => {
  const ids = [];
  for await (const frame of detector.frames(pan(12))) {
    await detector.detect(readFileSync(crowd));
    await assert.rejects(detector.detect(new Uint8Array([1, 2, 3])), { name: 'MasklensError' });
    ids.push(
      frame.faces
        .map(({ trackId }) => trackId)
        .sort()
        .join(),
    );
  }
  assert.equal(new Set(ids).size, 1, ids.join(' | '));
});

test('a GIF comes frame by frame with times, and its annotated copy has as many', async () => {
  const gif = fixture('animated.gif');
  const frames = await collect(detector.frames(gif));
  assert.equal(frames.length, frames[0].total);
  assert.ok(frames.length >= 2);
  for (const [n, frame] of frames.entries()) {
    assert.equal(frame.index, n);
    assert.ok(frame.duration > 0);
    if (n > 0) assert.ok(Math.abs(frame.time - frames[n - 1].time - frames[n - 1].duration) < 1e-9);
  }
  const progress = [];
  const onProgress = (done) => progress.push(done);
  const copy = await detector.annotate(gif, frames, { onProgress });
  assert.equal(copy.type, 'image/gif');
  const again = await collect(detector.frames(await copy.arrayBuffer()));
  assert.deepEqual(
    again.map(({ duration }) => duration),
    frames.map(({ duration }) => duration),
  );
  assert.equal(progress.length, frames.length);
  assert.equal(progress.at(-1).share, 1);
});

test('the loop itself can be annotated, with every second frame judged', async () => {
  const gif = fixture('animated.gif');
  const all = await collect(detector.frames(gif));
  const half = detector.frames(gif, { every: 2 });
  const copy = await detector.annotate(gif, half);
  const again = await collect(detector.frames(new Uint8Array(await copy.arrayBuffer())));
  assert.equal(again.length, all.length);
});

test('a still has one frame, and shows its faces in it', async () => {
  const [frame, ...more] = await collect(detector.frames(readFileSync(crowd)));
  assert.equal(more.length, 0);
  const { faces } = await detector.detect(readFileSync(crowd));
  assert.equal(frame.faces.length, faces.length);
  assert.equal(frame.total, 1);
});

/** A GIF of many frames: the first fills the canvas, a small square moves over it in the others. */
function longGif(frames, { width, height } = { width: 640, height: 480 }) {
  const u16 = (value) => [value & 255, value >> 8];
  // Codes of 8 bits that never grow: the table is cleared before it would.
  const lzw = (pixels) => {
    const codes = [];
    for (let i = 0; i < pixels.length; i++) {
      if (i % 100 === 0) codes.push(128);
      codes.push(pixels[i]);
    }
    codes.push(129);
    const blocks = [7];
    for (let at = 0; at < codes.length; at += 255) {
      const block = codes.slice(at, at + 255);
      blocks.push(block.length, ...block);
    }
    return [...blocks, 0];
  };
  const image = (x, y, w, h, pixels) =>
    Buffer.from([
      ...[0x21, 0xf9, 4, 4, ...u16(5), 0, 0],
      ...[0x2c, ...u16(x), ...u16(y), ...u16(w), ...u16(h), 0],
      ...lzw(pixels),
    ]);
  const palette = Array.from({ length: 128 }, (_, i) => [2 * i, 255 - 2 * i, 128]).flat();
  const parts = [
    Buffer.from('GIF89a'),
    Buffer.from([...u16(width), ...u16(height), 0xf6, 0, 0, ...palette]),
    image(0, 0, width, height, new Uint8Array(width * height).fill(40)),
  ];
  for (let n = 1; n < frames; n++)
    parts.push(image((7 * n) % 600, (5 * n) % 440, 8, 8, new Uint8Array(64).fill(n % 128)));
  return Buffer.concat([...parts, Buffer.from([0x3b])]);
}

test('a GIF of 2,000 frames takes no more memory than one of 20', async () => {
  const most = async (gif) => {
    let bytes = 0;
    const watched = async function* () {
      for await (const frame of detector.frames(gif, { every: 100, maxSide: 64 })) {
        bytes = Math.max(bytes, process.memoryUsage().rss);
        yield frame;
      }
    };
    const copy = await detector.annotate(gif, watched());
    return { bytes: Math.max(bytes, process.memoryUsage().rss), size: copy.size };
  };
  const short = await most(longGif(20));
  const long = await most(longGif(2000));
  assert.ok(long.size > short.size);
  const more = (long.bytes - short.bytes) / 2 ** 20;
  assert.ok(more < 60, `${more.toFixed(0)} MB more`);
});

test('leaving the loop, giving up and closing end it', async () => {
  for await (const { index } of detector.frames(pan(1000))) if (index === 2) break;
  const controller = new AbortController();
  const given = detector.frames(pan(1000), { signal: controller.signal });
  await given.next();
  controller.abort();
  await assert.rejects(given.next(), { code: 'aborted' });
  const other = await createDetector({ quality: 'fast' });
  const open = other.frames(fixture('animated.gif'));
  await open.next();
  await other.close();
  await assert.rejects(open.next(), { code: 'closed' });
});

/** `AbortSignal.timeout` does not keep Node waiting. */
function soon() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  return controller.signal;
}

test('an animation without a frame that can be shown is an error, not an empty one', async () => {
  const bytes = Buffer.from(fixture('animated.gif'));
  const from = Math.floor(0.6 * bytes.length);
  for (let at = from; at < from + 0.02 * bytes.length; at++) bytes[at] ^= 0x5a;
  const told = [];
  const onDamage = ({ code }) => told.push(code);
  await assert.rejects(collect(detector.frames(bytes, { onDamage })), { code: 'bad-image' });
  assert.deepEqual(told, ['bad-image']);
});

test('nobody waits for a source that gives nothing any more', async () => {
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  await assert.rejects(collect(detector.frames(never, { signal: soon() })), { code: 'aborted' });
  let over = 0;
  const stops = async function* () {
    try {
      yield* pan(2);
      await new Promise(() => {});
    } finally {
      over++;
    }
  };
  const controller = new AbortController();
  const frames = detector.frames(stops(), { signal: controller.signal });
  for (let n = 0; n < 2; n++) await frames.next();
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(frames.next(), { code: 'aborted' });
  const gif = fixture('animated.gif');
  await assert.rejects(detector.annotate(gif, never, { signal: soon() }), { code: 'aborted' });
  // Who is left in the middle is told, and waited for.
  const patient = async function* () {
    try {
      yield* pan(9);
    } finally {
      await null;
      over++;
    }
  };
  for await (const { index } of detector.frames(patient())) if (index === 1) break;
  assert.equal(over, 1);
});

test('a player that plays nothing is not waited for', async () => {
  class Silent extends EventTarget {
    src = '';
    videoWidth = 0;
    removeAttribute() {}
    load() {}
  }
  const avi = Buffer.concat([Buffer.from('RIFF    AVI LIST'), Buffer.alloc(200)]);
  const play = (player, signal) => collect(detector.frames(avi, { player, signal }));
  await assert.rejects(play(new Silent(), soon()), { code: 'aborted' });
  const begun = performance.now();
  await assert.rejects(play(new Silent()), { code: 'unsupported-format' });
  assert.ok(performance.now() - begun < 10_000);
  // Sound alone.
  const loud = new Silent();
  setTimeout(() => loud.dispatchEvent(new Event('loadeddata')), 200);
  await assert.rejects(play(loud), { code: 'unsupported-format' });
  // It plays, and comes to no second frame.
  const stuck = Object.assign(new Silent(), { videoWidth: 320, duration: 1, currentTime: 0 });
  setTimeout(() => stuck.dispatchEvent(new Event('loadeddata')), 200);
  await assert.rejects(play(stuck), { code: 'bad-image' });
});

test('what is no source of frames is said', async () => {
  await assert.rejects(collect(detector.frames(7)), TypeError);
  assert.throws(() => detector.frames(fixture('animated.gif'), { every: 0 }), RangeError);
  await assert.rejects(collect(detector.frames([{ image: view(0, 0) }])), /time in seconds/);
  await assert.rejects(collect(detector.frames(new Uint8Array([1, 2, 3]))), {
    code: 'unsupported-format',
  });
  const film = Buffer.from('\x1aE\xdf\xa3 and no more', 'latin1');
  await assert.rejects(collect(detector.frames(film)), {
    code: 'unsupported-format',
    message: /npm install node-webcodecs/,
  });
});
