/** The values that go in and come out. Plain data: every result survives `JSON.stringify`. */
import type { ClassifierName, DetectorName } from './model-names.js';
import type {
  AnnotateProgress,
  FramesOptions,
  MovingInput,
  PlayerOption,
  TimedResult,
  Watch,
  WatchOptions,
} from './moving.js';
import type {
  AbortSignal,
  Blob,
  HTMLCanvasElement,
  HTMLImageElement,
  HTMLVideoElement,
  ImageBitmap,
  ImageData,
  OffscreenCanvas,
  OwnPixels,
  URL,
  VideoFrame,
  Worker,
} from './platform.js';

export type * from './moving.js';

/** How a mask is worn. This order everywhere: probabilities, reports, tables. */
export type Label = 'correct' | 'incorrect' | 'unmasked';

/** The three labels in their fixed order. */
export const LABELS: readonly Label[] = ['correct', 'incorrect', 'unmasked'];

export type { ClassifierName, DetectorName };

/** Size of the detector: `accurate` for pictures, `fast` for live video. One that has a single size has it for both. */
export type Quality = 'accurate' | 'fast';

/** Whether the crop classifier has a say in the labels of a detector that labels. `auto`: the manifest's rule. */
export type Refine = 'auto' | 'always' | 'never';

/** Whether a picture in which no face is found upright is looked at on its sides and on its head. */
export type Turn = 'auto' | 'never';

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
  /** Degrees that the face leans clockwise, where it was found in the picture turned: 90, 180 or -90. Its landmarks are left and right as seen with the face upright. */
  roll?: number;
  /**
   * In results of something that moves: the same person, the same number, counted from 1. By place
   * and movement alone; it means nothing beyond this source.
   */
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
  /** Frames in the file, of which the first was judged: 1 for a still and for a frame itself. */
  frames: number;
  faces: Face[];
  timing: Timing;
}

/**
 * Bytes of a picture file, or pixels. Raw pixels are RGBA, 8 bits, not premultiplied, rows without
 * gaps; what is transparent is judged over white. In Node: bytes, `Blob` and raw pixels.
 *
 * The picture is taken when the call is made, and the caller keeps what it passed: bytes may be
 * changed, a `VideoFrame` or `ImageBitmap` closed, a canvas drawn on right away. An image element
 * that is still loading is waited for; calls that are ready pass it meanwhile.
 */
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

/** RGBA pixels, 8 bits each, every one opaque; rows from the top, without gaps. */
export interface Pixels {
  data: OwnPixels;
  width: number;
  height: number;
}

export interface PixelsOptions {
  /** The picture is scaled down so that its longer side has at most this many pixels, 1 to 65,535. Default: its own size. */
  maxSide?: number;
  /** Gives up: the promise rejects with `aborted` at once. */
  signal?: AbortSignal;
}

/** What has been fetched so far. */
export interface LoadProgress {
  /** Name of the file that the latest bytes belong to. */
  file: string;
  /** Bytes so far, of all files together. */
  loaded: number;
  /** Bytes that will have come when everything is there, of all files together; known from the start. */
  total: number;
}

/**
 * What a picture may be at most, each 1 to 2,147,483,647 (`maxSide`: to 65,535). Checked against
 * the file's header before any pixel is allocated; of formats that only the browser decodes, the
 * pixels are checked once it has.
 */
export interface Limits {
  /** Size of the file in bytes. Default 268,435,456 (256 MiB). */
  maxBytes?: number;
  /** Longer side in pixels. Default 16,384. */
  maxSide?: number;
  /** Width times height in pixels, of one frame where there are several. Default 100,000,000. */
  maxPixels?: number;
}

export interface CreateOptions {
  /** A name in the manifest. Default: the manifest's. */
  detector?: DetectorName;
  /** Likewise. */
  classifier?: ClassifierName;
  /** Size of the detector for {@link Detector.detect}. Default: the manifest's, `accurate` for ours. */
  quality?: Quality;
  /**
   * Folder that holds the package's assets. On another origin than the page's, its server has to
   * allow it: `Access-Control-Allow-Origin`, and for isolated pages `Cross-Origin-Resource-Policy:
   * cross-origin`; the page's policy then needs `worker-src blob:`. A string is resolved against
   * the page's address, in Node against the current folder. Default: `assets/` beside the
   * package's own code.
   */
  assets?: string | URL;
  /**
   * Threads for the runtime and the core, 1 to 64; more than there are cores are not started.
   * `auto`: min(4, half the cores) when the page is cross-origin isolated, else 1. Where threads
   * cannot start, one is used: see {@link Detector.threads}. Default `auto`.
   */
  threads?: 'auto' | number;
  /**
   * Run in a worker. Default true in browsers; Node always runs in place. A worker that the page
   * started ahead of its other scripts, so that both load at the same time, can be handed over
   * instead: `new Worker(assets + 'worker.js', { type: 'module', name: 'masklens' })`. It serves one
   * detector; leave it out if an `error` event has come from it. Where there are no workers (in
   * shared workers) the work is done in place.
   */
  worker?: boolean | Worker;
  /**
   * How many pictures are judged at once, 1 to 16, each in a worker with its own copy of everything.
   * Promises settle as before, each with its own picture. With more than one, `threads` is 1 unless
   * it is given. In place, and so in Node, there is always one: `masklens detect --jobs` uses more.
   * Default 1.
   */
  workers?: number;
  /** What pictures may be at most. */
  limits?: Limits;
  /** Called as bytes arrive, until `createDetector` has settled. */
  onProgress?: (progress: LoadProgress) => void;
  /** Gives up loading: `createDetector` then rejects with `aborted`. */
  signal?: AbortSignal;
}

export interface DetectOptions {
  /** Faces below this score are left out, 0 to 1. Default: the manifest's. Of more than 20,000 candidates the best are looked at. */
  minScore?: number;
  /**
   * Faces with a shorter side under this many pixels are left out; a cascade looks for none of them, nor any
   * under 12. Default 0, or the cascade's own. A network's more than 16,777,216 pixels at once are `image-too-large`.
   */
  minFace?: number;
  /** The picture is scaled for the detector so that its longer side is this many pixels, 32 to 4096. Default: the manifest's. */
  maxSide?: number;
  /** Overlapping tiles for very large group photos, where the detector can. Default false. */
  tiles?: boolean;
  /** Default `auto`. */
  refine?: Refine;
  /** Default `auto`: it costs time in pictures without an upright face alone. */
  turn?: Turn;
  /** Only this part of the picture is looked at; what is found is in pixels of the whole picture all the same. */
  roi?: Box;
  /** Overrides the detector's `quality` for this picture. */
  quality?: Quality;
  /** Overrides the detector chosen at creation, for comparisons; fetches its networks when first used. */
  detector?: DetectorName;
  /** Overrides the classifier chosen at creation, likewise. */
  classifier?: ClassifierName;
  /**
   * Gives up: the promise rejects with `aborted` at once. The work ends at the next network, and
   * after 200 ms with its worker, which the next call replaces. In place (Node) it ends at the next
   * network.
   */
  signal?: AbortSignal;
}

/**
 * The words on the plates of an annotated picture. Latin-1 letters are drawn; a plate whose word has
 * others shows its sign and number alone.
 */
export interface LabelTexts {
  correct: string;
  incorrect: string;
  unmasked: string;
}

/** How many forms a plate has: label and percent, label alone, sign and number. */
export const PLATE_FORMS = 3;

/** A plate that wants a place beside its face; pixels of the picture. */
export interface Plate {
  /** The face's box with its outline. */
  box: Box;
  /** Of the {@link PLATE_FORMS} forms, from the one that says most to the smallest. */
  sizes: readonly { width: number; height: number }[];
}

/** Which form a plate has, 0 to 2, and its top left corner in pixels of the picture. */
export interface PlatePlace {
  form: number;
  x: number;
  y: number;
}

export interface AnnotateOptions {
  /** Default `image/png`. */
  type?: 'image/png' | 'image/jpeg';
  /** JPEG quality, 1 to 100. Default 90. */
  quality?: number;
  /** Default: correct, incorrect, no mask. */
  texts?: Partial<LabelTexts>;
  /** Outlines around the faces. Default true. */
  boxes?: boolean;
  /**
   * Plates with label and percent, where there is space; else the label alone, or its sign and the
   * face's number, counted from 1 in the order of `faces`. Default true.
   */
  labels?: boolean;
  /** Dots at the landmarks. Default false. */
  landmarks?: boolean;
  /**
   * Hide the faces themselves, with a margin around them. Default `none`. Only faces that were found are
   * hidden: `HIDING` says how to find those that can hardly be seen.
   */
  privacy?: 'none' | 'blur' | 'pixelate';
  /** What `privacy` hides, in pixels of the upright picture. Default: the boxes of `faces`. */
  hidden?: readonly Box[];
  signal?: AbortSignal;
}

/** A GIF, every frame judged. */
export interface AnimationResult {
  width: number;
  height: number;
  frames: { result: Result; delayMs: number }[];
}

/** What this browser or Node offers. */
export interface Environment {
  /** WebAssembly with 128-bit SIMD: without it nothing here runs. */
  simd: boolean;
  /** More than one thread can be had. */
  threads: boolean;
  /** Cross-origin isolated, which browsers ask for before they share memory between threads. */
  isolated: boolean;
  /** Why threads are off, for people; empty when they are on. */
  reason: string;
}

/**
 * Made by `createDetector`. One queue: calls run in the order they were made, never at once. Where a
 * worker or a module crashes, the call under way rejects with `crashed` or `out-of-memory`, and the
 * next one starts it again.
 */
export interface Detector {
  /** Threads that the runtime and the core run with. */
  readonly threads: number;
  /**
   * Finds every face and labels it.
   * @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory`,
   * `crashed`, `aborted`, `closed`; with an override of `detector`, `classifier` or `quality` also
   * `asset-missing` and `model-mismatch`. TypeError or RangeError when an option is not what it
   * should be.
   */
  detect(input: ImageInput, options?: DetectOptions): Promise<Result>;
  /**
   * Finds the faces in every frame of an animated GIF; `onFrame` counts the frames done. Any other
   * picture has one frame.
   * @throws as {@link Detector.detect}
   */
  detectAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    options?: DetectOptions & { onFrame?: (done: number, total: number) => void },
  ): Promise<AnimationResult>;
  /**
   * The pixels that {@link Detector.detect} judges, upright and over white: whoever shows these
   * shows boxes where they belong, whatever another decoder makes of the same file. In browsers an
   * `ImageBitmap`, which is the caller's to close; in Node {@link Pixels}.
   * @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory`,
   * `aborted`, `closed`. TypeError or RangeError when an option is not what it should be.
   */
  pixels(input: ImageInput, options?: PixelsOptions): Promise<ImageBitmap | Pixels>;
  /**
   * The picture with boxes and labels, encoded, at full size; metadata is not carried over.
   * @throws as {@link Detector.detect}
   */
  annotate(
    input: ImageInput,
    result: Pick<Result, 'faces'>,
    options?: AnnotateOptions,
  ): Promise<Blob>;
  /**
   * What moves, with boxes and labels on every frame, in its own kind: GIF for GIF and animated
   * pictures, MP4 or WebM for films, with their sound. `results` are those of
   * {@link Detector.frames}, in order: kept ones, or the very loop. Frames without a result have the
   * boxes of the one before.
   * @throws as {@link Detector.detect}
   */
  annotate(
    input: ArrayBuffer | Uint8Array | Blob,
    results: Iterable<TimedResult> | AsyncIterable<TimedResult>,
    options?: Omit<AnnotateOptions, 'type' | 'quality'> &
      PlayerOption & { onProgress?: (progress: AnnotateProgress) => void },
  ): Promise<Blob>;
  /**
   * Where plates go: beside their faces, inside the picture of that size, off faces and off each
   * other, as `annotate` places them. The larger the face, the earlier it chooses; `null` where
   * there is no space even for the smallest form. Whoever draws plates of their own asks this.
   * @throws MasklensError `closed`; TypeError or RangeError when a number is not what it should be
   */
  layoutLabels(
    plates: readonly Plate[],
    size: { width: number; height: number },
  ): Promise<(PlatePlace | null)[]>;
  /**
   * The GIF with boxes and labels on every frame, delays kept.
   * @throws as {@link Detector.detect}
   */
  annotateAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    result: AnimationResult,
    options?: Omit<AnnotateOptions, 'type' | 'quality'>,
  ): Promise<Blob>;
  /**
   * Judges what moves, frame after frame: a film (MP4, MOV, WebM, MKV; what the browser decodes), a
   * GIF, an animated WebP, AVIF or PNG, or frames as they come from an iterable, which are the
   * caller's to close once the next is asked for. A frame is read when its result is asked for, so
   * that nothing piles up; leaving the loop ends it. A still picture has one frame.
   * @throws as {@link Detector.detect}
   */
  frames(input: MovingInput, options?: FramesOptions): AsyncGenerator<TimedResult, void, void>;
  /**
   * Judges a playing video, frame after frame, until stopped. Browsers only.
   * @throws TypeError where there is no video element (Node), or an option is not what it should be
   */
  watch(video: HTMLVideoElement, options: WatchOptions): Watch;
  /** Frees everything. What is under way and what comes later rejects with `closed`. */
  close(): Promise<void>;
  /** As {@link Detector.close}: for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
