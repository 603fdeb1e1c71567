/**
 * The loop over what moves, as callers see it: one frame at a time, asked for when the last was used.
 * A script of its own beside the package's (`moving.js`), fetched when something moves.
 */
import type {
  Followed,
  Following,
  MovingAnswers,
  MovingCommand,
  PictureFile,
} from '../api/crossing.js';
import { MasklensError } from '../api/errors.js';
import { checkFaces } from '../api/faces.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import type {
  AnnotateProgress,
  FramesOptions,
  ImageInput,
  MovingInput,
  TimedFrame,
  TimedResult,
} from '../api/types.js';
import { Identities } from './identities.js';
import { asFile } from './input.js';

/** What the detector does for a loop. */
export interface MovingDetector {
  ask<C extends MovingCommand>(command: C, signal?: AbortSignal): Promise<MovingAnswers[C['do']]>;
  follow(image: ImageInput, following: Following, signal?: AbortSignal): Promise<Followed>;
  nextSequence(): number;
  endSequence(sequence: number): void;
}

export { watch } from './watch.js';

type Options = Pick<FramesOptions, 'signal' | 'onDamage'> & { every: number };

export function framesOf(
  detector: MovingDetector,
  input: MovingInput,
  settings: DetectSettings,
  options: Options,
): AsyncGenerator<TimedResult, void, void> {
  const file = asFile(input);
  if (file) return framesOfFile(detector, file, settings, options);
  if (isIterable(input)) return framesOfIterable(detector, input, settings, options);
  throw new TypeError(
    'frames needs the bytes of a file, a Blob, or an iterable of VideoFrames or {image, time}.',
  );
}

async function* framesOfFile(
  detector: MovingDetector,
  file: PictureFile,
  settings: DetectSettings,
  { signal, onDamage, every }: Options,
): AsyncGenerator<TimedResult, void, void> {
  const id = await detector.ask({ do: 'open', file, settings, every }, signal);
  try {
    for (;;) {
      const { frame, damage } = await detector.ask({ do: 'next', id }, signal);
      if (damage !== null) onDamage?.(new MasklensError('bad-image', damage));
      if (!frame) return;
      yield frame;
    }
  } finally {
    detector.ask({ do: 'close', id }).catch(() => undefined);
  }
}

type Frame = VideoFrame | TimedFrame;

function isIterable(input: unknown): input is AsyncIterable<Frame> | Iterable<Frame> {
  if (typeof input !== 'object' || input === null) return false;
  return Symbol.asyncIterator in input || Symbol.iterator in input;
}

async function* framesOfIterable(
  detector: MovingDetector,
  source: AsyncIterable<Frame> | Iterable<Frame>,
  settings: DetectSettings,
  { signal, every }: Options,
): AsyncGenerator<TimedResult, void, void> {
  const sequence = detector.nextSequence();
  const identities = new Identities();
  let index = -1;
  try {
    for await (const frame of source) {
      index++;
      if (index % every !== 0) continue;
      const { image, time, duration } = timed(frame);
      const followed = await detector.follow(image, { sequence, time, settings }, signal);
      const result = identities.numbered(followed);
      yield { ...result, index, duration, total: null, totalDuration: null };
    }
  } finally {
    detector.endSequence(sequence);
  }
}

function timed(frame: Frame): { image: ImageInput; time: number; duration: number } {
  if ('timestamp' in frame)
    return { image: frame, time: frame.timestamp / 1e6, duration: (frame.duration ?? 0) / 1e6 };
  const { image, time } = frame;
  if (image && typeof time === 'number' && Number.isFinite(time))
    return { image, time, duration: 0 };
  throw new TypeError('A frame is a VideoFrame, or {image, time} with the time in seconds.');
}

export async function annotateFrames(
  detector: MovingDetector,
  file: PictureFile,
  results: Iterable<TimedResult> | AsyncIterable<TimedResult>,
  settings: AnnotateSettings,
  signal: AbortSignal | undefined,
  onProgress: ((progress: AnnotateProgress) => void) | undefined,
): Promise<Blob> {
  const { id, total, duration } = await detector.ask({ do: 'begin', file, settings }, signal);
  const begun = performance.now();
  try {
    for await (const result of results) {
      const { index } = result;
      const faces = checkFaces(result);
      const done = await detector.ask({ do: 'draw', id, index, faces }, signal);
      if (!done) break;
      const share = shareOf(done, total, duration);
      const seconds = (performance.now() - begun) / 1000;
      const secondsLeft = share ? (seconds / share) * (1 - share) : null;
      onProgress?.({ frames: done.index + 1, share, secondsLeft });
    }
    return await detector.ask({ do: 'finish', id }, signal);
  } finally {
    detector.ask({ do: 'close', id }).catch(() => undefined);
  }
}

function shareOf(
  { index, time }: { index: number; time: number },
  total: number | null,
  duration: number | null,
): number | null {
  if (total !== null && total > 0) return Math.min(1, (index + 1) / total);
  return duration !== null && duration > 0 ? Math.min(1, time / duration) : null;
}
