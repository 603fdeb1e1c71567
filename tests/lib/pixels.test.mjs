// The pixels that are judged, handed out to be shown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { codeOf, crowd, fixture } from './fixtures.mjs';

let detector;
before(async () => {
  detector = await createDetector();
});
after(() => detector.close());

test('the pixels are those that are judged: upright, and judged again they give the same faces', async () => {
  for (const name of ['orientation_1.jpg', 'orientation_6.jpg']) {
    const bytes = fixture(name);
    const { width, height, faces } = await detector.detect(bytes);
    const pixels = await detector.pixels(bytes);
    assert.deepEqual([pixels.width, pixels.height], [width, height]);
    assert.equal(pixels.data.length, width * height * 4);
    assert.ok(faces.length > 0);
    assert.deepEqual((await detector.detect(pixels)).faces, faces, name);
  }
});

test('what is transparent is shown over white, as it is judged', async () => {
  const { data } = await detector.pixels({ data: new Uint8Array(4 * 4 * 4), width: 4, height: 4 });
  assert.ok(data.every((value) => value === 255));
});

test('maxSide makes large pictures smaller and leaves small ones alone', async () => {
  const photo = readFileSync(crowd); // 400 x 280
  const small = await detector.pixels(photo, { maxSide: 100 });
  assert.deepEqual([small.width, small.height, small.data.length], [100, 70, 100 * 70 * 4]);
  const whole = await detector.pixels(photo);
  assert.deepEqual(await detector.pixels(photo, { maxSide: 400 }), whole);
  const mean = ({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length;
  assert.ok(Math.abs(mean(small) - mean(whole)) < 0.5);
});

test('it fails as detect does', async () => {
  assert.equal(await codeOf(detector.pixels(fixture('text.jpg'))), 'unsupported-format');
  assert.equal(await codeOf(detector.pixels(fixture('truncated.jpg'))), 'bad-image');
  const photo = readFileSync(crowd);
  assert.equal(await codeOf(detector.pixels(photo, { signal: AbortSignal.abort() })), 'aborted');
  await assert.rejects(detector.pixels(photo, { maxSide: 0 }), RangeError);
  await assert.rejects(detector.pixels(photo, { maxSide: '100' }), TypeError);
});
