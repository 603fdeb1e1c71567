/** The backend behind a worker: posts every call, and the pixels with it. */

import type { MovingCommand, Picture, ReportProgress } from '../api/crossing.js';
import { closed } from '../api/errors.js';
import type { OpenOptions } from './backend.js';
import type { Calls } from './calls.js';
import { WorkerLink } from './link.js';
import { WHOLE } from './protocol.js';

const SCRIPT = 'worker.js';

export interface WorkerCalls extends Calls {
  /** The worker's script, as it was started. */
  readonly script: string;
  /** It did not answer any more. */
  readonly silent: boolean;
}

/**
 * Starts the worker, unless it was `started` already, and everything in it. Where threads fail to
 * start, a fresh worker goes on with one: the runtime would remember the failure.
 *
 * In the place of the `last` one, which is gone: where that one had fallen silent, a thread may have
 * come to what the trimmed runtime lacks, and nobody hears of that. So the new one starts the whole
 * runtime.
 * @throws MasklensError `asset-missing`, `asset-not-wasm`, `model-mismatch`, `network`, `crashed`,
 * `aborted`; TypeError (`started` serves another detector)
 */
export async function openWorker(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  { started, last }: { started?: Worker; last?: WorkerCalls },
): Promise<WorkerCalls> {
  const script = last?.silent ? SCRIPT + WHOLE : (last?.script ?? SCRIPT);
  try {
    return await open(options, report, signal, script, started);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ThreadsFailed') throw error;
    return open({ ...options, threads: 1 }, report, signal, script);
  }
}

async function open(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  script: string,
  started?: Worker,
): Promise<WorkerCalls> {
  const url = new URL(script, options.assets).href;
  const link = await WorkerLink.start(url, signal, started);
  const close = async () => link.end(closed());
  try {
    const threads = await link.open(options, signal, report);
    return {
      script,
      threads,
      get dead() {
        return link.dead;
      },
      get silent() {
        return link.silent;
      },
      call: (method, args, own, onFrame) =>
        link.call(method, args, own, transferred(args), onFrame),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is ours moves: frames, bitmaps, and bytes, which were copied when they were handed in. */
function transferred([first]: readonly unknown[]): Transferable[] {
  const picture = first as Picture | MovingCommand | number;
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
