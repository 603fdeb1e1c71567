/** The values that go in and come out. Plain data: every result survives `JSON.stringify`. */

/** How a mask is worn. This order everywhere: probabilities, reports, tables. */
export type Label = 'correct' | 'incorrect' | 'unmasked';

/** The three labels in their fixed order. */
export const LABELS: readonly Label[] = ['correct', 'incorrect', 'unmasked'];

/** The finder of faces. `one-stage` is the default; `mtcnn` is the cascade of Zhang et al. 2016. */
export type DetectorName = 'one-stage' | 'mtcnn';

/** The crop classifier. `masklens` is ours; the others are the two-class networks of the original project. */
export type ClassifierName = 'masklens' | 'cnn' | 'baseline' | 'vgg19';

/** Size of the one-stage network: `accurate` for pictures, `fast` for live video. */
export type Quality = 'accurate' | 'fast';

/** Whether the crop classifier has a say in the one-stage network's labels. `auto`: the manifest's rule. */
export type Refine = 'auto' | 'always' | 'never';

/** Axis-aligned rectangle, floats in pixels of the upright picture; (x, y) is the top left corner. May reach over the border. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A point in pixels of the upright picture. */
export interface Point {
  x: number;
  y: number;
}

/** One face. */
export interface Face {
  box: Box;
  /** Confidence that this is a face, 0 to 1. */
  score: number;
  label: Label;
  /** Of the three labels; sums to 1. */
  probabilities: Record<Label, number>;
  /** True when the two best labels are too close, or the face too small, for a verdict to be relied on. */
  uncertain: boolean;
  /** Left eye, right eye, nose, left and right mouth corner, left as seen; guesses under a mask. `null` when the detector has none. */
  landmarks: Point[] | null;
  /** Same person, same number, in results of {@link Detector.watch} only. */
  trackId?: number;
}

/** Milliseconds spent. `total` covers everything from bytes to result; `networks` is inside the runtime's own calls. */
export interface Timing {
  decode: number;
  detect: number;
  classify: number;
  networks: number;
  total: number;
}

/** What was found in one picture. No faces is a result. */
export interface Result {
  /** Of the upright picture, in pixels. */
  width: number;
  height: number;
  faces: Face[];
  timing: Timing;
}

/** Bytes of a picture file, or pixels. Pixels are RGBA, 8 bits, not premultiplied. */
export type ImageInput =
  | ArrayBuffer
  | Uint8Array
  | Blob
  | ImageData
  | { data: Uint8Array | Uint8ClampedArray; width: number; height: number }
  | ImageBitmap
  | OffscreenCanvas
  | HTMLCanvasElement
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame;

/** Bytes fetched so far. `total` is known from the manifest before the first byte arrives. */
export interface LoadProgress {
  /** Name of the file under way. */
  file: string;
  loaded: number;
  total: number;
}

export interface CreateOptions {
  /** Default `one-stage`. */
  detector?: DetectorName;
  /** Default `masklens`. */
  classifier?: ClassifierName;
  /** Size of the one-stage network for {@link Detector.detect}. Default `accurate`. */
  quality?: Quality;
  /** Folder that holds the package's assets, self-hosted. Default: beside the package's own code. */
  assets?: string | URL;
  /** Threads for the runtime and the core. `auto`: min(4, half the cores) when the page is cross-origin isolated, else 1. Default `auto`. */
  threads?: 'auto' | number;
  /** Run in a worker. Default true in browsers; Node always runs in place. */
  worker?: boolean;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
}

export interface DetectOptions {
  /** Faces below this score are left out, 0 to 1. Default: the detector's own (0.5 one-stage, 0.7 mtcnn). */
  minScore?: number;
  /** Faces with a shorter side under this many pixels are not looked for. Default 20 for `mtcnn`, 0 (all) for `one-stage`. */
  minFace?: number;
  /** The one-stage network works on the picture scaled so that its longer side is this many pixels, 32 to 4096. Default: the manifest's. */
  maxSide?: number;
  /** Overlapping tiles for very large group photos (one-stage). Default false. */
  tiles?: boolean;
  /** Default `auto`. */
  refine?: Refine;
  /** Overrides the detector's `quality` for this picture. */
  quality?: Quality;
  /** Overrides the detector chosen at creation, for comparisons; fetches its networks when first used. */
  detector?: DetectorName;
  /** Overrides the classifier chosen at creation, likewise. */
  classifier?: ClassifierName;
  signal?: AbortSignal;
}

/** The words on the plates of an annotated picture. Latin-1 letters are drawn; others show as a box. */
export interface LabelTexts {
  correct: string;
  incorrect: string;
  unmasked: string;
}

export interface AnnotateOptions {
  /** Default `image/png`. */
  type?: 'image/png' | 'image/jpeg';
  /** JPEG quality, 1 to 100. Default 90. */
  quality?: number;
  /** Default: correct, incorrect, no mask. */
  texts?: Partial<LabelTexts>;
  /** Plates with text and percent. Default true. */
  labels?: boolean;
  /** Dots at the landmarks. Default false. */
  landmarks?: boolean;
  /** Hide the faces themselves. Default `none`. */
  privacy?: 'none' | 'blur' | 'pixelate';
  signal?: AbortSignal;
}

/** A GIF, every frame judged. */
export interface AnimationResult {
  width: number;
  height: number;
  frames: { result: Result; delayMs: number }[];
}

/** One frame of live video, judged. `width` and `height` are the frame's. */
export interface LiveResult extends Result {
  /** Results a second, over the last second or so. */
  framesPerSecond: number;
}

export interface WatchOptions {
  onResult: (result: LiveResult) => void;
  onError?: (error: Error) => void;
  /** Default `fast`. */
  quality?: Quality;
  minScore?: number;
  minFace?: number;
  maxSide?: number;
}

/** A running {@link Detector.watch}. The latest frame wins; frames never queue. */
export interface Watch {
  pause(): void;
  resume(): void;
  stop(): void;
}

/** What this browser or Node offers. */
export interface Environment {
  simd: boolean;
  threads: boolean;
  /** Cross-origin isolated, which browsers ask for before they share memory between threads. */
  isolated: boolean;
  /** Why threads are off, for people; empty when they are on. */
  reason: string;
}

/** Made by `createDetector`. One queue: calls run in the order they were made, never at once. */
export interface Detector {
  /**
   * Finds every face and labels it.
   * @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory`, `aborted`, `closed`
   */
  detect(input: ImageInput, options?: DetectOptions): Promise<Result>;
  /** Finds the faces in every frame of an animated GIF. A still GIF has one frame. */
  detectAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    options?: DetectOptions & { onFrame?: (done: number, total: number) => void },
  ): Promise<AnimationResult>;
  /** The picture with boxes and labels, encoded; metadata is not carried over. */
  annotate(input: ImageInput, result: Pick<Result, 'faces'>, options?: AnnotateOptions): Promise<Blob>;
  /** The GIF with boxes and labels on every frame, delays kept. */
  annotateAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    result: AnimationResult,
    options?: Omit<AnnotateOptions, 'type' | 'quality'>,
  ): Promise<Blob>;
  /** Judges a playing video, frame after frame, until stopped. Browsers only. */
  watch(video: HTMLVideoElement, options: WatchOptions): Watch;
  /** Frees everything. Later calls reject with `closed`. */
  close(): Promise<void>;
}
