/** What is counted, and from which score on. */
import type { AnimationResult, Face, Result } from '@masklens';

/** Faces whose shorter side is below this many pixels are too small to judge; the manifest says how many. */
let smallFace = 0;

export function tooSmallBelow(pixels: number): void {
  smallFace = pixels;
}

export interface Counts {
  people: number;
  correct: number;
  incorrect: number;
  unmasked: number;
  uncertain: number;
  small: number;
}

export const noCounts = (): Counts => ({
  people: 0,
  correct: 0,
  incorrect: 0,
  unmasked: 0,
  uncertain: 0,
  small: 0,
});

export const isSmall = (face: Face): boolean =>
  Math.min(face.box.width, face.box.height) < smallFace;

export const facesFrom = (faces: readonly Face[], minScore: number): Face[] =>
  faces.filter((face) => face.score >= minScore);

/**
 * The faces that stand for a picture in counts. Of an animation those of the frame with most of
 * them: the same people come again in every frame.
 */
export function facesThatCount(
  { result, animation }: { result: Result | null; animation: AnimationResult | null },
  minScore: number,
): readonly Face[] {
  if (!animation) return result?.faces ?? [];
  let most: Face[] = [];
  for (const frame of animation.frames) {
    const faces = facesFrom(frame.result.faces, minScore);
    if (faces.length > most.length) most = faces;
  }
  return most;
}

/** Adds the faces to `counts`. A face is small or uncertain, never both: small is the reason for the other. */
export function countFaces(faces: readonly Face[], minScore: number, counts: Counts): Counts {
  for (const face of faces) {
    if (face.score < minScore) continue;
    counts.people++;
    counts[face.label]++;
    if (isSmall(face)) counts.small++;
    else if (face.uncertain) counts.uncertain++;
  }
  return counts;
}

export const confidence = (face: Face): number => face.probabilities[face.label];
