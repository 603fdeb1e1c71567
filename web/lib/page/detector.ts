/** The object that `createDetector` gives. */
import type { Picture } from '../api/crossing.js';
import { chooseThreads } from '../api/environment.js';
import { aborted, ownError, tell, throwIfAborted } from '../api/errors.js';
import { checkFaces, checkFrames } from '../api/faces.js';
import { checkNames } from '../api/option-names.js';
import {
  type Choices,
  checkAnnotateOptions,
  checkChoices,
  checkDetectOptions,
  checkEvery,
  checkLimits,
  checkLiveOptions,
  checkPixelsOptions,
  checkPlates,
  checkThreads,
  checkWorkers,
} from '../api/options.js';
import type {
  AnimationResult,
  AnnotateOptions,
  AnnotateProgress,
  CreateOptions,
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
  Result,
  TimedResult,
  Watch,
  WatchOptions,
} from '../api/types.js';
import type { Backend } from '../backend/backend.js';
import { findAssets, type openBackend } from '../backend/open.js';
import { openPool } from '../backend/pool.js';
import { inputError, type OwnedPicture, toFile, toPicture } from './input.js';
import { checkWatch, watchOnceThere } from './live.js';
import type { MovingDetector } from './moving.js';
import { Queue } from './queue.js';
import { onAbort } from './signals.js';
import { unproxied } from './unproxied.js';

/** `createDetector` on a backend that `openOne` opens: `masklens/mock` has one that makes answers up. */
export async function createDetectorOn(
  openOne: typeof openBackend,
  options: CreateOptions,
): Promise<Detector> {
  checkNames('createDetector', options);
  const choices = checkChoices(options);
  const limits = checkLimits(options.limits);
  const workers = checkWorkers(options.workers);
  // Pictures that are judged at once share the cores better than threads do.
  const wanted = options.threads ?? (workers > 1 ? 1 : 'auto');
  const threads = chooseThreads(checkThreads(wanted));
  const signal = options.signal ?? new AbortController().signal;
  throwIfAborted(signal);

  let loading = true;
  const report: CreateOptions['onProgress'] = (progress) => {
    if (loading) tell(options.onProgress, progress);
  };
  try {
    const assets = findAssets(options.assets);
    const open = { ...choices, assets, threads, limits };
    const opening = openPool(openOne, workers, open, options.worker ?? true, report, signal);
    const backend = await unlessAborted(opening, signal);
    return unproxied(new QueuedDetector(backend, choices, workers));
  } catch (error) {
    throw ownError(error);
  } finally {
    loading = false;
  }
}

/** Gives up at once, wherever loading is; what comes later is closed. */
async function unlessAborted(opening: Promise<Backend>, signal: AbortSignal): Promise<Backend> {
  let forget: () => void = () => undefined;
  const end = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(aborted(signal.reason)));
  });
  try {
    return await Promise.race([opening, end]);
  } catch (error) {
    opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  } finally {
    forget();
  }
}

// Not yet everywhere.
const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol('asyncDispose');

class QueuedDetector implements Detector {
  readonly #backend: Backend;
  readonly #choices: Choices;
  readonly #queue: Queue;
  readonly #watches = new Set<Watch>();
  readonly #moving: MovingDetector;
  #lastSequence = 0;

  constructor(backend: Backend, choices: Choices, workers: number) {
    this.#queue = new Queue(workers);
    this.#backend = backend;
    this.#choices = choices;
    this.#moving = {
      ask: (command, signal) =>
        this.#run((own) => this.#backend.moving(command, own), signal) as Promise<never>,
      follow: (image, following, signal) =>
        this.#withPicture(image, signal, (picture, own) =>
          this.#backend.follow(picture, following, own),
        ),
      nextSequence: () => ++this.#lastSequence,
      endSequence: (sequence) => {
        this.#run((signal) => this.#backend.endSequence(sequence, signal)).catch(() => undefined);
      },
    };
  }

  get threads(): number {
    return this.#backend.threads;
  }

  async detect(input: ImageInput, options: DetectOptions = {}): Promise<Result> {
    checkNames('detect', options);
    const settings = checkDetectOptions(options, this.#choices);
    return this.#withPicture(input, options.signal, (picture, signal) =>
      this.#backend.detect(picture, settings, signal),
    );
  }

  async detectAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    options: DetectOptions & { onFrame?: (done: number, total: number) => void } = {},
  ): Promise<AnimationResult> {
    checkNames('detectAnimation', options);
    const settings = checkDetectOptions(options, this.#choices);
    const file = toFile(input);
    const onFrame = (done: number, total: number) => tell(options.onFrame, done, total);
    return this.#run(
      (signal) => this.#backend.detectAnimation(file, settings, signal, onFrame),
      options.signal,
    );
  }

  async pixels(input: ImageInput, options: PixelsOptions = {}): Promise<ImageBitmap | Pixels> {
    checkNames('pixels', options);
    const maxSide = checkPixelsOptions(options);
    return this.#withPicture(input, options.signal, (picture, signal) =>
      this.#backend.pixels(picture, maxSide, signal),
    );
  }

  async annotate(
    input: ImageInput,
    result: Pick<Result, 'faces'> | Iterable<TimedResult> | AsyncIterable<TimedResult>,
    options: AnnotateOptions & { onProgress?: (progress: AnnotateProgress) => void } = {},
  ): Promise<Blob> {
    checkNames('annotate', options);
    const settings = checkAnnotateOptions(options);
    if (isIterable(result)) {
      const { signal, onProgress } = options;
      const file = toFile(input as Blob);
      const { annotateFrames } = await import('./moving.js');
      const told = (progress: AnnotateProgress) => tell(onProgress, progress);
      return annotateFrames(this.#moving, file, result, settings, signal, told);
    }
    const faces = checkFaces(result);
    const bytes = await this.#withPicture(input, options.signal, (picture, signal) =>
      this.#backend.annotate(picture, faces, settings, signal),
    );
    return new Blob([bytes], { type: settings.type });
  }

  frames(input: MovingInput, options: FramesOptions = {}): AsyncGenerator<TimedResult, void, void> {
    checkNames('frames', options);
    const settings = checkDetectOptions({ turn: 'never', ...options }, this.#choices);
    const every = checkEvery(options.every);
    const onDamage = (error: Error) => tell(options.onDamage, error);
    return framesOnceThere(this.#moving, input, settings, { ...options, every, onDamage });
  }

  async annotateAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    result: AnimationResult,
    options: Omit<AnnotateOptions, 'type' | 'quality'> = {},
  ): Promise<Blob> {
    checkNames('annotateAnimation', options);
    const settings = checkAnnotateOptions(options);
    const file = toFile(input);
    const faces = checkFrames(result);
    const bytes = await this.#run(
      (signal) => this.#backend.annotateAnimation(file, faces, settings, signal),
      options.signal,
    );
    return new Blob([bytes], { type: 'image/gif' });
  }

  async layoutLabels(
    plates: readonly Plate[],
    size: { width: number; height: number },
  ): Promise<(PlatePlace | null)[]> {
    checkPlates(plates, size);
    return this.#run((signal) => this.#backend.layoutLabels(plates, size, signal));
  }

  watch(video: HTMLVideoElement, options: WatchOptions): Watch {
    checkNames('watch', options);
    checkWatch(video, options);
    const check = (live: LiveOptions) => checkLiveOptions(live, this.#choices);
    check(options);
    const onStop = () => this.#watches.delete(running);
    const arriving = import('./moving.js').then(({ watch }) =>
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
  const { framesOf } = await import('./moving.js');
  yield* framesOf(...args);
}
