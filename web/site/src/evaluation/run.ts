/** Sends labelled pictures through the shipped pipeline and collects what it said of them. */
import type { Box, Detector, Face, Label } from '@masklens';
import { type Detection, type Evaluation, evaluate, type Judged, match } from './metrics.ts';
import type { Labelled, Truth } from './truth.ts';

/** Low enough for the whole curve of finding; verdicts are taken from the usual threshold on. */
const CURVE_FROM = 0.05;
const WORST = 12;

/** A face judged wrongly, or not found: then `verdict` is null and `confidence` 0. */
export interface Mistake {
  file: File;
  path: string;
  /** Null where the whole picture is the face, and it was not found. */
  box: Box | null;
  /** Of the picture, in pixels. */
  width: number;
  truth: Label;
  verdict: Label | null;
  confidence: number;
}

export interface Outcome {
  evaluation: Evaluation;
  pictures: number;
  unreadable: string[];
  /** Pictures of class folders in which no face was found. */
  missed: number;
  /** Wrong verdicts, the surest first; then faces that were not found, the largest first. */
  worst: Mistake[];
}

const largest = (faces: readonly Face[]): Face | null =>
  faces.reduce<Face | null>(
    (best, face) =>
      !best || face.box.width * face.box.height > best.box.width * best.box.height ? face : best,
    null,
  );

/** Data sets of faces cut tightly leave detectors no room: the picture with a grey margin of half its size. */
async function withMargin(file: File): Promise<{ pixels: ImageData; left: number; top: number }> {
  const bitmap = await createImageBitmap(file);
  const left = Math.round(bitmap.width / 2);
  const top = Math.round(bitmap.height / 2);
  const canvas = new OffscreenCanvas(bitmap.width + 2 * left, bitmap.height + 2 * top);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = '#808080';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, left, top);
  bitmap.close();
  return { pixels: context.getImageData(0, 0, canvas.width, canvas.height), left, top };
}

async function faceOfCrop(
  detector: Detector,
  file: File,
  minScore: number,
  signal: AbortSignal,
): Promise<{ face: Face | null; width: number }> {
  const { faces, width } = await detector.detect(file, { minScore, signal });
  const plain = largest(faces);
  if (plain) return { face: plain, width };
  const { pixels, left, top } = await withMargin(file);
  const face = largest((await detector.detect(pixels, { minScore, signal })).faces);
  if (!face) return { face, width };
  const box = { ...face.box, x: face.box.x - left, y: face.box.y - top };
  return { face: { ...face, box }, width };
}

const inPixels = (box: Box, width: number, height: number): Box => ({
  x: box.x * width,
  y: box.y * height,
  width: box.width * width,
  height: box.height * height,
});

export async function check(
  truth: Truth,
  detector: Detector,
  minScore: number,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const judged: Judged[] = [];
  const detections: Detection[] = [];
  const mistakes: Mistake[] = [];
  const lost: Mistake[] = [];
  const unreadable: string[] = [];
  let truths = 0;
  let missed = 0;

  const area = ({ box }: Mistake) => (box ? box.width * box.height : Number.POSITIVE_INFINITY);
  /** Only the worst are kept; a list of all would hold every file. */
  const keep = (list: Mistake[], one: Mistake, order: (a: Mistake, b: Mistake) => number) => {
    list.push(one);
    if (list.length <= 4 * WORST) return;
    list.sort(order);
    list.length = WORST;
  };
  const bySureness = (a: Mistake, b: Mistake) => b.confidence - a.confidence;
  const bySize = (a: Mistake, b: Mistake) => (area(a) === area(b) ? 0 : area(b) - area(a));

  const note = (
    picture: Labelled,
    width: number,
    label: Label,
    face: Face | null,
    box: Box | null,
  ) => {
    judged.push({
      truth: label,
      verdict: face?.label ?? null,
      probabilities: face?.probabilities ?? null,
    });
    const { file, path } = picture;
    if (!face) {
      keep(lost, { file, path, width, box, truth: label, verdict: null, confidence: 0 }, bySize);
    } else if (face.label !== label) {
      const confidence = face.probabilities[face.label];
      const verdict = face.label;
      const mistake = { file, path, width, box: face.box, truth: label, verdict, confidence };
      keep(mistakes, mistake, bySureness);
    }
  };

  let done = 0;
  for (const picture of truth.pictures) {
    signal.throwIfAborted();
    try {
      if (truth.kind === 'folders') {
        const { face, width } = await faceOfCrop(detector, picture.file, minScore, signal);
        if (!face) missed++;
        note(picture, width, picture.faces[0]!.label!, face, null);
      } else {
        const { faces, width, height } = await detector.detect(picture.file, {
          minScore: Math.min(CURVE_FROM, minScore),
          signal,
        });
        const boxes = picture.faces.map((one) => ({
          ...one,
          box: picture.shares ? inPixels(one.box!, width, height) : one.box!,
        }));
        detections.push(...match(faces, boxes).detections);
        const sure = match(
          faces.filter(({ score }) => score >= minScore),
          boxes,
        ).of;
        boxes.forEach((one, index) => {
          if (one.ignore || !one.label) return;
          truths++;
          note(picture, width, one.label, sure[index] ?? null, one.box);
        });
      }
    } catch (error) {
      signal.throwIfAborted();
      const { code } = error as { code?: string };
      if (code === 'closed' || code === 'out-of-memory') throw error;
      unreadable.push(picture.path);
    }
    onProgress(++done);
  }
  return {
    evaluation: evaluate(judged, truth.kind === 'folders' ? null : detections, truths),
    pictures: truth.pictures.length,
    unreadable,
    missed,
    worst: [...mistakes.sort(bySureness), ...lost.sort(bySize)].slice(0, WORST),
  };
}
