/** A watch whose program is still arriving: what is asked of it meanwhile is done in order. */
import type { LiveOptions, Watch, WatchOptions } from '../api/moving.js';
import type { HTMLVideoElement } from '../api/platform.js';

/** @throws TypeError when `video` is not a video element, or `onResult` not a function */
export function checkWatch(video: HTMLVideoElement, { onResult }: WatchOptions): void {
  if (typeof (video as { videoWidth?: unknown } | null)?.videoWidth !== 'number')
    throw new TypeError('watch needs a video element, which only browsers have.');
  if (typeof onResult !== 'function')
    throw new TypeError('watch needs the option onResult, a function.');
}

/** `check` throws for options that are not what they should be. */
export function watchOnceThere(
  arriving: Promise<Watch>,
  check: (options: LiveOptions) => void,
): Watch {
  // Whoever started it was told when it does not arrive.
  const then = (act: (watch: Watch) => void) => void arriving.then(act, () => undefined);
  return {
    pause: () => then((watch) => watch.pause()),
    resume: () => then((watch) => watch.resume()),
    stop: () => then((watch) => watch.stop()),
    set(options) {
      check(options);
      then((watch) => watch.set(options));
    },
  };
}
