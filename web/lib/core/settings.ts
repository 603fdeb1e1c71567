/** What the core is told: the manifest's numbers, each under a dotted key, and options with indices for names. */

import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import { LABELS } from '../api/types.js';
import type { NetworkEntry } from '../runtime/models.js';
import type { CoreModule, CorePipelineConfig } from './module.js';

/** `networks`: the manifest's entries under the names that the core asks for them by. Delete what comes back. */
export function configure(
  core: CoreModule,
  networks: Record<string, NetworkEntry>,
  threads: number,
): CorePipelineConfig {
  const config = new core.PipelineConfig();
  config.threads = threads;
  for (const [network, entry] of Object.entries(networks))
    for (const [key, numbers] of numbersOf(entry)) config.set(network, key, numbers);
  return config;
}

/**
 * Lists are kept whole, with NaN for what is not a number (the open sides of a shape). A list of
 * objects becomes one list per key: `outputs.stride`. Labels become their places in {@link LABELS}.
 */
export function* numbersOf(value: object, prefix = ''): Generator<[string, number[]]> {
  for (const [name, item] of Object.entries(value)) {
    const key = prefix + name;
    if (typeof item === 'number') yield [key, [item]];
    else if (key === 'classes') yield [key, item.map((label: never) => LABELS.indexOf(label))];
    else if (Array.isArray(item)) yield* numbersOfList(item, key);
    else if (typeof item === 'object' && item !== null) yield* numbersOf(item, `${key}.`);
  }
}

function* numbersOfList(list: unknown[], key: string): Generator<[string, number[]]> {
  if (list.some((item) => typeof item === 'number')) {
    yield [key, list.map((item) => (typeof item === 'number' ? item : Number.NaN))];
    return;
  }
  const columns = new Map<string, number[]>();
  for (const item of list) {
    if (typeof item !== 'object' || item === null) continue;
    for (const [name, number] of Object.entries(item)) {
      if (typeof number !== 'number') continue;
      columns.set(name, [...(columns.get(name) ?? []), number]);
    }
  }
  for (const [name, numbers] of columns) yield [`${key}.${name}`, numbers];
}

// The order of the core's enums (wasm/core/pipeline/pipeline.h, annotate/privacy.h).
const DETECTORS = ['one-stage', 'mtcnn'] as const;
const QUALITIES = ['accurate', 'fast'] as const;
const REFINES = ['auto', 'always', 'never'] as const;
const PRIVACIES = ['none', 'blur', 'pixelate'] as const;

export function coreDetectOptions(settings: DetectSettings): object {
  return {
    detector: DETECTORS.indexOf(settings.detector),
    quality: QUALITIES.indexOf(settings.quality),
    refine: REFINES.indexOf(settings.refine),
    tiles: settings.tiles,
    minScore: settings.minScore,
    minFace: settings.minFace,
    maxSide: settings.maxSide,
  };
}

export function coreDrawOptions(settings: AnnotateSettings): object {
  const { texts, boxes, labels, landmarks, privacy, hidden } = settings;
  return {
    texts,
    boxes,
    labels,
    landmarks,
    privacy: PRIVACIES.indexOf(privacy),
    hidden: hidden?.flatMap(({ x, y, width, height }) => [x, y, width, height]),
  };
}
