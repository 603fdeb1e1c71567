/** The C++ core: what its module offers, and how it is loaded. `wasm/bindings` is the other side. */

import { inWorker } from '../api/environment.js';
import { crashed, isFault, MasklensError, messageOf, outOfMemory } from '../api/errors.js';
import type { Limits, TrackEvent } from '../api/types.js';
import { type Assets, within } from '../runtime/assets.js';
import { THREADS_PATIENCE_MS, ThreadsFailed } from '../runtime/ort-wasm.js';
import { blobUrl, type ThreadStart } from '../runtime/threads.js';

/** Everything with `delete` lives in the WebAssembly heap until deleted. */
export interface Handle {
  delete(): void;
}

export interface CoreBytes extends Handle {
  /** As asked for; 0 when there was no memory for it. */
  readonly size: number;
  /** Take it right before use and drop it: growth of the heap empties earlier views. May be shared memory. */
  view(): Uint8Array;
}

export interface CoreImage extends Handle {
  /** 0 when there was no memory for the pixels. */
  readonly width: number;
  readonly height: number;
  /** RGBA. As {@link CoreBytes.view}. */
  view(): Uint8Array;
}

/** One frame after the other; holds the file, one canvas, and a second one while a frame waits to be undone. */
export interface CoreAnimation extends Handle {
  readonly width: number;
  readonly height: number;
  /** With those that are damaged. */
  readonly frameCount: number;
  /** How often it repeats: 0 without end, -1 not at all. */
  readonly loop: number;
  /**
   * The next frame, null after the last. A failure is that of one frame: `bad-image` where it is
   * damaged or cut short, and the one after it can be asked for all the same; or, behind the last
   * one, that of a file which ends before what it announces.
   */
  next(): CoreAnimationFrame | Failure | null;
}

export interface CoreAnimationFrame {
  /** The whole picture as it is shown with this frame. */
  image: CoreImage;
  /** As stored; 0 stays 0. */
  delayMs: number;
  /** How long browsers show it: 100 where 10 or less is stored. */
  playedMs: number;
}

export interface CoreGifEncoder extends Handle {
  add(image: CoreImage, delayMs: number): void;
  /** The bytes of the file that are there and were not taken yet. */
  take(): Uint8Array<ArrayBuffer>;
  /** The rest of the file. */
  finish(): Encoded;
}

/** What the manifest says, value by value. False for a section that the core does not know. */
export interface CoreManifest extends Handle {
  setNumbers(section: string, name: string, key: string, numbers: number[]): boolean;
  setTexts(section: string, name: string, key: string, texts: string[]): boolean;
}

/** A network to run, or null when the faces are there. `data` is a view of the heap, valid until `feed`. */
export interface NetworkRequest {
  network: string;
  shape: number[];
  data: Float32Array;
}

export interface CorePipeline extends Handle {
  /** Names of the networks that a picture with these options may ask for. */
  networksFor(options: object): { networks: string[] } | Failure;
  start(image: CoreImage, options: object): void;
  next(): NetworkRequest | null;
  feed(outputs: { shape: number[]; data: Float32Array }[]): void;
  result(): CoreDetection | Failure;
}

export interface CoreDetection {
  width: number;
  height: number;
  faces: Float32Array;
  detectMs: number;
  classifyMs: number;
  /** Of a sequence. */
  events?: TrackEvent[];
}

/** Who was seen in the frames so far. Between `start` and `finish` the pipeline is driven as for a picture. */
export interface CoreSequence extends Handle {
  start(pipeline: CorePipeline, image: CoreImage, seconds: number, options: object): void;
  finish(pipeline: CorePipeline): CoreDetection | Failure;
}

export interface Failure {
  error: { code: string; message: string };
}

export type Encoded = { bytes: Uint8Array<ArrayBuffer> } | Failure;

/** Error codes of the core are those of {@link MasklensError}. */
export interface CoreModule {
  /** Emscripten's threads; only in the build with threads. */
  PThread?: { runningWorkers: Worker[]; unusedWorkers: Worker[] };
  Bytes: new (size: number) => CoreBytes;
  Image: new (width: number, height: number) => CoreImage;
  /** `loop` as of {@link CoreAnimation}. */
  GifEncoder: new (
    width: number,
    height: number,
    loop: number,
  ) => CoreGifEncoder;
  Manifest: new () => CoreManifest;
  makePipeline(manifest: CoreManifest, threads: number): { pipeline: CorePipeline } | Failure;
  /** What each number of a face is; see `faces.ts`. */
  faceLayout(): string[];
  Sequence: new () => CoreSequence;
  identify(bytes: CoreBytes): { format: string; name: string; decodable: boolean };
  /** Frames in the file: 1 for a still, 0 for a GIF without one. */
  frameCount(bytes: CoreBytes): number;
  decode(bytes: CoreBytes, limits: Required<Limits>): { image: CoreImage } | Failure;
  /** Takes the content of `bytes` over, which are still the caller's to delete. */
  openGif(bytes: CoreBytes, limits: Required<Limits>): { animation: CoreAnimation } | Failure;
  /** The same of an animated PNG. */
  openPng(bytes: CoreBytes, limits: Required<Limits>): { animation: CoreAnimation } | Failure;
  /** A copy whose longer side has at most `maxSide` pixels. */
  shrink(image: CoreImage, maxSide: number): { image: CoreImage } | Failure;
  drawFaces(image: CoreImage, faces: Float32Array, options: object): void;
  /** See `plates.ts` for the numbers. */
  layoutLabels(plates: Float32Array, width: number, height: number): Float32Array;
  /** Of the heap. Handles that are not deleted show here. */
  bytesInUse(): number;
  encodePng(image: CoreImage): Encoded;
  encodeJpeg(image: CoreImage, quality: number): Encoded;
}

interface CoreOptions {
  instantiateWasm: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => object;
  locateFile?: (name: string) => string;
  mainScriptUrlOrBlob?: string;
  /** Threads that are started with the module; it cannot have more while it computes. */
  poolSize: number;
}

type CoreFactory = (options: CoreOptions) => Promise<CoreModule>;

// The core's loops are short: what more threads would save they cost.
const MOST_THREADS = 4;

/** Of the threads that the detector runs with, those that the core takes part in. */
export function coreThreads(threads: number): number {
  return Math.min(threads, MOST_THREADS);
}

/**
 * The files of the build that is used. The one with threads is for workers: a page must not wait
 * for other threads, and in Node Emscripten's threads build for the web does not run.
 */
export function coreFiles(start: ThreadStart): { script: string; wasm: string } {
  const name = start !== 'none' && inWorker() ? 'core-threads' : 'core';
  return { script: `${name}.js`, wasm: `${name}.wasm` };
}

/**
 * Loads the core. The function that comes back makes a new, empty instance each time: the way out
 * when one has run out of memory; it throws ThreadsFailed where its threads do not start. `threads`:
 * that it will be used with.
 * @throws MasklensError `asset-missing`, `asset-not-wasm`, `aborted`
 */
export async function loadCore(
  assets: Assets,
  start: ThreadStart,
  threads: number,
  signal: AbortSignal,
): Promise<() => Promise<CoreModule>> {
  const files = coreFiles(start);
  const [wasm, { default: createCore }, scripts] = await Promise.all([
    assets.compile(files.wasm, signal),
    assets.run<{ default: CoreFactory }>(files.script, signal),
    start === 'blob' ? threadScripts(assets, files.script) : {},
  ]);
  const poolSize = coreThreads(threads) - 1;
  const create = () =>
    new Promise<CoreModule>((resolve, reject) => {
      const instantiateWasm: CoreOptions['instantiateWasm'] = (imports, receive) => {
        // Whatever throws: Emscripten would wait for ever.
        const start = async () => receive(await WebAssembly.instantiate(wasm, imports), wasm);
        start().catch(reject);
        return {};
      };
      createCore({ instantiateWasm, poolSize, ...scripts }).then(resolve, reject);
    });
  if (start !== 'none' && inWorker()) return () => threaded(create);
  return () =>
    create().catch((error) => {
      throw new MasklensError(
        'asset-not-wasm',
        `${assets.url(files.wasm)} could not be started: ${messageOf(error)}`,
        { cause: error },
      );
    });
}

/** Of a thread that cannot start Emscripten throws where nobody listens; of one that says nothing it does not hear. */
async function threaded(create: () => Promise<CoreModule>): Promise<CoreModule> {
  const failing = new AbortController();
  const failed = new Promise<never>((_, reject) => {
    const fail = (event: Event) => {
      event.preventDefault();
      reject(event);
    };
    addEventListener('error', fail, { signal: failing.signal });
  });
  try {
    return await within(THREADS_PATIENCE_MS, Promise.race([create(), failed]));
  } catch (error) {
    throw new ThreadsFailed(messageOf(error));
  } finally {
    failing.abort();
  }
}

// Emscripten before 3.1.58 starts its threads from a file of their own, which imports the main
// script; later ones start the main script. What is started has to come from a blob: address, what
// is imported need not, and must not: the main script looks for its files beside its address. The
// blob: addresses stay good for threads that start later.
async function threadScripts(assets: Assets, script: string) {
  const workerScript = script.replace(/\.js$/, '.worker.js');
  const worker = await blobUrl(assets, workerScript).catch(() => null);
  return {
    mainScriptUrlOrBlob: worker === null ? await blobUrl(assets, script) : assets.url(script),
    locateFile: (name: string) =>
      name === workerScript && worker !== null ? worker : assets.url(name),
  };
}

/** The error that the core reported; `format`: of the file that it is about. */
export function coreError({ error }: Failure, format?: string): MasklensError {
  const subject = format === undefined ? {} : { format };
  return new MasklensError(error.code as MasklensError['code'], error.message, subject);
}

/** What was encoded. @throws MasklensError `out-of-memory` */
export function bytesOf(encoded: Encoded): Uint8Array<ArrayBuffer> {
  if ('error' in encoded) throw coreError(encoded);
  return encoded.bytes;
}

/**
 * The error of a call after which an instance of the core cannot be used any more, or null. The core
 * is built without exceptions: it aborts when there is no memory, and traps on faults.
 */
export function crashOf(error: unknown): MasklensError | null {
  const message = messageOf(error);
  // A number is an exception of the C++ library, which has only those of failed allocation.
  const isOutOfMemory =
    typeof error === 'number' ||
    (error instanceof WebAssembly.RuntimeError && /abort/i.test(message)) ||
    (error instanceof RangeError && /alloc|invalid.*length/i.test(message));
  if (isOutOfMemory) return outOfMemory({ cause: error });
  return isFault(error)
    ? crashed(`The core stopped in the middle of its work: ${message}.`, { cause: error })
    : null;
}

/** Ends the threads of an instance that is not used any more. False when it has none. */
export function endThreads({ PThread }: CoreModule): boolean {
  if (!PThread) return false;
  for (const worker of [...PThread.runningWorkers, ...PThread.unusedWorkers]) worker.terminate();
  return true;
}
