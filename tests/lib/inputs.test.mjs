// What callers hand in: taken when it is handed in, checked there, and refused by name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { createDetector, MasklensError } from '../../dist/index.js';
import { run } from './command.mjs';
import { codeOf, crowd, fixture } from './fixtures.mjs';

let detector;
let result;
const photo = readFileSync(crowd);
before(async () => {
  detector = await createDetector({ detector: 'mtcnn' });
  result = await detector.detect(photo);
});
after(() => detector.close());

const grey = (width = 64, height = 64) => ({
  data: new Uint8ClampedArray(width * height * 4).fill(200),
  width,
  height,
});

test('an option that does not exist is refused, and the nearest one named', async () => {
  for (const [call, nearest] of [
    [() => detector.detect(photo, { minscore: 0.5 }), 'minScore'],
    [() => detector.detect(photo, { onframe: () => undefined }), null],
    [() => detector.detectAnimation(photo, { onframe: () => undefined }), 'onFrame'],
    [() => detector.annotate(photo, result, { landmark: true }), 'landmarks'],
    [() => detector.pixels(photo, { maxside: 3 }), 'maxSide'],
    [() => createDetector({ thread: 2 }), 'threads'],
  ])
    await assert.rejects(call(), (error) => {
      assert.ok(error instanceof TypeError);
      if (nearest) assert.ok(error.message.includes(`'${nearest}'`), error.message);
      return true;
    });
});

test('what is no function, no signal and no limit is refused when it is handed in', async () => {
  const calls = {
    onProgress: (given) => createDetector(given),
    onFrame: (given) => detector.detectAnimation(fixture('animated.gif'), given),
    onDamage: (given) => detector.frames(fixture('animated.gif'), given).next(),
  };
  for (const [name, call] of Object.entries(calls))
    for (const value of [0, 5, '', 'x', {}, true])
      await assert.rejects(async () => call({ [name]: value }), {
        name: 'TypeError',
        message: new RegExp(`^${name} is .*a function`),
      });
  for (const value of [0, 5, '', 'x', {}, true, () => true])
    for (const call of [createDetector, (given) => detector.detect(photo, given)])
      await assert.rejects(call({ signal: value }), {
        name: 'TypeError',
        message: /^signal is .*an AbortSignal/,
      });
  for (const limits of [null, 5, 'x', true])
    await assert.rejects(createDetector({ limits }), TypeError);
  await assert.rejects(createDetector({ limits: { maxpixels: 3 } }), {
    name: 'TypeError',
    message: /'maxpixels'.*'maxPixels'/,
  });
  await assert.rejects(detector.annotate(photo, result, { texts: { corect: 'x' } }), {
    name: 'TypeError',
    message: /'corect'.*'correct'/,
  });
});

test('options that are no object are refused', async () => {
  for (const options of [null, 5, 'fast'])
    for (const call of [
      () => detector.detect(photo, options),
      () => detector.annotate(photo, result, options),
      () => createDetector(options),
    ])
      await assert.rejects(call(), TypeError);
});

test('faces that cannot be drawn are refused, and the field named', async () => {
  const [face] = result.faces;
  const other = (change) => ({ faces: [{ ...face, ...change }] });
  for (const [faces, field] of [
    [null, 'faces'],
    [undefined, 'faces'],
    [{}, 'faces'],
    [{ faces: [null] }, 'faces[0]'],
    [other({ label: 'masked' }), 'faces[0].label'],
    [other({ box: null }), 'faces[0].box.x'],
    [other({ box: { ...face.box, x: Number.NaN } }), 'faces[0].box.x'],
    [other({ box: { ...face.box, width: Number.POSITIVE_INFINITY } }), 'faces[0].box.width'],
    [other({ box: { ...face.box, height: -1 } }), 'faces[0].box.height'],
    [other({ score: '1' }), 'faces[0].score'],
    [other({ probabilities: { correct: 1 } }), 'faces[0].probabilities.incorrect'],
    [other({ landmarks: [{ x: 1, y: 2 }] }), 'faces[0].landmarks'],
  ])
    await assert.rejects(detector.annotate(photo, faces, { privacy: 'blur' }), (error) => {
      assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
      assert.ok(error.message.includes(field), `${field}: ${error.message}`);
      return true;
    });
  await assert.rejects(detector.annotateAnimation(photo, result), TypeError);
});

test('what has to be a list is said to have to be one', async () => {
  for (const wrong of [7, 'all', true, { x: 0 }]) {
    const calls = [
      () => detector.annotate(photo, result, { privacy: 'blur', hidden: wrong }),
      () => detector.layoutLabels(wrong, { width: 9, height: 9 }),
      () => detector.layoutLabels([{ box: result.faces[0].box, sizes: wrong }], grey()),
    ];
    for (const call of calls) await assert.rejects(call, /TypeError: .+ has to be an array\./);
  }
  await assert.rejects(detector.layoutLabels([], null), /TypeError: size\.width is undefined/);
  await assert.rejects(detector.layoutLabels([null], grey()), /TypeError: plates\[0\]\.box/);
});

test('what is handed in is taken at once: what is done with it afterwards changes nothing', async () => {
  const bytes = Uint8Array.from(photo);
  const first = detector.detect(photo);
  const second = detector.detect(bytes);
  bytes.fill(0);
  await first;
  assert.deepEqual((await second).faces, result.faces);

  const shared = new Uint8Array(new SharedArrayBuffer(photo.length));
  shared.set(photo);
  assert.deepEqual((await detector.detect(shared)).faces, result.faces);
  const part = new Uint8Array([0, ...photo, 0]).subarray(1, -1);
  assert.deepEqual((await detector.detect(part)).faces, result.faces);
  assert.equal(part.length, photo.length);
});

test('what fails when it is looked at, or is no picture whatever it says, is refused with a code', async () => {
  const fail = () => {
    throw new Error('not today');
  };
  const tagged = (tag, more) => ({ [Symbol.toStringTag]: tag, ...more });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const inputs = [
    [Object.defineProperty({}, Symbol.toStringTag, { get: fail }), TypeError],
    [Object.defineProperty({}, 'data', { get: fail }), 'bad-image'],
    [new Proxy({}, { get: fail }), 'bad-image'],
    [proxy, TypeError],
    [tagged('ImageBitmap', { width: 3, height: 3 }), 'bad-image'],
    [tagged('Uint8Array', { length: 1e15 }), 'out-of-memory'],
    [tagged('Blob', { size: 3, arrayBuffer: fail }), 'bad-image'],
  ];
  for (const [input, wanted] of inputs)
    for (const call of [detector.detect, detector.pixels])
      await assert.rejects(call(input), (error) => {
        if (wanted === TypeError) assert.ok(error instanceof TypeError);
        else assert.equal(error.code, wanted);
        return true;
      });
  for (const frame of [null, undefined, 7, 'photo.jpg', {}, { image: photo }, { time: 1 }])
    await assert.rejects(detector.frames([frame]).next(), /A frame is a VideoFrame, or \{image, t/);
});

test('what fails when it is let go holds up nobody', async () => {
  // A frame is closed when the call has ended; what is thrown then is the caller's to hear of.
  const program = `
    import { createDetector } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url))};
    process.on('uncaughtException', ({ message }) => console.log(message));
    const detector = await createDetector({ detector: 'mtcnn' });
    const close = () => { throw new Error('not today'); };
    const frame = { [Symbol.toStringTag]: 'VideoFrame', clone: () => ({ close }) };
    await detector.detect(frame).catch(({ name }) => console.log(name));
    const data = new Uint8Array(64 * 64 * 4);
    console.log((await detector.detect({ data, width: 64, height: 64 })).width);
    await detector.close();`;
  const { out } = await run(process.execPath, ['--input-type=module', '-e', program]);
  assert.deepEqual(out.trim().split('\n').sort(), ['64', 'TypeError', 'not today']);
});

test('a Blob of another realm is read', async () => {
  const foreign = {
    [Symbol.toStringTag]: 'Blob',
    size: photo.length,
    arrayBuffer: async () => Uint8Array.from(photo).buffer,
    slice: (...range) => new Blob([photo]).slice(...range),
  };
  assert.deepEqual((await detector.detect(foreign)).faces, result.faces);
  for await (const { faces } of detector.frames(foreign))
    assert.equal(faces.length, result.faces.length);
});

test('pixels of another realm are pixels', async () => {
  const foreign = runInNewContext(
    '({ data: new Uint8ClampedArray(64 * 64 * 4), width: 64, height: 64 })',
  );
  assert.equal((await detector.detect(foreign)).width, 64);
  const bytes = runInNewContext('new Uint8Array(10)');
  assert.equal(await codeOf(detector.detect(bytes)), 'unsupported-format');
});

/** As frameworks hold what they watch: everything that is read comes as a Proxy, too. */
const watched = (target) =>
  new Proxy(target, {
    get(object, key, receiver) {
      const value = Reflect.get(object, key, receiver);
      const frozen = Object.getOwnPropertyDescriptor(object, key)?.writable === false;
      return typeof value === 'object' && value !== null && !frozen ? watched(value) : value;
    },
  });

test('a detector and its results work behind Proxies', async () => {
  const proxy = watched(detector);
  assert.equal(proxy.threads, detector.threads);
  const found = await proxy.detect(photo);
  assert.deepEqual(found.faces, result.faces);
  assert.ok((await proxy.annotate(photo, watched(found))).size > 0);
  const { detect } = detector;
  assert.deepEqual((await detect(photo)).faces, result.faces);
});

test('a call that was given up rejects with an AbortError that has a code and the reason', async () => {
  const reason = new Error('enough');
  await assert.rejects(detector.detect(photo, { signal: AbortSignal.abort(reason) }), (error) => {
    assert.ok(error instanceof MasklensError);
    assert.deepEqual([error.name, error.code], ['AbortError', 'aborted']);
    assert.equal(error.cause, reason);
    return true;
  });
});

test('many calls at once, with one signal, make Node warn of nothing', async () => {
  const warnings = [];
  const listen = (warning) => warnings.push(String(warning));
  process.on('warning', listen);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, () => detector.detect(grey(), { signal })));
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('warning', listen);
  assert.deepEqual(warnings, []);
});

test('await using closes', async () => {
  const other = await createDetector({ detector: 'mtcnn' });
  await other[Symbol.asyncDispose]();
  assert.equal(await codeOf(other.detect(grey())), 'closed');
});

test('an error says what it is about', async () => {
  for (const [name, format] of [
    ['photo.webp', 'webp'],
    ['truncated.jpg', 'jpeg'],
  ])
    await assert.rejects(detector.detect(fixture(name)), { format });
  await assert.rejects(createDetector({ assets: '/nowhere/' }), (error) => {
    assert.deepEqual([error.code, error.file], ['asset-missing', 'node.js']);
    assert.match(error.url, /^file:\/\/\/nowhere\/node\.js/);
    return true;
  });
});
