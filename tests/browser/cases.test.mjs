// Odd files in Chromium: what is shown is what is judged, and what Chromium itself shows.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { bmp, cutInFrame, damagedFrame } from '../fixtures/odd_files.mjs';
import { launch } from './harness.mjs';

const fixtures = join(root, 'tests/fixtures');
const fixture = (name) => readFileSync(join(fixtures, name));

let server;
let browser;
let page;
before(async () => {
  server = await serve(root, { headers: false });
  browser = await launch();
  page = await browser.newPage();
  const blank = { contentType: 'text/html', body: '<!doctype html><title>cases</title>' };
  await page.route('**/blank', (route) => route.fulfill(blank));
  await page.goto(`${server.url}blank`);
  await page.evaluate(async () => {
    const { createDetector } = await import('/dist/index.js');
    globalThis.detector = await createDetector();
    globalThis.fetched = async (path) => (await fetch(path)).blob();
    /** What a decoder gives, over white. */
    globalThis.overWhite = (source) => {
      const [width, height] = [
        source.width ?? source.displayWidth,
        source.height ?? source.displayHeight,
      ];
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.fillStyle = 'white';
      context.fillRect(0, 0, width, height);
      context.drawImage(source, 0, 0);
      return context.getImageData(0, 0, width, height);
    };
    /** Repetitions, and of each frame its duration and a hash of its pixels; null for those it cannot decode. */
    globalThis.framesOf = async (data) => {
      const decoder = new ImageDecoder({ data, type: 'image/gif' });
      await decoder.tracks.ready;
      await decoder.completed;
      const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
      const frames = [];
      for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
        const decoded = await decoder.decode({ frameIndex }).catch(() => null);
        if (!decoded) {
          frames.push(null);
          continue;
        }
        const { width, height, data: pixels } = overWhite(decoded.image);
        const digest = await crypto.subtle.digest('SHA-256', pixels);
        const hash = Array.from(new Uint8Array(digest), (b) => b.toString(16)).join('');
        frames.push({ size: [width, height], duration: decoded.image.duration / 1000, hash });
        decoded.image.close();
      }
      return { repetitionCount, frames };
    };
    /** Size and RGBA bytes of a bitmap. */
    globalThis.read = (bitmap) => {
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, width, height);
    };
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('pixels are an ImageBitmap of exactly what is judged', async () => {
  const found = await page.evaluate(async () => {
    const file = await fetched('/tests/fixtures/orientation_6.jpg');
    const bitmap = await detector.pixels(file);
    const small = await detector.pixels(file, { maxSide: 100 });
    const judged = await detector.detect(file);
    const again = await detector.detect(read(bitmap));
    return {
      kinds: [bitmap, small].map((value) => Object.prototype.toString.call(value)),
      sizes: [bitmap, small, judged].map(({ width, height }) => [width, height]),
      faces: [judged.faces, again.faces],
    };
  });
  assert.deepEqual(found.kinds, ['[object ImageBitmap]', '[object ImageBitmap]']);
  assert.deepEqual(found.sizes, [
    [400, 280],
    [100, 70],
    [400, 280],
  ]);
  assert.ok(found.faces[0].length > 0);
  assert.deepEqual(found.faces[1], found.faces[0]);
});

/** The largest difference between our pixels and Chromium's, and their sizes; null where it shows none. */
const compared = (bytes, type) =>
  page.evaluate(
    async ({ content, type }) => {
      const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
      const ours = read(await detector.pixels(bytes));
      const blob = new Blob([bytes], { type });
      const options = { colorSpaceConversion: 'none' };
      const bitmap = await createImageBitmap(blob, options).catch(() => null);
      if (!bitmap) return null;
      const theirs = overWhite(bitmap);
      let largest = 0;
      let far = 0;
      for (let i = 0; i < ours.data.length; i++) {
        const difference = Math.abs(ours.data[i] - theirs.data[i]);
        largest = Math.max(largest, difference);
        far += difference > 4 ? 1 : 0;
      }
      const sizes = [ours, theirs].map(({ width, height }) => `${width} x ${height}`);
      return { largest, share: far / ours.data.length, sizes };
    },
    { content: bytes.toString('base64'), type },
  );

// IDCT and chroma smoothing differ by this much between decoders of JPEG; all else is exact.
const most = (type) => (type === 'image/jpeg' ? 4 : 0);

async function assertShown(name, bytes, type) {
  const found = await compared(bytes, type);
  assert.ok(found, `${name} is shown`);
  assert.equal(found.sizes[0], found.sizes[1], name);
  assert.ok(found.largest <= most(type), `${name}: differs by ${found.largest}`);
}

const typeOf = (name) =>
  name === 'jpeg_named.gif'
    ? 'image/jpeg'
    : { jpg: 'image/jpeg', png: 'image/png', gif: 'image/gif' }[name.split('.').pop()];

test('what Chromium shows of odd files is what is judged, pixel for pixel', async () => {
  const names = readdirSync(join(fixtures, 'cases'));
  assert.ok(names.length >= 12);
  for (const name of names) {
    // Chromium alone is stricter than its own decoder about what follows the last scan.
    if (name === 'junk_ff02_before_eoi.jpg') continue;
    await assertShown(name, fixture(join('cases', name)), typeOf(name));
  }
});

test('lost and doubled restart markers, junk between intervals, and data that end too early', async () => {
  const file = fixture('restarts.jpg');
  const restarts = [];
  for (let i = 0; i + 1 < file.length; i++)
    if (file[i] === 0xff && file[i + 1] >= 0xd0 && file[i + 1] <= 0xd7) restarts.push(i);
  const at = restarts[2];
  const insert = (more) =>
    Buffer.concat([file.subarray(0, at), Buffer.from(more), file.subarray(at)]);
  const kinds = {
    zeros: insert([0, 0, 0, 0, 0]),
    noise: insert([17, 200, 3, 99, 250, 1, 2, 3, 77]),
    fill: insert([0xff, 0xff]),
    doubled: insert([0xff, file[restarts[1] + 1]]),
  };
  for (const [name, bytes] of Object.entries(kinds)) await assertShown(name, bytes, 'image/jpeg');
  // Where data are missing, decoders leave grey; they part ways in the last blocks before it.
  const end = Buffer.from([0xff, 0xd9]);
  for (const bytes of [
    Buffer.concat([file.subarray(0, at - 20), end]),
    Buffer.concat([file.subarray(0, at), file.subarray(restarts[3])]),
  ]) {
    const { share, sizes } = await compared(bytes, 'image/jpeg');
    assert.equal(sizes[0], sizes[1]);
    assert.ok(share < 0.03, `${share}`);
  }
});

test('parts of a PNG whose checksum is wrong count as little as in Chromium', async () => {
  const damaged = (file, chunk) => {
    const bytes = Buffer.from(fixture(file));
    const at = bytes.indexOf(chunk);
    assert.ok(at > 0, chunk);
    bytes[at + 4 + bytes.readUInt32BE(at - 4)] ^= 1;
    return bytes;
  };
  await assertShown('tRNS', damaged('tiny/palette4.png', 'tRNS'), 'image/png');
  await assertShown('eXIf', damaged('tiny/turned.png', 'eXIf'), 'image/png');
  for (const chunk of ['IHDR', 'PLTE'])
    await assert.rejects(
      compared(damaged('tiny/palette4.png', chunk), 'image/png'),
      /damaged/,
      chunk,
    );
});

test('a BMP whose pixels are said to begin inside its palette, its header or nowhere', async () => {
  for (const file of ['palette8', 'palette4', 'palette1', 'rgb24', 'runs8']) {
    const bytes = Buffer.from(fixture(`tiny/${file}.bmp`));
    const usual = bytes.readUInt32LE(10);
    for (const at of [usual, usual - 1, usual - 4, 54, 30, 14, 0]) {
      bytes.writeUInt32LE(at, 10);
      // Runs that happen to stand there may end before the picture.
      if (file !== 'runs8') await assertShown(`${file} from ${at}`, bytes, 'image/bmp');
    }
    for (const at of [bytes.length, bytes.length + 9, 2 ** 31, 2 ** 32 - 4]) {
      bytes.writeUInt32LE(at, 10);
      await assert.rejects(compared(bytes, 'image/bmp'), /cut short/, `${file} from ${at}`);
    }
  }
});

test('colours of a JPEG whose components are called R, G and B', async () => {
  const named = Buffer.from(fixture('tiny/full_colour.jpg'));
  const segment = (marker) => {
    let at = 2;
    while (named[at + 1] !== marker) at += 2 + named.readUInt16BE(at + 2);
    return at;
  };
  const [frame, scan, jfif] = [0xc0, 0xda, 0xe0].map(segment);
  Buffer.from('RGB').forEach((name, i) => {
    named[frame + 10 + 3 * i] = name;
    named[scan + 5 + 2 * i] = name;
  });
  const end = jfif + 2 + named.readUInt16BE(jfif + 2);
  const bare = Buffer.concat([named.subarray(0, jfif), named.subarray(end)]);
  const adobe = (transform) => Buffer.from(`ffee000e41646f62650064000000000${transform}`, 'hex');
  const withAdobe = (transform) =>
    Buffer.concat([named.subarray(0, jfif), adobe(transform), named.subarray(end)]);
  await assertShown('with JFIF', named, 'image/jpeg');
  await assertShown('bare', bare, 'image/jpeg');
  for (const transform of [0, 1, 2])
    await assertShown(`Adobe ${transform}`, withAdobe(transform), 'image/jpeg');
});

test('BMPs of pixels are those pixels', async () => {
  const [width, height] = [61, 17];
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7919) % 256);
  for (const options of [{}, { gap: 2 }, { bits: 32, spare: 1 }, { bits: 32, spare: 200 }])
    await assertShown(JSON.stringify(options), bmp({ data, width, height }, options), 'image/bmp');
});

test('every frame of a GIF is the one that Chromium plays, damaged ones aside, and so is its copy', async () => {
  const files = Object.fromEntries(
    ['cases/disp4.gif', 'cases/loop3.gif', 'cases/transparent_first.gif', 'animated.gif'].map(
      (name) => [name, fixture(name)],
    ),
  );
  files.damaged = damagedFrame(files['cases/disp4.gif'], 1);
  files.cut = cutInFrame(files['cases/disp4.gif'], 2);
  for (const [name, bytes] of Object.entries(files)) {
    const found = await page.evaluate(async (content) => {
      const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
      const theirs = await framesOf(bytes);
      const judged = await detector.detectAnimation(bytes);
      const none = judged.frames.map(({ result, delayMs }) => ({
        delayMs,
        result: { ...result, faces: [] },
      }));
      const copy = await detector.annotateAnimation(bytes, { ...judged, frames: none });
      const ours = await framesOf(new Uint8Array(await copy.arrayBuffer()));
      return { ours, theirs, delays: judged.frames.map(({ delayMs }) => delayMs) };
    }, bytes.toString('base64'));
    const whole = found.theirs.frames.filter((frame) => frame !== null);
    assert.ok(whole.length >= 1, name);
    assert.deepEqual(
      found.delays,
      whole.map(({ duration }) => duration),
      name,
    );
    assert.deepEqual(found.ours.frames, whole, name);
  }
});
