/** The frames of an animated picture, one after the other. */
import type { PictureFile } from '../api/crossing.js';
import type { Limits } from '../api/types.js';
import { type GifFrame, soundFrames } from '../core/gif-frames.js';
import { type CoreAnimation, type CoreModule, coreError } from '../core/module.js';
import { loadBytes } from '../core/pixels.js';

/**
 * Gives the frames to `work`; each is freed before the next is taken.
 * @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory`,
 * `aborted`; what `work` throws
 */
export async function eachFrame<T>(
  core: CoreModule,
  file: PictureFile,
  limits: Required<Limits>,
  signal: AbortSignal,
  work: (gif: CoreAnimation, frames: AsyncIterable<GifFrame>) => Promise<T>,
): Promise<T> {
  const bytes = await loadBytes(core, file, limits);
  let gif: CoreAnimation;
  try {
    const opened = core.openGif(bytes, limits);
    if ('error' in opened) throw coreError(opened);
    gif = opened.animation;
  } finally {
    bytes.delete();
  }
  try {
    return await work(gif, soundFrames(gif, signal));
  } finally {
    gif.delete();
  }
}
