/**
 * Faces as they cross the C++ border: one flat Float32Array, 22 numbers a face. `wasm/core/base/face.cpp`
 * is the other side of this layout.
 */
import { type Face, LABELS } from '../api/types.js';

// x, y, width, height, score, three probabilities, label, uncertain, track, has landmarks, 5 points.
const STRIDE = 22;
const LANDMARKS = 5;
const AT = {
  score: 4,
  probabilities: 5,
  label: 8,
  uncertain: 9,
  track: 10,
  hasLandmarks: 11,
  landmarks: 12,
};

export function unflattenFaces(flat: Float32Array): Face[] {
  const faces: Face[] = [];
  for (let start = 0; start + STRIDE <= flat.length; start += STRIDE)
    faces.push(unflatten(flat.subarray(start, start + STRIDE)));
  return faces;
}

function unflatten(flat: Float32Array): Face {
  const at = (index: number) => flat[index] as number;
  const points = Array.from({ length: LANDMARKS }, (_, i) => ({
    x: at(AT.landmarks + 2 * i),
    y: at(AT.landmarks + 2 * i + 1),
  }));
  return {
    box: { x: at(0), y: at(1), width: at(2), height: at(3) },
    score: at(AT.score),
    label: LABELS[at(AT.label)] ?? 'unmasked',
    probabilities: {
      correct: at(AT.probabilities),
      incorrect: at(AT.probabilities + 1),
      unmasked: at(AT.probabilities + 2),
    },
    uncertain: at(AT.uncertain) !== 0,
    landmarks: at(AT.hasLandmarks) !== 0 ? points : null,
    ...(at(AT.track) > 0 && { trackId: at(AT.track) }),
  };
}

export function flattenFaces(faces: readonly Face[]): Float32Array {
  const flat = new Float32Array(faces.length * STRIDE);
  faces.forEach((face, index) => {
    const { box, landmarks, probabilities } = face;
    flat.set(
      [
        box.x,
        box.y,
        box.width,
        box.height,
        face.score,
        probabilities.correct,
        probabilities.incorrect,
        probabilities.unmasked,
        LABELS.indexOf(face.label),
        face.uncertain ? 1 : 0,
        face.trackId ?? 0,
        landmarks ? 1 : 0,
        ...(landmarks ?? []).flatMap(({ x, y }) => [x, y]),
      ],
      index * STRIDE,
    );
  });
  return flat;
}
