/** A backend that gets up again: after a crash the next call opens another one, once for each call. */
import { closed } from '../api/errors.js';
import { unlessAborted } from '../api/signals.js';
import type { Answer, Arguments, Calls, Method, OnFrame } from './calls.js';

/** Opens a backend like the first. */
export type Reopen = (signal: AbortSignal) => Promise<Calls>;

export class RestartingBackend implements Calls {
  readonly #reopen: Reopen;
  readonly #closing = new AbortController();
  #backend: Calls;
  // Goes on when the call that began it is given up: the next one finds it further on.
  #opening: Promise<Calls> | null = null;

  constructor(first: Calls, reopen: Reopen) {
    this.#backend = first;
    this.#reopen = reopen;
  }

  get threads(): number {
    return this.#backend.threads;
  }

  /** It never is: its calls may fail, and the next ones try again. */
  readonly dead = false;

  async call<M extends Method>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    onFrame?: OnFrame,
  ): Promise<Answer<M>> {
    const backend = this.#backend.dead ? await unlessAborted(this.#open(), signal) : this.#backend;
    try {
      return await backend.call(method, args, signal, onFrame);
    } finally {
      // What it leaves, threads and memory, goes now and not with the next call.
      if (backend.dead) await backend.close();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening?.catch(() => undefined);
    await this.#backend.close();
  }

  #open(): Promise<Calls> {
    if (this.#closing.signal.aborted) return Promise.reject(closed());
    this.#opening ??= this.#reopen(this.#closing.signal)
      .then((backend) => {
        this.#backend = backend;
        return backend;
      })
      .finally(() => {
        this.#opening = null;
      });
    return this.#opening;
  }
}
