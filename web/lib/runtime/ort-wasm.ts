/**
 * The inference runtime, ONNX Runtime Web: this file alone imports it. Its state is global to a
 * page, worker or process: the first engine decides on the number of threads there, later ones
 * share it.
 */
import * as ort from 'onnxruntime-web/wasm';
import { inNode, mark } from '../api/environment.js';
import { crashed, isFault, MasklensError, messageOf, outOfMemory } from '../api/errors.js';
import type { Assets } from './assets.js';
import { ENGINE_WASM } from './engine-wasm.js';
import { blobUrl, type ThreadStart } from './threads.js';

const START = 'ort-start.js';
const SCRIPT = 'ort-wasm-simd-threaded.js';

/** Which runtime to start and where it lies. `wasm`: where its compilation was begun ahead. */
export interface Runtime {
  kind: keyof typeof ENGINE_WASM;
  assets: Assets;
  wasm?: Promise<WebAssembly.Module>;
}

/** Begins to fetch and compile what the worker will start. */
export function beginRuntime(kind: Runtime['kind'], assets: Assets): Runtime {
  const wasm = assets.compile(ENGINE_WASM[kind]);
  wasm.catch(() => undefined);
  return { kind, assets, wasm };
}

// Threads that have not started by then will not: runtime and core themselves would wait forever.
export const THREADS_PATIENCE_MS = 20_000;

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** What a network says of itself. Open sides of a shape are strings. */
export interface SessionFacts {
  inputs: { name: string; shape: readonly (number | string)[] }[];
  outputs: { name: string; shape: readonly (number | string)[] }[];
}

/** The runtime's threads did not start. It remembers that: only a fresh worker can try again. */
export class ThreadsFailed extends Error {
  override readonly name = 'ThreadsFailed';
}

/** The trimmed runtime came to a function that it lacks. The whole one has it, in a fresh copy of this module. */
export class RuntimeLacks extends Error {
  override readonly name = 'RuntimeLacks';
}

// After a crash nothing works any more that is done with this copy of the runtime.
let broken = false;

// One start at a time; those after a good one find it done, those after a failed one try again.
let started: Runtime['kind'] | null = null;
let lastStart: Promise<unknown> = Promise.resolve();
let needless = '';

async function startRuntime(
  { assets, kind, wasm: begun }: Runtime,
  wanted: number,
  starting: Promise<ThreadStart>,
  signal: AbortSignal,
): Promise<void> {
  if (started) return;
  const script = starting.then(async (how) => {
    const threads = how === 'none' ? 1 : wanted;
    if (how === 'blob') return { address: await blobUrl(assets, SCRIPT), threads };
    // Imported ahead, so that it is there when the runtime is.
    await assets.run(SCRIPT, signal);
    return { address: assets.url(SCRIPT), threads };
  });
  const [wasm, { address, threads }, start] = await Promise.all([
    begun ?? assets.compile(ENGINE_WASM[kind], signal),
    script,
    assets.run<typeof import('./ort-start.js')>(START, signal),
  ]);
  mark('runtime compiled');
  start.provide(wasm, address);
  needless = start.NEEDLESS_OPTIMISERS;
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = threads;
  // In Node it does start, and the runtime's timer would keep the process from ending.
  ort.env.wasm.initTimeout = inNode() ? 0 : THREADS_PATIENCE_MS;
  ort.env.wasm.wasmPaths = { mjs: startAddress(assets.url(START)) };
  started = kind;
}

// Of a script of another origin the runtime would run a copy, which knows nothing of what was provided.
function startAddress(url: string): string {
  const here = (globalThis as { location?: Location }).location?.origin;
  if (inNode() || new URL(url).origin === here) return url;
  const script = `export { default } from ${JSON.stringify(url)};`;
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
}

export class Engine {
  readonly #sessions = new Map<string, ort.InferenceSession>();
  // A session's runs must not overlap, nor may the making of sessions while the runtime starts.
  #tail: Promise<unknown> = Promise.resolve();

  /** Whether a start still has to fetch one of {@link ENGINE_WASM}. */
  static get isStarted(): boolean {
    return started !== null;
  }

  /**
   * @param runtime ignored, like `threads`, when one has started before
   * @param threads 1 to 64, used where `starting` finds a way to start them; ignored when the
   * runtime has started before
   * @throws MasklensError `asset-missing`, `asset-not-wasm`, `aborted`
   */
  static async start(
    runtime: Runtime,
    threads: number,
    starting: Promise<ThreadStart>,
    signal: AbortSignal,
  ): Promise<Engine> {
    const turn = lastStart.then(() => startRuntime(runtime, threads, starting, signal));
    lastStart = turn.catch(() => undefined);
    await turn;
    return new Engine();
  }

  /** The runtime has crashed; only a fresh copy of this module can start another. */
  get dead(): boolean {
    return broken;
  }

  /** Threads that the runtime runs with. */
  get threads(): number {
    return ort.env.wasm.numThreads ?? 1;
  }

  /**
   * Makes a session from the bytes of an ONNX file, under a name.
   * @throws MasklensError `model-mismatch`, `asset-not-wasm`, `out-of-memory`; ThreadsFailed, RuntimeLacks
   */
  load(name: string, bytes: Uint8Array): Promise<SessionFacts> {
    return this.#serially(async () => {
      try {
        const session = await ort.InferenceSession.create(bytes, {
          executionProviders: ['wasm'],
          // The plan of an allocation is kept per input shape: photos of all sizes would add up.
          enableMemPattern: false,
          logSeverityLevel: 3,
          extra: { optimization: { disable_specified_optimizers: needless } },
        });
        this.#sessions.set(name, session);
        mark(name);
        return {
          inputs: session.inputMetadata.map(factsOf),
          outputs: session.outputMetadata.map(factsOf),
        };
      } catch (error) {
        throw startFailure(name, error);
      }
    });
  }

  /** Forgets a session. */
  async unload(name: string): Promise<void> {
    const session = this.#sessions.get(name);
    this.#sessions.delete(name);
    await this.#serially(async () => session?.release());
  }

  has(name: string): boolean {
    return this.#sessions.has(name);
  }

  /**
   * Runs a network with one input. `input.data` may be a view of another heap, shared or not; it is
   * read before the promise settles. The outputs are the caller's own, in the order of `outputs`.
   * @throws MasklensError `out-of-memory`, `model-mismatch`; RuntimeLacks
   */
  run(name: string, input: Tensor, outputs: readonly string[]): Promise<Tensor[]> {
    return this.#serially(async () => {
      const session = this.#sessions.get(name);
      const inputName = session?.inputNames[0];
      if (!session || inputName === undefined) throw new Error(`No network ${name} is loaded.`);
      try {
        const tensor = new ort.Tensor('float32', input.data, input.shape);
        const answer = await session.run({ [inputName]: tensor }, outputs);
        return outputs.map((output) => plain(answer[output]));
      } catch (error) {
        throw runFailure(name, error);
      }
    });
  }

  async close(): Promise<void> {
    if (broken) return;
    for (const name of [...this.#sessions.keys()]) await this.unload(name);
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

function factsOf(metadata: ort.InferenceSession.ValueMetadata) {
  return { name: metadata.name, shape: metadata.isTensor ? metadata.shape : [] };
}

function plain(tensor: ort.Tensor | undefined): Tensor {
  if (!(tensor?.data instanceof Float32Array))
    throw new Error('An output is missing, or is not of type float32.');
  return { shape: [...tensor.dims], data: tensor.data };
}

function startFailure(name: string, error: unknown): Error {
  const message = messageOf(error);
  if (ort.env.wasm.numThreads !== 1 && /due to timeout/.test(message))
    return new ThreadsFailed(message);
  if (isTrap(message)) return new RuntimeLacks(message);
  if (/no available backend|WebAssembly|wasm/i.test(message)) {
    return new MasklensError('asset-not-wasm', `ONNX Runtime could not be started: ${message}`, {
      cause: error,
    });
  }
  return runFailure(name, error);
}

function runFailure(name: string, error: unknown): Error {
  const message = messageOf(error);
  if (isTrap(message)) return new RuntimeLacks(message);
  // Its own failures come as plain errors; these leave it in the middle of something.
  const fault = isFault(error);
  broken ||= fault;
  if (error instanceof RangeError || /alloc|out of memory|abort/i.test(message))
    return outOfMemory({ cause: error });
  if (fault)
    return crashed(`ONNX Runtime stopped in the network ${name}: ${message}.`, { cause: error });
  return new MasklensError('model-mismatch', `The network ${name} failed: ${message}`, {
    cause: error,
  });
}

/** Whether a function that was cut away was called: V8, SpiderMonkey and JavaScriptCore all say so. */
function isTrap(message: string): boolean {
  return started === 'trimmed' && /unreachable/i.test(message);
}
