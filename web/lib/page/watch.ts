/** The loop over a playing video. The latest frame wins: while one is judged, newer ones only replace each other. */
import type { Followed } from '../api/crossing.js';
import { MasklensError, tell } from '../api/errors.js';
import type { LiveSettings } from '../api/options.js';
import type { LiveOptions, LiveResult, Watch, WatchOptions } from '../api/types.js';
import { listenToFrames, type ShownFrame, shownNow } from './frame-clock.js';
import { Identities } from './identities.js';
import type { MovingDetector } from './moving.js';
import { Pace, Rate } from './pace.js';

/** What the detector does for a watch. */
export interface Follower extends Omit<MovingDetector, 'ask'> {
  check(options: LiveOptions): LiveSettings;
  /** The watch has stopped, for good. */
  onStop(): void;
}

// Faces that the classifier looks at in one frame: a crowd costs little more than one face.
const MAX_LOOKS = 2;
// HTMLMediaElement.HAVE_CURRENT_DATA.
const HAVE_CURRENT_DATA = 2;

export function watch(video: HTMLVideoElement, follower: Follower, options: WatchOptions): Watch {
  return new VideoWatch(video, follower, options);
}

class VideoWatch implements Watch {
  readonly #video: HTMLVideoElement;
  readonly #follower: Follower;
  readonly #rate = new Rate();
  readonly #pace: Pace;
  readonly #identities = new Identities();
  readonly #forget: (() => void)[] = [];
  #options: WatchOptions;
  #settings: LiveSettings;
  #sequence: number;
  // Of the last result.
  #followed: number | null = null;
  #state: 'running' | 'paused' | 'stopped' = 'running';
  // A result that was under way when the state changed belongs to an earlier run.
  #run = 0;
  #busy = false;
  #newest: ShownFrame | null;
  #wake: ReturnType<typeof setTimeout> | undefined;

  constructor(video: HTMLVideoElement, follower: Follower, options: WatchOptions) {
    this.#video = video;
    this.#follower = follower;
    this.#options = options;
    this.#settings = follower.check(options);
    this.#pace = new Pace(this.#settings);
    this.#sequence = follower.nextSequence();
    this.#newest = shownNow(video);
    this.#forget.push(
      listenToFrames(video, {
        onFrame: (frame) => {
          this.#newest = frame;
          this.#judgeNewest();
        },
        onOtherSource: () => this.#beginAnew(),
      }),
    );
    this.#listenToPage(video.ownerDocument);
    const { signal } = options;
    if (signal) {
      const stop = () => this.stop();
      signal.addEventListener('abort', stop, { once: true });
      this.#forget.push(() => signal.removeEventListener('abort', stop));
      if (signal.aborted) this.stop();
    }
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
    this.#newest = shownNow(this.#video);
    this.#judgeNewest();
  }

  set(options: LiveOptions): void {
    const merged = { ...this.#options, ...options };
    this.#settings = this.#follower.check(merged);
    this.#options = merged;
    this.#pace.set(this.#settings);
    // A paused video shows at once what the change means.
    this.#newest ??= shownNow(this.#video);
    this.#judgeNewest();
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#halt();
    for (const forget of this.#forget.splice(0)) forget();
    this.#follower.endSequence(this.#sequence);
    this.#follower.onStop();
  }

  #halt(): void {
    this.#run++;
    clearTimeout(this.#wake);
    this.#rate.reset();
  }

  /** Nobody sees a hidden page, and browsers slow it down. */
  #listenToPage(page: Document | undefined): void {
    if (!page) return;
    const seen = () => {
      if (page.hidden) this.#rate.reset();
      else this.#judgeNewest();
    };
    page.addEventListener('visibilitychange', seen);
    this.#forget.push(() => page.removeEventListener('visibilitychange', seen));
  }

  /** Who was seen in another source is not followed into this one. */
  #beginAnew(): void {
    this.#run++;
    this.#newest = null;
    this.#follower.endSequence(this.#sequence);
    this.#sequence = this.#follower.nextSequence();
  }

  async #judgeNewest(): Promise<void> {
    const frame = this.#newest;
    const video = this.#video;
    const hasFrame = video.readyState >= HAVE_CURRENT_DATA && video.videoWidth > 0;
    if (this.#busy || !frame || !hasFrame || this.#state !== 'running') return;
    if (video.ownerDocument?.hidden) return;
    const begun = performance.now();
    if (!this.#pace.isTime(begun)) {
      // A paused video calls no second time.
      clearTimeout(this.#wake);
      this.#wake = setTimeout(() => this.#judgeNewest(), 20);
      return;
    }
    this.#busy = true;
    this.#newest = null;
    this.#pace.started(begun);
    const run = this.#run;
    const { detect } = this.#settings;
    const { sideShare } = this.#pace;
    const settings = { ...detect, sideShare };
    const following = { sequence: this.#sequence, time: frame.time, settings, maxLooks: MAX_LOOKS };
    const outcome = await this.#follower.follow(video, following).catch((error: Error) => error);
    this.#busy = false;
    if (run === this.#run) {
      if (outcome instanceof Error) this.#fail(outcome);
      else this.#deliver(outcome, frame);
    }
    this.#judgeNewest();
  }

  #deliver(followed: Followed, frame: ShownFrame): void {
    const now = performance.now();
    const latency = now - frame.since;
    this.#pace.finished(latency);
    const result = this.#identities.numbered(followed);
    const restarted = followed.fresh && this.#followed === this.#sequence;
    this.#followed = this.#sequence;
    const framesPerSecond = this.#rate.count(now);
    const live: LiveResult = { ...result, framesPerSecond, latency, restarted };
    tell(this.#options.onResult, live);
    for (const event of live.events) tell(this.#options.onEvent, event);
  }

  #fail(error: Error): void {
    const over = error instanceof MasklensError && error.code === 'closed';
    if (over || !this.#options.onError) this.stop();
    if (this.#options.onError) tell(this.#options.onError, error);
    else if (!over) reportError(error);
  }
}
