/**
 * Several backends as one: pictures are judged at once, each by a backend that has the least to do.
 * What belongs together (a moving picture's frames, files that were opened) stays with the first.
 */
import type { ReportProgress } from '../api/crossing.js';
import { inNode } from '../api/environment.js';
import type { Backend, OpenOptions } from './backend.js';

/** Opens one backend, in a worker or in place. */
type OpenOne = (
  options: OpenOptions,
  worker: boolean | Worker,
  report: ReportProgress,
  signal: AbortSignal,
) => Promise<Backend>;

/**
 * Opens so many backends. The others start when the first is there: what they fetch is in the
 * cache then. Where there are no workers, one is all that is of use.
 * @throws what `openOne` throws; those that opened are closed then
 */
export async function openPool(
  openOne: OpenOne,
  count: number,
  options: OpenOptions,
  worker: boolean | Worker,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Backend> {
  const first = await openOne(options, worker, report, signal);
  if (count === 1 || worker === false || inNode()) return first;
  const quiet = () => undefined;
  const others = Array.from({ length: count - 1 }, () => openOne(options, true, quiet, signal));
  const opened = await Promise.allSettled(others);
  const good = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const bad = opened.find((one) => one.status === 'rejected');
  if (!bad) return new BackendPool([first, ...good]);
  await Promise.all([first, ...good].map((backend) => backend.close()));
  throw bad.reason;
}

interface Member {
  backend: Backend;
  /** Ends with the last call that was given to it: calls of one backend must not overlap. */
  tail: Promise<unknown>;
  calls: number;
}

export class BackendPool implements Backend {
  /** Each member restarts by itself. */
  readonly dead = false;
  readonly #members: readonly Member[];

  /** @param backends at least one */
  constructor(backends: readonly Backend[]) {
    this.#members = backends.map((backend) => ({ backend, tail: Promise.resolve(), calls: 0 }));
  }

  /** Of one backend. */
  get threads(): number {
    return this.#first.backend.threads;
  }

  detect: Backend['detect'] = (...args) => this.#anywhere((backend) => backend.detect(...args));
  detectAnimation: Backend['detectAnimation'] = (...args) =>
    this.#anywhere((backend) => backend.detectAnimation(...args));
  pixels: Backend['pixels'] = (...args) => this.#anywhere((backend) => backend.pixels(...args));
  annotate: Backend['annotate'] = (...args) =>
    this.#anywhere((backend) => backend.annotate(...args));
  annotateAnimation: Backend['annotateAnimation'] = (...args) =>
    this.#anywhere((backend) => backend.annotateAnimation(...args));
  layoutLabels: Backend['layoutLabels'] = (...args) =>
    this.#anywhere((backend) => backend.layoutLabels(...args));
  follow: Backend['follow'] = (...args) =>
    this.#at(this.#first, (backend) => backend.follow(...args));
  endSequence: Backend['endSequence'] = (...args) =>
    this.#at(this.#first, (backend) => backend.endSequence(...args));
  moving: Backend['moving'] = (...args) =>
    this.#at(this.#first, (backend) => backend.moving(...args));

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ backend }) => backend.close()));
  }

  get #first(): Member {
    return this.#members[0] as Member;
  }

  #anywhere<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
    const idlest = this.#members.reduce((best, one) => (one.calls < best.calls ? one : best));
    return this.#at(idlest, work);
  }

  #at<T>(member: Member, work: (backend: Backend) => Promise<T>): Promise<T> {
    member.calls++;
    const turn = member.tail.then(() => work(member.backend));
    member.tail = turn.then(
      () => member.calls--,
      () => member.calls--,
    );
    return turn;
  }
}
