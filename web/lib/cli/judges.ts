/** Who judges the pictures: this thread, or several threads with a detector each. */
import { Worker } from 'node:worker_threads';
import type { Detector } from '../api/types.js';
import { createDetector } from '../page/create.js';
import { asUsageError, type Start } from './arguments.js';
import { Channel } from './channel.js';
import { optimiseWhatRunsOften } from './compiling.js';
import { type Job, type JudgeOptions, judge, type Line } from './judge.js';

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
  readonly #running = new Map<Worker, Pending>();
  #closing = false;
  /** Nobody is left to judge what waits and what comes. */
  #failure: { error: unknown } | null = null;

  private constructor(data: ThreadData) {
    this.#data = data;
  }

  static async open(start: Start, options: JudgeOptions, count: number): Promise<ThreadJudges> {
    const judges = new ThreadJudges({ start, options });
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
    if (this.#failure) {
      lines.fail(this.#failure.error);
      return lines;
    }
    this.#waiting.push({ job, lines });
    this.#next();
    return lines;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#idle.length === 0) return;
    const thread = this.#idle.pop() as Worker;
    const pending = this.#waiting.shift() as Pending;
    this.#running.set(thread, pending);
    thread.postMessage(pending.job);
  }

  /** Resolves when it is ready for its first picture. */
  #startThread(): Promise<void> {
    const thread = new Worker(new URL('judge-thread.js', import.meta.url), {
      workerData: this.#data,
    });
    this.#threads.add(thread);
    return new Promise((resolve, reject) => {
      thread.on('message', (message: ThreadMessage) => {
        if (message.kind === 'failed') reject(message.error);
        else if (message.kind === 'line') this.#running.get(thread)?.lines.push(message.line);
        else this.#becomeIdle(thread);
        if (message.kind === 'ready') resolve();
      });
      let why: unknown = 'it ended';
      thread.on('error', (error) => {
        why = error;
      });
      thread.on('exit', () => {
        reject(new Error(`A thread could not start: ${why}`));
        this.#threads.delete(thread);
        this.#mourn(thread, why);
      });
    });
  }

  #becomeIdle(thread: Worker): void {
    this.#running.get(thread)?.lines.end();
    this.#running.delete(thread);
    this.#idle.push(thread);
    this.#next();
  }

  /** A thread that dies costs the picture that it had, and has a successor. */
  #mourn(thread: Worker, why: unknown): void {
    const pending = this.#running.get(thread);
    if (this.#closing || !pending) return;
    this.#running.delete(thread);
    const message = `The thread that judged this picture ended (${why}). Try it alone.`;
    pending.lines.push({ file: pending.job.path, error: { code: 'failed', message } });
    pending.lines.end();
    this.#startThread().catch((error: unknown) => {
      if (this.#threads.size > 0) return;
      this.#failure = { error };
      for (const { lines } of this.#waiting.splice(0)) lines.fail(error);
    });
  }
}
