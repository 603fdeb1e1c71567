/**
 * Formats that browsers read and the core does not, in Node: read by the package `sharp` where it is
 * installed. It is an optional peer dependency; nothing of it is bundled.
 */
import { MasklensError, subjectOf } from '../api/errors.js';
import type { Limits, Pixels } from '../api/types.js';

/** Of sharp, what is used here. */
interface Sharp {
  metadata(): Promise<{ width?: number; height?: number }>;
  rotate(): Sharp;
  flatten(options: { background: string }): Sharp;
  toColourspace(space: string): Sharp;
  ensureAlpha(): Sharp;
  raw(options: { depth: string }): Sharp;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number };
  }>;
}
type MakeSharp = (bytes: Uint8Array, options: object) => Sharp;

/** By the core's names. The usual builds of sharp lack the codecs of the last two. */
const CERTAIN = ['webp', 'avif', 'tiff'];
const PERHAPS = ['heic', 'jxl'];

/**
 * The first frame, upright, over white, its colours those of sRGB: as browsers give it.
 * @throws MasklensError `bad-image`, `image-too-large`; `unsupported-format`, which is `unsupported`
 * or says what to install
 */
export async function decodeWithSharp(
  bytes: Uint8Array,
  format: string,
  unsupported: MasklensError,
  limits: Required<Limits>,
): Promise<Pixels> {
  if (!CERTAIN.includes(format) && !PERHAPS.includes(format)) throw unsupported;
  const sharp = await findSharp(unsupported);
  try {
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: limits.maxPixels });
    const { width = 0, height = 0 } = await image.metadata();
    if (Math.max(width, height) > limits.maxSide || width * height > limits.maxPixels)
      throw tooLarge(`${width} x ${height}`, limits);
    const { data, info } = await image
      .rotate()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data: new Uint8ClampedArray(data), width: info.width, height: info.height };
  } catch (error) {
    if (error instanceof MasklensError) throw error;
    if (/exceeds pixel limit/.test(String(error))) throw tooLarge('too many', limits, error);
    if (PERHAPS.includes(format)) throw unsupported;
    throw new MasklensError('bad-image', 'The picture is damaged. Try another copy of it.', {
      cause: error,
      format,
    });
  }
}

function tooLarge(size: string, limits: Required<Limits>, cause?: unknown): MasklensError {
  return new MasklensError(
    'image-too-large',
    `The picture has ${size} pixels; the limits are ${limits.maxSide} a side and ` +
      `${limits.maxPixels} in all. Make it smaller.`,
    { cause },
  );
}

async function findSharp(unsupported: MasklensError): Promise<MakeSharp> {
  try {
    return (await load('sharp')).default as MakeSharp;
  } catch (cause) {
    throw new MasklensError(
      'unsupported-format',
      `${unsupported.message} In Node it is read where the package sharp is installed: npm install sharp.`,
      { cause, ...subjectOf(unsupported) },
    );
  }
}

/** A name that bundlers do not follow: the package may not be there. */
function load(name: string): Promise<{ default: unknown }> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}
