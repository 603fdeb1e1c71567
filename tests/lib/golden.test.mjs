// MTCNN against the Python package `mtcnn` 1.0.0, whose faces are in the golden file.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { facemask853, fixture, iou, photos } from './fixtures.mjs';

// A face: x, y, width, height, score, five x, five y; the box not clamped to the picture.
const golden = JSON.parse(fixture('mtcnn_golden.json'));

// All golden photos where the data set is at hand, those among the fixtures otherwise.
const folder = facemask853 ?? photos;
const names = Object.keys(golden).filter((name) => existsSync(join(folder, name)));

function clamped([x, y, width, height], picture) {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  return {
    x: left,
    y: top,
    width: Math.min(picture.width, x + width) - left,
    height: Math.min(picture.height, y + height) - top,
  };
}

test('99 % of the faces that the Python package finds are found, with IoU >= 0.95 and score within 0.005', async (t) => {
  assert.ok(names.length >= (facemask853 ? 100 : 3), `${names.length} golden photos are at hand`);
  const detector = await createDetector({ detector: 'mtcnn' });
  const count = { wanted: 0, matched: 0, extra: 0 };
  const missed = [];
  for (const name of names) {
    const picture = await detector.detect(readFileSync(join(folder, name)));
    const free = new Set(picture.faces);
    for (const [index, face] of golden[name].entries()) {
      const box = clamped(face, picture);
      const near = [...free].find((other) => iou(other.box, box) >= 0.95);
      count.wanted++;
      if (near && Math.abs(near.score - face[4]) <= 0.005) {
        count.matched++;
        free.delete(near);
      } else missed.push(`${name} face ${index}`);
    }
    count.extra += free.size;
  }
  await detector.close();
  t.diagnostic(`${names.length} photos: ${JSON.stringify(count)}; missed: ${missed.join(', ')}`);
  assert.ok(count.matched >= 0.99 * count.wanted, `${count.matched} of ${count.wanted}`);
  assert.ok(count.extra <= 0.01 * count.wanted, `${count.extra} extra`);
});
