/** The backend behind a worker: posts every call, and the pixels with it. */

import type { MovingAnswer, MovingCommand, Picture, ReportProgress } from '../api/crossing.js';
import { closed } from '../api/errors.js';
import type { OpenOptions } from './backend.js';
import type { Calls } from './calls.js';
import { ABORT_MS, WorkerLink } from './link.js';
import { WHOLE } from './protocol.js';

const SCRIPT = 'worker.js';

// Until a worker is ended that has a file open.
const LONG_MS = 5_000;

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
  // Films and animations in the middle of which it is: with the worker they would be lost.
  const opened = new Set<number>();
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
      call(method, args, own, onFrame) {
        const patience = opened.size > 0 ? LONG_MS : ABORT_MS;
        const transfer = transferred(args);
        const asked = link.call(method, args, own, { transfer, patience, onFrame });
        if (method !== 'moving') return asked;
        return asked.then((answer) => {
          note(opened, args[0] as MovingCommand, answer as MovingAnswer);
          return answer;
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function note(opened: Set<number>, command: MovingCommand, answer: MovingAnswer): void {
  if (command.do === 'close' || command.do === 'finish') opened.delete(command.id);
  else if (command.do === 'open') opened.add(answer as number);
  else if (command.do === 'begin') opened.add((answer as { id: number }).id);
}

/** What is ours moves: frames, bitmaps, and bytes, which were copied when they were handed in. */
function transferred([first]: readonly unknown[]): Transferable[] {
  const given = first as Picture | MovingCommand | number;
  const picture = typeof given === 'object' && 'picture' in given ? given.picture : given;
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
