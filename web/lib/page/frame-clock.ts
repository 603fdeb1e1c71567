/**
 * Tells of every frame that a video shows, whatever the browser offers for it: playing, or paused
 * and jumped. A frame's time is that of the film, or of the clock where the video is a stream.
 */

/** What a video shows now. */
export interface ShownFrame {
  /** Seconds. */
  time: number;
  /** When the browser had it, `performance.now()`. */
  since: number;
}

export interface FrameListener {
  onFrame(frame: ShownFrame): void;
  /** What comes from now on has nothing to do with what came before. */
  onOtherSource(): void;
}

/** Starts telling; what comes back ends it. */
export function listenToFrames(video: HTMLVideoElement, listener: FrameListener): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const clock = new Clock(video, listener);
  const stopTicking =
    typeof video.requestVideoFrameCallback === 'function'
      ? tickByVideo(video, clock)
      : tickByScreen(video, clock);
  // A paused video shows other frames, too: where it was moved to, or its first one.
  for (const event of ['seeked', 'loadeddata', 'resize'])
    video.addEventListener(event, () => clock.tellNow(), { signal });
  for (const event of ['emptied', 'loadstart'])
    video.addEventListener(event, () => listener.onOtherSource(), { signal });
  return () => {
    stopTicking();
    ending.abort();
  };
}

/** What the video shows at this moment. */
export function shownNow(video: HTMLVideoElement): ShownFrame {
  const now = performance.now();
  return { time: isStream(video) ? now / 1000 : video.currentTime, since: now };
}

function isStream(video: HTMLVideoElement): boolean {
  return Boolean(video.srcObject) || !Number.isFinite(video.duration);
}

/** A stream's time never runs back, whichever of its frames is told of late. */
class Clock {
  readonly #video: HTMLVideoElement;
  readonly #listener: FrameListener;
  #last = 0;

  constructor(video: HTMLVideoElement, listener: FrameListener) {
    this.#video = video;
    this.#listener = listener;
  }

  tell(mediaTime: number, since: number): void {
    let time = mediaTime;
    if (isStream(this.#video)) {
      time = Math.max(performance.now() / 1000, this.#last + 0.001);
      this.#last = time;
    }
    this.#listener.onFrame({ time, since });
  }

  tellNow(): void {
    this.tell(this.#video.currentTime, performance.now());
  }
}

function tickByVideo(video: HTMLVideoElement, clock: Clock): () => void {
  let id = 0;
  const tick: VideoFrameRequestCallback = (now, { mediaTime, captureTime }) => {
    id = video.requestVideoFrameCallback(tick);
    // Cameras say when they took it; only newer browsers pass that on.
    clock.tell(mediaTime, captureTime !== undefined && captureTime <= now ? captureTime : now);
  };
  id = video.requestVideoFrameCallback(tick);
  return () => video.cancelVideoFrameCallback(id);
}

/** Once for every refresh of the screen at which the video has moved on. */
function tickByScreen(video: HTMLVideoElement, clock: Clock): () => void {
  let last = -1;
  let id = 0;
  const tick = (now: number) => {
    id = requestAnimationFrame(tick);
    if (video.paused || video.currentTime === last) return;
    last = video.currentTime;
    clock.tell(video.currentTime, now);
  };
  id = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(id);
}
