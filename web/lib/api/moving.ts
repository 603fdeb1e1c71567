/** The values of what moves: films, GIFs, live video. */
import type { AbortSignal, Blob, HTMLVideoElement, VideoFrame } from './platform.js';
import type {
  ClassifierName,
  DetectOptions,
  DetectorName,
  ImageInput,
  Label,
  Quality,
  Refine,
  Result,
} from './types.js';

/** Someone came, went, or wears the mask in another way now. */
export interface TrackEvent {
  kind: 'enter' | 'leave' | 'change';
  trackId: number;
  /** Seconds, of the frame; of `leave`: when last seen. */
  time: number;
  /** The verdict before. Of `enter` and `leave` the same as `to`. */
  from: Label;
  /** The verdict now. */
  to: Label;
}

/**
 * One frame of something that moves, judged. Its faces have a `trackId`, boxes that do not tremble,
 * and verdicts that are votes over time. A face is shown from its third frame on (in the first frame
 * of a scene at once; one whose score hardly reaches `minScore` after a second), and for up to half a second where it should be when it cannot be seen.
 */
export interface MovingResult extends Result {
  /** When it is shown, in seconds from the beginning. */
  time: number;
  /** What happened since the frame before. */
  events: TrackEvent[];
}

/** One frame of a film, a GIF or another source of frames: see {@link Detector.frames}. */
export interface TimedResult extends MovingResult {
  /** Of the frame in its source, counted from 0. */
  index: number;
  /** How long it is shown, in seconds; 0 where the source does not say. */
  duration: number;
  /** Frames in the source, where it says so before it has been read; a GIF does, a film does not. */
  total: number | null;
  /** How long the whole source takes, in seconds, where it says so. */
  totalDuration: number | null;
}

/** What moves: the bytes of a film, a GIF or an animated picture, or frames as they come. */
export type MovingInput =
  | ArrayBuffer
  | Uint8Array
  | Blob
  | AsyncIterable<VideoFrame | TimedFrame>
  | Iterable<VideoFrame | TimedFrame>;

/** A frame that does not know its own time, in seconds. */
export interface TimedFrame {
  image: ImageInput;
  time: number;
}

/** As for pictures, but that `turn` is `never` unless it is asked for. */
export interface FramesOptions extends DetectOptions {
  /** Judge every n-th frame, from 1. Default 1. */
  every?: number;
  /** A frame, or the rest of the file, is damaged; what can be read goes on. */
  onDamage?: (error: Error) => void;
  /** See {@link PlayerOption}. */
  player?: HTMLVideoElement;
}

export interface PlayerOption {
  /**
   * A video element of yours, shown or not. Films that the browser decodes for its player alone are
   * read through it, ten frames a second; what it played before is gone. One call's at a time. Default: such films are
   * refused, `unsupported-format`.
   */
  player?: HTMLVideoElement;
}

/** How far {@link Detector.annotate} has come with something that moves. */
export interface AnnotateProgress {
  /** Frames written. */
  frames: number;
  /** Of the whole, 0 to 1, where the source says how long it is. */
  share: number | null;
  /** Seconds that are left at this speed, likewise. */
  secondsLeft: number | null;
}

/** One frame of live video, judged. `width` and `height` are the frame's own, in pixels. */
export interface LiveResult extends MovingResult {
  /** Results a second, over the last second or so. */
  framesPerSecond: number;
  /** Milliseconds from the moment at which the browser had the frame to this result. */
  latency: number;
  /** Whoever was followed has a new number: what judges had stopped and was started again. */
  restarted: boolean;
}

/** What can be changed while a {@link Watch} runs. The overrides are those of {@link DetectOptions}. */
export interface LiveOptions {
  /** Default: the manifest's for live video, `fast` for ours. */
  quality?: Quality;
  minScore?: number;
  minFace?: number;
  /** Default: the manifest's for live video, a little less than for pictures. */
  maxSide?: number;
  refine?: Refine;
  detector?: DetectorName;
  classifier?: ClassifierName;
  /** Frames a second at most, 0.1 to 240. Default: as many as the video shows. */
  maxFps?: number;
  /**
   * Milliseconds from frame to result that are aimed at, 10 to 10,000: where results come later, the
   * working picture becomes smaller step by step, then frames are left out. Default 150.
   */
  maxLatency?: number;
}

export interface WatchOptions extends LiveOptions {
  /** Called after every judged frame, unless paused or stopped meanwhile. */
  onResult: (result: LiveResult) => void;
  /** Someone came, went or changed: the events of the results, one by one. */
  onEvent?: (event: TrackEvent) => void;
  /** A frame failed; the next one is tried all the same. Without it, the first failure stops and is reported as uncaught. */
  onError?: (error: Error) => void;
  /** Stops it. */
  signal?: AbortSignal;
}

/**
 * A running {@link Detector.watch}. The latest frame wins; frames never queue. While the page is
 * hidden it rests; what a paused video jumps to is judged, too.
 */
export interface Watch {
  /** No frames are taken until `resume`. A result under way is dropped. */
  pause(): void;
  resume(): void;
  /**
   * From the next frame on. What is not named stays; `undefined` brings the default back.
   * @throws TypeError or RangeError when an option is not what it should be
   */
  set(options: LiveOptions): void;
  /** Ends it for good. The video itself is left alone. */
  stop(): void;
}
