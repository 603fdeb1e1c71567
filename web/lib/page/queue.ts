/** One job at a time, in the order in which they were added. */
import { aborted, closed, throwIfAborted } from '../api/errors.js';

export class Queue {
  #tail: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  /**
   * Runs `job` when those before it have ended. The promise rejects at once when `signal` is raised
   * or the queue is closed; the place in the queue is kept until the job itself has ended, so that
   * jobs never overlap. A job that has not begun by then never begins.
   */
  add<T>(job: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const closing = this.#closing.signal;
    if (closing.aborted) return Promise.reject(closed());
    if (signal?.aborted) return Promise.reject(aborted(signal.reason));

    // Not AbortSignal.any: what it makes stays attached to a long-lived signal, job after job.
    const own = new AbortController();
    const turn = this.#tail.then(() => {
      throwIfAborted(own.signal);
      return job(own.signal);
    });
    this.#tail = turn.catch(() => undefined);

    return new Promise((resolve, reject) => {
      const giveUp = () => {
        own.abort(signal?.reason);
        reject(closing.aborted ? closed() : aborted(signal?.reason));
      };
      signal?.addEventListener('abort', giveUp);
      closing.addEventListener('abort', giveUp);
      turn.then(resolve, reject).finally(() => {
        signal?.removeEventListener('abort', giveUp);
        closing.removeEventListener('abort', giveUp);
      });
    });
  }

  /** Rejects what waits and what runs with `closed`. Resolves when the running job has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#tail;
  }
}
