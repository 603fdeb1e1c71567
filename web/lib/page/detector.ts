/** The object that `createDetector` gives. */
import type { Picture } from '../api/crossing.js';
import { chooseThreads } from '../api/environment.js';
import { ownError, throwIfAborted } from '../api/errors.js';
import {
  type Choices,
  checkAnnotateOptions,
  checkChoices,
  checkDetectOptions,
  checkLimits,
  checkPixelsOptions,
  checkPlates,
  checkThreads,
} from '../api/options.js';
import type {
  AnimationResult,
  AnnotateOptions,
  CreateOptions,
  DetectOptions,
  Detector,
  ImageInput,
  Pixels,
  PixelsOptions,
  Plate,
  PlatePlace,
  Result,
  Watch,
  WatchOptions,
} from '../api/types.js';
import type { Backend } from '../backend/backend.js';
import { findAssets, type openBackend } from '../backend/open.js';
import { inputError, toFile, toPicture } from './input.js';
import { Queue } from './queue.js';
import { watch } from './watch.js';

// Of a frame of 16:9 nothing is wasted on padding then: 320 x 180 lies in 320 x 192.
const LIVE_SIDE = 320;

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

  constructor(backend: Backend, choices: Choices) {
    this.#backend = backend;
    this.#choices = choices;
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
    result: Pick<Result, 'faces'>,
    options: AnnotateOptions = {},
  ): Promise<Blob> {
    const settings = checkAnnotateOptions(options);
    const bytes = await this.#run(
      (signal) =>
        withPicture(input, (picture) =>
          this.#backend.annotate(picture, result.faces, settings, signal),
        ),
      options.signal,
    );
    return new Blob([bytes], { type: settings.type });
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
    const quality = options.quality ?? 'fast';
    const maxSide = options.maxSide ?? (quality === 'fast' ? LIVE_SIDE : undefined);
    const overrides = { ...options, quality, ...(maxSide !== undefined && { maxSide }) };
    checkDetectOptions(overrides, this.#choices);
    const running = watch(video, (picture) => this.detect(picture, overrides), options);
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
