// Accuracy of boxes against a COCO file: AP50 and recall. Average precision over all points, greedy
// by score, each box takes its best free face. Regions with `ignore`, `iscrowd` or `doubtful` are
// neither hit nor miss. Size is the shorter side; with a floor, smaller faces and small free boxes
// are left out of the count.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const LABELS = {
  with_mask: 'correct',
  mask_weared_incorrect: 'incorrect',
  without_mask: 'unmasked',
};

const corners = ([x, y, w, h]) => [x, y, x + w, y + h];
const side = ([x1, y1, x2, y2]) => Math.min(x2 - x1, y2 - y1);

function iou(a, b) {
  const w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h);
}

/** Picture name -> { faces: [{ box, label, masked, size }], ignore: [box] } of the named pictures. */
export function loadTruth(folder, names) {
  const { images, annotations, categories } = JSON.parse(
    readFileSync(join(folder, 'annotations.json'), 'utf8'),
  );
  const category = new Map(categories.map(({ id, name }) => [id, name]));
  const wanted = new Set(names);
  const truth = new Map();
  const byId = new Map();
  for (const { id, file_name } of images) {
    const name = basename(file_name);
    if (!wanted.has(name)) continue;
    truth.set(name, { faces: [], ignore: [] });
    byId.set(id, truth.get(name));
  }
  for (const { image_id, bbox, category_id, ignore, iscrowd, doubtful } of annotations) {
    const picture = byId.get(image_id);
    if (!picture) continue;
    const box = corners(bbox);
    if (ignore || iscrowd || doubtful) picture.ignore.push(box);
    else
      picture.faces.push({
        box,
        label: LABELS[category.get(category_id)],
        masked: category.get(category_id) !== 'without_mask',
        size: Math.min(bbox[2], bbox[3]),
      });
  }
  return truth;
}

/** [{ score, face (the one that was hit, or null), ignored }] of one picture's boxes. */
function match(found, { faces, ignore }, floor) {
  const free = new Set(faces);
  return [...found]
    .sort((a, b) => b.score - a.score)
    .map(({ box: xywh, score }) => {
      const box = corners(xywh);
      let real = null;
      let small = null;
      let bestReal = 0.5;
      let bestSmall = 0.5;
      for (const face of free) {
        const overlap = iou(box, face.box);
        if (face.size >= floor && overlap >= bestReal) [real, bestReal] = [face, overlap];
        if (face.size < floor && overlap >= bestSmall) [small, bestSmall] = [face, overlap];
      }
      const hit = real ?? small;
      if (hit) {
        free.delete(hit);
        return { score, face: hit, ignored: hit !== real };
      }
      const tiny = floor > 0 && side(box) < floor;
      return {
        score,
        face: null,
        ignored: tiny || ignore.some((region) => iou(box, region) >= 0.3),
      };
    });
}

function ranked(rows, truth, floor) {
  const found = new Map(rows.map(({ file, faces }) => [file, faces]));
  return [...truth]
    .flatMap(([name, picture]) => match(found.get(name) ?? [], picture, floor))
    .filter(({ ignored }) => !ignored)
    .sort((a, b) => b.score - a.score);
}

function averagePrecision(list, total) {
  const points = [];
  let hits = 0;
  list.forEach(({ score, face }, k) => {
    if (face) hits++;
    if (list[k + 1]?.score !== score) points.push([hits / total, hits / (k + 1)]);
  });
  let area = 0;
  let best = 0;
  for (let k = points.length - 1; k >= 0; k--) {
    best = Math.max(best, points[k][1]);
    area += (points[k][0] - (k > 0 ? points[k - 1][0] : 0)) * best;
  }
  return area;
}

/** The boxes above the lowest score at which false boxes stay within `allowed`. */
function within(list, allowed) {
  let wrong = 0;
  let end = 0;
  list.forEach(({ score, face }, k) => {
    if (!face) wrong++;
    if (wrong <= allowed && list[k + 1]?.score !== score) end = k + 1;
  });
  return list.slice(0, end);
}

/** AP50 of one label: its boxes against its faces, faces of other labels being background. */
function labelPrecision(rows, truth, label) {
  const mine = rows.map(({ file, faces }) => ({
    file,
    faces: faces.filter((face) => face.label === label),
  }));
  const only = new Map(
    [...truth].map(([name, { faces, ignore }]) => [
      name,
      { faces: faces.filter((face) => face.label === label), ignore },
    ]),
  );
  const total = [...only.values()].reduce((sum, { faces }) => sum + faces.length, 0);
  return averagePrecision(ranked(mine, only, 0), total);
}

/**
 * { ap50, ap50From16, recallMaskedFrom16, recallMaskedFrom32, recallBareFrom16 }: the recalls of
 * faces of so many pixels and more, at no more than half a false box a picture. With `labels` (those
 * that the detector knows) also ap50Correct, ap50Incorrect and ap50Unmasked. Fractions.
 */
export function score(rows, truth, labels = []) {
  const pictures = [...truth.values()];
  const count = (wanted) =>
    pictures.reduce((sum, { faces }) => sum + faces.filter(wanted).length, 0);
  const large = ({ size }) => size >= 16;
  const all = ranked(rows, truth, 0);
  const from16 = ranked(rows, truth, 16);
  const kept = within(from16, 0.5 * truth.size);
  const recall = (masked, least) =>
    kept.filter(({ face }) => face?.masked === masked && face.size >= least).length /
    count((face) => face.size >= least && face.masked === masked);
  const everyFace = count(() => true);
  return {
    ap50: averagePrecision(all, everyFace),
    ap50From16: averagePrecision(from16, count(large)),
    recallMaskedFrom16: recall(true, 16),
    recallMaskedFrom32: recall(true, 32),
    recallBareFrom16: recall(false, 16),
    ...Object.fromEntries(
      labels.map((label) => [
        `ap50${label[0].toUpperCase()}${label.slice(1)}`,
        labelPrecision(rows, truth, label),
      ]),
    ),
  };
}
