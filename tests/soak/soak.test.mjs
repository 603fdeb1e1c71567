// A short soak: what `npm run soak` does for an hour.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, soak } from './soak.mjs';

test('in Node: calls, starts and ends, calls given up and frames leave nothing behind', async () => {
  const counts = { calls: 60, cycles: 6, aborts: 20, frames: 60 };
  assert.deepEqual(faultsOf(await soak('node', 1, counts)), []);
});

test('in Chromium: so do they, and killed workers', async () => {
  const counts = { calls: 60, cycles: 4, aborts: 20, frames: 60, kills: 3 };
  assert.deepEqual(faultsOf(await soak('chromium', 2, counts)), []);
});
