/**
 * The script of the worker, and the same code for running in place: `assets/worker.js`. It serves
 * only where it was started under our name, so that importing it does nothing.
 */

import type { ReportProgress } from '../api/crossing.js';
import { mark } from '../api/environment.js';
import { Assets } from '../runtime/assets.js';
import { beginRuntime, type Runtime, RuntimeLacks } from '../runtime/ort-wasm.js';
import type { OpenOptions } from './backend.js';
import { type Calls, callsOn } from './calls.js';
import { openLocal } from './local.js';
import { type Call, postable, type Reply, type Request, WHOLE, WORKER_NAME } from './protocol.js';
import { VERSION } from './version.js';

export { openLocal, VERSION as version };

/** Of DedicatedWorkerGlobalScope, what is used here. */
interface WorkerScope {
  name?: string;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
// A second copy of this module, see `openWhole`, finds the first one serving.
const isOurs = scope.name === WORKER_NAME && typeof scope.postMessage === 'function';
if (isOurs && scope.onmessage === null) serve(scope);

function serve(scope: WorkerScope): void {
  mark('worker');
  const running = new Map<number, AbortController>();
  // The worker's script lies in the assets folder. What every detector needs does not wait for its
  // options: the page may have started the worker well ahead.
  const runtime = begin(new URL(import.meta.url));
  let options: OpenOptions;
  let backend: Calls | null = null;
  let taken = false;

  async function greet(lock: string | null) {
    if (lock !== null) await hold(lock);
    scope.postMessage({ hello: { name: WORKER_NAME, version: VERSION, taken } });
    taken = true;
  }

  async function answer(request: Call, signal: AbortSignal) {
    const { id } = request;
    if (request.method === 'open') {
      [options] = request.arguments;
      const report: ReportProgress = (loading) => scope.postMessage({ id, loading });
      const open = async () => callsOn(await openLocal(options, report, signal, runtime));
      backend = await orElse(open, () => openWhole(options, report, signal));
      mark('ready');
      return backend.threads;
    }
    if (!backend) throw new Error('The worker was asked before it was opened.');
    const opened = backend;
    const { method, arguments: args } = request;
    const onFrame = (done: number, total: number) =>
      scope.postMessage({ id, frame: { done, total } });
    return orElse(
      () => opened.call(method, args, signal, onFrame),
      async () => {
        // After a trap the old one is not to be called again: what it holds goes with the worker.
        backend = await openWhole(options, () => undefined, signal);
        return backend.call(method, args, signal, onFrame);
      },
    );
  }

  scope.onmessage = async ({ data: request }) => {
    if ('hello' in request) {
      await greet(request.hello.lock);
      return;
    }
    if ('ping' in request) {
      scope.postMessage({ pong: request.ping });
      return;
    }
    const { id } = request;
    if (request.method === 'abort') {
      running.get(id)?.abort();
      return;
    }
    // Before the work: from then on it may be long until the next answer.
    scope.postMessage({ pong: id });
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const value = await answer(request, controller.signal);
      scope.postMessage({ id, value }, ownedBy(value));
    } catch (error) {
      scope.postMessage({ id, error: postable(error), dead: backend?.dead ?? false });
    } finally {
      running.delete(id);
      releaseArguments(request);
    }
  };
}

function begin(script: URL): Runtime {
  const kind = script.search === WHOLE ? 'whole' : 'trimmed';
  return beginRuntime(kind, new Assets(new URL('.', script).href));
}

/** Takes a lock for as long as the worker lives: whoever asks for it next is told of the end. */
function hold(lock: string): Promise<void> {
  return new Promise((resolve) => {
    const forever = () => {
      resolve();
      return new Promise(() => undefined);
    };
    navigator.locks.request(lock, forever).catch(() => resolve());
  });
}

/** What `work` gives, or `otherwise` where the trimmed runtime lacks something for it. */
async function orElse<T>(work: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RuntimeLacks)) throw error;
    return otherwise();
  }
}

/** Starts with the whole runtime, which can be done once in a copy of its modules: in a fresh one. */
async function openWhole(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Calls> {
  const url = `${import.meta.url}${WHOLE}`;
  const fresh: { openLocal: typeof openLocal } = await import(/* @vite-ignore */ url);
  return callsOn(await fresh.openLocal(options, report, signal));
}

/** What of an answer moves to the page instead of being copied. */
function ownedBy(value: unknown): Transferable[] {
  if (value instanceof Uint8Array) return [value.buffer];
  return value instanceof ImageBitmap ? [value] : [];
}

/** Frames and bitmaps that were posted to us are ours: unclosed, they would hold their memory. */
function releaseArguments(request: Call): void {
  const [picture] = request.arguments;
  if (typeof picture === 'number' || !('kind' in picture)) return;
  if (picture.kind === 'frame') picture.frame.close();
  if (picture.kind === 'bitmap') picture.bitmap.close();
}
