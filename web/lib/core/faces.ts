/**
 * Faces as they cross the C++ border: one flat Float32Array, the same numbers for each face. The core
 * says what they are and in which order (`wasm/core/base/face.cpp`).
 */
import { type Face, LABELS } from '../api/types.js';
import type { CoreModule } from './module.js';

/** Where in a face's numbers those of a name begin. */
type Layout = Readonly<Record<string, number>> & { readonly length: number };

const LANDMARKS = 5;
const layouts = new WeakMap<object, Layout>();

function layoutOf(core: Pick<CoreModule, 'faceLayout'>): Layout {
  let layout = layouts.get(core);
  if (!layout) {
    const names = core.faceLayout();
    const places = Object.fromEntries(names.map((name) => [name, names.indexOf(name)]));
    layout = { ...places, length: names.length };
    layouts.set(core, layout);
  }
  return layout;
}

export function unflattenFaces(core: Pick<CoreModule, 'faceLayout'>, flat: Float32Array): Face[] {
  const layout = layoutOf(core);
  const faces: Face[] = [];
  for (let start = 0; start + layout.length <= flat.length; start += layout.length)
    faces.push(unflatten(layout, flat.subarray(start, start + layout.length)));
  return faces;
}

function unflatten(layout: Layout, flat: Float32Array): Face {
  const at = (name: string, index = 0) => flat[(layout[name] as number) + index] as number;
  const points = Array.from({ length: LANDMARKS }, (_, i) => ({
    x: at('landmarks', 2 * i),
    y: at('landmarks', 2 * i + 1),
  }));
  return {
    box: { x: at('x'), y: at('y'), width: at('width'), height: at('height') },
    score: at('score'),
    label: LABELS[at('label')] ?? 'unmasked',
    probabilities: {
      correct: at('probabilities'),
      incorrect: at('probabilities', 1),
      unmasked: at('probabilities', 2),
    },
    uncertain: at('uncertain') !== 0,
    landmarks: at('hasLandmarks') !== 0 ? points : null,
    ...(at('roll') !== 0 && { roll: at('roll') }),
    ...(at('track') > 0 && { trackId: at('track') }),
  };
}

export function flattenFaces(
  core: Pick<CoreModule, 'faceLayout'>,
  faces: readonly Face[],
): Float32Array {
  const layout = layoutOf(core);
  const flat = new Float32Array(faces.length * layout.length);
  faces.forEach(({ box, landmarks, probabilities, ...face }, index) => {
    const set = (name: string, ...numbers: number[]) =>
      flat.set(numbers, index * layout.length + (layout[name] as number));
    set('x', box.x);
    set('y', box.y);
    set('width', box.width);
    set('height', box.height);
    set('score', face.score);
    set('probabilities', probabilities.correct, probabilities.incorrect, probabilities.unmasked);
    set('label', LABELS.indexOf(face.label));
    set('uncertain', face.uncertain ? 1 : 0);
    set('track', face.trackId ?? 0);
    set('roll', face.roll ?? 0);
    set('hasLandmarks', landmarks ? 1 : 0);
    if (landmarks) set('landmarks', ...landmarks.flatMap(({ x, y }) => [x, y]));
  });
  return flat;
}
