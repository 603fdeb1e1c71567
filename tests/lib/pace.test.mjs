// How live video is held to what was asked for, without a camera and without waiting.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'masklens-pace-'));
let Pace;
let Rate;
before(async () => {
  const outfile = join(folder, 'pace.mjs');
  const entry = join(root, 'web/lib/page/pace.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', logLevel: 'error' });
  ({ Pace, Rate } = await import(outfile));
});
after(() => rmSync(folder, { recursive: true }));

const settings = (more) => ({
  detect: {},
  maxFps: Number.POSITIVE_INFINITY,
  maxLatency: 50,
  ...more,
});
const results = (pace, latency, count) => {
  for (let n = 0; n < count; n++) pace.finished(latency);
};

test('late results make the working picture smaller step by step, then frames are left out', () => {
  const pace = new Pace(settings());
  let last = pace.sideShare;
  assert.equal(last, 1);
  for (let n = 0; n < 3; n++) {
    results(pace, 80, 15);
    assert.ok(pace.sideShare < last && pace.sideShare >= 0.5);
    last = pace.sideShare;
  }
  pace.started(1000);
  assert.equal(pace.isTime(1001), true);
  results(pace, 80, 15);
  assert.equal(pace.isTime(1050), false, 'it rests as long as a result takes');
  assert.equal(pace.isTime(1090), true);
});

test('with room to spare it goes back, frames first; latencies that suit change nothing', () => {
  const pace = new Pace(settings());
  results(pace, 40, 60);
  assert.equal(pace.sideShare, 1);
  results(pace, 80, 60);
  pace.started(1000);
  assert.equal(pace.isTime(1050), false);
  for (let n = 0; n < 12; n++) results(pace, 10, 15);
  assert.equal(pace.isTime(1001), true);
  assert.equal(pace.sideShare, 1);
});

test('no more frames a second are taken than asked for', () => {
  const pace = new Pace(settings({ maxFps: 10 }));
  let taken = 0;
  for (let now = 0; now < 1000; now += 16.7)
    if (pace.isTime(now)) {
      pace.started(now);
      taken++;
    }
  assert.ok(taken >= 9 && taken <= 10, `${taken} frames`);
});

test('the rate is that of the last second', () => {
  const rate = new Rate();
  assert.equal(rate.count(0), 0);
  let last = 0;
  for (let n = 1; n <= 100; n++) last = rate.count(n * 20);
  assert.ok(Math.abs(last - 50) < 1, `${last}`);
});
