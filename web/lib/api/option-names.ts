/** The names that the options of a detector's calls may have. */
import type { Names } from './checks.js';
import type {
  AnnotateOptions,
  DetectOptions,
  FramesOptions,
  LiveOptions,
  PixelsOptions,
  PlayerOption,
  WatchOptions,
} from './types.js';

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
  signal: 'an AbortSignal',
};
const ANNOTATE: Names<AnnotateOptions & PlayerOption & { onProgress: unknown }> = {
  onProgress: 'a function',
  player: true,
  type: true,
  quality: true,
  texts: true,
  boxes: true,
  labels: true,
  landmarks: true,
  privacy: true,
  hidden: true,
  signal: 'an AbortSignal',
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
  onResult: 'a function',
  onError: 'a function',
  onEvent: 'a function',
  signal: 'an AbortSignal',
};
const FRAMES: Names<FramesOptions> = {
  ...DETECT,
  every: true,
  player: true,
  onDamage: 'a function',
};
const PIXELS: Names<PixelsOptions> = { maxSide: true, signal: 'an AbortSignal' };
const ANIMATION: Names<DetectOptions & { onFrame: unknown }> = { ...DETECT, onFrame: 'a function' };

/** By call, the names of its options. */
export const NAMES = {
  detect: DETECT,
  detectAnimation: ANIMATION,
  annotate: ANNOTATE,
  annotateAnimation: ANNOTATE,
  frames: FRAMES,
  pixels: PIXELS,
  watch: WATCH,
} as const;
