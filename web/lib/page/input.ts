/**
 * From whatever the caller passed to one of the few forms that the backend takes. Page elements are
 * told apart by their tags: a picture of another frame's realm is one too, and Node has none of the
 * classes.
 */
import type { Picture, PictureFile } from '../api/crossing.js';
import { MasklensError, messageOf } from '../api/errors.js';
import type { ImageInput } from '../api/types.js';

/** A picture, and what to call when it is done with: frames and bitmaps are copies of our own. */
export interface OwnedPicture {
  picture: Picture;
  release(): void;
}

/**
 * Takes the picture as it is now: what the caller does with it afterwards changes nothing. Only an
 * image element that is still loading is waited for.
 * @throws MasklensError `bad-image` (no pixels yet, not ours to read, or it fails when it is looked at);
 * `out-of-memory`; TypeError (not a picture at all)
 */
export async function toPicture(input: ImageInput): Promise<OwnedPicture> {
  try {
    return await convert(input);
  } catch (cause) {
    const error = inputError(cause);
    if (error instanceof MasklensError || error instanceof TypeError) throw error;
    const what = `The picture cannot be read: ${messageOf(cause)}.`;
    // There is no room for a copy of it.
    const code = cause instanceof RangeError ? 'out-of-memory' : 'bad-image';
    throw new MasklensError(code, what, { cause });
  }
}

/** @throws TypeError for anything but the content of a file */
export function toFile(input: ArrayBuffer | Uint8Array | Blob): PictureFile {
  const file = asFile(input);
  if (file) return file;
  throw new TypeError(`Expected the bytes of a file or a Blob, got ${tagOf(input)}.`);
}

/** Gives an error of the browser about a picture its code; others stay as they are. */
export function inputError(error: unknown): unknown {
  const name = error instanceof Error ? error.name : '';
  // Bitmaps and frames of another origin fail as late as when they are posted.
  if (name === 'SecurityError' || name === 'DataCloneError') {
    return new MasklensError(
      'bad-image',
      'The pixels come from another site and may not be read. Load the picture with ' +
        'crossorigin="anonymous", from a server that allows it.',
      { cause: error },
    );
  }
  if (name === 'InvalidStateError' || name === 'EncodingError') {
    return new MasklensError(
      'bad-image',
      `The picture has no pixels: it is broken, not loaded yet, or closed (${messageOf(error)}).`,
      { cause: error },
    );
  }
  return error;
}

async function convert(input: ImageInput): Promise<OwnedPicture> {
  const file = asFile(input);
  if (file) return { picture: file, release() {} };
  switch (tagOf(input)) {
    case 'HTMLImageElement':
      await (input as HTMLImageElement).decode();
      return fromBitmap(input as HTMLImageElement);
    case 'ImageBitmap':
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas':
      return fromBitmap(input as ImageBitmap | HTMLCanvasElement | OffscreenCanvas);
    case 'HTMLVideoElement':
      return fromVideo(input as HTMLVideoElement);
    case 'VideoFrame':
      return fromFrame((input as VideoFrame).clone());
    default:
      return { picture: toPixels(input), release() {} };
  }
}

/** The content of a file, null for anything else. */
export function asFile(input: unknown): PictureFile | null {
  switch (tagOf(input)) {
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      return { kind: 'file', data: new Uint8Array(input as ArrayBuffer).slice() };
    case 'Uint8Array':
      return { kind: 'file', data: copied(input as Uint8Array) };
    case 'Blob':
    case 'File':
      return { kind: 'file', data: input as Blob };
    default:
      return null;
  }
}

/** In memory of our own, which is not shared and is not a part of something larger. */
function copied(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

/** The current frame of a video, as cheaply as this browser can. */
export async function fromVideo(video: HTMLVideoElement): Promise<OwnedPicture> {
  if (video.videoWidth === 0)
    throw new MasklensError('bad-image', 'The video has no frame yet. Wait until it plays.');
  return typeof VideoFrame === 'function' ? fromFrame(await shownFrame(video)) : fromBitmap(video);
}

// Milliseconds. A video says that it has a frame (`loadeddata`, `seeked`, its readyState) before the
// frame can be read: this much later at most, every so often tried.
const FRAME_COMES = 2000;
const FRAME_AGAIN = 10;

/**
 * What a video shows, as soon as it can be read.
 * @throws DOMException `InvalidStateError` when there is still nothing after 2 s
 */
export async function shownFrame(
  video: HTMLVideoElement,
  init?: VideoFrameInit,
): Promise<VideoFrame> {
  const until = performance.now() + FRAME_COMES;
  for (;;) {
    try {
      return new VideoFrame(video, init);
    } catch (error) {
      const comes = error instanceof Error && error.name === 'InvalidStateError';
      if (!comes || performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, FRAME_AGAIN));
  }
}

function fromFrame(frame: VideoFrame): OwnedPicture {
  return { picture: { kind: 'frame', frame }, release: () => frame.close() };
}

async function fromBitmap(source: ImageBitmapSource): Promise<OwnedPicture> {
  const bitmap = await createImageBitmap(source);
  return { picture: { kind: 'bitmap', bitmap }, release: () => bitmap.close() };
}

function toPixels(input: unknown): Picture {
  const { data, width, height } = (input ?? {}) as {
    [key in 'data' | 'width' | 'height']: unknown;
  };
  const bytes = toBytes(data);
  if (!bytes || typeof width !== 'number' || typeof height !== 'number') {
    throw new TypeError(
      `Expected a picture, got ${tagOf(input)}. It can be the bytes of a file, a Blob, RGBA ` +
        'pixels {data, width, height}, and in browsers an ImageBitmap, a canvas, an image, a ' +
        'video or a VideoFrame.',
    );
  }
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (whole && bytes.length === width * height * 4)
    return { kind: 'pixels', data: bytes, width, height };
  throw new MasklensError(
    'bad-image',
    `${width} x ${height} RGBA pixels are not the ${bytes.length} numbers that came.`,
  );
}

/** A copy of RGBA values, 8 bits each. An ImageData may hold floats of 16 bits, 0 to 1. */
function toBytes(data: unknown): Uint8Array<ArrayBuffer> | null {
  switch (tagOf(data)) {
    case 'Uint8Array':
    case 'Uint8ClampedArray':
      return copied(data as Uint8Array);
    case 'Float16Array': {
      const floats = data as ArrayLike<number>;
      const bytes = new Uint8ClampedArray(floats.length);
      for (let index = 0; index < bytes.length; index++)
        bytes[index] = (floats[index] as number) * 255;
      return new Uint8Array(bytes.buffer);
    }
    default:
      return null;
  }
}

/** The class of a value by its own account: `HTMLImageElement`, `Uint8Array`, `Null`. */
function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value).slice('[object '.length, -1);
  } catch {
    // Its account fails.
    return 'Object';
  }
}
