/**
 * Pictures to look at, as the detector sees them: what another decoder makes of a file may be turned,
 * cut or framed otherwise, and boxes would lie beside their faces.
 */
import type { Detector } from '@masklens';
import { engine } from './engine.ts';
import { firstFrame } from './film.ts';
import { formatOf } from './format.ts';

/** Enough for any screen and zoom; larger pictures would take hundreds of megabytes. */
const LONGEST_SIDE = 4096;

/** The picture, of a film its first frame, scaled down only where it is huge. The caller closes it. */
export async function judgedPixels(
  file: Blob,
  options: { maxSide?: number; signal?: AbortSignal; detector?: Detector | undefined } = {},
): Promise<ImageBitmap> {
  const { maxSide = LONGEST_SIDE, signal } = options;
  if ((await formatOf(file)) === 'film') return firstFrame(file, maxSide);
  const detector = options.detector ?? (await engine.get());
  const pixels = await detector.pixels(file, signal ? { maxSide, signal } : { maxSide });
  return pixels as ImageBitmap;
}
