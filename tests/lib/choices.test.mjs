// The choices of a detector and of a call: detector, quality, classifier, working picture, tiles.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { crowd, edgeDistance, fixture, iou, manifest } from './fixtures.mjs';

const classifiers = Object.keys(manifest.classifiers);

let detector;
let loaded;
const photo = readFileSync(crowd);
before(async () => {
  loaded = new Set();
  detector = await createDetector({ onProgress: ({ file }) => loaded.add(file) });
});
after(() => detector.close());

test('the default is the accurate one-stage network, and MTCNN is not loaded for it', async () => {
  assert.ok(loaded.has(manifest.networks['one-stage-accurate'].file));
  for (const network of ['one-stage-fast', 'pnet', 'rnet', 'onet'])
    assert.ok(!loaded.has(manifest.networks[network].file), network);
  const usual = await detector.detect(photo);
  assert.ok(usual.faces.length > 0);
  const named = await detector.detect(photo, { detector: 'one-stage', quality: 'accurate' });
  assert.deepEqual(named.faces, usual.faces);
});

test('a call can choose another detector or size; both find the same people', async () => {
  const mtcnn = await detector.detect(photo, { detector: 'mtcnn' });
  const others = [
    await detector.detect(photo, { minScore: 0.3 }),
    await detector.detect(photo, { minScore: 0.3, quality: 'fast' }),
  ];
  for (const { faces } of others) {
    const common = mtcnn.faces.filter((face) => faces.some((o) => iou(o.box, face.box) > 0.3));
    assert.ok(common.length * 2 >= mtcnn.faces.length, `${common.length} in common`);
  }
});

test('the working picture and tiles change the answer, never the size of the picture', async () => {
  const answers = [];
  for (const options of [{}, { maxSide: 160 }, { tiles: true, maxSide: 256 }]) {
    const result = await detector.detect(photo, { minScore: 0.1, ...options });
    assert.deepEqual([result.width, result.height], [400, 280]);
    for (const { box } of result.faces) assert.ok(box.x + box.width <= 400.01);
    answers.push(JSON.stringify(result.faces));
  }
  assert.equal(new Set(answers).size, answers.length);
});

test('refine decides on the labels alone', async () => {
  const never = await detector.detect(photo, { refine: 'never', minScore: 0.3 });
  const always = await detector.detect(photo, { refine: 'always', minScore: 0.3 });
  assert.ok(never.faces.length > 0);
  assert.deepEqual(
    always.faces.map((face) => face.box),
    never.faces.map((face) => face.box),
  );
  assert.notDeepEqual(
    always.faces.map((face) => face.probabilities),
    never.faces.map((face) => face.probabilities),
  );
});

test('every classifier of the manifest can be chosen, at creation and per call', async () => {
  assert.ok(classifiers.includes('masklens'));
  for (const classifier of classifiers) {
    const { faces } = await detector.detect(photo, { detector: 'mtcnn', classifier });
    assert.ok(faces.length > 0);
    const own = await createDetector({ detector: 'mtcnn', classifier });
    assert.deepEqual((await own.detect(photo)).faces, faces, classifier);
    await own.close();
  }
});

test('a picture without people has no faces, and that is a result', async () => {
  const [width, height] = [320, 200];
  const data = new Uint8Array(width * height * 4).fill(128);
  const { faces } = await detector.detect({ data, width, height });
  assert.deepEqual(faces, []);
});

test('one-stage faces are the same after every EXIF orientation, within a pixel', async () => {
  const options = { minScore: 0.3 };
  const upright = await detector.detect(fixture('orientation_1.jpg'), options);
  assert.ok(upright.faces.length > 0);
  for (let orientation = 2; orientation <= 8; orientation++) {
    const turned = await detector.detect(fixture(`orientation_${orientation}.jpg`), options);
    assert.equal(turned.faces.length, upright.faces.length, `orientation ${orientation}`);
    for (const { box } of upright.faces) {
      // The fixtures are JPEGs of turned pixels: each edge may differ by what compression changed.
      const apart = Math.min(...turned.faces.map((other) => edgeDistance(other.box, box)));
      assert.ok(apart <= 1, `orientation ${orientation}: ${apart} pixels`);
    }
  }
});

test('a name that the manifest does not have is a RangeError with the nearest one', async () => {
  const wrong = [
    [{ detector: 'one-stag' }, /'one-stag'.*'one-stage'/],
    [{ detector: 'toString' }, /'toString'/],
    [{ classifier: 'vgg91' }, /'vgg91'.*'vgg19'/],
    [{ classifier: '__proto__' }, /'__proto__'/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(createDetector(options), { name: 'RangeError', message });
    await assert.rejects(detector.detect(photo, options), { name: 'RangeError', message });
  }
  await assert.rejects(createDetector({ detector: 7 }), TypeError);
  assert.ok((await detector.detect(photo)).faces.length > 0);
});

test('a part of the picture is judged in pixels of the whole', async () => {
  const whole = await detector.detect(photo);
  const face = whole.faces[0];
  const { x, y, width, height } = face.box;
  const roi = { x: x - width, y: y - height, width: 3 * width, height: 3 * height };
  const part = await detector.detect(photo, { roi });
  assert.deepEqual([part.width, part.height], [whole.width, whole.height]);
  assert.ok(part.faces.some(({ box }) => iou(box, face.box) > 0.5));
  for (const { box } of part.faces) {
    const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
    assert.ok(cx > roi.x - 1 && cx < roi.x + roi.width + 1);
    assert.ok(cy > roi.y - 1 && cy < roi.y + roi.height + 1);
  }
  const outside = { x: 5000, y: 0, width: 10, height: 10 };
  assert.deepEqual((await detector.detect(photo, { roi: outside })).faces, []);
  await assert.rejects(detector.detect(photo, { roi: { x: 0 } }), TypeError);
});

test('a cascade looks for no face under its cell of 12 pixels: less is as quick and finds the same', async () => {
  const found = [];
  for (const minFace of [12, 1, 1e-30, 0])
    found.push((await detector.detect(photo, { detector: 'mtcnn', minFace })).faces);
  assert.ok(found[0].length > 0);
  for (const faces of found) assert.deepEqual(faces, found[0]);
});

test('a small face asked for in a large picture is image-too-large, not a crash', async () => {
  const [width, height] = [5000, 3400];
  const large = { data: new Uint8Array(width * height * 4), width, height };
  await assert.rejects(detector.detect(large, { detector: 'mtcnn', minFace: 1 }), {
    code: 'image-too-large',
    message: /minFace/,
  });
});
