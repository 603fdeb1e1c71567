/**
 * The connection to one worker. Whatever becomes of the worker (it cannot be loaded, is not ours,
 * dies without a word, hangs, does not stop when told to), every call settles, and the connection is
 * `dead` from then on.
 */
import type { ReportProgress } from '../api/crossing.js';
import { aborted, closed, crashed } from '../api/errors.js';
import { onAbort } from '../api/signals.js';
import type { OpenOptions } from './backend.js';
import type { Answer, Arguments, Method, OnFrame } from './calls.js';
import { fetched } from './fetched.js';
import {
  type Call,
  type Hello,
  type Reply,
  type Request,
  unposted,
  WORKER_NAME,
} from './protocol.js';
import { startWorker } from './start.js';
import { otherVersion, VERSION } from './version.js';

// A worker that runs answers a greeting at once, whatever it loads meanwhile. One that does not is
// given this long once more when its script has turned out to be there: it may have been arriving.
const GREETING_MS = 4_500;
// Between two networks a worker looks at what was said to it. Who does not hear of an end by then
// is in the middle of something long, which cannot be stopped but with the worker.
export const ABORT_MS = 200;
// No step of honest work takes longer. Only counted in ticks, for clocks jump and timers rest.
const PING_EVERY_MS = 5_000;
const SILENT_PINGS = 12;
// Who has nothing to do says at once that a call has come.
const DEAF_PINGS = 2;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onLoading?: ReportProgress;
  onFrame?: OnFrame | undefined;
}

/** Workers that have been greeted: one serves one detector. */
const taken = new WeakSet<Worker>();

export class WorkerLink {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Pending>();
  readonly #watching = new AbortController();
  #greet: ((hello: Hello) => void) | null = null;
  #lastId = 0;
  #gone: Error | null = null;
  #pinger: ReturnType<typeof setInterval> | undefined;
  #unanswered = 0;
  #heard = false;
  /** The worker had to be ended because it did not answer any more. */
  silent = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    taken.add(worker);
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    worker.onmessageerror = () => this.end(crashed('An answer of the worker could not be read.'));
  }

  /**
   * Starts a worker with the script at `url`, or takes the `started` one, and waits until it has said
   * who it is.
   * @throws MasklensError `asset-missing`, `network`, `crashed`, `aborted`; TypeError (`started` is
   * no worker, or serves another detector)
   */
  static async start(url: string, signal: AbortSignal, started?: Worker): Promise<WorkerLink> {
    if (started && taken.has(started)) throw usedTwice();
    const link = new WorkerLink(started ?? startWorker(url));
    const forget = onAbort(signal, () => link.end(aborted(signal.reason)));
    try {
      await link.#greeting(url);
      return link;
    } catch (error) {
      link.end(closed());
      throw error;
    } finally {
      forget();
    }
  }

  /** Whether the worker is gone: every call is rejected. */
  get dead(): boolean {
    return this.#gone !== null;
  }

  /** Gives the number of threads. */
  open(options: OpenOptions, signal: AbortSignal, onLoading: ReportProgress): Promise<number> {
    const asked = this.#ask('open', [options], signal, { onLoading });
    return asked as Promise<number>;
  }

  /** `patience`: milliseconds until a worker is ended that goes on when the signal is raised. */
  call<M extends Method>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    listeners: { transfer: Transferable[]; patience: number; onFrame: OnFrame | undefined },
  ): Promise<Answer<M>> {
    const asked = this.#ask(method, args, signal, listeners);
    return asked as Promise<Answer<M>>;
  }

  /** Ends the worker, and with it the threads that it has started. Calls under way reject with `error`. */
  end(error: Error): void {
    if (this.#gone) return;
    this.#gone = error;
    this.#worker.terminate();
    this.#watching.abort();
    this.#stopPinging();
    for (const call of this.#calls.values()) call.reject(error);
  }

  #ask(
    method: Call['method'],
    args: readonly unknown[],
    signal: AbortSignal,
    {
      transfer = [],
      patience = ABORT_MS,
      ...listeners
    }: { transfer?: Transferable[]; patience?: number } & Omit<Pending, 'resolve' | 'reject'>,
  ): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    if (signal.aborted) return Promise.reject(aborted(signal.reason));
    const id = ++this.#lastId;
    if (this.#calls.size === 0) this.#heard = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUp = () => {
      this.#post({ id, method: 'abort' });
      timer = setTimeout(() => this.end(aborted(signal.reason)), patience);
    };
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#post({ id, method, arguments: args } as unknown as Request, transfer);
      this.#calls.set(id, { resolve, reject, ...listeners });
      signal.addEventListener('abort', giveUp, { once: true });
      this.#pinger ??= setInterval(() => this.#ping(), PING_EVERY_MS);
    });
    return answer.finally(() => {
      clearTimeout(timer);
      this.#calls.delete(id);
      signal.removeEventListener('abort', giveUp);
      if (this.#calls.size === 0) this.#stopPinging();
    });
  }

  #greeting(url: string): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout>;
      const lock = globalThis.navigator?.locks ? `masklens ${crypto.randomUUID()}` : null;
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      const explain = async (what: string) => {
        clearTimeout(timer);
        fail((await explained((reasons) => reasons.whyNotStarted(url, what))) as Error);
      };
      const foreign = async () => fail(await explained(({ noAnswer }) => noAnswer(url)));
      const silent = async () => {
        const reason = await explained((reasons) => reasons.whyNotStarted(url, null));
        if (reason) fail(reason);
        else timer = setTimeout(foreign, GREETING_MS);
      };
      timer = setTimeout(silent, GREETING_MS);
      this.#calls.set(0, { resolve: () => undefined, reject: fail });
      this.#greet = ({ name, version, taken }) => {
        clearTimeout(timer);
        this.#calls.delete(0);
        this.#greet = null;
        if (name !== WORKER_NAME) void foreign();
        else if (taken) fail(usedTwice());
        else if (version !== VERSION) fail(otherVersion(url, version));
        else {
          this.#worker.onerror = (event) => this.#fault(event);
          if (lock !== null) this.#watchLock(lock);
          resolve();
        }
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        void explain(event.message);
      };
      this.#post({ hello: { lock } });
    });
  }

  /** Waits for the lock that the worker holds: who gets it knows that the worker is gone. */
  #watchLock(lock: string): void {
    const { signal } = this.#watching;
    navigator.locks
      .request(lock, { signal }, () => this.end(crashed('The worker is gone.')))
      .catch(() => undefined);
  }

  #fault(event: ErrorEvent): void {
    event.preventDefault();
    this.end(crashed(`The worker stopped: ${event.message || 'it does not say why'}.`));
  }

  #ping(): void {
    if (++this.#unanswered > (this.#heard ? SILENT_PINGS : DEAF_PINGS)) {
      this.silent = this.#heard;
      this.end(crashed('The worker does not answer any more.'));
      return;
    }
    this.#post({ ping: this.#unanswered });
  }

  #stopPinging(): void {
    clearInterval(this.#pinger);
    this.#pinger = undefined;
    this.#unanswered = 0;
  }

  #post(request: Request, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #receive(reply: Reply): void {
    this.#unanswered = 0;
    this.#heard = true;
    if (typeof reply !== 'object' || reply === null || 'pong' in reply) return;
    if ('hello' in reply) {
      this.#greet?.(reply.hello);
      return;
    }
    const call = this.#calls.get(reply.id);
    if ('value' in reply) call?.resolve(reply.value);
    else if ('loading' in reply) call?.onLoading?.(reply.loading);
    else if ('frame' in reply) call?.onFrame?.(reply.frame.done, reply.frame.total);
    else if ('error' in reply) {
      const error = unposted(reply.error);
      call?.reject(error);
      if (reply.dead) this.end(error);
    }
  }
}

type Reasons = typeof import('./why-not-started.js');

/** What the script says that knows the reasons. */
async function explained<T>(explain: (reasons: Reasons) => T): Promise<Awaited<T> | Error> {
  try {
    return await explain(await fetched('why-not-started.js', import('./why-not-started.js')));
  } catch (error) {
    return error as Error;
  }
}

const usedTwice = () => new TypeError('A worker serves one detector, once. Start one for each.');
