// Pictures and GIFs with boxes and labels drawn on them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createDetector, HIDING } from '../../dist/index.js';
import { fixture, photoPaths } from './fixtures.mjs';

let detector;
let photo;
let result;
before(async () => {
  detector = await createDetector({ detector: 'mtcnn' });
  photo = readFileSync(photoPaths[0]);
  result = await detector.detect(photo);
});
after(() => detector.close());

const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());
const sizeOfPng = (png) => [png.readUInt32BE(16), png.readUInt32BE(20)];

test('a PNG of the full size, and other than the picture without faces', async () => {
  const blob = await detector.annotate(photo, result);
  assert.equal(blob.type, 'image/png');
  const png = await bytesOf(blob);
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  assert.deepEqual(sizeOfPng(png), [result.width, result.height]);
  const plain = await bytesOf(await detector.annotate(photo, { faces: [] }));
  assert.notDeepEqual(png, plain);
});

test('every option changes the picture', async () => {
  const usual = await bytesOf(await detector.annotate(photo, result));
  const options = [
    { boxes: false },
    { labels: false },
    { landmarks: true },
    { privacy: 'blur' },
    { privacy: 'pixelate' },
    { texts: { correct: 'richtig', incorrect: 'falsch', unmasked: 'ohne' } },
  ];
  for (const option of options) {
    const changed = await bytesOf(await detector.annotate(photo, result, option));
    assert.notDeepEqual(changed, usual, JSON.stringify(option));
  }
});

test('what is hidden need not be the labelled faces', async () => {
  const hidden = [{ x: 0, y: 0, width: 60, height: 60 }];
  const bare = { boxes: false, labels: false };
  const plain = await bytesOf(await detector.annotate(photo, result, bare));
  const pixelated = { ...bare, privacy: 'pixelate' };
  const faces = await bytesOf(await detector.annotate(photo, result, pixelated));
  const other = await bytesOf(await detector.annotate(photo, result, { ...pixelated, hidden }));
  const none = await bytesOf(await detector.annotate(photo, result, { ...pixelated, hidden: [] }));
  assert.notDeepEqual(other, plain);
  assert.notDeepEqual(other, faces);
  assert.deepEqual(none, plain);
  for (const wrong of [{ x: Number.NaN }, { width: -1 }, { height: '9' }, null])
    await assert.rejects(
      detector.annotate(photo, result, { hidden: [wrong && { ...hidden[0], ...wrong }] }),
      /hidden\[0\]/,
    );
});

test('hiding reaches beyond the box on every side, by the margin that is told', async () => {
  const { width, height, data } = await detector.pixels(photo);
  const side = 0.3 * Math.min(width, height);
  const box = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
  const options = { boxes: false, labels: false, privacy: 'pixelate', hidden: [box] };
  const hidden = await detector.annotate(photo, { faces: [] }, options);
  const { data: after } = await detector.pixels(hidden);
  const changed = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      if (data[at] === after[at] && data[at + 1] === after[at + 1]) continue;
      changed.left = Math.min(changed.left, x);
      changed.right = Math.max(changed.right, x + 1);
      changed.top = Math.min(changed.top, y);
      changed.bottom = Math.max(changed.bottom, y + 1);
    }
  const margin = HIDING.margin * side;
  assert.ok(Math.abs(changed.left - (box.x - margin)) < 3, JSON.stringify(changed));
  assert.ok(Math.abs(changed.top - (box.y - margin)) < 3, JSON.stringify(changed));
  assert.ok(Math.abs(changed.right - (box.x + side + margin)) < 3, JSON.stringify(changed));
  assert.ok(Math.abs(changed.bottom - (box.y + side + margin)) < 3, JSON.stringify(changed));
});

test('plates are placed beside their faces, in the form that there is space for', async () => {
  const sizes = [
    { width: 90, height: 20 },
    { width: 60, height: 20 },
    { width: 30, height: 20 },
  ];
  const size = { width: 400, height: 300 };
  const far = [40, 250].map((x) => ({ box: { x, y: 100, width: 80, height: 80 }, sizes }));
  const places = await detector.layoutLabels(far, size);
  assert.deepEqual(places, [
    { form: 0, x: 40, y: 80 },
    { form: 0, x: 250, y: 80 },
  ]);
  const crowd = Array.from({ length: 48 }, (_, index) => ({
    box: { x: 5 + 49 * (index % 8), y: 25 + 48 * Math.floor(index / 8), width: 14, height: 14 },
    sizes,
  }));
  const shorter = await detector.layoutLabels(crowd, size);
  assert.equal(shorter.length, crowd.length);
  assert.ok(shorter.every((place) => place === null || place.form > 0));
  assert.deepEqual(await detector.layoutLabels([], size), []);
  await assert.rejects(detector.layoutLabels(far, { width: 0, height: 1 }), RangeError);
  await assert.rejects(
    detector.layoutLabels([{ box: far[0].box, sizes: sizes.slice(1) }], size),
    RangeError,
  );
});

test('a JPEG, smaller at lower quality, without the metadata of the original', async () => {
  const original = fixture('orientation_6.jpg');
  assert.ok(original.includes('Exif'));
  const sizes = [];
  for (const quality of [90, 40]) {
    const blob = await detector.annotate(original, result, { type: 'image/jpeg', quality });
    assert.equal(blob.type, 'image/jpeg');
    const jpeg = await bytesOf(blob);
    assert.deepEqual([jpeg[0], jpeg[1], jpeg.at(-2), jpeg.at(-1)], [0xff, 0xd8, 0xff, 0xd9]);
    assert.ok(!jpeg.includes('Exif'));
    sizes.push(jpeg.length);
  }
  assert.ok(sizes[1] < sizes[0]);
});

test('an annotated picture can be read again', async () => {
  const again = await detector.detect(await detector.annotate(photo, { faces: [] }));
  assert.deepEqual([again.width, again.height], [result.width, result.height]);
  assert.equal(again.faces.length, result.faces.length);
});

test('every frame of a GIF is judged, with its delay, and annotated into a GIF', async () => {
  const gif = fixture('animated.gif');
  const seen = [];
  const judged = await detector.detectAnimation(gif, {
    onFrame: (done, total) => seen.push([done, total]),
  });
  const { length } = judged.frames;
  assert.ok(length > 1);
  assert.deepEqual(
    seen,
    judged.frames.map((_, index) => [index + 1, length]),
  );
  for (const frame of judged.frames)
    assert.deepEqual([frame.result.width, frame.result.height], [judged.width, judged.height]);
  const blob = await detector.annotateAnimation(gif, judged);
  assert.equal(blob.type, 'image/gif');
  assert.equal((await bytesOf(blob)).toString('latin1', 0, 6), 'GIF89a');
  const again = await detector.detectAnimation(blob);
  assert.deepEqual(
    again.frames.map((frame) => frame.delayMs),
    judged.frames.map((frame) => frame.delayMs),
  );
  assert.deepEqual([again.width, again.height], [judged.width, judged.height]);
});

test('results of frames that are out of order, or say of no frame whose they are, are refused', async () => {
  const gif = fixture('animated.gif');
  const results = [];
  for await (const result of detector.frames(gif)) results.push(result);
  const [first, second] = results;
  const privacy = { privacy: 'blur' };
  // Some frame would be written with its faces in sight.
  const wrong = [
    [second, first],
    [first, first],
    [first, { ...second, index: 1.5 }],
    [{ ...first, index: -1 }],
    [{ ...first, index: Number.NaN }],
    [{ ...first, index: undefined }],
    [await detector.detect(gif)],
  ];
  for (const some of wrong)
    await assert.rejects(detector.annotate(gif, some, privacy), (error) => {
      assert.ok(error instanceof RangeError || error instanceof TypeError, String(error));
      assert.match(error.message, /^index is /);
      return true;
    });
  assert.equal((await detector.annotate(gif, results, privacy)).type, 'image/gif');
});

test('a still GIF has one frame', async () => {
  const { frames } = await detector.detectAnimation(fixture('still.gif'));
  assert.equal(frames.length, 1);
});
