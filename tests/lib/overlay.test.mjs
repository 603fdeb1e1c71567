// Boxes and plates over live video, drawn on a canvas that writes down what is asked of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawOverlay, LABEL_COLOURS } from '../../dist/index.js';

/** A context whose letters are 8 pixels wide; `plates` are { x, y, width, height, words }. */
function canvas(width, height) {
  const plates = [];
  let ground;
  return {
    plates,
    canvas: { width, height },
    clearRect: () => plates.splice(0),
    setLineDash: () => undefined,
    strokeRect: () => undefined,
    measureText: (words) => ({ width: words.length * 8 }),
    fillRect: (x, y, width, height) => {
      ground = { x, y, width, height };
    },
    fillText(words) {
      plates.push({ ...ground, words, align: this.textAlign });
    },
  };
}

const face = (x, y, side, more = {}) => ({
  box: { x, y, width: side, height: side },
  score: 0.9,
  label: 'correct',
  probabilities: { correct: 0.98, incorrect: 0.01, unmasked: 0.01 },
  uncertain: false,
  ...more,
});

const meet = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

test('plates keep clear of each other, inside the canvas; without room for words a sign stands', () => {
  const context = canvas(640, 360);
  const faces = Array.from({ length: 24 }, (_, i) =>
    face(30 + (i % 8) * 72, 50 + Math.floor(i / 8) * 90, 60, {
      label: Object.keys(LABEL_COLOURS)[i % 3],
    }),
  );
  drawOverlay(context, { width: 640, height: 360, faces });
  const { plates } = context;
  assert.equal(plates.length, faces.length);
  for (const [i, plate] of plates.entries()) {
    assert.ok(plate.x >= 0 && plate.x + plate.width <= 640 && plate.y >= 0, plate.words);
    for (const other of plates.slice(i + 1))
      assert.ok(!meet(plate, other), `${plate.words}, ${other.words}`);
  }
  assert.ok(plates.some(({ words }) => words.endsWith('%')));
  assert.ok(plates.some(({ words }) => ['\u2713', '!', '\u2715'].includes(words)));
});

test('one face has its words above it, as before; who came first keeps the place', () => {
  const context = canvas(640, 360);
  const [first, second] = [face(100, 100, 80, { trackId: 1 }), face(104, 100, 80, { trackId: 2 })];
  drawOverlay(context, { width: 640, height: 360, faces: [first] });
  const [alone] = context.plates;
  assert.ok(alone.y + alone.height <= 100);
  for (const faces of [
    [first, second],
    [second, first],
  ]) {
    drawOverlay(context, { width: 640, height: 360, faces });
    assert.deepEqual(context.plates[0], alone);
  }
});

test('percentages are written as the language writes them, rounded where a face is followed, and never all', () => {
  const context = canvas(640, 360);
  const wordsOf = (faces, locale) => {
    drawOverlay(context, { width: 640, height: 360, faces }, { locale });
    return context.plates[0].words;
  };
  assert.equal(wordsOf([face(100, 100, 80)]), 'correct 98%');
  assert.equal(wordsOf([face(100, 100, 80)], 'de'), 'correct 98\u00a0%');
  assert.equal(wordsOf([face(100, 100, 80, { trackId: 1 })]), 'correct 95%');
  const probabilities = { correct: 1, incorrect: 0, unmasked: 0 };
  assert.equal(wordsOf([face(100, 100, 80, { probabilities })]), 'correct 99%');
  assert.equal(wordsOf([face(100, 100, 80, { probabilities, trackId: 1 })]), 'correct 95%');
});

test('words begin at the left of their plate on pages that are read from the right, too', () => {
  const context = canvas(640, 360);
  drawOverlay(context, { width: 640, height: 360, faces: [face(100, 100, 80)] });
  assert.equal(context.plates[0].align, 'left');
});
