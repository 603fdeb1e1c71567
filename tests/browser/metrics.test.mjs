// The figures of the checking page, against values worked out by hand.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';

let metrics;
before(async () => {
  const outfile = join(root, 'build/tests/metrics.mjs');
  await build({
    entryPoints: [join(root, 'web/site/src/evaluation/metrics.ts')],
    bundle: true,
    format: 'esm',
    outfile,
    alias: { '@masklens': join(root, 'web/lib/api/types.ts') },
    logLevel: 'error',
  });
  metrics = await import(pathToFileURL(outfile));
});

const near = (value, expected) =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value}, not ${expected}`);
const box = (x, y, width = 10, height = 10) => ({ x, y, width, height });
const judged = (truth, verdict, confidence) => {
  const rest = (1 - confidence) / 2;
  const probabilities = { correct: rest, incorrect: rest, unmasked: rest, [verdict]: confidence };
  return { truth, verdict, probabilities };
};

test('overlap: none, half by half, and the same', () => {
  assert.equal(metrics.overlap(box(0, 0), box(20, 0)), 0);
  near(metrics.overlap(box(0, 0), box(5, 0)), 50 / 150);
  assert.equal(metrics.overlap(box(3, 4), box(3, 4)), 1);
});

test('each box is found once, by the surer face, and ignored regions count for nothing', () => {
  const truths = [
    { box: box(0, 0), ignore: false },
    { box: box(100, 0), ignore: true },
    { box: box(200, 0), ignore: false },
  ];
  const faces = [
    { box: box(1, 0), score: 0.6 },
    { box: box(0, 0), score: 0.9 },
    { box: box(100, 1), score: 0.8 },
    { box: box(50, 50), score: 0.7 },
  ];
  const { of, detections } = metrics.match(faces, truths);
  assert.deepEqual(of, [faces[1], null, null]);
  assert.deepEqual(detections, [
    { score: 0.9, right: true },
    { score: 0.7, right: false },
    { score: 0.6, right: false },
  ]);
});

test('confusion, precision, recall and F1 with a face that was not found', () => {
  const all = [
    judged('correct', 'correct', 0.9),
    judged('correct', 'correct', 0.8),
    judged('correct', 'unmasked', 0.7),
    judged('unmasked', 'unmasked', 0.9),
    { truth: 'unmasked', verdict: null, probabilities: null },
  ];
  const matrix = metrics.confusion(all);
  assert.deepEqual(matrix, [
    [2, 0, 1, 0],
    [0, 0, 0, 0],
    [0, 0, 1, 1],
  ]);
  const { correct, incorrect, unmasked } = metrics.byClass(matrix);
  near(correct.precision, 1);
  near(correct.recall, 2 / 3);
  near(correct.f1, 0.8);
  near(unmasked.precision, 0.5);
  near(unmasked.recall, 0.5);
  assert.deepEqual(incorrect, {
    precision: null,
    recall: null,
    f1: null,
    support: 0,
    precisionInterval: null,
    recallInterval: null,
  });
  near(metrics.evaluate(all, null, 0).accuracy, 3 / 5);
});

test('ROC: the area is the chance that a positive scores higher, equal scores counting half', () => {
  const all = [
    judged('correct', 'correct', 0.9),
    judged('unmasked', 'correct', 0.8),
    judged('correct', 'correct', 0.8),
    judged('unmasked', 'correct', 0.6),
  ];
  // Pairs: 0.9 beats both, 0.8 ties one and beats the other: 3.5 of 4.
  near(metrics.roc(all, 'correct').auc, 3.5 / 4);
  assert.equal(metrics.roc(all, 'incorrect'), null);
});

test('average precision under the decreasing hull', () => {
  const detections = [
    { score: 0.9, right: true },
    { score: 0.8, right: false },
    { score: 0.7, right: true },
  ];
  // Recall 1/4 at precision 1, then 2/4 at 2/3; the other two faces are never found.
  near(metrics.precisionRecall(detections, 4).ap, 0.25 + 0.25 * (2 / 3));
  assert.equal(metrics.precisionRecall([], 0), null);
});

test('calibration error: the gap between said and right, weighted by how often', () => {
  const all = [
    judged('correct', 'correct', 0.95),
    judged('correct', 'correct', 0.95),
    judged('unmasked', 'correct', 0.65),
    judged('correct', 'correct', 0.65),
  ];
  const { bins, error } = metrics.calibration(all);
  assert.equal(bins.length, 2);
  near(error, 0.5 * 0.05 + 0.5 * 0.15);
});
