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
  signal: true,
};
const ANNOTATE: Names<AnnotateOptions & PlayerOption & { onProgress: unknown }> = {
  onProgress: true,
  player: true,
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
const FRAMES: Names<FramesOptions> = { ...DETECT, every: true, player: true, onDamage: true };
const PIXELS: Names<PixelsOptions> = { maxSide: true, signal: true };
const ANIMATION: Names<DetectOptions & { onFrame: unknown }> = { ...DETECT, onFrame: true };

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
