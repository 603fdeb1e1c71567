// Films in Node beside node-webcodecs: judged, followed and written. The package is installed as a user
// would, and so is what brings the decoders.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as media from 'mediabunny';
import { npm } from '../../scripts/run.mjs';
import { crowd } from '../lib/fixtures.mjs';
import { installed } from '../package/packed.mjs';

const WEBCODECS = 'node-webcodecs@1.3.0';
const FRAMES = 8;

let consumer;
let detector;
let path;
before(async () => {
  consumer = installed('films');
  await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', WEBCODECS], {
    cwd: consumer.folder,
  });
  const entry = join(consumer.folder, 'entry.mjs');
  writeFileSync(entry, `export * from 'masklens';`);
  const { createDetector } = await import(pathToFileURL(entry).href);
  detector = await createDetector({ quality: 'fast' });
  // Encoding, too, needs what only that package brings.
  createRequire(entry)('node-webcodecs/register');
  path = join(consumer.folder, 'film.webm');
  writeFileSync(path, await film(await detector.pixels(readFileSync(crowd))));
});
after(async () => {
  await detector?.close();
  consumer?.remove();
});

/** A photo held for a second, as VP8. */
async function film({ data, width, height }) {
  const [w, h] = [width & ~1, height & ~1];
  const pixels = new Uint8Array(4 * w * h);
  for (let y = 0; y < h; y++)
    pixels.set(data.subarray(4 * y * width, 4 * (y * width + w)), 4 * y * w);
  const target = new media.BufferTarget();
  const output = new media.Output({ format: new media.WebMOutputFormat(), target });
  const source = new media.VideoSampleSource({ codec: 'vp8', bitrate: 1_000_000 });
  output.addVideoTrack(source, { frameRate: FRAMES });
  await output.start();
  for (let n = 0; n < FRAMES; n++) {
    const sample = new media.VideoSample(pixels, {
      format: 'RGBX',
      codedWidth: w,
      codedHeight: h,
      timestamp: n / FRAMES,
      duration: 1 / FRAMES,
    });
    await source.add(sample);
    sample.close();
  }
  await output.finalize();
  return Buffer.from(target.buffer);
}

const collect = async (frames) => {
  const all = [];
  for await (const frame of frames) all.push(frame);
  return all;
};

test('a film comes frame by frame with people who stay the same, and its copy keeps the times', async () => {
  const bytes = readFileSync(path);
  const frames = await collect(detector.frames(bytes));
  assert.equal(frames.length, FRAMES);
  frames.forEach(({ time, faces }, n) => {
    assert.ok(Math.abs(time - n / FRAMES) < 0.002, `frame ${n} at ${time}`);
    assert.ok(faces.length >= 4);
    assert.equal(faces[0].trackId, frames[0].faces[0].trackId);
  });
  const copy = await detector.annotate(bytes, frames);
  assert.match(copy.type, /^video\//);
  const again = await collect(detector.frames(copy));
  assert.deepEqual(
    again.map(({ time }) => Math.round(time * 1000)),
    frames.map(({ time }) => Math.round(time * 1000)),
  );
});

test('the command line judges it frame by frame; without --frames it says how', () => {
  const cli = join(consumer.folder, 'node_modules/masklens/dist/cli.js');
  const whole = spawnSync(process.execPath, [cli, 'detect', '--frames', path]);
  const lines = String(whole.stdout)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, FRAMES);
  assert.ok(lines.every(({ faces }) => faces.length >= 4));
  const still = spawnSync(process.execPath, [cli, 'detect', path]);
  assert.match(JSON.parse(String(still.stdout)).error.message, /--frames/);
  assert.equal(still.status, 1);
});
