/** Brings a picture into the core's heap as upright RGBA pixels. Every handle that comes back is the caller's to delete. */
import { isBlob, type Picture, type PictureFile } from '../api/crossing.js';
import { MasklensError, messageOf, outOfMemory } from '../api/errors.js';
import type { Limits, Pixels } from '../api/types.js';
import { type CoreBytes, type CoreImage, type CoreModule, coreError } from './module.js';
import { decodeWithSharp } from './sharp.js';

// By the core's names: what no browser makes a picture of.
const NO_PICTURES = ['empty', 'text', 'pdf', 'video'];

/** A picture, and how many frames its file has: 1 for a still. */
export interface Loaded {
  image: CoreImage;
  frames: number;
}

/** @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory` */
export async function loadPicture(
  core: CoreModule,
  picture: Picture,
  limits: Required<Limits>,
): Promise<CoreImage> {
  const { image } = await loadCounted(core, picture, limits);
  return image;
}

/** As {@link loadPicture}. */
export async function loadCounted(
  core: CoreModule,
  picture: Picture,
  limits: Required<Limits>,
): Promise<Loaded> {
  switch (picture.kind) {
    case 'file':
      return loadFile(core, picture, limits);
    case 'pixels':
      return { image: loadPixels(core, picture, limits), frames: 1 };
    case 'bitmap': {
      const { bitmap } = picture;
      return { image: loadDrawable(core, bitmap, sizeOfBitmap(bitmap), limits), frames: 1 };
    }
    case 'frame':
      return { image: await loadFrame(core, picture.frame, limits), frames: 1 };
  }
}

/**
 * The pixels of a picture, copied out of the heap: a bitmap where the platform has them. `maxSide`
 * makes larger ones smaller.
 * @throws MasklensError `out-of-memory`
 */
export async function readPixels(
  core: CoreModule,
  image: CoreImage,
  maxSide = Number.POSITIVE_INFINITY,
): Promise<ImageBitmap | Pixels> {
  if (Math.max(image.width, image.height) > maxSide) {
    const shrunk = core.shrink(image, maxSide);
    if ('error' in shrunk) throw coreError(shrunk);
    try {
      return await readPixels(core, shrunk.image);
    } finally {
      shrunk.image.delete();
    }
  }
  const { width, height } = image;
  const data = new Uint8ClampedArray(image.view());
  if (typeof createImageBitmap !== 'function') return { data, width, height };
  try {
    // As they are: every pixel is opaque, and was judged without a colour profile.
    return await createImageBitmap(new ImageData(data, width, height), {
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
    });
  } catch {
    throw outOfMemory();
  }
}

/**
 * The content of a file, in the heap.
 * @throws MasklensError `bad-image` (a Blob that cannot be read), `image-too-large`, `out-of-memory`
 */
export async function loadBytes(
  core: CoreModule,
  { data }: PictureFile,
  limits: Required<Limits>,
): Promise<CoreBytes> {
  const size = isBlob(data) ? data.size : data.length;
  if (size > limits.maxBytes) {
    throw new MasklensError(
      'image-too-large',
      `The file has ${size} bytes; the limit is ${limits.maxBytes}. Make it smaller.`,
    );
  }
  const content = isBlob(data) ? await readBlob(data) : data;
  const bytes = new core.Bytes(content.length);
  if (bytes.size < content.length) {
    bytes.delete();
    throw outOfMemory();
  }
  bytes.view().set(content);
  return bytes;
}

async function readBlob(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new MasklensError('bad-image', `The file cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function loadFile(
  core: CoreModule,
  file: PictureFile,
  limits: Required<Limits>,
): Promise<Loaded> {
  const bytes = await loadBytes(core, file, limits);
  try {
    const decoded = core.decode(bytes, limits);
    if ('image' in decoded) return { image: decoded.image, frames: core.frameCount(bytes) };
    const { format } = core.identify(bytes);
    const refused = coreError(decoded, format);
    const readable = refused.code === 'unsupported-format' || refused.code === 'bad-image';
    // What is too large or too much work for the core is so for the browser, which cannot be stopped.
    if (!readable || NO_PICTURES.includes(format)) throw refused;
    if (typeof createImageBitmap === 'function')
      return await loadForeignFile(core, file, `image/${format}`, refused, limits);
    const pixels = await decodeWithSharp(bytes.view().slice(), format, refused, limits);
    return { image: loadPixels(core, pixels, limits), frames: 1 };
  } finally {
    bytes.delete();
  }
}

/** A file that the core does not read but the browser may. `refused` is thrown when it does not. */
async function loadForeignFile(
  core: CoreModule,
  { data }: PictureFile,
  type: string,
  refused: MasklensError,
  limits: Required<Limits>,
): Promise<Loaded> {
  const blob = isBlob(data) ? data : new Blob([data.slice()], { type });
  let bitmap: ImageBitmap;
  try {
    // Turns the picture upright by its own EXIF data; the core, which does so too, never sees it.
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch (error) {
    if (refused.code === 'unsupported-format' && (await browserDecodes(type))) {
      throw new MasklensError('bad-image', 'The picture is damaged. Try another copy of it.', {
        cause: error,
      });
    }
    throw refused;
  }
  try {
    const image = loadDrawable(core, bitmap, sizeOfBitmap(bitmap), limits);
    return { image, frames: await browserFrames(blob, type) };
  } finally {
    bitmap.close();
  }
}

/** Frames of a file that the core does not read: 1 where the browser does not tell. */
async function browserFrames(blob: Blob, type: string): Promise<number> {
  if (!(await browserDecodes(type))) return 1;
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type });
  try {
    await decoder.completed;
    await decoder.tracks.ready;
    return decoder.tracks.selectedTrack?.frameCount ?? 1;
  } catch {
    return 1;
  } finally {
    decoder.close();
  }
}

async function browserDecodes(type: string): Promise<boolean> {
  return typeof ImageDecoder === 'function' && (await ImageDecoder.isTypeSupported(type));
}

function loadPixels(
  core: CoreModule,
  { data, width, height }: Omit<Extract<Picture, { kind: 'pixels' }>, 'kind'>,
  limits: Required<Limits>,
): CoreImage {
  const image = allocate(core, { width, height }, limits);
  const target = image.view();
  target.set(data);
  composeOverWhite(target);
  return image;
}

interface Size {
  width: number;
  height: number;
}

function sizeOfBitmap({ width, height }: ImageBitmap): Size {
  return { width, height };
}

async function loadFrame(
  core: CoreModule,
  frame: VideoFrame,
  limits: Required<Limits>,
): Promise<CoreImage> {
  const visible = frame.visibleRect;
  const size = { width: frame.displayWidth, height: frame.displayHeight };
  const plain = visible?.width === size.width && visible.height === size.height && isUpright(frame);
  if (!plain) return loadDrawable(core, frame, size, limits);
  const image = allocate(core, size, limits);
  try {
    // Ten times faster than any way over a canvas. The view stays good: nothing else runs in the
    // core until this job has ended, so its heap does not grow.
    await frame.copyTo(image.view(), { format: 'RGBA' });
    if (!isOpaque(frame)) composeOverWhite(image.view());
    return image;
  } catch {
    // Browsers that cannot convert while copying.
    image.delete();
    return loadDrawable(core, frame, size, limits);
  }
}

function isUpright(frame: VideoFrame & { rotation?: number; flip?: boolean }): boolean {
  return (frame.rotation ?? 0) === 0 && frame.flip !== true;
}

function isOpaque({ format }: VideoFrame): boolean {
  return format !== null && !format.includes('A');
}

function loadDrawable(
  core: CoreModule,
  drawable: ImageBitmap | VideoFrame,
  size: Size,
  limits: Required<Limits>,
): CoreImage {
  checkSize(size, limits);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw outOfMemory();
  context.fillStyle = 'white';
  context.fillRect(0, 0, size.width, size.height);
  context.drawImage(drawable, 0, 0, size.width, size.height);
  const { data } = context.getImageData(0, 0, size.width, size.height);
  const image = allocate(core, size, limits);
  image.view().set(data);
  return image;
}

function checkSize({ width, height }: Size, limits: Required<Limits>): void {
  if (width < 1 || height < 1) throw new MasklensError('bad-image', 'The picture has no pixels.');
  if (Math.max(width, height) <= limits.maxSide && width * height <= limits.maxPixels) return;
  throw new MasklensError(
    'image-too-large',
    `The picture has ${width} x ${height} pixels; the limits are ${limits.maxSide} a side and ` +
      `${limits.maxPixels} in all. Make it smaller.`,
  );
}

function allocate(core: CoreModule, size: Size, limits: Required<Limits>): CoreImage {
  checkSize(size, limits);
  const image = new core.Image(size.width, size.height);
  if (image.width > 0) return image;
  image.delete();
  throw outOfMemory();
}

/** RGBA, in place. */
function composeOverWhite(pixels: Uint8Array): void {
  // Mostly nothing is transparent, which whole pixels tell fastest; the last byte is the highest.
  let all = -1;
  for (const pixel of new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4))
    all &= pixel;
  if (all >>> 24 === 255) return;
  for (let at = 3; at < pixels.length; at += 4) {
    const alpha = pixels[at] as number;
    if (alpha === 255) continue;
    for (let channel = at - 3; channel < at; channel++) {
      const value = pixels[channel] as number;
      pixels[channel] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
    pixels[at] = 255;
  }
}
