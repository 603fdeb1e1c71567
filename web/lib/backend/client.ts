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
import { closed } from '../api/errors.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import type { AnimationResult, Face, Pixels, Plate, PlatePlace, Result } from '../api/types.js';
import type { Backend, OpenOptions } from './backend.js';
import { type Listeners, WorkerLink } from './link.js';
import { type Answer, type Arguments, type Method, WHOLE } from './protocol.js';

const SCRIPT = 'worker.js';

/**
 * Starts the worker, unless it was `started` already, and everything in it. Where threads fail to
 * start, a fresh worker goes on with one: the runtime would remember the failure.
 * @throws MasklensError `asset-missing`, `asset-not-wasm`, `model-mismatch`, `network`, `crashed`,
 * `aborted`; TypeError (`started` serves another detector)
 */
export async function openWorker(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  started?: Worker,
): Promise<WorkerBackend> {
  return open(options, report, signal, SCRIPT, started);
}

/**
 * As {@link openWorker}, in the place of the `last` one, which is gone. Where that one had fallen
 * silent, a thread may have come to what the trimmed runtime lacks: nobody hears of that. So the new
 * one starts the whole runtime.
 */
export async function openWorkerAgain(
  last: WorkerBackend,
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<WorkerBackend> {
  return open(options, report, signal, last.silent ? SCRIPT + WHOLE : last.script);
}

async function open(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  script: string,
  started?: Worker,
): Promise<WorkerBackend> {
  try {
    return await WorkerBackend.open(options, report, signal, script, started);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ThreadsFailed') throw error;
    return WorkerBackend.open({ ...options, threads: 1 }, report, signal, script);
  }
}

export class WorkerBackend implements Backend {
  readonly #link: WorkerLink;
  readonly script: string;
  threads = 1;

  private constructor(link: WorkerLink, script: string) {
    this.#link = link;
    this.script = script;
  }

  static async open(
    options: OpenOptions,
    report: ReportProgress,
    signal: AbortSignal,
    script: string,
    started?: Worker,
  ): Promise<WorkerBackend> {
    const url = new URL(script, options.assets).href;
    const backend = new WorkerBackend(await WorkerLink.start(url, signal, started), script);
    try {
      backend.threads = await backend.#call('open', [options], signal, { onLoading: report });
      return backend;
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  get dead(): boolean {
    return this.#link.dead;
  }

  /** It did not answer any more. */
  get silent(): boolean {
    return this.#link.silent;
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
    this.#link.end(closed());
  }

  #call<M extends Method>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    listeners: Listeners = {},
  ): Promise<Answer<M>> {
    return this.#link.call(method, args, signal, { ...listeners, transfer: transferred(args) });
  }
}

/** What is ours moves: frames, bitmaps, and bytes, which were copied when they were handed in. */
function transferred(args: readonly unknown[]): Transferable[] {
  const picture = args[0] as Picture | OpenOptions | MovingCommand | number;
  if (typeof picture === 'number' || !('kind' in picture)) return [];
  switch (picture.kind) {
    case 'frame':
      return [picture.frame];
    case 'bitmap':
      return [picture.bitmap];
    default:
      return picture.data instanceof Uint8Array ? [picture.data.buffer as ArrayBuffer] : [];
  }
}
