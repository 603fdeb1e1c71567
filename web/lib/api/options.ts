/** Checks what callers pass, and fills in the defaults. Wrong options are the program's fault: TypeError and RangeError, before anything starts. */
import { boolean, checkNames, integer, number, oneOf, shown, string } from './checks.js';
import { type Choices, checkChoices } from './create-options.js';
import { nearest } from './nearest.js';
import {
  type AnnotateOptions,
  type Box,
  type DetectOptions,
  LABELS,
  type LabelTexts,
  type LiveOptions,
  type PixelsOptions,
  PLATE_FORMS,
  type Plate,
  type Refine,
  type Turn,
} from './types.js';

/** {@link DetectOptions} without gaps, but for what the manifest has defaults for. */
export interface DetectSettings extends Choices {
  /** The defaults are those for live video. */
  live: boolean;
  refine: Refine;
  turn: Turn;
  tiles: boolean;
  minScore?: number;
  minFace?: number;
  maxSide?: number;
  /** Of the working picture's longer side, 0 to 1: less where the machine is slow. */
  sideShare?: number;
  roi?: Box;
}

/** {@link AnnotateOptions} without gaps. */
export interface AnnotateSettings {
  type: 'image/png' | 'image/jpeg';
  quality: number;
  texts: LabelTexts;
  boxes: boolean;
  labels: boolean;
  landmarks: boolean;
  privacy: 'none' | 'blur' | 'pixelate';
  hidden: readonly Box[] | undefined;
}

const REFINES: readonly Refine[] = ['auto', 'always', 'never'];
const TURNS: readonly Turn[] = ['auto', 'never'];

const DEFAULT_TEXTS: LabelTexts = {
  correct: 'correct',
  incorrect: 'incorrect',
  unmasked: 'no mask',
};

/** @throws RangeError when a name is none of those that the manifest has */
export function checkKnown(option: string, name: string | undefined, known: readonly string[]) {
  if (name === undefined || known.includes(name)) return;
  const meant = nearest(name, known);
  const question = meant === null ? '' : ` Was ${shown(meant)} meant?`;
  throw new RangeError(
    `${option} is ${shown(name)}, which the manifest does not have.${question} It has ${known.map(shown).join(', ')}.`,
  );
}

/** `choices` are the detector's own, which the options of one call override. */
export function checkDetectOptions(
  options: DetectOptions,
  choices: Choices,
  live = false,
): DetectSettings {
  const settings: DetectSettings = {
    ...checkChoices({
      detector: options.detector ?? choices.detector,
      classifier: options.classifier ?? choices.classifier,
      quality: options.quality ?? (live ? undefined : choices.quality),
    }),
    live,
    refine: oneOf('refine', options.refine ?? 'auto', REFINES),
    // Looking four times would halt the film.
    turn: oneOf('turn', options.turn ?? (live ? 'never' : 'auto'), TURNS),
    tiles: boolean('tiles', options.tiles ?? false),
  };
  if (options.minScore !== undefined)
    settings.minScore = number('minScore', options.minScore, 0, 1);
  if (options.minFace !== undefined)
    settings.minFace = number('minFace', options.minFace, 0, 65_535);
  if (options.maxSide !== undefined)
    settings.maxSide = integer('maxSide', options.maxSide, 32, 4096);
  if (options.roi !== undefined) settings.roi = checkBox('roi', options.roi);
  return settings;
}

/** The longer side in pixels, where there is a limit to it. */
export function checkPixelsOptions({ maxSide }: PixelsOptions): number | undefined {
  return maxSide === undefined ? undefined : integer('maxSide', maxSide, 1, 65_535);
}

export function checkEvery(every = 1): number {
  return integer('every', every, 1, 1_000_000);
}

/** Milliseconds, and frames a second; Infinity for as many as there are. */
export interface LiveSettings {
  detect: DetectSettings;
  maxFps: number;
  maxLatency: number;
}

export function checkLiveOptions(options: LiveOptions, choices: Choices): LiveSettings {
  const { maxFps = Number.POSITIVE_INFINITY, maxLatency = 150 } = options;
  return {
    detect: checkDetectOptions(options, choices, true),
    maxFps: maxFps === Number.POSITIVE_INFINITY ? maxFps : number('maxFps', maxFps, 0.1, 240),
    maxLatency: number('maxLatency', maxLatency, 10, 10_000),
  };
}

export function checkAnnotateOptions(options: AnnotateOptions): AnnotateSettings {
  const texts = { ...DEFAULT_TEXTS };
  checkNames('texts', options.texts ?? {}, { correct: true, incorrect: true, unmasked: true });
  for (const label of LABELS) {
    const text = options.texts?.[label];
    if (text !== undefined) texts[label] = string(`texts.${label}`, text);
  }
  return {
    type: oneOf('type', options.type ?? 'image/png', ['image/png', 'image/jpeg'] as const),
    quality: integer('quality', options.quality ?? 90, 1, 100),
    texts,
    boxes: boolean('boxes', options.boxes ?? true),
    labels: boolean('labels', options.labels ?? true),
    landmarks: boolean('landmarks', options.landmarks ?? false),
    privacy: oneOf('privacy', options.privacy ?? 'none', ['none', 'blur', 'pixelate'] as const),
    hidden:
      options.hidden &&
      list('hidden', options.hidden).map((box, index) => checkBox(`hidden[${index}]`, box)),
  };
}

function list<T>(name: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${name} is ${shown(value)}; it has to be an array.`);
}

/** Boxes may reach over the border, but not further than this. */
const FAR = 1e6;

export function checkBox(name: string, box: Box): Box {
  return {
    x: number(`${name}.x`, box?.x, -FAR, FAR),
    y: number(`${name}.y`, box?.y, -FAR, FAR),
    width: number(`${name}.width`, box?.width, 0, FAR),
    height: number(`${name}.height`, box?.height, 0, FAR),
  };
}

export function checkPlates(plates: readonly Plate[], size: { width: number; height: number }) {
  integer('size.width', size?.width, 1, FAR);
  integer('size.height', size?.height, 1, FAR);
  list('plates', plates).forEach((plate, index) => {
    checkBox(`plates[${index}].box`, plate?.box);
    const sizes = list(`plates[${index}].sizes`, plate?.sizes);
    integer(`plates[${index}].sizes.length`, sizes.length, PLATE_FORMS, PLATE_FORMS);
    for (const size of sizes) {
      number(`plates[${index}].sizes`, size?.width, 0, FAR);
      number(`plates[${index}].sizes`, size?.height, 0, FAR);
    }
  });
}
