// The one-stage networks in the core against the same files run by Python, whose faces are golden.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { fixture, iou, photos } from './fixtures.mjs';

const golden = JSON.parse(fixture('one_stage_golden.json'));

// Where two locations answer for one face with nearly equal scores, rounding decides which is kept:
// hence 95 % of the faces, and not all.
function clamped([x, y, width, height], picture) {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  const right = Math.min(picture.width, x + width);
  return {
    x: left,
    y: top,
    width: right - left,
    height: Math.min(picture.height, y + height) - top,
  };
}

for (const quality of ['accurate', 'fast']) {
  test(`the ${quality} network finds the faces that Python finds: IoU >= 0.85, score within 0.05, label and points alike`, async (t) => {
    const detector = await createDetector({ detector: 'one-stage', quality });
    const count = { wanted: 0, matched: 0 };
    const missed = [];
    for (const [name, faces] of Object.entries(golden[`one-stage-${quality}`])) {
      const found = await detector.detect(readFileSync(join(photos, name)), {
        minScore: 0.2,
        refine: 'never',
      });
      // Faces near the floor may fall under it by the decoder's rounding alone.
      for (const face of faces.filter(({ score }) => score >= 0.35)) {
        count.wanted++;
        const box = clamped(face.box, found);
        const near = found.faces.find((other) => iou(other.box, box) >= 0.85);
        const reach = 0.15 * Math.max(box.width, box.height);
        const close =
          near &&
          Math.abs(near.score - face.score) <= 0.05 &&
          (face.uncertain || near.uncertain || near.label === face.label) &&
          near.landmarks.every(
            (p, i) => Math.hypot(p.x - face.landmarks[i][0], p.y - face.landmarks[i][1]) <= reach,
          );
        if (close) count.matched++;
        else missed.push(`${name} ${face.box.map(Math.round)}`);
      }
    }
    await detector.close();
    t.diagnostic(`${JSON.stringify(count)}; missed: ${missed.join(', ')}`);
    assert.ok(count.wanted >= 20, `${count.wanted} golden faces`);
    assert.ok(count.matched >= 0.95 * count.wanted, `${count.matched} of ${count.wanted}`);
  });
}
