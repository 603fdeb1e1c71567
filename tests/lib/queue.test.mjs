// One queue: order, giving up, closing, progress, and memory that stays flat.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { codeOf, fixture, photoPaths } from './fixtures.mjs';

let detector;
const photos = photoPaths.map((path) => readFileSync(path));
before(async () => {
  detector = await createDetector({ detector: 'mtcnn' });
});
after(() => detector.close());

test('calls settle in the order in which they were made', async () => {
  const settled = [];
  await Promise.all(
    photos.map(async (photo, index) => {
      await detector.detect(photo);
      settled.push(index);
    }),
  );
  assert.deepEqual(
    settled,
    photos.map((_, index) => index),
  );
});

test('calls made at once give what calls made one by one give', async () => {
  const together = await Promise.all(photos.map((photo) => detector.detect(photo)));
  for (const [index, photo] of photos.entries())
    assert.deepEqual((await detector.detect(photo)).faces, together[index].faces);
});

test('a failure in between does not hold up the rest', async () => {
  const inputs = [photos[0], fixture('text.jpg'), photos[1], fixture('empty.jpg'), photos[2]];
  const codes = await Promise.all(inputs.map((input) => codeOf(detector.detect(input))));
  assert.deepEqual(codes, [null, 'unsupported-format', null, 'bad-image', null]);
});

test('a raised signal rejects at once: before the call, while it waits, and while it runs', async () => {
  assert.equal(
    await codeOf(detector.detect(photos[0], { signal: AbortSignal.abort() })),
    'aborted',
  );

  const waiting = new AbortController();
  const first = detector.detect(photos[0]);
  const second = codeOf(detector.detect(photos[1], { signal: waiting.signal }));
  waiting.abort();
  assert.equal(await second, 'aborted');
  assert.ok((await first).faces.length > 0);

  // 12 megapixels, one photo over and over: long enough to be interrupted.
  const running = new AbortController();
  const [width, height] = [4000, 3000];
  const data = new Uint8ClampedArray(width * height * 4).fill(200);
  const long = detector.detect({ data, width, height }, { signal: running.signal });
  setTimeout(() => running.abort(new Error('enough')), 5);
  await assert.rejects(long, (error) => {
    assert.equal(error.code, 'aborted');
    assert.equal(error.cause.message, 'enough');
    return true;
  });
  assert.ok((await detector.detect(photos[0])).faces.length > 0, 'the next call goes on');
});

test('creation can be given up', async () => {
  const controller = new AbortController();
  const creating = createDetector({ detector: 'mtcnn', signal: controller.signal });
  controller.abort();
  assert.equal(await codeOf(creating), 'aborted');
  const gone = AbortSignal.abort();
  assert.equal(await codeOf(createDetector({ detector: 'mtcnn', signal: gone })), 'aborted');
});

test('closing rejects what waits and what runs, and everything after', async () => {
  const other = await createDetector({ detector: 'mtcnn' });
  const calls = photos.slice(0, 3).map((photo) => codeOf(other.detect(photo)));
  await other.close();
  assert.deepEqual(await Promise.all(calls), ['closed', 'closed', 'closed']);
  assert.equal(await codeOf(other.detect(photos[0])), 'closed');
  assert.equal(await codeOf(other.annotate(photos[0], { faces: [] })), 'closed');
  await other.close();
});

test('closing one detector leaves another alone', async () => {
  const other = await createDetector({ detector: 'mtcnn' });
  const call = detector.detect(photos[0]);
  await other.close();
  assert.ok((await call).faces.length > 0);
});

test('progress is in bytes, rises, and ends at the total', async () => {
  const reports = [];
  const other = await createDetector({
    detector: 'mtcnn',
    onProgress: (report) => reports.push(report),
  });
  await other.close();
  assert.ok(reports.length > 0);
  let loaded = 0;
  for (const report of reports) {
    assert.ok(report.loaded >= loaded && report.loaded <= report.total);
    assert.equal(report.total, reports[0].total);
    loaded = report.loaded;
  }
  assert.equal(loaded, reports[0].total);
});

test('memory stays flat over 200 pictures', async () => {
  const used = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss / 1e6;
  };
  let early = 0;
  for (let count = 0; count < 200; count++) {
    const photo = photos[count % photos.length];
    const result = await detector.detect(photo, { minFace: 48 }); // few scales: quick
    if (count % 10 === 0) await detector.annotate(photo, result);
    if (count % 25 === 0) await codeOf(detector.detect(fixture('truncated.jpg')));
    if (count === 49) early = used();
  }
  const growth = used() - early;
  assert.ok(growth < 20, `grew by ${growth.toFixed(1)} MB between pictures 50 and 200`);
});
