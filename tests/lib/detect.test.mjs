// Pictures in, labelled faces out: the built package with the real runtime and real photos.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDetector, LABELS } from '../../dist/index.js';
import { crowd, edgeDistance, fixture, leftToRight, photoPaths } from './fixtures.mjs';

let detector;
before(async () => {
  detector = await createDetector({ detector: 'mtcnn' });
});
after(() => detector.close());

test('every photo has faces, each with a box inside, a label, and probabilities that sum to 1', async () => {
  for (const path of photoPaths) {
    const result = await detector.detect(readFileSync(path));
    assert.ok(result.faces.length > 0, path);
    for (const face of result.faces) {
      const { box, probabilities } = face;
      assert.ok(box.width > 0 && box.height > 0);
      assert.ok(box.x >= 0 && box.x + box.width <= result.width + 0.01);
      assert.ok(box.y >= 0 && box.y + box.height <= result.height + 0.01);
      assert.ok(face.score >= 0.7 && face.score <= 1);
      const sum = LABELS.reduce((total, label) => total + probabilities[label], 0);
      assert.ok(Math.abs(sum - 1) < 1e-5, `sum ${sum}`);
      const best = Math.max(...LABELS.map((label) => probabilities[label]));
      assert.equal(probabilities[face.label], best);
      assert.equal(face.landmarks.length, 5);
      assert.equal(typeof face.uncertain, 'boolean');
    }
  }
});

test('a result survives JSON, and its times add up', async () => {
  const result = await detector.detect(readFileSync(photoPaths[0]));
  assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
  const { decode, detect, classify, networks, total } = result.timing;
  assert.ok(decode > 0 && detect > 0 && classify > 0 && networks > 0);
  assert.ok(decode + detect + classify <= total + 0.5);
  assert.ok(networks <= detect + classify + 0.5);
});

test('bytes, a Buffer, an ArrayBuffer and a Blob give the same', async () => {
  const buffer = readFileSync(photoPaths[0]);
  const bytes = new Uint8Array(buffer);
  const { faces } = await detector.detect(buffer);
  for (const input of [bytes, bytes.buffer, new Blob([bytes])])
    assert.deepEqual((await detector.detect(input)).faces, faces);
  assert.equal(bytes.length, buffer.length, 'the input is left alone');
});

test('raw pixels are judged, what is transparent over white', async () => {
  const [width, height] = [64, 48];
  const data = new Uint8ClampedArray(width * height * 4);
  const result = await detector.detect({ data, width, height });
  assert.deepEqual([result.width, result.height, result.faces], [width, height, []]);
  const pngOf = async (pixels) => {
    const blob = await detector.annotate({ data: pixels, width, height }, { faces: [] });
    return Buffer.from(await blob.arrayBuffer());
  };
  assert.deepEqual(await pngOf(data), await pngOf(data.map(() => 255)));
});

test('all EXIF orientations give the same faces within a pixel', async () => {
  const upright = await detector.detect(fixture('orientation_1.jpg'));
  assert.ok(upright.faces.length > 0);
  for (let orientation = 2; orientation <= 8; orientation++) {
    const result = await detector.detect(fixture(`orientation_${orientation}.jpg`));
    assert.deepEqual([result.width, result.height], [upright.width, upright.height]);
    assert.equal(result.faces.length, upright.faces.length, `orientation ${orientation}`);
    const [found, wanted] = [leftToRight(result.faces), leftToRight(upright.faces)];
    found.forEach((face, index) => {
      assert.ok(edgeDistance(face.box, wanted[index].box) <= 1, `orientation ${orientation}`);
    });
  }
});

test('minScore and minFace leave faces out, and a low minScore lets more in', async () => {
  const photo = readFileSync(crowd);
  const all = await detector.detect(photo, { minScore: 0.05 });
  const usual = await detector.detect(photo);
  const strict = await detector.detect(photo, { minScore: 0.999 });
  const large = await detector.detect(photo, { minFace: 100 });
  assert.ok(all.faces.length >= usual.faces.length);
  assert.ok(strict.faces.length < usual.faces.length);
  assert.ok(strict.faces.every((face) => face.score >= 0.999));
  assert.ok(large.faces.length < usual.faces.length);
});

test('options that make no sense are refused before anything starts', async () => {
  const photo = readFileSync(photoPaths[0]);
  const wrong = [
    [{ minScore: 2 }, RangeError],
    [{ minScore: '0.5' }, TypeError],
    [{ minFace: -1 }, RangeError],
    [{ maxSide: 10 }, RangeError],
    [{ maxSide: 640.5 }, RangeError],
    [{ detector: 'three-stage' }, RangeError],
    [{ detector: 3 }, TypeError],
    [{ turn: 'always' }, TypeError],
    [{ roi: [0, 0, 9, 9] }, TypeError],
    [{ quality: 'good' }, TypeError],
    [{ refine: true }, TypeError],
    [{ tiles: 1 }, TypeError],
  ];
  for (const [options, type] of wrong)
    await assert.rejects(detector.detect(photo, options), type, JSON.stringify(options));
  await assert.rejects(detector.detect(42), TypeError);
  await assert.rejects(detector.detect(null), TypeError);
  await assert.rejects(createDetector({ threads: 0 }), RangeError);
  for (const [name, values, kind] of [
    ['worker', ['x', 0, {}, [], () => true], 'a boolean or a Worker'],
    ['assets', [7, true, {}, [], () => 'assets/'], 'a string or a URL'],
    ['signal', ['x', true, {}, new AbortController(), () => true], 'an AbortSignal'],
    ['onProgress', ['x', true, {}, [], new Map()], 'a function'],
  ])
    for (const value of values)
      await assert.rejects(
        createDetector({ [name]: value }),
        (error) =>
          error instanceof TypeError &&
          error.message.startsWith(`${name} is `) &&
          error.message.endsWith(`it has to be ${kind}.`),
        `${name} of the kind ${typeof value}`,
      );
  await assert.rejects(createDetector({ limits: { maxSide: -1 } }), RangeError);
  await assert.rejects(detector.annotate(photo, { faces: [] }, { quality: 101 }), RangeError);
  assert.throws(() => detector.watch(null, { onResult() {} }), TypeError);
});

test('a thread more gives the same faces', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-'));
  const script = join(folder, 'two_threads.mjs');
  const index = new URL('../../dist/index.js', import.meta.url).href;
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs';
    import { createDetector } from ${JSON.stringify(index)};
    const detector = await createDetector({ detector: 'mtcnn', threads: 2 });
    const { faces } = await detector.detect(readFileSync(${JSON.stringify(crowd)}));
    console.log(JSON.stringify({ threads: detector.threads, faces }));
    await detector.close();`,
  );
  const { threads, faces } = JSON.parse(execFileSync(process.execPath, [script]));
  rmSync(folder, { recursive: true });
  assert.equal(threads, 2);
  assert.equal(detector.threads, 1);
  const single = await detector.detect(readFileSync(crowd));
  assert.equal(faces.length, single.faces.length);
  faces.forEach((face, index) => {
    assert.ok(edgeDistance(face.box, single.faces[index].box) < 0.01);
  });
});
