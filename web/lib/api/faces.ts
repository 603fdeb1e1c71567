/** Checks faces that a caller hands in, and copies them: objects that are watched, as by Vue, cannot be posted. */
import { number, oneOf } from './checks.js';
import { checkBox } from './options.js';
import { type AnimationResult, type Face, LABELS, type Point, type Result } from './types.js';

const LANDMARKS = 5;
const FAR = 1e6;

/** @throws TypeError or RangeError that names the field which is not what results hold */
export function checkFaces(result: Pick<Result, 'faces'>): Face[] {
  return facesOf(result, 'the result');
}

/** Of every frame. @throws as {@link checkFaces} */
export function checkFrames(result: AnimationResult): Face[][] {
  const frames: unknown = result?.frames;
  if (!Array.isArray(frames))
    throw new TypeError('The result of an animation has to be an object with an array of frames.');
  return frames.map((frame, index) => facesOf(frame?.result, `frames[${index}].result`));
}

function facesOf(result: unknown, name: string): Face[] {
  const faces: unknown = (result as { faces?: unknown } | null | undefined)?.faces;
  if (!Array.isArray(faces))
    throw new TypeError(`Of ${name}, faces has to be an array; pass what detect has given.`);
  return faces.map((face, index) => checkFace(`faces[${index}]`, face));
}

function checkFace(name: string, face: Face): Face {
  const share = (key: string, value: number) => number(`${name}.${key}`, value, 0, 1);
  const { correct, incorrect, unmasked } = face?.probabilities ?? {};
  return {
    box: checkBox(`${name}.box`, face?.box),
    score: share('score', face?.score),
    label: oneOf(`${name}.label`, face.label, LABELS),
    probabilities: {
      correct: share('probabilities.correct', correct as number),
      incorrect: share('probabilities.incorrect', incorrect as number),
      unmasked: share('probabilities.unmasked', unmasked as number),
    },
    uncertain: Boolean(face.uncertain),
    landmarks: face.landmarks ? checkLandmarks(`${name}.landmarks`, face.landmarks) : null,
  };
}

function checkLandmarks(name: string, points: readonly Point[]): Point[] {
  if (points.length !== LANDMARKS)
    throw new RangeError(`${name} has ${points.length} points; it has to have ${LANDMARKS}.`);
  return points.map((point, index) => ({
    x: number(`${name}[${index}].x`, point?.x, -FAR, FAR),
    y: number(`${name}[${index}].y`, point?.y, -FAR, FAR),
  }));
}
