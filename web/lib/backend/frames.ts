/** Whatever moves is a source of timed frames: GIF, film, animated pictures; a still has one. */
import { isBlob, type PictureFile } from '../api/crossing.js';
import { inNode } from '../api/environment.js';
import { MasklensError, messageOf } from '../api/errors.js';
import type { Limits } from '../api/types.js';
import { type CoreAnimation, type CoreImage, type CoreModule, coreError } from '../core/module.js';
import { loadBytes, loadPicture } from '../core/pixels.js';
import type { Assets } from '../runtime/assets.js';
import type { Film } from './film.js';
import { findWebCodecs } from './node-film.js';

export interface TimedImage {
  /** The receiver's to delete. */
  image: CoreImage;
  /** Seconds. */
  time: number;
  duration: number;
  /** As stored in a GIF, milliseconds. */
  delayMs?: number;
}

export type SourceKind = 'gif' | 'film' | 'pictures';

export interface FrameSource {
  readonly kind: SourceKind;
  readonly width: number;
  readonly height: number;
  /** Frames, where the file says so before it has been read. */
  readonly total: number | null;
  /** Seconds, likewise. */
  readonly duration: number | null;
  /** How often it repeats: 0 without end, -1 not at all. */
  readonly loop: number;
  /**
   * The next frame, null after the last.
   * @throws MasklensError `bad-image`: this frame is damaged; where `goesOn`, the next can be asked for
   */
  next(): Promise<TimedImage | null>;
  readonly goesOn: boolean;
  close(): void;
}

/** What a source needs of whoever opens it. */
export interface Surroundings {
  core: CoreModule;
  limits: Required<Limits>;
  assets: Assets;
}

// Of a file, enough to tell its kind.
const HEAD_BYTES = 4096;

/** @throws MasklensError `bad-image`, `unsupported-format`, `image-too-large`, `out-of-memory`, `asset-missing` */
export async function openFrames(file: PictureFile, around: Surroundings): Promise<FrameSource> {
  const head = await headOf(file);
  switch (kindOf(around.core, head)) {
    case 'gif':
      return openAnimation('gif', file, around);
    case 'png':
      return openAnimation('png', file, around);
    case 'film':
      return openFilm(file, around);
    case 'image/webp':
    case 'image/avif':
      return openPictures(file, around, kindOf(around.core, head));
    default:
      return openStill(file, around);
  }
}

async function headOf({ data }: PictureFile): Promise<Uint8Array> {
  if (!isBlob(data)) return data.subarray(0, HEAD_BYTES);
  try {
    return new Uint8Array(await data.slice(0, HEAD_BYTES).arrayBuffer());
  } catch (error) {
    throw new MasklensError('bad-image', `The file cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function kindOf(core: CoreModule, head: Uint8Array): string {
  const bytes = new core.Bytes(head.length);
  try {
    bytes.view().set(head);
    const { format } = core.identify(bytes);
    if (format === 'gif') return 'gif';
    // Only where there is more than one picture is there something to be gained.
    const text = String.fromCharCode(...head);
    if (format === 'png') return text.includes('acTL') ? 'png' : 'still';
    if (format === 'webp') return text.includes('ANIM') ? 'image/webp' : 'still';
    if (format === 'avif') return text.includes('avis') ? 'image/avif' : 'still';
    return format === 'video' || format === 'unknown' ? 'film' : 'still';
  } finally {
    bytes.delete();
  }
}

async function openAnimation(
  format: 'gif' | 'png',
  file: PictureFile,
  { core, limits }: Surroundings,
): Promise<FrameSource> {
  const bytes = await loadBytes(core, file, limits);
  try {
    const opened = format === 'gif' ? core.openGif(bytes, limits) : core.openPng(bytes, limits);
    if ('error' in opened) throw coreError(opened);
    return new AnimationSource(format === 'gif' ? 'gif' : 'pictures', opened.animation);
  } finally {
    bytes.delete();
  }
}

class AnimationSource implements FrameSource {
  readonly kind: SourceKind;
  readonly goesOn = true;
  readonly duration = null;
  readonly #frames: CoreAnimation;
  readonly width: number;
  readonly height: number;
  readonly total: number;
  readonly loop: number;
  #time = 0;

  constructor(kind: SourceKind, frames: CoreAnimation) {
    this.kind = kind;
    this.#frames = frames;
    this.width = frames.width;
    this.height = frames.height;
    this.total = frames.frameCount;
    this.loop = frames.loop;
  }

  async next(): Promise<TimedImage | null> {
    const frame = this.#frames.next();
    if (frame === null) return null;
    if ('error' in frame) throw coreError(frame);
    const { image, delayMs, playedMs } = frame;
    const time = this.#time;
    this.#time += playedMs / 1000;
    return { image, time, duration: playedMs / 1000, delayMs };
  }

  close(): void {
    this.#frames.delete();
  }
}

async function openStill(file: PictureFile, { core, limits }: Surroundings): Promise<FrameSource> {
  let image: CoreImage | null = await loadPicture(core, file, limits);
  const { width, height } = image;
  return {
    kind: 'pictures',
    width,
    height,
    total: 1,
    duration: 0,
    loop: -1,
    goesOn: false,
    async next() {
      const only = image;
      image = null;
      return only && { image: only, time: 0, duration: 0 };
    },
    close: () => image?.delete(),
  };
}

async function openPictures(
  file: PictureFile,
  around: Surroundings,
  type: string,
): Promise<FrameSource> {
  const known = typeof ImageDecoder === 'function' && (await ImageDecoder.isTypeSupported(type));
  if (!known) return openStill(file, around);
  const { data } = file;
  if ((isBlob(data) ? data.size : data.length) > around.limits.maxBytes)
    throw new MasklensError('image-too-large', 'The file is larger than the limit allows.');
  const bytes = isBlob(data) ? await data.arrayBuffer() : data.slice().buffer;
  const decoder = new ImageDecoder({ data: bytes as ArrayBuffer, type });
  try {
    await decoder.tracks.ready;
    await decoder.completed;
    const track = decoder.tracks.selectedTrack;
    if (!track) throw new Error('it has no picture');
    const first = await decoder.decode({ frameIndex: 0 });
    const { displayWidth, displayHeight } = first.image;
    first.image.close();
    return new PicturesSource(decoder, around, displayWidth, displayHeight, track);
  } catch (error) {
    decoder.close();
    throw damaged(error);
  }
}

const damaged = (cause: unknown) =>
  new MasklensError('bad-image', `The picture is damaged: ${messageOf(cause)}.`, { cause });

class PicturesSource implements FrameSource {
  readonly kind = 'pictures';
  readonly goesOn = true;
  readonly duration = null;
  readonly #decoder: ImageDecoder;
  readonly #around: Surroundings;
  readonly width: number;
  readonly height: number;
  readonly total: number;
  readonly loop: number;
  #index = 0;
  #time = 0;

  constructor(
    decoder: ImageDecoder,
    around: Surroundings,
    width: number,
    height: number,
    track: ImageTrack,
  ) {
    this.#decoder = decoder;
    this.#around = around;
    this.width = width;
    this.height = height;
    this.total = track.frameCount;
    this.loop = Number.isFinite(track.repetitionCount) ? track.repetitionCount : 0;
  }

  async next(): Promise<TimedImage | null> {
    if (this.#index >= this.total) return null;
    let frame: VideoFrame;
    try {
      frame = (await this.#decoder.decode({ frameIndex: this.#index++ })).image;
    } catch (error) {
      throw damaged(error);
    }
    const { core, limits } = this.#around;
    const duration = (frame.duration ?? 100_000) / 1e6;
    try {
      const image = await loadPicture(core, { kind: 'frame', frame }, limits);
      const time = this.#time;
      this.#time += duration;
      return { image, time, duration, delayMs: Math.round(duration * 1000) };
    } finally {
      frame.close();
    }
  }

  close(): void {
    this.#decoder.close();
  }
}

/** The script for films: decoders and encoders, fetched with the first film. */
export async function filmModule(assets: Assets): Promise<typeof import('./film.js')> {
  if (typeof VideoDecoder !== 'function' && !(inNode() && (await findWebCodecs())))
    throw new MasklensError(
      'unsupported-format',
      inNode()
        ? 'This is neither a picture nor a GIF. In Node films are read where the package node-webcodecs is installed: npm install node-webcodecs.'
        : 'This browser reads no films: it lacks WebCodecs. Try a current one.',
      { format: 'video' },
    );
  return assets.run<typeof import('./film.js')>('film.js', new AbortController().signal);
}

/** Frames of a film that come from outside, one at a time. */
export class AddedFrames implements FrameSource {
  readonly kind = 'film';
  readonly goesOn = false;
  readonly total = null;
  readonly duration = null;
  readonly loop = -1;
  readonly width: number;
  readonly height: number;
  #added: TimedImage | null = null;

  constructor({ width, height }: { width: number; height: number }) {
    this.width = width;
    this.height = height;
  }

  add(frame: TimedImage): void {
    this.#added = frame;
  }

  async next(): Promise<TimedImage | null> {
    const next = this.#added;
    this.#added = null;
    return next;
  }

  close(): void {
    this.#added?.image.delete();
  }
}

async function openFilm({ data }: PictureFile, around: Surroundings): Promise<FrameSource> {
  const { openFilm: open } = await filmModule(around.assets);
  const blob = isBlob(data) ? data : new Blob([data as Uint8Array<ArrayBuffer>]);
  return new FilmSource(await open(blob), around);
}

class FilmSource implements FrameSource {
  readonly kind = 'film';
  readonly goesOn = false;
  readonly total = null;
  readonly loop = -1;
  readonly #film: Film;
  readonly #around: Surroundings;

  constructor(film: Film, around: Surroundings) {
    this.#film = film;
    this.#around = around;
  }

  get width(): number {
    return this.#film.width;
  }

  get height(): number {
    return this.#film.height;
  }

  get duration(): number | null {
    return this.#film.duration;
  }

  async next(): Promise<TimedImage | null> {
    const next = await this.#film.next();
    if (!next) return null;
    const { frame, time, duration } = next;
    const { core, limits } = this.#around;
    try {
      return { image: await loadPicture(core, { kind: 'frame', frame }, limits), time, duration };
    } finally {
      frame.close();
    }
  }

  close(): void {
    this.#film.close();
  }
}
