/** What is counted, from which score on, and in which of four groups that add up. */
import {
  type AnimationResult,
  type Face,
  LABELS,
  type Label,
  MOST_SURE,
  type Result,
} from '@masklens';
import { percent } from './strings/index.ts';

/** Faces whose shorter side is below this many pixels are too small to judge; the manifest says how many. */
let smallFace = 0;

export function tooSmallBelow(pixels: number): void {
  smallFace = pixels;
}

/** A verdict that can be relied on, or `look`: somebody has to look for themselves. */
export type Group = Label | 'look';

/** In the order shown. */
export const GROUPS: readonly Group[] = [...LABELS, 'look'];

export const isSmall = (face: Face): boolean =>
  Math.min(face.box.width, face.box.height) < smallFace;

/** Of every face exactly one: the four add up to all. What somebody decided by hand is sure. */
export const groupOf = (face: Face & { corrected?: true }): Group =>
  !face.corrected && (face.uncertain || isSmall(face)) ? 'look' : face.label;

export type Counts = Record<Group | 'people', number>;

export const noCounts = (): Counts => ({
  people: 0,
  correct: 0,
  incorrect: 0,
  unmasked: 0,
  look: 0,
});

export const facesFrom = <F extends Face>(faces: readonly F[], minScore: number): F[] =>
  faces.filter((face) => face.score >= minScore);

/**
 * The frame that stands for an animation in counts: the one with most faces, since the same people
 * come again in every frame.
 */
export function fullestFrame({ frames }: AnimationResult, minScore: number): Result | null {
  let best: Result | null = null;
  let most = -1;
  for (const { result } of frames) {
    const { length } = facesFrom(result.faces, minScore);
    if (length > most) [best, most] = [result, length];
  }
  return best;
}

/** Adds the faces to `counts`. */
export function countFaces(faces: readonly Face[], minScore: number, counts: Counts): Counts {
  for (const face of faces) {
    if (face.score < minScore) continue;
    counts.people++;
    counts[groupOf(face)]++;
  }
  return counts;
}

export const confidence = (face: Face): number => face.probabilities[face.label];

/** A probability or score in words for people: never all of it, as on saved pictures. */
export const surely = (share: number): string => percent(Math.min(share, MOST_SURE));

/** How little the verdict can be relied on, 0 to 1: the share of all other verdicts. */
export const doubt = (face: Face): number => 1 - confidence(face);
