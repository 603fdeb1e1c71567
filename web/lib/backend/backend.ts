/** What does the work, in place (`local.ts`) or behind a worker (`client.ts`). */

import type { Choices } from '../api/create-options.js';
import type {
  Followed,
  Following,
  MovingAnswer,
  MovingCommand,
  Picture,
  PictureFile,
} from '../api/crossing.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import type {
  AnimationResult,
  Face,
  Limits,
  Pixels,
  Plate,
  PlatePlace,
  Result,
} from '../api/types.js';

/** How to start. Plain data: it crosses to the worker. */
export interface OpenOptions extends Choices {
  /** Folder of the assets; ends with a slash. */
  assets: string;
  threads: number;
  limits: Required<Limits>;
}

/** Calls must not overlap: the detector's queue sees to it. Every `signal` gives up between two networks. */
export interface Backend {
  /** Threads in use. */
  readonly threads: number;
  /** It has crashed: no call works any more. Whoever holds it closes it and opens another. */
  readonly dead: boolean;
  detect(picture: Picture, settings: DetectSettings, signal: AbortSignal): Promise<Result>;
  /** The next frame of a sequence, which begins with its first. */
  follow(picture: Picture, following: Following, signal: AbortSignal): Promise<Followed>;
  /** The sequence has no more frames. */
  endSequence(sequence: number, signal: AbortSignal): Promise<void>;
  /** Files that move. What was opened stays open between calls. */
  moving(command: MovingCommand, signal: AbortSignal): Promise<MovingAnswer>;
  detectAnimation(
    file: PictureFile,
    settings: DetectSettings,
    signal: AbortSignal,
    onFrame: (done: number, total: number) => void,
  ): Promise<AnimationResult>;
  /**
   * What `detect` judges; smaller, where its longer side has more than `maxSide` pixels. The bitmap
   * is the caller's to close.
   */
  pixels(
    picture: Picture,
    maxSide: number | undefined,
    signal: AbortSignal,
  ): Promise<ImageBitmap | Pixels>;
  /** The bytes of the encoded picture. */
  annotate(
    picture: Picture,
    faces: Face[],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** The bytes of the GIF; `faces` holds those of each frame. */
  annotateAnimation(
    file: PictureFile,
    faces: Face[][],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>>;
  layoutLabels(
    plates: readonly Plate[],
    size: { width: number; height: number },
    signal: AbortSignal,
  ): Promise<(PlatePlace | null)[]>;
  close(): Promise<void>;
}
