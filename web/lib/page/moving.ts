/**
 * The loop over what moves, as callers see it: one frame at a time, asked for when the last was used.
 * A script of its own beside the package's (`moving.js`), fetched when something moves.
 */

import { integer, number } from '../api/checks.js';
import type {
  Followed,
  Following,
  MovingAnswers,
  MovingCommand,
  Picture,
  PictureFile,
} from '../api/crossing.js';
import { MasklensError } from '../api/errors.js';
import { checkFaces } from '../api/faces.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import { unlessAborted } from '../api/signals.js';
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
import { PLAYER_STEP, Player } from './player.js';

/** What the detector does for a loop. */
export interface MovingDetector {
  ask<C extends MovingCommand>(command: C, signal?: AbortSignal): Promise<MovingAnswers[C['do']]>;
  follow(image: ImageInput, following: Following, signal?: AbortSignal): Promise<Followed>;
  nextSequence(): number;
  endSequence(sequence: number): void;
}

export { watch } from './watch.js';

type Options = Pick<FramesOptions, 'signal' | 'onDamage' | 'player'> & { every: number };

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
  options: Options,
): AsyncGenerator<TimedResult, void, void> {
  const { signal, onDamage, every } = options;
  let id: number;
  try {
    id = await detector.ask({ do: 'open', file, settings, every }, signal);
  } catch (error) {
    const player = await playerFor(file, options.player, signal, error);
    yield* framesOfPlayer(detector, player, settings, options);
    return;
  }
  // What has no frame that can be shown is no moving picture with a fault.
  let only: MasklensError | null = null;
  try {
    for (let any = false; ; any = true) {
      const { frame, damage } = await detector.ask({ do: 'next', id }, signal);
      if (damage !== null) {
        only = new MasklensError('bad-image', damage);
        onDamage?.(only);
      }
      if (!frame && only && !any) throw only;
      if (!frame) return;
      yield frame;
    }
  } finally {
    detector.ask({ do: 'close', id }).catch(() => undefined);
  }
}

/** Plays a film that is not decoded for scripts. Throws `error` where that cannot be done. */
async function playerFor(
  { data }: PictureFile,
  video: HTMLVideoElement | undefined,
  signal: AbortSignal | undefined,
  error: unknown,
): Promise<Player> {
  const mayBe = error instanceof MasklensError && error.code === 'unsupported-format';
  const player = video && mayBe ? await Player.open(video, data, signal) : null;
  if (!player) throw error;
  return player;
}

async function* framesOfPlayer(
  detector: MovingDetector,
  player: Player,
  settings: DetectSettings,
  options: Options,
): AsyncGenerator<TimedResult, void, void> {
  const [duration, totalDuration] = [PLAYER_STEP, player.duration];
  try {
    for await (const result of framesOfIterable(detector, player.frames(), settings, options))
      yield { ...result, duration, totalDuration };
  } finally {
    player.close();
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
    for await (const frame of unlessEnded(source, signal)) {
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

/**
 * The same one by one, but that nobody waits for the next any more when the signal is raised: a camera
 * that has ended never gives it.
 */
async function* unlessEnded<T>(
  source: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, void> {
  const iterator: AsyncIterator<T> | Iterator<T> =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const next = async () => {
    const { done, value } = await iterator.next();
    return { done, value: await value };
  };
  let given = false;
  try {
    for (;;) {
      const { done, value } = await (signal ? unlessAborted(next(), signal) : next());
      if (done) return;
      given = true;
      yield value;
      given = false;
    }
  } finally {
    const end = async () => iterator.return?.();
    if (given) await end();
    // It is in the middle of something, and may stay there.
    else if (signal?.aborted) end().catch(() => undefined);
  }
}

function timed(frame: Frame): { image: ImageInput; time: number; duration: number } {
  if (typeof frame === 'object' && frame && 'timestamp' in frame)
    return { image: frame, time: frame.timestamp / 1e6, duration: (frame.duration ?? 0) / 1e6 };
  const { image, time } = (frame ?? {}) as TimedFrame;
  if (image && typeof time === 'number' && Number.isFinite(time))
    return { image, time, duration: 0 };
  throw new TypeError('A frame is a VideoFrame, or {image, time} with the time in seconds.');
}

/** Frames, and seconds. */
const MOST = 2 ** 31 - 1;

export async function annotateFrames(
  detector: MovingDetector,
  file: PictureFile,
  results: Iterable<TimedResult> | AsyncIterable<TimedResult>,
  settings: AnnotateSettings,
  { signal, player: video }: { signal?: AbortSignal; player?: HTMLVideoElement },
  onProgress: ((progress: AnnotateProgress) => void) | undefined,
): Promise<Blob> {
  const begun = performance.now();
  const copy = await beginCopy(detector, file, settings, video, signal);
  const { player, id, total, duration } = copy;
  let next = 0;
  try {
    for await (const result of unlessEnded(results, signal)) {
      const faces = checkFaces(result);
      // Out of order some frames would be written without their faces, which were to be hidden.
      const index = integer('index', result.index, next, MOST);
      next = index + 1;
      const done = player
        ? await addShown(detector, player, id, result, signal)
        : await detector.ask({ do: 'draw', id, index, faces }, signal);
      if (!done) break;
      const share = shareOf(done, total, duration);
      const seconds = (performance.now() - begun) / 1000;
      const secondsLeft = share ? (seconds / share) * (1 - share) : null;
      onProgress?.({ frames: done.index + 1, share, secondsLeft });
    }
    return await detector.ask({ do: 'finish', id }, signal);
  } finally {
    detector.ask({ do: 'close', id }).catch(() => undefined);
    player?.close();
  }
}

/** `player`: where the frames come from, if they are not decoded where they are drawn on. */
type Copy = MovingAnswers['begin'] & { player: Player | null };

async function beginCopy(
  detector: MovingDetector,
  file: PictureFile,
  settings: AnnotateSettings,
  video: HTMLVideoElement | undefined,
  signal: AbortSignal | undefined,
): Promise<Copy> {
  try {
    return { ...(await detector.ask({ do: 'begin', file, settings }, signal)), player: null };
  } catch (error) {
    const player = await playerFor(file, video, signal, error);
    const { size, duration } = player;
    try {
      const begin = await detector.ask({ do: 'begin', file, settings, size }, signal);
      return { ...begin, duration, player };
    } catch (failure) {
      player.close();
      throw failure;
    }
  }
}

async function addShown(
  detector: MovingDetector,
  player: Player,
  id: number,
  { time: shownAt, duration: shownFor, faces }: TimedResult,
  signal: AbortSignal | undefined,
): Promise<MovingAnswers['add']> {
  const time = number('time', shownAt, 0, MOST);
  const duration = number('duration', shownFor, 0, MOST);
  const shown = await player.at(time);
  const picture: Picture =
    'codedWidth' in shown ? { kind: 'frame', frame: shown } : { kind: 'bitmap', bitmap: shown };
  try {
    return await detector.ask({ do: 'add', id, picture, time, duration, faces }, signal);
  } finally {
    shown.close();
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
