/** Figures out of verdicts and truths. Pure functions; nothing here knows the page. */
import { type Box, type Face, LABELS, type Label } from '@masklens';

/** One labelled face and what was said of it; null when it was not found. */
export interface Judged {
  truth: Label;
  verdict: Label | null;
  probabilities: Record<Label, number> | null;
}

/** One detection, for the curve of finding: right when it matched a labelled face. */
export interface Detection {
  score: number;
  right: boolean;
}

export type Curve = [x: number, y: number][];

export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

export interface Matches {
  /** For each truth, the face that found it, or null. */
  of: (Face | null)[];
  /** Detections that count: those over an ignored region do not. */
  detections: Detection[];
}

/**
 * Matches faces to labelled boxes in the order of their scores: each to the box, not taken yet, that
 * it overlaps most, by `minOverlap` or more.
 */
export function match(
  faces: readonly Face[],
  truths: readonly { box: Box; ignore: boolean }[],
  minOverlap = 0.5,
): Matches {
  const of: (Face | null)[] = truths.map(() => null);
  const detections: Detection[] = [];
  for (const face of [...faces].sort((a, b) => b.score - a.score)) {
    let best = -1;
    let bestOverlap = minOverlap;
    let overIgnored = false;
    truths.forEach(({ box, ignore }, index) => {
      const value = overlap(face.box, box);
      if (ignore) overIgnored ||= value >= minOverlap;
      else if (value >= bestOverlap && !of[index]) {
        best = index;
        bestOverlap = value;
      }
    });
    if (best >= 0) {
      of[best] = face;
      detections.push({ score: face.score, right: true });
    } else if (!overIgnored) detections.push({ score: face.score, right: false });
  }
  return { of, detections };
}

/** Rows: the truth; columns: the three verdicts, then faces that were not found. */
export function confusion(judged: readonly Judged[]): number[][] {
  const matrix = LABELS.map(() => [0, 0, 0, 0]);
  for (const { truth, verdict } of judged) {
    const column = verdict ? LABELS.indexOf(verdict) : 3;
    matrix[LABELS.indexOf(truth)]![column]!++;
  }
  return matrix;
}

/** A share with its 95 % interval. */
export type Interval = [share: number, low: number, high: number];

const Z = 1.959964;

/** Wilson 1927: holds for few faces and near 0 and 1, too. Null when there is nothing to divide by. */
export function wilson(right: number, all: number): Interval | null {
  if (all <= 0) return null;
  const share = right / all;
  const middle = (share + Z ** 2 / (2 * all)) / (1 + Z ** 2 / all);
  const half =
    (Z * Math.sqrt((share * (1 - share)) / all + Z ** 2 / (4 * all ** 2))) / (1 + Z ** 2 / all);
  return [share, Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * The area under a ROC curve with its interval: the standard error of Hanley and McNeil 1982, on the
 * logit's scale; at 0 and 1, where that has none, the rule of three for the smaller class.
 */
export function aucInterval(auc: number, positives: number, negatives: number): Interval {
  const least = 3 / (Math.min(positives, negatives) + 3);
  if (auc >= 1) return [auc, 1 - least, 1];
  if (auc <= 0) return [auc, 0, least];
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc ** 2) / (1 + auc);
  const variance =
    (auc * (1 - auc) + (positives - 1) * (q1 - auc ** 2) + (negatives - 1) * (q2 - auc ** 2)) /
    (positives * negatives);
  const logit = Math.log(auc / (1 - auc));
  const step = (Z * Math.sqrt(variance)) / (auc * (1 - auc));
  const back = (value: number) => 1 / (1 + Math.exp(-value));
  return [auc, back(logit - step), back(logit + step)];
}

export interface ClassFigures {
  /** Null where nothing was said or nothing was there. */
  precision: number | null;
  recall: number | null;
  f1: number | null;
  support: number;
  /** With their intervals, of what was said and of what was there. */
  precisionInterval: Interval | null;
  recallInterval: Interval | null;
}

export function byClass(matrix: readonly (readonly number[])[]): Record<Label, ClassFigures> {
  const figures = LABELS.map((label, index): [Label, ClassFigures] => {
    const right = matrix[index]![index]!;
    const said = matrix.reduce((sum, row) => sum + row[index]!, 0);
    const support = matrix[index]!.reduce((sum, value) => sum + value, 0);
    const precision = said > 0 ? right / said : null;
    const recall = support > 0 ? right / support : null;
    const f1 =
      precision === null || recall === null
        ? null
        : precision + recall > 0
          ? (2 * precision * recall) / (precision + recall)
          : 0;
    const precisionInterval = wilson(right, said);
    const recallInterval = wilson(right, support);
    return [label, { precision, recall, f1, support, precisionInterval, recallInterval }];
  });
  return Object.fromEntries(figures) as Record<Label, ClassFigures>;
}

/** One class against the rest. Null when one side is empty. Equal scores are one step. */
export function roc(
  judged: readonly Judged[],
  label: Label,
): { curve: Curve; auc: number; interval: Interval } | null {
  const scored = judged
    .filter((one) => one.probabilities)
    .map((one) => ({ score: one.probabilities![label], positive: one.truth === label }))
    .sort((a, b) => b.score - a.score);
  const positives = scored.filter(({ positive }) => positive).length;
  const negatives = scored.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const curve: Curve = [[0, 0]];
  let right = 0;
  let wrong = 0;
  let auc = 0;
  scored.forEach(({ score, positive }, index) => {
    if (positive) right++;
    else wrong++;
    if (scored[index + 1]?.score === score) return;
    const [lastX, lastY] = curve.at(-1)!;
    const point: [number, number] = [wrong / negatives, right / positives];
    auc += ((point[0] - lastX) * (point[1] + lastY)) / 2;
    curve.push(point);
  });
  return { curve, auc, interval: aucInterval(auc, positives, negatives) };
}

/** Precision over recall, and the area below its decreasing hull (Pascal VOC 2010 and later). */
export function precisionRecall(
  detections: readonly Detection[],
  truths: number,
): { curve: Curve; ap: number } | null {
  if (truths === 0) return null;
  const sorted = [...detections].sort((a, b) => b.score - a.score);
  const curve: Curve = [];
  let right = 0;
  sorted.forEach((one, index) => {
    if (one.right) right++;
    curve.push([right / truths, right / (index + 1)]);
  });
  for (let index = curve.length - 2; index >= 0; index--) {
    curve[index]![1] = Math.max(curve[index]![1], curve[index + 1]![1]);
  }
  let ap = 0;
  let last = 0;
  for (const [recall, precision] of curve) {
    ap += (recall - last) * precision;
    last = recall;
  }
  return { curve, ap };
}

export interface Bin {
  /** Mean of what was said, and share that was right, 0 to 1. */
  said: number;
  right: number;
  count: number;
}

/** Ten bins of equal width over the confidence of the verdict; empty ones are left out (Guo et al. 2017). */
export function calibration(judged: readonly Judged[]): { bins: Bin[]; error: number } {
  const sums = Array.from({ length: 10 }, () => ({ said: 0, right: 0, count: 0 }));
  let all = 0;
  for (const { truth, verdict, probabilities } of judged) {
    if (!verdict || !probabilities) continue;
    const confidence = probabilities[verdict];
    const bin = sums[Math.min(9, Math.floor(confidence * 10))]!;
    bin.said += confidence;
    bin.right += truth === verdict ? 1 : 0;
    bin.count++;
    all++;
  }
  const bins = sums
    .filter(({ count }) => count > 0)
    .map(({ said, right, count }) => ({ said: said / count, right: right / count, count }));
  const error = bins.reduce(
    (sum, bin) => sum + (bin.count / all) * Math.abs(bin.said - bin.right),
    0,
  );
  return { bins, error };
}

export interface Evaluation {
  accuracy: number;
  /** Null when no face was labelled. */
  accuracyInterval: Interval | null;
  right: number;
  faces: number;
  confusion: number[][];
  byClass: Record<Label, ClassFigures>;
  roc: Partial<Record<Label, { curve: Curve; auc: number; interval: Interval }>>;
  precisionRecall: { curve: Curve; ap: number } | null;
  calibration: { bins: Bin[]; error: number };
}

/** `detections` is null where the labels have no boxes, and finding cannot be measured. */
export function evaluate(
  judged: readonly Judged[],
  detections: readonly Detection[] | null,
  truths: number,
): Evaluation {
  const matrix = confusion(judged);
  const right = LABELS.reduce((sum, _, index) => sum + matrix[index]![index]!, 0);
  const curves: Evaluation['roc'] = {};
  for (const label of LABELS) {
    const curve = roc(judged, label);
    if (curve) curves[label] = curve;
  }
  return {
    accuracy: judged.length > 0 ? right / judged.length : 0,
    accuracyInterval: wilson(right, judged.length),
    right,
    faces: judged.length,
    confusion: matrix,
    byClass: byClass(matrix),
    roc: curves,
    precisionRecall: detections && precisionRecall(detections, truths),
    calibration: calibration(judged),
  };
}
