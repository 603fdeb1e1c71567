/** A GIF as a whole: all its results, or all its frames drawn on. */
import type { PictureFile } from '../api/crossing.js';
import type { AnnotateSettings } from '../api/options.js';
import type { AnimationResult, Face, Result } from '../api/types.js';
import { flattenFaces } from '../core/faces.js';
import { type GifFrame, soundFrames } from '../core/gif-frames.js';
import { bytesOf, type CoreAnimation, type CoreImage, coreError } from '../core/module.js';
import { loadBytes } from '../core/pixels.js';
import { coreDrawOptions } from '../core/settings.js';
import type { Surroundings } from './frames.js';

/** @throws MasklensError as `eachFrame` does */
export function judgeAnimation(
  around: Surroundings,
  file: PictureFile,
  judge: (image: CoreImage) => Promise<Result>,
  signal: AbortSignal,
  onFrame: (done: number, total: number) => void,
): Promise<AnimationResult> {
  return eachFrame(around, file, signal, async ({ width, height, frameCount }, frames) => {
    const results: AnimationResult['frames'] = [];
    for await (const { image, delayMs } of frames) {
      results.push({ result: await judge(image), delayMs });
      onFrame(results.length, frameCount);
    }
    return { width, height, frames: results };
  });
}

/** The GIF again, with the faces of each frame. @throws MasklensError as `eachFrame` does */
export function drawAnimation(
  around: Surroundings,
  file: PictureFile,
  faces: Face[][],
  settings: AnnotateSettings,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { core } = around;
  return eachFrame(around, file, signal, async ({ width, height, loop }, frames) => {
    const encoder = new core.GifEncoder(width, height, loop);
    try {
      let index = 0;
      const options = coreDrawOptions(settings);
      for await (const { image, delayMs } of frames) {
        core.drawFaces(image, flattenFaces(core, faces[index++] ?? []), options);
        encoder.add(image, delayMs);
      }
      return bytesOf(encoder.finish());
    } finally {
      encoder.delete();
    }
  });
}

/**
 * Gives the frames to `work`; each is freed before the next is taken.
 * @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory`,
 * `aborted`; what `work` throws
 */
async function eachFrame<T>(
  { core, limits }: Surroundings,
  file: PictureFile,
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
