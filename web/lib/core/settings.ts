/** What the core is told: what the manifest says, each under a dotted key, and options. */

import { HIDING } from '../api/hiding.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import { badManifest, type Manifest } from '../runtime/models.js';
import { type CoreManifest, type CoreModule, type CorePipeline, coreError } from './module.js';

/**
 * The pipeline of a manifest. Delete it.
 * @throws MasklensError `model-mismatch`: something is missing, out of its range, or read by nobody
 */
export function makePipeline(core: CoreModule, manifest: Manifest, threads: number): CorePipeline {
  const told = new core.Manifest();
  try {
    tell(told, 'defaults', '', manifest.defaults);
    for (const section of ['detectors', 'classifiers', 'networks'] as const)
      for (const [name, entry] of Object.entries(manifest[section]))
        tell(told, section, name, entry);
    const made = core.makePipeline(told, threads);
    if ('error' in made) throw coreError(made);
    return made.pipeline;
  } finally {
    told.delete();
  }
}

/** Names of the networks that a picture with these settings may ask for. */
export function networksFor(pipeline: CorePipeline, settings: DetectSettings): string[] {
  const needed = pipeline.networksFor(coreDetectOptions(settings));
  if ('error' in needed) throw coreError(needed);
  return needed.networks;
}

function tell(told: CoreManifest, section: string, name: string, entry: object): void {
  for (const [key, list] of listsOf(entry, `${section}.${name}`))
    if (list.every((item) => typeof item === 'number')) told.setNumbers(section, name, key, list);
    else told.setTexts(section, name, key, list as string[]);
}

const DEEPEST = 4;

/**
 * Every value as a list under its path. Lists with numbers have NaN for what is none (the open sides
 * of a shape). A list of objects becomes one list per key: `outputs.stride`.
 * @throws MasklensError `model-mismatch` for what can be neither
 */
export function* listsOf(
  value: object,
  place: string,
  path: readonly string[] = [],
): Generator<[string, number[] | string[]]> {
  for (const [name, item] of Object.entries(value)) {
    const here = [...path, name];
    const key = here.join('.');
    if (typeof item === 'number') yield [key, [item]];
    else if (typeof item === 'string') yield [key, [item]];
    else if (Array.isArray(item)) yield* listsOfList(item, place, key);
    else if (typeof item === 'object' && item !== null && here.length < DEEPEST)
      yield* listsOf(item, place, here);
    else throw badManifest(`${place}: ${key} is neither a number, a text nor a list of them`);
  }
}

function* listsOfList(
  list: unknown[],
  place: string,
  key: string,
): Generator<[string, number[] | string[]]> {
  if (list.every((item) => typeof item === 'string')) {
    yield [key, list];
    return;
  }
  if (list.every((item) => typeof item === 'number' || typeof item === 'string')) {
    yield [key, list.map((item) => (typeof item === 'number' ? item : Number.NaN))];
    return;
  }
  const columns = new Map<string, unknown[]>();
  for (const item of list) {
    if (typeof item !== 'object' || item === null)
      throw badManifest(`${place}: ${key} mixes values and objects`);
    // Lists within are for those who run the network; that they are there is enough.
    for (const [name, value] of Object.entries(item))
      columns.set(name, [...(columns.get(name) ?? []), ...(Array.isArray(value) ? [] : [value])]);
  }
  for (const [name, values] of columns) {
    const whole = values.every((item) => typeof item === 'number' || typeof item === 'string');
    if (!whole) throw badManifest(`${place}: ${key}.${name} is neither a number nor a text`);
    yield* listsOfList(values, place, `${key}.${name}`);
  }
}

// The order of the core's enums (wasm/core/pipeline/pipeline.h, annotate/privacy.h).
const REFINES = ['auto', 'always', 'never'] as const;
const TURNS = ['auto', 'never'] as const;
const PRIVACIES = ['none', 'blur', 'pixelate'] as const;

/** What is absent the core finds in the manifest. */
export function coreDetectOptions({ roi, ...settings }: DetectSettings): object {
  return {
    ...settings,
    refine: REFINES.indexOf(settings.refine),
    turn: TURNS.indexOf(settings.turn),
    region: roi,
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
    hiddenMargin: HIDING.margin,
    hidden: hidden?.flatMap(({ x, y, width, height }) => [x, y, width, height]),
  };
}
