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
  const stopTicking =
    typeof video.requestVideoFrameCallback === 'function'
      ? tickByVideo(video, listener)
      : tickByScreen(video, listener);
  const tell = () => listener.onFrame({ time: timeOf(video), since: performance.now() });
  // A paused video shows other frames, too: where it was moved to, or its first one.
  for (const event of ['seeked', 'loadeddata', 'resize'])
    video.addEventListener(event, tell, { signal });
  for (const event of ['emptied', 'loadstart'])
    video.addEventListener(event, () => listener.onOtherSource(), { signal });
  return () => {
    stopTicking();
    ending.abort();
  };
}

function isStream(video: HTMLVideoElement): boolean {
  return Boolean(video.srcObject) || !Number.isFinite(video.duration);
}

function timeOf(video: HTMLVideoElement): number {
  return isStream(video) ? performance.now() / 1000 : video.currentTime;
}

function tickByVideo(video: HTMLVideoElement, listener: FrameListener): () => void {
  let id = 0;
  const tick: VideoFrameRequestCallback = (now, { mediaTime, captureTime }) => {
    id = video.requestVideoFrameCallback(tick);
    listener.onFrame({
      time: isStream(video) ? now / 1000 : mediaTime,
      // Cameras say when they took it; only newer browsers pass that on.
      since: captureTime !== undefined && captureTime <= now ? captureTime : now,
    });
  };
  id = video.requestVideoFrameCallback(tick);
  return () => video.cancelVideoFrameCallback(id);
}

/** Once for every refresh of the screen at which the video has moved on. */
function tickByScreen(video: HTMLVideoElement, listener: FrameListener): () => void {
  let last = -1;
  let id = 0;
  const tick = (now: number) => {
    id = requestAnimationFrame(tick);
    if (video.paused || video.currentTime === last) return;
    last = video.currentTime;
    listener.onFrame({ time: timeOf(video), since: now });
  };
  id = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(id);
}
