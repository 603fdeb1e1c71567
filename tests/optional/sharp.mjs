// Formats that only browsers decode, in Node beside sharp: pixels, limits, damage. The package is
// installed as a user would, and so is sharp.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { npm } from '../../scripts/run.mjs';
import { fixture, fixtures } from '../lib/fixtures.mjs';
import { installed } from '../package/packed.mjs';

const SHARP = 'sharp@0.35.5';

let consumer;
let sharp;
let masklens;
let detector;
before(async () => {
  consumer = installed('sharp');
  await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', SHARP], {
    cwd: consumer.folder,
  });
  const entry = join(consumer.folder, 'entry.mjs');
  writeFileSync(entry, `export * from 'masklens'; export { default as sharp } from 'sharp';`);
  masklens = await import(pathToFileURL(entry).href);
  sharp = masklens.sharp;
  detector = await masklens.createDetector({ detector: 'mtcnn', limits: { maxPixels: 2_000_000 } });
});
after(async () => {
  await detector?.close();
  consumer?.remove();
});

/** TIFF is squeezed as JPEG unless told otherwise, which knows no transparency. */
const lossless = (format) => (format === 'tiff' ? { compression: 'deflate' } : { lossless: true });

/** The mean difference of a channel, of 255. */
function difference(a, b) {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Math.abs(a.data[at] - b.data[at]);
  return sum / a.data.length;
}

const codeOf = (promise) =>
  promise.then(
    () => null,
    ({ code }) => code,
  );

test('WebP, AVIF and TIFF have the pixels of the same picture as PNG', async () => {
  const reference = fixture('reference.png');
  const wanted = await detector.pixels(reference);
  for (const format of ['webp', 'avif', 'tiff']) {
    const bytes = await sharp(reference).toFormat(format, { quality: 95 }).toBuffer();
    assert.ok(difference(await detector.pixels(bytes), wanted) < 3, format);
    assert.equal((await detector.detect(bytes)).faces.length > 0, true, format);
    const png = await detector.annotate(bytes, { faces: [] });
    assert.ok(png.size > 1000, format);
  }
  for (const name of ['photo.webp', 'photo.avif', 'photo.tiff'])
    assert.ok((await detector.detect(fixture(name))).width > 0, name);
});

test('they stand upright, are laid over white, and have 8 bits however many there were', async () => {
  const reference = fixture('reference.png');
  const upright = await detector.pixels(reference);
  const turned = sharp(reference).rotate(-90).withMetadata({ orientation: 6 });
  for (const format of ['webp', 'tiff'])
    assert.ok(
      difference(
        await detector.pixels(await turned.clone().toFormat(format, { quality: 95 }).toBuffer()),
        upright,
      ) < 3,
      format,
    );
  const clear = { create: { width: 40, height: 30, channels: 4, background: '#00000000' } };
  for (const format of ['webp', 'avif', 'tiff']) {
    const { data } = await detector.pixels(
      await sharp(clear).toFormat(format, lossless(format)).toBuffer(),
    );
    assert.ok(
      data.every((value) => value >= 254),
      format,
    );
  }
  const grey = await sharp(reference)
    .greyscale()
    .toColourspace('grey16')
    .tiff(lossless('tiff'))
    .toBuffer();
  const eight = await sharp(reference).greyscale().png().toBuffer();
  assert.ok(difference(await detector.pixels(grey), await detector.pixels(eight)) < 2);
});

test('limits hold, and what is cut or no picture says so', async () => {
  const large = { create: { width: 2000, height: 1500, channels: 3, background: 'red' } };
  for (const format of ['webp', 'avif', 'tiff']) {
    const bytes = await sharp(large).toFormat(format).toBuffer();
    assert.equal(await codeOf(detector.detect(bytes)), 'image-too-large', format);
  }
  for (const name of ['photo.webp', 'photo.avif', 'photo.tiff']) {
    const bytes = fixture(name);
    for (const part of [0.9, 0.5])
      assert.equal(
        await codeOf(detector.detect(bytes.subarray(0, bytes.length * part))),
        'bad-image',
        `${name} ${part}`,
      );
  }
  assert.equal(await codeOf(detector.detect(fixture('text.jpg'))), 'unsupported-format');
});

test('the command line reads them, on several threads, too', async () => {
  const files = ['photo.webp', 'photo.avif', 'photo.tiff'].map((name) => join(fixtures, name));
  const cli = join(consumer.folder, 'node_modules/masklens/dist/cli.js');
  const csv = join(consumer.folder, 'faces.csv');
  const { stdout } = spawnSync(process.execPath, [
    cli,
    'detect',
    '--jobs',
    '2',
    '--csv',
    csv,
    ...files,
  ]);
  assert.equal(String(stdout).trim().split('\n').length, 3);
  for (const file of files) assert.ok(readFileSync(csv, 'utf8').includes(file), file);
});
