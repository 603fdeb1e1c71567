/** Who judges the pictures: this thread, or several threads with a detector each. */
import { Worker } from 'node:worker_threads';
import type { Detector } from '../api/types.js';
import { createDetector } from '../page/create.js';
import { asUsageError, type Start } from './arguments.js';
import { Channel } from './channel.js';
import { optimiseWhatRunsOften } from './compiling.js';
import { type Job, type JudgeOptions, judge, type Line } from './judge.js';
import { temporaryFor, unfinishedElsewhere } from './outputs.js';

export interface Judges {
  /** The lines of one picture. With threads the work is begun at once, or when a thread is free. */
  judge(job: Job): AsyncIterable<Line>;
  close(): Promise<void>;
}

/** @throws UsageError when the options are none; whatever `createDetector` throws */
export async function openJudges(
  start: Start,
  options: JudgeOptions,
  count: number,
): Promise<Judges> {
  optimiseWhatRunsOften();
  if (count > 1) return ThreadJudges.open(start, options, count);
  let detector: Detector;
  try {
    detector = await createDetector(start);
  } catch (error) {
    throw asUsageError(error);
  }
  return { judge: (job) => judge(detector, job, options), close: () => detector.close() };
}

/** What a thread is told when it starts. */
export interface ThreadData {
  start: Start;
  options: JudgeOptions;
}

/** What a thread says. `failed`: it cannot start; nothing more comes from it. */
export type ThreadMessage =
  | { kind: 'ready' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'line'; line: Line }
  | { kind: 'done' };

interface Pending {
  job: Job;
  lines: Channel<Line>;
}

class ThreadJudges implements Judges {
  readonly #data: ThreadData;
  readonly #threads = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #waiting: Pending[] = [];
  readonly #running = new Map<Worker, Pending & { removeUnfinished: () => void }>();
  /** So many may work at once; fewer where a successor could not start. */
  #most: number;
  #closing = false;
  /** Nobody is left to judge what waits and what comes. */
  #failure: { error: unknown } | null = null;

  private constructor(data: ThreadData, most: number) {
    this.#data = data;
    this.#most = most;
  }

  static async open(start: Start, options: JudgeOptions, count: number): Promise<ThreadJudges> {
    const judges = new ThreadJudges({ start, options }, count);
    try {
      await Promise.all(Array.from({ length: count }, () => judges.#startThread()));
      return judges;
    } catch (error) {
      await judges.close();
      throw asUsageError(error);
    }
  }

  judge(job: Job): AsyncIterable<Line> {
    const lines = new Channel<Line>();
    this.#waiting.push({ job, lines });
    this.#next();
    return lines;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  /** Gives what waits to who is idle. Who died has a successor when there is something to do. */
  #next(): void {
    if (this.#closing) return;
    if (this.#failure) {
      for (const { lines } of this.#waiting.splice(0)) lines.fail(this.#failure.error);
    } else if (this.#waiting.length > 0) {
      const thread = this.#idle.pop();
      if (thread) this.#begin(thread, this.#waiting.shift() as Pending);
      else if (this.#threads.size < this.#most) this.#startThread().catch(() => undefined);
    }
  }

  #begin(thread: Worker, { job, lines }: Pending): void {
    const target = job.target && { ...job.target, temporary: temporaryFor(job.target.path) };
    const removeUnfinished = target ? unfinishedElsewhere(target.temporary) : () => undefined;
    this.#running.set(thread, { job, lines, removeUnfinished });
    thread.postMessage({ ...job, target });
  }

  /** Resolves when it is ready for its first picture. */
  #startThread(): Promise<void> {
    const thread = new Worker(new URL('judge-thread.js', import.meta.url), {
      workerData: this.#data,
    });
    this.#threads.add(thread);
    return new Promise((resolve, reject) => {
      let isReady = false;
      let why: unknown = 'it ended';
      let failure: unknown;
      thread.on('message', (message: ThreadMessage) => {
        if (message.kind === 'line') this.#running.get(thread)?.lines.push(message.line);
        else if (message.kind === 'failed') {
          failure = message.error;
          void thread.terminate();
        } else {
          isReady = true;
          resolve();
          this.#becomeIdle(thread);
        }
      });
      thread.on('error', (error) => {
        why = error;
      });
      thread.on('exit', () => {
        failure ??= new Error(`A thread could not start: ${why}`);
        this.#mourn(thread, why);
        if (!isReady) this.#doWithout(failure);
        reject(failure);
        this.#next();
      });
    });
  }

  #becomeIdle(thread: Worker): void {
    this.#leaveJob(thread)?.lines.end();
    this.#idle.push(thread);
    this.#next();
  }

  /** A thread that dies costs the picture that it had. */
  #mourn(thread: Worker, why: unknown): void {
    this.#threads.delete(thread);
    if (this.#idle.includes(thread)) this.#idle.splice(this.#idle.indexOf(thread), 1);
    const pending = this.#leaveJob(thread);
    if (this.#closing || !pending) return;
    const message = `The thread that judged this picture ended (${why}). Try it alone.`;
    pending.lines.push({ file: pending.job.path, error: { code: 'failed', message } });
    pending.lines.end();
  }

  #leaveJob(thread: Worker): Pending | undefined {
    const pending = this.#running.get(thread);
    this.#running.delete(thread);
    pending?.removeUnfinished();
    return pending;
  }

  /** One that cannot start is not tried again and again. */
  #doWithout(error: unknown): void {
    this.#most--;
    if (this.#threads.size === 0) this.#failure = { error };
  }
}
