/** The frames of a GIF as the loops over it want them. */
import { throwIfAborted } from '../api/errors.js';
import { type CoreAnimation, type CoreAnimationFrame, coreError } from './module.js';

export type GifFrame = Pick<CoreAnimationFrame, 'image' | 'delayMs'>;

/**
 * One after the other; each is freed before the next is taken. Damaged ones are left out, unless
 * there is no other.
 * @throws MasklensError `bad-image`, `out-of-memory`, `aborted`
 */
export async function* soundFrames(
  gif: CoreAnimation,
  signal: AbortSignal,
): AsyncGenerator<GifFrame> {
  let sound = 0;
  let damage: Error | null = null;
  for (let frame = gif.next(); frame !== null; frame = gif.next()) {
    if ('error' in frame) {
      damage = coreError(frame);
      if (frame.error.code !== 'bad-image') throw damage;
      continue;
    }
    try {
      throwIfAborted(signal);
      sound++;
      yield frame;
    } finally {
      frame.image.delete();
    }
  }
  if (sound === 0 && damage) throw damage;
}
