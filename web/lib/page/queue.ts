/** So many jobs at a time, one by default. They begin in the order in which they were added, but for those that are not ready yet. */
import { aborted, closed, tell } from '../api/errors.js';
import { onAbort } from '../api/signals.js';

/** What a job needs before its turn. It is waited for outside the queue's slot. */
export interface Job<P, T> {
  prepare: Promise<P>;
  run(prepared: P, signal: AbortSignal): Promise<T>;
  /** Called once with what was prepared, when the job has ended or will never begin. */
  release?(prepared: P): void;
}

interface Entry {
  ready: boolean;
  start(): Promise<void>;
  giveUp(error: Error): void;
}

export class Queue {
  readonly #waiting: Entry[] = [];
  readonly #running = new Set<Entry>();
  readonly #width: number;
  #closed = false;
  #whenIdle: (() => void)[] = [];

  constructor(width = 1) {
    this.#width = width;
  }

  /**
   * Runs `job` when those before it have ended. The promise rejects at once when `signal` is raised
   * or the queue is closed. A job that waits leaves the queue then; one that runs keeps its place
   * until it has ended, so that jobs never overlap.
   */
  add<P, T>(job: Job<P, T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settled = false;
      let release: (() => void) | undefined;
      const own = new AbortController();
      const settle = (act: () => void) => {
        if (settled) return;
        settled = true;
        forget();
        act();
      };
      const finish = () => {
        const last = release;
        release = undefined;
        // The queue goes on, whatever becomes of what was handed in.
        tell(last);
      };
      const giveUp = (error: Error) => {
        own.abort(error.cause);
        settle(() => reject(error));
        if (this.#drop(entry)) finish();
      };
      const forget = onAbort(signal, () => giveUp(aborted(signal?.reason)));
      let start: Entry['start'] = async () => undefined;
      const entry: Entry = { ready: false, giveUp, start: () => start() };

      job.prepare.then(
        (prepared) => {
          release = () => job.release?.(prepared);
          if (settled) return finish();
          start = async () => {
            try {
              const value = await job.run(prepared, own.signal);
              settle(() => resolve(value));
            } catch (error) {
              settle(() => reject(error));
            } finally {
              finish();
            }
          };
          entry.ready = true;
          this.#next();
        },
        (error) => {
          this.#drop(entry);
          settle(() => reject(error));
        },
      );
      if (this.#closed) giveUp(closed());
      else if (signal?.aborted) giveUp(aborted(signal.reason));
      else this.#waiting.push(entry);
    });
  }

  /** Rejects what waits and what runs with `closed`. Resolves when the running job has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of [...this.#waiting]) entry.giveUp(closed());
    for (const entry of this.#running) entry.giveUp(closed());
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** True when the entry waited. */
  #drop(entry: Entry): boolean {
    const at = this.#waiting.indexOf(entry);
    if (at !== -1) this.#waiting.splice(at, 1);
    return at !== -1;
  }

  async #next(): Promise<void> {
    if (this.#running.size >= this.#width) return;
    const entry = this.#waiting.find(({ ready }) => ready);
    if (!entry) {
      if (this.#running.size > 0) return;
      for (const resolve of this.#whenIdle.splice(0)) resolve();
      return;
    }
    this.#drop(entry);
    this.#running.add(entry);
    await entry.start();
    this.#running.delete(entry);
    this.#next();
  }
}
