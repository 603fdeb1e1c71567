/** The names that options may have. A misspelt one is not ignored but named, with the one that was meant. */
import { textOf } from './errors.js';
import { nearest } from './nearest.js';
import type {
  AnnotateOptions,
  CreateOptions,
  DetectOptions,
  FramesOptions,
  LiveOptions,
  PixelsOptions,
  WatchOptions,
} from './types.js';

/** Every name once, which the compiler sees to. */
type Names<T> = Record<keyof Required<T>, true>;

const DETECT: Names<DetectOptions> = {
  minScore: true,
  minFace: true,
  maxSide: true,
  tiles: true,
  refine: true,
  turn: true,
  roi: true,
  quality: true,
  detector: true,
  classifier: true,
  signal: true,
};
const ANNOTATE: Names<AnnotateOptions & { onProgress: unknown }> = {
  onProgress: true,
  type: true,
  quality: true,
  texts: true,
  boxes: true,
  labels: true,
  landmarks: true,
  privacy: true,
  hidden: true,
  signal: true,
};
const CREATE: Names<CreateOptions> = {
  detector: true,
  classifier: true,
  quality: true,
  assets: true,
  threads: true,
  worker: true,
  workers: true,
  limits: true,
  onProgress: true,
  signal: true,
};
const LIVE: Names<LiveOptions> = {
  quality: true,
  minScore: true,
  minFace: true,
  maxSide: true,
  refine: true,
  detector: true,
  classifier: true,
  maxFps: true,
  maxLatency: true,
};
const WATCH: Names<WatchOptions> = {
  ...LIVE,
  onResult: true,
  onError: true,
  onEvent: true,
  signal: true,
};
const FRAMES: Names<FramesOptions> = { ...DETECT, every: true, onDamage: true };
const PIXELS: Names<PixelsOptions> = { maxSide: true, signal: true };
const ANIMATION: Names<DetectOptions & { onFrame: unknown }> = { ...DETECT, onFrame: true };

const OPTIONS = {
  createDetector: CREATE,
  detect: DETECT,
  detectAnimation: ANIMATION,
  annotate: ANNOTATE,
  annotateAnimation: ANNOTATE,
  frames: FRAMES,
  pixels: PIXELS,
  watch: WATCH,
} as const;

/**
 * Checks the names in the options of a call.
 * @throws TypeError when `options` is not an object, or has a name that the call does not know
 */
export function checkNames(call: keyof typeof OPTIONS, options: object): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `The options of ${call} are ${textOf(options)}; they have to be an object.`,
    );
  const known = Object.keys(OPTIONS[call]);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    const question = meant === null ? '' : ` Was '${meant}' meant?`;
    throw new TypeError(
      `${call} has no option '${name}'.${question} There are ${known.sort().join(', ')}.`,
    );
  }
}
