/** The object that `createDetector` gives. */
import type { Picture } from '../api/crossing.js';
import { chooseThreads } from '../api/environment.js';
import { ownError, throwIfAborted } from '../api/errors.js';
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
import { inputError, toFile, toPicture } from './input.js';
import { checkWatch, watchOnceThere } from './live.js';
import type { MovingDetector } from './moving.js';
import { Queue } from './queue.js';

/** `createDetector` on a backend that `openOne` opens: `masklens/mock` has one that makes answers up. */
export async function createDetectorOn(
  openOne: typeof openBackend,
  options: CreateOptions,
): Promise<Detector> {
  const choices = checkChoices(options);
  const limits = checkLimits(options.limits);
  const threads = chooseThreads(checkThreads(options.threads));
  const signal = options.signal ?? new AbortController().signal;
  throwIfAborted(signal);

  let loading = true;
  const report: CreateOptions['onProgress'] = (progress) => {
    if (loading) options.onProgress?.(progress);
  };
  try {
    const assets = findAssets(options.assets);
    const open = { ...choices, assets, threads, limits };
    const backend = await openOne(open, options.worker ?? true, report, signal);
    return new QueuedDetector(backend, choices);
  } catch (error) {
    throw ownError(error);
  } finally {
    loading = false;
  }
}

class QueuedDetector implements Detector {
  readonly #backend: Backend;
  readonly #choices: Choices;
  readonly #queue = new Queue();
  readonly #watches = new Set<Watch>();
  readonly #moving: MovingDetector;
  #lastSequence = 0;

  constructor(backend: Backend, choices: Choices) {
    this.#backend = backend;
    this.#choices = choices;
    this.#moving = {
      ask: (command, signal) =>
        this.#run((own) => this.#backend.moving(command, own), signal) as Promise<never>,
      follow: (image, following, signal) =>
        this.#run(
          (own) => withPicture(image, (picture) => this.#backend.follow(picture, following, own)),
          signal,
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
    const settings = checkDetectOptions(options, this.#choices);
    return this.#run(
      (signal) => withPicture(input, (picture) => this.#backend.detect(picture, settings, signal)),
      options.signal,
    );
  }

  async detectAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    options: DetectOptions & { onFrame?: (done: number, total: number) => void } = {},
  ): Promise<AnimationResult> {
    const settings = checkDetectOptions(options, this.#choices);
    const file = toFile(input);
    const onFrame = options.onFrame ?? (() => undefined);
    return this.#run(
      (signal) => this.#backend.detectAnimation(file, settings, signal, onFrame),
      options.signal,
    );
  }

  async pixels(input: ImageInput, options: PixelsOptions = {}): Promise<ImageBitmap | Pixels> {
    const maxSide = checkPixelsOptions(options);
    return this.#run(
      (signal) => withPicture(input, (picture) => this.#backend.pixels(picture, maxSide, signal)),
      options.signal,
    );
  }

  async annotate(
    input: ImageInput,
    result: Pick<Result, 'faces'> | Iterable<TimedResult> | AsyncIterable<TimedResult>,
    options: AnnotateOptions & { onProgress?: (progress: AnnotateProgress) => void } = {},
  ): Promise<Blob> {
    const settings = checkAnnotateOptions(options);
    if (!('faces' in result)) {
      const { signal, onProgress } = options;
      const file = toFile(input as Blob);
      const { annotateFrames } = await import('./moving.js');
      return annotateFrames(this.#moving, file, result, settings, signal, onProgress);
    }
    const bytes = await this.#run(
      (signal) =>
        withPicture(input, (picture) =>
          this.#backend.annotate(picture, result.faces, settings, signal),
        ),
      options.signal,
    );
    return new Blob([bytes], { type: settings.type });
  }

  frames(input: MovingInput, options: FramesOptions = {}): AsyncGenerator<TimedResult, void, void> {
    const settings = checkDetectOptions(options, this.#choices);
    const every = checkEvery(options.every);
    return framesOnceThere(this.#moving, input, settings, { ...options, every });
  }

  async annotateAnimation(
    input: ArrayBuffer | Uint8Array | Blob,
    result: AnimationResult,
    options: Omit<AnnotateOptions, 'type' | 'quality'> = {},
  ): Promise<Blob> {
    const settings = checkAnnotateOptions(options);
    const file = toFile(input);
    const faces = result.frames.map((frame) => frame.result.faces);
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
    checkWatch(video, options);
    const check = (live: LiveOptions) => checkLiveOptions(live, this.#choices);
    check(options);
    const arriving = import('./moving.js').then(({ watch }) =>
      watch(video, { ...this.#moving, check }, options),
    );
    arriving.catch((error) => (options.onError ?? reportError)(error));
    const running = watchOnceThere(arriving, check);
    this.#watches.add(running);
    return running;
  }

  async close(): Promise<void> {
    for (const running of this.#watches) running.stop();
    const ended = this.#queue.close();
    await this.#backend.close();
    await ended;
  }

  async #run<T>(job: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await this.#queue.add(job, signal);
    } catch (error) {
      throw ownError(error);
    }
  }
}

async function* framesOnceThere(
  ...args: Parameters<typeof import('./moving.js').framesOf>
): AsyncGenerator<TimedResult, void, void> {
  const { framesOf } = await import('./moving.js');
  yield* framesOf(...args);
}

async function withPicture<T>(
  input: ImageInput,
  work: (picture: Picture) => Promise<T>,
): Promise<T> {
  const { picture, release } = await toPicture(input);
  try {
    return await work(picture);
  } catch (error) {
    // Pixels of another origin may fail as late as when they are posted.
    throw inputError(error);
  } finally {
    release();
  }
}
