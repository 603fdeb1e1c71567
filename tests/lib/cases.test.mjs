// Files that people have, and that not every program reads: what browsers show is judged, and what
// is really damaged says so. Pictures and numbers: tests/fixtures/cases.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { animatedPng, bmp, cutInFrame, damagedFrame } from '../fixtures/odd_files.mjs';
import { codeOf, crowd, fixture, fixtures } from './fixtures.mjs';

let detector;
before(async () => {
  detector = await createDetector();
});
after(() => detector.close());

const sample = (name) => readFileSync(join(fixtures, 'cases', name));
const FOUR = ['correct', 'correct', 'unmasked', 'unmasked'];

test('pictures with lost, needless or standard parts are judged whole', async () => {
  for (const name of [
    'mjpeg_no_dht.jpg', // no Huffman tables
    'junk_ff02_before_eoi.jpg', // bytes behind the last scan
    'rst_junk_before.jpg', // bytes before restart markers
    'jpeg_named.gif', // by content, never by name
  ]) {
    const { width, height, frames, faces } = await detector.detect(sample(name));
    assert.deepEqual([width, height, frames], [240, 150, 1], name);
    assert.deepEqual(faces.map(({ label }) => label).sort(), FOUR, name);
  }
});

test('EXIF that browsers do not obey turns nothing', async () => {
  const long = await detector.detect(sample('o6_long.jpg')); // orientation as a long number
  assert.deepEqual([long.width, long.height], [150, 240]);
  const late = await detector.detect(sample('png_exif6_after_idat.png')); // behind the pixels
  assert.deepEqual([late.width, late.height], [150, 240]);
});

test('BMPs with a gap, or a fourth byte that means nothing, are the same picture', async () => {
  const pixels = await detector.pixels(sample('mjpeg_no_dht.jpg'));
  for (const options of [{}, { gap: 2 }, { bits: 32, spare: 0 }, { bits: 32, spare: 1 }]) {
    const file = bmp(pixels, options);
    assert.deepEqual(await detector.pixels(file), pixels, JSON.stringify(options));
    assert.equal((await detector.detect(file)).faces.length, 4);
  }
});

test('an animated PNG is judged by the frame that browsers show first', async () => {
  const { width, height, frames, faces } = await detector.detect(sample('apng_hidden_first.png'));
  assert.deepEqual([width, height, frames, faces.length], [240, 150, 1, 4]);
});

test('every frame of an animated PNG is judged, in Node as well', async () => {
  const photo = await detector.pixels(sample('mjpeg_no_dht.jpg'));
  const grey = { ...photo, data: new Uint8ClampedArray(photo.data.length).fill(128) };
  const file = animatedPng([grey, photo, grey]);
  const found = [];
  for await (const { time, faces, total } of detector.frames(file)) {
    assert.equal(total, 3);
    found.push([Math.round(time * 1000), faces.length > 0]);
  }
  assert.deepEqual(found, [
    [0, false],
    [200, true],
    [400, false],
  ]);
  assert.equal((await detector.detect(file)).frames, 3);
});

test('a result says how many frames the file has', async () => {
  for (const [name, count] of [
    ['loop3.gif', 2],
    ['disp4.gif', 3],
    ['mcs1.gif', 1],
  ])
    assert.equal((await detector.detect(sample(name))).frames, count, name);
  assert.equal((await detector.detect(fixture('animated.gif'))).frames, 5);
  assert.equal((await detector.detect(readFileSync(crowd))).frames, 1);
  assert.equal((await detector.detect(await detector.pixels(readFileSync(crowd)))).frames, 1);
});

test('GIFs without a screen, with codes of one bit, with an empty first frame', async () => {
  const screen = await detector.detect(sample('zero_screen.gif'));
  assert.deepEqual([screen.width, screen.height], [240, 150]);
  assert.ok(screen.faces.length >= 3);
  assert.deepEqual((await detector.detect(sample('mcs1.gif'))).faces, []);
  const { frames } = await detector.detectAnimation(sample('transparent_first.gif'));
  const counts = frames.map(({ result }) => result.faces.length);
  assert.equal(counts[0], 0);
  assert.ok(counts.includes(4), String(counts));
});

test('an animation that ends too early is judged as far as it goes, and the end is told', async () => {
  const told = [];
  let count = 0;
  const onDamage = ({ code, message }) => told.push([code, message]);
  for await (const _ of detector.frames(fixture('truncated.gif'), { onDamage })) count++;
  assert.equal(count, 4);
  assert.deepEqual(
    told.map(([code]) => code),
    ['bad-image'],
  );
  assert.match(told[0][1], /cut short/);
});

test('a damaged frame keeps the others from nothing', async () => {
  const whole = sample('disp4.gif');
  for (const file of [damagedFrame(whole, 1), cutInFrame(whole, 2)]) {
    const { frames, width } = await detector.detect(file);
    assert.deepEqual([frames, width], [3, 240]);
    const animation = await detector.detectAnimation(file);
    assert.ok(animation.frames.length >= 2);
  }
  assert.equal(await codeOf(detector.detect(damagedFrame(whole, 0))), 'bad-image');
  assert.equal(await codeOf(detector.detect(cutInFrame(whole, 0))), 'bad-image');
});
