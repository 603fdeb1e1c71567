/** Values that cross between page and worker: pictures in forms that can be posted, progress. */
import type { AnnotateSettings, DetectSettings } from './options.js';
import type { Face, LoadProgress, MovingResult, TimedResult } from './types.js';

/** A picture in one of the few forms that can be posted to a worker. */
export type Picture =
  | { kind: 'file'; data: Uint8Array | Blob }
  | { kind: 'pixels'; data: Uint8Array | Uint8ClampedArray; width: number; height: number }
  | { kind: 'bitmap'; bitmap: ImageBitmap }
  | { kind: 'frame'; frame: VideoFrame };

/** The content of a picture file. */
export type PictureFile = Extract<Picture, { kind: 'file' }>;

/** Of any realm: a test's page (jsdom) has a class of its own. */
export const isBlob = (data: PictureFile['data']): data is Blob => 'size' in data;

/** Is told of bytes as they arrive. */
export type ReportProgress = (progress: LoadProgress) => void;

/** How to judge a frame, and which frames it follows. */
export interface Following {
  /** The page's number for frames that belong together. */
  sequence: number;
  /** When the frame is shown, seconds. */
  time: number;
  settings: DetectSettings;
  /** Faces that the classifier may look at in this frame; all when absent. */
  maxLooks?: number;
}

/** `fresh`: whoever judged knew of no frame before this one. */
export type Followed = MovingResult & { fresh: boolean };

/**
 * What is asked about a file that moves. Each command has its answer in {@link MovingAnswers}; `id` is
 * what `open` and `begin` gave.
 */
export type MovingCommand =
  | { do: 'open'; file: PictureFile; settings: DetectSettings; every: number }
  /** The next frame, judged. */
  | { do: 'next'; id: number }
  | { do: 'close'; id: number }
  /** A copy is going to be drawn on. `size`: of the frames, which are `add`ed from outside. */
  | {
      do: 'begin';
      file: PictureFile;
      settings: AnnotateSettings;
      size?: { width: number; height: number };
    }
  /** Writes the frames up to the one with this index, which has these faces. */
  | { do: 'draw'; id: number; index: number; faces: Face[] }
  /** Writes a frame, shown at `time` for `duration` seconds. */
  | { do: 'add'; id: number; picture: Picture; time: number; duration: number; faces: Face[] }
  /** Writes what is left. */
  | { do: 'finish'; id: number };

export interface MovingAnswers {
  open: number;
  next: { frame: TimedResult | null; damage: string | null };
  close: null;
  begin: { id: number; total: number | null; duration: number | null };
  /** How far it is; null when the file has no more frames. */
  draw: { index: number; time: number } | null;
  add: { index: number; time: number } | null;
  finish: Blob;
}

export type MovingAnswer = MovingAnswers[keyof MovingAnswers];
