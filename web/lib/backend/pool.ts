/**
 * Several backends as one: pictures are judged at once, each by a backend that has the least to do.
 * What belongs together (a moving picture's frames, files that were opened) stays with the first.
 */
import type { Answer, Arguments, Calls, Method, OnFrame } from './calls.js';

/**
 * Opens `more` backends beside the `first` one: what they fetch is in the cache by then.
 * @throws what `openOne` throws; all are closed then
 */
export async function openPool(
  first: Calls,
  more: number,
  openOne: () => Promise<Calls>,
): Promise<Calls> {
  if (more === 0) return first;
  const opened = await Promise.allSettled(Array.from({ length: more }, openOne));
  const good = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const bad = opened.find((one) => one.status === 'rejected');
  if (!bad) return new BackendPool([first, ...good]);
  await Promise.all([first, ...good].map((backend) => backend.close()));
  throw bad.reason;
}

// Pictures by themselves: whoever is free may judge them.
const ANYWHERE: readonly Method[] = [
  'detect',
  'detectAnimation',
  'pixels',
  'annotate',
  'annotateAnimation',
  'layoutLabels',
];

interface Member {
  backend: Calls;
  /** Ends with the last call that was given to it: calls of one backend must not overlap. */
  tail: Promise<unknown>;
  calls: number;
}

export class BackendPool implements Calls {
  /** Each member restarts by itself. */
  readonly dead = false;
  readonly #members: readonly Member[];

  /** @param backends at least one */
  constructor(backends: readonly Calls[]) {
    this.#members = backends.map((backend) => ({ backend, tail: Promise.resolve(), calls: 0 }));
  }

  /** Of one backend. */
  get threads(): number {
    return this.#first.backend.threads;
  }

  call<M extends Method>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    onFrame?: OnFrame,
  ): Promise<Answer<M>> {
    const member = ANYWHERE.includes(method) ? this.#idlest : this.#first;
    member.calls++;
    const turn = member.tail.then(() => member.backend.call(method, args, signal, onFrame));
    const over = () => {
      member.calls--;
    };
    member.tail = turn.then(over, over);
    return turn;
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ backend }) => backend.close()));
  }

  get #first(): Member {
    return this.#members[0] as Member;
  }

  get #idlest(): Member {
    return this.#members.reduce((best, one) => (one.calls < best.calls ? one : best));
  }
}
