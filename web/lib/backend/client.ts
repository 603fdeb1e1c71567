/** The backend behind a worker: posts every call, and the pixels with it. */

import type {
  Followed,
  Following,
  MovingAnswer,
  MovingCommand,
  Picture,
  PictureFile,
  ReportProgress,
} from '../api/crossing.js';
import { aborted, closed } from '../api/errors.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import type {
  AnimationResult,
  Face,
  LoadProgress,
  Pixels,
  Plate,
  PlatePlace,
  Result,
} from '../api/types.js';
import { missing } from '../runtime/assets.js';
import type { Backend, OpenOptions } from './backend.js';
import {
  type Answer,
  type Arguments,
  type Method,
  type Reply,
  type Request,
  unposted,
  WORKER_NAME,
} from './protocol.js';

/**
 * Starts the worker, unless it was `started` already, and everything in it. Where threads fail to
 * start, a fresh worker goes on with one: the runtime would remember the failure.
 * @throws MasklensError `asset-missing`, `asset-not-wasm`, `model-mismatch`, `aborted`
 */
export async function openWorker(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  started?: Worker,
): Promise<Backend> {
  try {
    return await WorkerBackend.open(options, report, signal, started);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ThreadsFailed') throw error;
    return WorkerBackend.open({ ...options, threads: 1 }, report, signal);
  }
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onLoading?: (progress: LoadProgress) => void;
  onFrame?: (done: number, total: number) => void;
}

type Listeners = Pick<Call, 'onLoading' | 'onFrame'>;

class WorkerBackend implements Backend {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #lastId = 0;
  #gone: Error | null = null;
  threads = 1;

  private constructor(url: string, started: Worker | undefined) {
    this.#worker = started ?? startWorker(url);
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const what = event.message || 'It is not there, or may not be run here';
      this.#end(missing(url, what.replace(/\.$/, ''), event.error));
    };
  }

  static async open(
    options: OpenOptions,
    report: ReportProgress,
    signal: AbortSignal,
    started?: Worker,
  ): Promise<Backend> {
    const backend = new WorkerBackend(new URL('worker.js', options.assets).href, started);
    try {
      backend.threads = await backend.#call('open', [options], signal, { onLoading: report });
      return backend;
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  detect(picture: Picture, settings: DetectSettings, signal: AbortSignal): Promise<Result> {
    return this.#call('detect', [picture, settings], signal);
  }

  follow(picture: Picture, following: Following, signal: AbortSignal): Promise<Followed> {
    return this.#call('follow', [picture, following], signal);
  }

  endSequence(sequence: number, signal: AbortSignal): Promise<void> {
    return this.#call('endSequence', [sequence], signal);
  }

  moving(command: MovingCommand, signal: AbortSignal): Promise<MovingAnswer> {
    return this.#call('moving', [command], signal);
  }

  detectAnimation(
    file: PictureFile,
    settings: DetectSettings,
    signal: AbortSignal,
    onFrame: (done: number, total: number) => void,
  ): Promise<AnimationResult> {
    return this.#call('detectAnimation', [file, settings], signal, { onFrame });
  }

  pixels(
    picture: Picture,
    maxSide: number | undefined,
    signal: AbortSignal,
  ): Promise<ImageBitmap | Pixels> {
    return this.#call('pixels', [picture, maxSide], signal);
  }

  annotate(picture: Picture, faces: Face[], settings: AnnotateSettings, signal: AbortSignal) {
    return this.#call('annotate', [picture, faces, settings], signal);
  }

  annotateAnimation(
    file: PictureFile,
    faces: Face[][],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ) {
    return this.#call('annotateAnimation', [file, faces, settings], signal);
  }

  layoutLabels(
    plates: readonly Plate[],
    size: { width: number; height: number },
    signal: AbortSignal,
  ): Promise<(PlatePlace | null)[]> {
    return this.#call('layoutLabels', [plates, size], signal);
  }

  async close(): Promise<void> {
    this.#end(closed());
  }

  #call<M extends Method>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    listeners: Listeners = {},
  ): Promise<Answer<M>> {
    if (this.#gone) return Promise.reject(this.#gone);
    if (signal.aborted) return Promise.reject(aborted(signal.reason));
    const id = ++this.#lastId;
    const giveUp = () => this.#post({ id, method: 'abort' });
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, ...listeners });
      signal.addEventListener('abort', giveUp, { once: true });
      this.#post({ id, method, arguments: args } as Request, transferred(args));
    });
    return answer.finally(() => {
      this.#calls.delete(id);
      signal.removeEventListener('abort', giveUp);
    }) as Promise<Answer<M>>;
  }

  #post(request: Request, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #receive(reply: Reply): void {
    const call = this.#calls.get(reply.id);
    if ('value' in reply) call?.resolve(reply.value);
    else if ('error' in reply) call?.reject(unposted(reply.error));
    else if ('loading' in reply) call?.onLoading?.(reply.loading);
    else call?.onFrame?.(reply.frame.done, reply.frame.total);
  }

  #end(error: Error): void {
    this.#gone ??= error;
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(this.#gone);
  }
}

function startWorker(url: string): Worker {
  try {
    return new Worker(url, { type: 'module', name: WORKER_NAME });
  } catch (error) {
    // Workers of another origin are refused at once.
    throw missing(url, 'It has to be on the same origin as the page', error);
  }
}

/** Frames and bitmaps that are ours move; everything else is copied, so that callers keep theirs. */
function transferred(args: readonly unknown[]): Transferable[] {
  const picture = args[0] as Picture | OpenOptions | MovingCommand | number;
  if (typeof picture === 'number' || !('kind' in picture)) return [];
  if (picture.kind === 'frame') return [picture.frame];
  if (picture.kind === 'bitmap') return [picture.bitmap];
  return [];
}
