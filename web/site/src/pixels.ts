/**
 * Pictures to look at, as the detector sees them: what another decoder makes of a file may be turned,
 * cut or framed otherwise, and boxes would lie beside their faces.
 */
import { engine } from './engine.ts';
import { firstFrame } from './film.ts';
import { formatOf } from './format.ts';

/** Enough for any screen and zoom; larger pictures would take hundreds of megabytes. */
const LONGEST_SIDE = 4096;

/** The picture, of a film its first frame, scaled down only where it is huge. The caller closes it. */
export async function judgedPixels(
  file: Blob,
  maxSide = LONGEST_SIDE,
  signal?: AbortSignal,
): Promise<ImageBitmap> {
  if ((await formatOf(file)) === 'film') return firstFrame(file, maxSide);
  const detector = await engine.get();
  const options = signal ? { maxSide, signal } : { maxSide };
  return (await detector.pixels(file, options)) as ImageBitmap;
}
