// `masklens/mock` answers as the package does, but for the faces.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import * as real from '../../dist/index.js';
import * as mock from '../../dist/mock.js';
import { root } from '../../scripts/run.mjs';

const photo = readFileSync(`${root}tests/fixtures/photos/maksssksksss96.jpg`);
const pixels = { data: new Uint8Array(30 * 40 * 4), width: 30, height: 40 };

afterEach(() => mock.answerWith());

test('it exports what the package exports, and what its answers are made with', () => {
  const more = Object.keys(mock).filter((name) => !(name in real));
  assert.deepEqual(more.sort(), ['answerWith', 'mockFace']);
  for (const name of Object.keys(real)) assert.ok(name in mock, name);
});

test('its answers have the shape of real ones', async () => {
  const shape = (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]))
      : typeof value;
  const [made, found] = [await mock.createDetector(), await real.createDetector()];
  try {
    const [a, b] = [await made.detect(photo), await found.detect(photo)];
    assert.deepEqual(shape({ ...a, faces: 0 }), shape({ ...b, faces: 0 }));
    const known = Object.keys(b.faces[0]).filter((key) => !['trackId', 'roll'].includes(key));
    for (const key of known) assert.equal(shape(a.faces[0])[key] !== undefined, true, key);
    const blob = await made.annotate(photo, a, { type: 'image/jpeg' });
    assert.equal(blob.type, 'image/jpeg');
    const again = await found.detect(new Uint8Array(await blob.arrayBuffer()));
    assert.deepEqual([again.width, again.height], [1, 1]);
  } finally {
    await made.close();
    await found.close();
  }
});

test('answers can be given, one for all or picture by picture; errors, too', async () => {
  const detector = await mock.createDetector();
  mock.answerWith({ faces: [] });
  assert.deepEqual((await detector.detect(pixels)).faces, []);
  mock.answerWith(({ index, width, options }) => {
    assert.deepEqual([width, options.minScore], [30, 0.3]);
    if (index === 1) return new mock.MasklensError('out-of-memory', 'No room.');
    return { faces: [mock.mockFace({ label: 'unmasked' })] };
  });
  const [first] = (await detector.detect(pixels, { minScore: 0.3 })).faces;
  assert.equal(first.label, 'unmasked');
  await assert.rejects(
    detector.detect(pixels, { minScore: 0.3 }),
    (error) => error instanceof real.MasklensError && error.code === 'out-of-memory',
  );
});

test('wrong options, pictures that are none, abort and close are answered as by the package', async () => {
  await assert.rejects(mock.createDetector({ threads: 0 }), RangeError);
  const detector = await mock.createDetector();
  await assert.rejects(detector.detect(42), TypeError);
  await assert.rejects(detector.detect(pixels, { minScore: 2 }), RangeError);
  await assert.rejects(detector.detect(new Uint8Array(0)), { code: 'bad-image' });
  await assert.rejects(detector.detect(pixels, { signal: AbortSignal.abort() }), {
    code: 'aborted',
  });
  mock.answerWith(() => new Promise(() => undefined));
  const waiting = detector.detect(pixels);
  const aborter = new AbortController();
  const behind = detector.detect(pixels, { signal: aborter.signal });
  aborter.abort();
  await assert.rejects(behind, { code: 'aborted' });
  const closing = detector.close();
  await assert.rejects(waiting, { code: 'closed' });
  await closing;
});

test('an answer that is none is said to be so', async () => {
  const detector = await mock.createDetector();
  for (const none of [null, 7, () => undefined, async () => 'faces']) {
    mock.answerWith(none);
    await assert.rejects(detector.detect(pixels), /TypeError: answerWith has .+ for an answer; it/);
  }
  await detector.close();
});
