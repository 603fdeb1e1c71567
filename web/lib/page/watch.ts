/** The loop over a playing video. The latest frame wins: while one is judged, newer ones only replace each other. */
import { MasklensError } from '../api/errors.js';
import type { LiveResult, Result, Watch, WatchOptions } from '../api/types.js';

// Over how long frames a second are counted, milliseconds.
const RATE_WINDOW_MS = 1000;

/** Judges the frame that the video shows now. */
type Judge = (video: HTMLVideoElement) => Promise<Result>;

/** @throws TypeError when `video` is not a video element, or `onResult` not a function */
export function watch(video: HTMLVideoElement, judge: Judge, options: WatchOptions): Watch {
  if (typeof video?.videoWidth !== 'number')
    throw new TypeError('watch needs a video element, which only browsers have.');
  if (typeof options.onResult !== 'function')
    throw new TypeError('watch needs the option onResult, a function.');
  return new VideoWatch(video, judge, options);
}

class VideoWatch implements Watch {
  readonly #video: HTMLVideoElement;
  readonly #judge: Judge;
  readonly #options: WatchOptions;
  readonly #rate = new Rate();
  #state: 'running' | 'paused' | 'stopped' = 'running';
  // A result that was under way when the state changed belongs to an earlier run.
  #run = 0;
  #busy = false;
  #newer = true;
  #cancelNext: () => void = () => undefined;

  constructor(video: HTMLVideoElement, judge: Judge, options: WatchOptions) {
    this.#video = video;
    this.#judge = judge;
    this.#options = options;
    this.#listen();
    this.#judgeNewest();
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#halt();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#newer = true;
    this.#listen();
    this.#judgeNewest();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#halt();
  }

  #halt(): void {
    this.#run++;
    this.#cancelNext();
    this.#rate.reset();
  }

  /** Asks to be told of every frame that the video shows. */
  #listen(): void {
    const onFrame = () => {
      this.#listen();
      this.#newer = true;
      this.#judgeNewest();
    };
    const video = this.#video;
    if ('requestVideoFrameCallback' in video) {
      const id = video.requestVideoFrameCallback(onFrame);
      this.#cancelNext = () => video.cancelVideoFrameCallback(id);
    } else {
      const id = requestAnimationFrame(onFrame);
      this.#cancelNext = () => cancelAnimationFrame(id);
    }
  }

  async #judgeNewest(): Promise<void> {
    const hasFrame = this.#video.readyState >= HAVE_CURRENT_DATA && this.#video.videoWidth > 0;
    if (this.#busy || !this.#newer || !hasFrame || this.#state !== 'running') return;
    this.#busy = true;
    this.#newer = false;
    const run = this.#run;
    const outcome = await this.#judge(this.#video).catch((error: Error) => error);
    this.#busy = false;
    if (run === this.#run) {
      if (outcome instanceof Error) this.#fail(outcome);
      else this.#deliver(outcome);
    }
    this.#judgeNewest();
  }

  #deliver(result: Result): void {
    const live: LiveResult = { ...result, framesPerSecond: this.#rate.count(performance.now()) };
    this.#options.onResult(live);
  }

  #fail(error: Error): void {
    const over = error instanceof MasklensError && error.code === 'closed';
    if (over || !this.#options.onError) this.stop();
    if (this.#options.onError) this.#options.onError(error);
    else if (!over) reportError(error);
  }
}

// HTMLMediaElement.HAVE_CURRENT_DATA.
const HAVE_CURRENT_DATA = 2;

/** Results a second: intervals within the window, over the time that they span. */
class Rate {
  #times: number[] = [];

  reset(): void {
    this.#times = [];
  }

  /** Counts one at `now`, milliseconds. 0 until there are two to measure between. */
  count(now: number): number {
    this.#times.push(now);
    while (this.#times.length > 2 && now - (this.#times[0] as number) > RATE_WINDOW_MS)
      this.#times.shift();
    const span = now - (this.#times[0] as number);
    return span > 0 ? ((this.#times.length - 1) * 1000) / span : 0;
  }
}
