/**
 * What the hook for React and the composable for Vue share: a detector that starts when it is first
 * needed, one source at a time, a state that is replaced and never changed in place.
 */
import {
  type CreateOptions,
  createDetector,
  type DetectOptions,
  type Detector,
  type ImageInput,
  type LiveResult,
  type LoadProgress,
  type Result,
  type Watch,
  type WatchOptions,
} from 'masklens';

/** Options of `start`: those of `detect` for pictures, those of `watch` without its callbacks for videos. */
export type StartOptions = Omit<DetectOptions, 'signal'> &
  Omit<WatchOptions, 'onResult' | 'onError'>;

/** `loading`: the networks are on their way. `done`: the picture has been judged. `running`: it, or the video, is being judged. */
export type MasklensStatus = 'idle' | 'loading' | 'running' | 'done' | 'failed';

export interface MasklensState {
  status: MasklensStatus;
  /** The latest result of the source; of a video the latest frame's. */
  result: Result | LiveResult | null;
  /** Why the source could not be judged. */
  error: Error | null;
  /** What has been fetched so far; null before and where everything was there. */
  progress: LoadProgress | null;
}

const IDLE: MasklensState = { status: 'idle', result: null, error: null, progress: null };

export class MasklensSession {
  state: MasklensState = IDLE;
  readonly #listeners = new Set<() => void>();
  readonly #options: () => CreateOptions;
  #detector: Promise<Detector> | null = null;
  #loading: AbortController | null = null;
  #job: AbortController | null = null;
  #watch: Watch | null = null;

  /** `options` are asked for when a detector is made: at the first `start`, and at the first after `release`. */
  constructor(options: () => CreateOptions) {
    this.#options = options;
  }

  /** Calls `listener` at every new state, until the function that comes back is called. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Judges a picture, or a video element's frames until `stop`. What was judged before is given up.
   * Resolves to the picture's result; to null for videos, when it was given up, and when it failed:
   * then `error` says why. Never rejects.
   */
  start = async (source: ImageInput, options: StartOptions = {}): Promise<Result | null> => {
    this.#halt();
    const job = new AbortController();
    this.#job = job;
    const current = () => this.#job === job;
    this.#set({ ...IDLE, status: this.#detector ? 'running' : 'loading' });
    try {
      this.#detector ??= this.#load();
      const detector = await this.#detector;
      if (!current()) return null;
      this.#set({ status: 'running' });
      if (isVideo(source)) {
        this.#watch = detector.watch(source, {
          ...options,
          onResult: (result) => current() && this.#set({ result, error: null }),
          onError: (error) => current() && this.#set({ error }),
        });
        return null;
      }
      const result = await detector.detect(source, { ...options, signal: job.signal });
      if (!current()) return null;
      this.#set({ status: 'done', result });
      return result;
    } catch (error) {
      if (current()) this.#set({ status: 'failed', error: asError(error) });
      return null;
    }
  };

  /** Gives up what is being judged. The detector stays, for the next `start`. */
  stop = (): void => {
    this.#halt();
    if (this.state.status !== 'idle') this.#set({ status: 'idle' });
  };

  /** Frees everything. A later `start` makes a new detector. */
  release = (): void => {
    this.#halt();
    this.#loading?.abort();
    void this.#detector?.then((detector) => detector.close()).catch(() => undefined);
    this.#detector = null;
    this.state = IDLE;
  };

  #load(): Promise<Detector> {
    const loading = new AbortController();
    this.#loading = loading;
    const detector = createDetector({
      ...this.#options(),
      signal: loading.signal,
      onProgress: (progress) => this.#loading === loading && this.#set({ progress }),
    });
    detector.catch(() => {
      // What did not start may be tried again.
      if (this.#detector === detector) this.#detector = null;
    });
    return detector;
  }

  #halt(): void {
    this.#job?.abort();
    this.#job = null;
    this.#watch?.stop();
    this.#watch = null;
  }

  #set(change: Partial<MasklensState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function isVideo(source: unknown): source is HTMLVideoElement {
  return typeof (source as Partial<HTMLVideoElement> | null)?.videoWidth === 'number';
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}
