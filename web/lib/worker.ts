/**
 * The script of the worker, and the same code for running in place: `assets/worker.js`. It serves
 * only where it was started under our name, so that importing it does nothing.
 */
import type { Backend } from './backend.js';
import { mark } from './environment.js';
import { openLocal } from './local.js';
import { postable, type Reply, type Request, WORKER_NAME } from './protocol.js';

export { openLocal };

/** Of DedicatedWorkerGlobalScope, what is used here. */
interface WorkerScope {
  name?: string;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
if (scope.name === WORKER_NAME && typeof scope.postMessage === 'function') serve(scope);

function serve(scope: WorkerScope): void {
  mark('worker');
  const running = new Map<number, AbortController>();
  let backend: Backend | null = null;

  async function answer(request: Exclude<Request, { method: 'abort' }>, signal: AbortSignal) {
    const { id } = request;
    if (request.method === 'open') {
      const report = (loading: Extract<Reply, { loading: unknown }>['loading']) =>
        scope.postMessage({ id, loading });
      backend = await openLocal(...request.arguments, report, signal);
      mark('ready');
      return backend.threads;
    }
    if (!backend) throw new Error('The worker was asked before it was opened.');
    switch (request.method) {
      case 'detect':
        return backend.detect(...request.arguments, signal);
      case 'detectAnimation':
        return backend.detectAnimation(...request.arguments, signal, (done, total) =>
          scope.postMessage({ id, frame: { done, total } }),
        );
      case 'annotate':
        return backend.annotate(...request.arguments, signal);
      case 'annotateAnimation':
        return backend.annotateAnimation(...request.arguments, signal);
    }
  }

  scope.onmessage = async ({ data: request }) => {
    const { id } = request;
    if (request.method === 'abort') {
      running.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const value = await answer(request, controller.signal);
      scope.postMessage({ id, value }, value instanceof Uint8Array ? [value.buffer] : []);
    } catch (error) {
      scope.postMessage({ id, error: postable(error) });
    } finally {
      running.delete(id);
      releaseArguments(request);
    }
  };
}

/** Frames and bitmaps that were posted to us are ours: unclosed, they would hold their memory. */
function releaseArguments(request: Exclude<Request, { method: 'abort' }>): void {
  const [picture] = request.arguments;
  if (!('kind' in picture)) return;
  if (picture.kind === 'frame') picture.frame.close();
  if (picture.kind === 'bitmap') picture.bitmap.close();
}
