/** What is counted, and from which score on. */
import type { Face } from '@masklens';

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
