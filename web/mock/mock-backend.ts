/** The backend that makes its answers up. */

import type {
  Followed,
  Following,
  MovingAnswer,
  MovingCommand,
  Picture,
  PictureFile,
} from '../lib/api/crossing.js';
import { MasklensError } from '../lib/api/errors.js';
import type { AnnotateSettings, DetectSettings } from '../lib/api/options.js';
import { unlessAborted } from '../lib/api/signals.js';
import type {
  AnimationResult,
  Face,
  MovingResult,
  Pixels,
  Plate,
  PlatePlace,
  Result,
  TrackEvent,
} from '../lib/api/types.js';
import type { Backend } from '../lib/backend/backend.js';

/** Pixels of a picture; null for files, which are not decoded. */
interface Size {
  width: number | null;
  height: number | null;
}

/** Who is asked what a picture gets for an answer. */
export type Answer = (
  call: Size & { options: Readonly<Record<string, unknown>> },
) => Promise<Partial<Result> | Error>;

// One grey pixel each, so that what is annotated can be shown.
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNoaGgAAAMEAYF1LgG8AAAAAElFTkSuQmCC';
const GIF = 'R0lGODlhAQABAIAAAICAgAAAACwAAAAAAQABAAACAkQBADs=';
const JPEG =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAP////////////////////////////////////////////////////////////////////////////////////8B///////////////////////////////////////////////////////////////////////////////////////AABEIAAEAAQMBIgACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEAAhEDEQA/AHUUUUAf/9k=';

export class MockBackend implements Backend {
  readonly dead = false;
  readonly #answer: Answer;
  readonly #sequences = new Set<number>();
  readonly #open = new Map<number, Extract<MovingCommand, { do: 'open' }>>();
  #lastId = 0;

  constructor(
    readonly threads: number,
    answer: Answer,
  ) {
    this.#answer = answer;
  }

  async detect(picture: Picture, settings: DetectSettings, signal: AbortSignal): Promise<Result> {
    refuseEmpty(picture);
    const size = sizeOf(picture);
    // Also of an answer that never comes, for a test of what is shown meanwhile.
    const answer = await unlessAborted(this.#answer({ ...size, options: { ...settings } }), signal);
    if (answer instanceof Error || answer instanceof MasklensError) throw answer;
    const width = answer.width ?? size.width ?? 640;
    const height = answer.height ?? size.height ?? 480;
    const timing = { decode: 0, detect: 0, classify: 0, networks: 0, total: 0 };
    return { frames: 1, faces: [faceInMiddle(width, height)], timing, ...answer, width, height };
  }

  async follow(picture: Picture, following: Following, signal: AbortSignal): Promise<Followed> {
    const { sequence, settings, time } = following;
    const result = await this.detect(picture, settings, signal);
    const fresh = !this.#sequences.has(sequence);
    this.#sequences.add(sequence);
    return { ...numbered(result, time, fresh), fresh };
  }

  async endSequence(sequence: number): Promise<void> {
    this.#sequences.delete(sequence);
  }

  /** Whatever moves has one frame. */
  async moving(command: MovingCommand, signal: AbortSignal): Promise<MovingAnswer> {
    switch (command.do) {
      case 'open':
        refuseEmpty(command.file);
        this.#open.set(++this.#lastId, command);
        return this.#lastId;
      case 'next': {
        const open = this.#open.get(command.id);
        this.#open.delete(command.id);
        if (!open) return { frame: null, damage: null };
        const result = await this.detect(open.file, open.settings, signal);
        const place = { index: 0, duration: 0.1, total: 1, totalDuration: 0.1 };
        return { frame: { ...numbered(result, 0, true), ...place }, damage: null };
      }
      case 'close':
        this.#open.delete(command.id);
        return null;
      case 'begin':
        refuseEmpty(command.file);
        return { id: ++this.#lastId, total: 1, duration: 0.1 };
      case 'draw':
        return command.index === 0 ? { index: 0, time: 0 } : null;
      case 'add':
        return { index: 0, time: command.time };
      case 'finish':
        return new Blob([bytesOf(GIF)], { type: 'image/gif' });
    }
  }

  async detectAnimation(
    file: PictureFile,
    settings: DetectSettings,
    signal: AbortSignal,
    onFrame: (done: number, total: number) => void,
  ): Promise<AnimationResult> {
    const result = await this.detect(file, settings, signal);
    onFrame(1, 1);
    return { width: result.width, height: result.height, frames: [{ result, delayMs: 100 }] };
  }

  async pixels(picture: Picture): Promise<Pixels> {
    refuseEmpty(picture);
    if (picture.kind === 'pixels') {
      const { data, width, height } = picture;
      return { data: new Uint8ClampedArray(data), width, height };
    }
    return { data: new Uint8ClampedArray([128, 128, 128, 255]), width: 1, height: 1 };
  }

  async annotate(
    picture: Picture,
    _faces: Face[],
    { type }: AnnotateSettings,
  ): Promise<Uint8Array<ArrayBuffer>> {
    refuseEmpty(picture);
    return bytesOf(type === 'image/png' ? PNG : JPEG);
  }

  async annotateAnimation(file: PictureFile): Promise<Uint8Array<ArrayBuffer>> {
    refuseEmpty(file);
    return bytesOf(GIF);
  }

  async layoutLabels(plates: readonly Plate[]): Promise<(PlatePlace | null)[]> {
    return plates.map(({ box: { x, y } }) => ({ form: 0, x, y }));
  }

  async close(): Promise<void> {}
}

/** The faces as those of a frame: the first is the first person, and so on. */
function numbered(result: Result, time: number, first: boolean): MovingResult {
  const faces = result.faces.map((face, at) => ({ ...face, trackId: at + 1 }));
  const events = faces.map(({ label, trackId }): TrackEvent => {
    return { kind: 'enter', trackId, time, from: label, to: label };
  });
  return { ...result, faces, time, events: first ? events : [] };
}

function refuseEmpty(picture: Picture): void {
  if (picture.kind !== 'file') return;
  const bytes = picture.data instanceof Uint8Array ? picture.data.length : picture.data.size;
  if (bytes === 0) throw new MasklensError('bad-image', 'The picture is empty: it has no bytes.');
}

function sizeOf(picture: Picture): Size {
  switch (picture.kind) {
    case 'pixels':
      return { width: picture.width, height: picture.height };
    case 'bitmap':
      return { width: picture.bitmap.width, height: picture.bitmap.height };
    case 'frame':
      return { width: picture.frame.displayWidth, height: picture.frame.displayHeight };
    default:
      return { width: null, height: null };
  }
}

/** A third of the picture's height. */
function faceInMiddle(width: number, height: number): Face {
  const side = height / 3;
  return {
    box: { x: (width - side * 0.8) / 2, y: side, width: side * 0.8, height: side },
    score: 0.9,
    label: 'correct',
    probabilities: { correct: 0.9, incorrect: 0.06, unmasked: 0.04 },
    uncertain: false,
    landmarks: null,
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
