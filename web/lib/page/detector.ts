/**
 * The object that `createDetector` gives. A script of its own beside the package's (`detector.js`),
 * which arrives while the networks do.
 */
import { checkNames } from '../api/checks.js';
import type { Choices } from '../api/create-options.js';
import type { Picture } from '../api/crossing.js';
import { ownError, tell } from '../api/errors.js';
import { checkFaces, checkFrames } from '../api/faces.js';
import { NAMES } from '../api/option-names.js';
import {
  checkAnnotateOptions,
  checkDetectOptions,
  checkEvery,
  checkLiveOptions,
  checkPixelsOptions,
  checkPlates,
} from '../api/options.js';
import type {
  AnimationResult,
  AnnotateOptions,
  AnnotateProgress,
  DetectOptions,
  Detector,
  FramesOptions,
  ImageInput,
  LiveOptions,
  MovingInput,
  Pixels,
  PixelsOptions,
  Plate,
  PlatePlace,
  PlayerOption,
  Result,
  TimedResult,
  Watch,
  WatchOptions,
} from '../api/types.js';
import type { Calls } from '../backend/calls.js';
import { fetched } from '../backend/fetched.js';
import { openPool } from '../backend/pool.js';
import { inputError, type OwnedPicture, toFile, toPicture } from './input.js';
import { checkWatch, watchOnceThere } from './live.js';
import type { MovingDetector } from './moving.js';
import { Queue } from './queue.js';
import { unproxied } from './unproxied.js';

/** One backend, or several as one. */
export interface Backends {
  first: Calls;
  /** How many there are to be in all. */
  count: number;
  /** Opens another one. */
  openOne(): Promise<Calls>;
}

/** The detector on backends that were opened. `workers`: so many pictures may be asked about at once. */
export async function detectorOn(
  { first, count, openOne }: Backends,
  choices: Choices,
  workers: number,
): Promise<Detector> {
  const backend = await openPool(first, count - 1, openOne);
  return unproxied(new QueuedDetector(backend, choices, workers));
}

// Not yet everywhere.
const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol('asyncDispose');

class QueuedDetector implements Detector {
  readonly #backend: Calls;
  readonly #choices: Choices;
  readonly #queue: Queue;
  readonly #watches = new Set<Watch>();
  readonly #moving: MovingDetector;
  #lastSequence = 0;

  constructor(backend: Calls, choices: Choices, workers: number) {
    this.#queue = new Queue(workers);
    this.#backend = backend;
    this.#choices = choices;
    this.#moving = {
      ask: (command, signal) =>
        this.#run((own) => this.#backend.call('moving', [command], own), signal) as Promise<never>,
      follow: (image, following, signal) =>
        this.#withPicture(image, signal, (picture, own) =>
          this.#backend.call('follow', [picture, following], own),
        ),
      nextSequence: () => ++this.#lastSequence,
      endSequence: (sequence) => {
        this.#run((own) => this.#backend.call('endSequence', [sequence], own)).catch(
          () => undefined,
        );
      },
    };
  }

  get threads(): number {
    return this.#backend.threads;
  }

  async detect(input: ImageInput, options: DetectOptions = {}): Promise<Result> {
    checkNames('detect', options, NAMES.detect);
    const settings = checkDetectOptions(options, this.#choices);
    return this.#withPicture(input, options.signal, (picture, signal) =>
      this.#backend.call('detect', [picture, settings], signal),
    );
  }

  async detectAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    options: DetectOptions & { onFrame?: (done: number, total: number) => void } = {},
  ): Promise<AnimationResult> {
    checkNames('detectAnimation', options, NAMES.detectAnimation);
    const settings = checkDetectOptions(options, this.#choices);
    const file = toFile(input);
    const onFrame = (done: number, total: number) => tell(options.onFrame, done, total);
    return this.#run(
      (signal) => this.#backend.call('detectAnimation', [file, settings], signal, onFrame),
      options.signal,
    );
  }

  async pixels(input: ImageInput, options: PixelsOptions = {}): Promise<ImageBitmap | Pixels> {
    checkNames('pixels', options, NAMES.pixels);
    const maxSide = checkPixelsOptions(options);
    return this.#withPicture(input, options.signal, (picture, signal) =>
      this.#backend.call('pixels', [picture, maxSide], signal),
    );
  }

  async annotate(
    input: ImageInput,
    result: Pick<Result, 'faces'> | Iterable<TimedResult> | AsyncIterable<TimedResult>,
    options: AnnotateOptions &
      PlayerOption & { onProgress?: (progress: AnnotateProgress) => void } = {},
  ): Promise<Blob> {
    checkNames('annotate', options, NAMES.annotate);
    const settings = checkAnnotateOptions(options);
    if (isIterable(result)) {
      const { onProgress } = options;
      const file = toFile(input as Blob);
      const { annotateFrames } = await movingScript();
      const told = (progress: AnnotateProgress) => tell(onProgress, progress);
      return annotateFrames(this.#moving, file, result, settings, options, told);
    }
    const faces = checkFaces(result);
    const bytes = await this.#withPicture(input, options.signal, (picture, signal) =>
      this.#backend.call('annotate', [picture, faces, settings], signal),
    );
    return new Blob([bytes], { type: settings.type });
  }

  frames(input: MovingInput, options: FramesOptions = {}): AsyncGenerator<TimedResult, void, void> {
    checkNames('frames', options, NAMES.frames);
    const settings = checkDetectOptions(
      { ...options, turn: options.turn ?? 'never' },
      this.#choices,
    );
    const every = checkEvery(options.every);
    const onDamage = (error: Error) => tell(options.onDamage, error);
    return framesOnceThere(this.#moving, input, settings, { ...options, every, onDamage });
  }

  async annotateAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    result: AnimationResult,
    options: Omit<AnnotateOptions, 'type' | 'quality'> = {},
  ): Promise<Blob> {
    checkNames('annotateAnimation', options, NAMES.annotateAnimation);
    const settings = checkAnnotateOptions(options);
    const file = toFile(input);
    const faces = checkFrames(result);
    const bytes = await this.#run(
      (signal) => this.#backend.call('annotateAnimation', [file, faces, settings], signal),
      options.signal,
    );
    return new Blob([bytes], { type: 'image/gif' });
  }

  async layoutLabels(
    plates: readonly Plate[],
    size: { width: number; height: number },
  ): Promise<(PlatePlace | null)[]> {
    checkPlates(plates, size);
    return this.#run((signal) => this.#backend.call('layoutLabels', [plates, size], signal));
  }

  watch(video: HTMLVideoElement, options: WatchOptions): Watch {
    checkNames('watch', options, NAMES.watch);
    checkWatch(video, options);
    const check = (live: LiveOptions) => checkLiveOptions(live, this.#choices);
    check(options);
    const onStop = () => this.#watches.delete(running);
    const arriving = movingScript().then(({ watch }) =>
      watch(video, { ...this.#moving, check, onStop }, options),
    );
    arriving.catch((error) => (options.onError ?? reportError)(error));
    const running = watchOnceThere(arriving, check);
    this.#watches.add(running);
    return running;
  }

  /** The running call is over, and what it holds freed, before the backend is. */
  async close(): Promise<void> {
    for (const running of [...this.#watches]) running.stop();
    await this.#queue.close();
    await this.#backend.close();
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  /** The picture is taken now; it is waited for, where it must be, outside the queue's slot. */
  #withPicture<T>(
    input: ImageInput,
    signal: AbortSignal | undefined,
    work: (picture: Picture, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#settled(
      this.#queue.add(
        {
          prepare: toPicture(input),
          run: ({ picture }, own) =>
            work(picture, own).catch((error) => {
              throw inputError(error);
            }),
          release: (taken: OwnedPicture) => taken.release(),
        },
        signal,
      ),
    );
  }

  #run<T>(run: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const prepare = Promise.resolve();
    return this.#settled(this.#queue.add({ prepare, run: (_, own) => run(own) }, signal));
  }

  async #settled<T>(outcome: Promise<T>): Promise<T> {
    try {
      return await outcome;
    } catch (error) {
      throw ownError(error);
    }
  }
}

function isIterable<T>(
  value: object | Iterable<T> | AsyncIterable<T>,
): value is Iterable<T> | AsyncIterable<T> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

async function* framesOnceThere(
  ...args: Parameters<typeof import('./moving.js').framesOf>
): AsyncGenerator<TimedResult, void, void> {
  const { framesOf } = await movingScript();
  yield* framesOf(...args);
}

const movingScript = () => fetched('moving.js', import('./moving.js'));
