/**
 * Files that move: judged, and drawn on, frame by frame. Holds what is open between two calls. A
 * script of its own, `assets/moving-files.js`, fetched with the first such file.
 */
import {
  isBlob,
  type MovingAnswer,
  type MovingAnswers,
  type MovingCommand,
  type Picture,
  type PictureFile,
} from '../api/crossing.js';
import { MasklensError, throwIfAborted } from '../api/errors.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import type { AnimationResult, Face, Result, TrackEvent } from '../api/types.js';
import type { Place } from '../core/driver.js';
import { flattenFaces } from '../core/faces.js';
import { bytesOf, type CoreImage, type CoreModule, type CoreSequence } from '../core/module.js';
import { loadPicture } from '../core/pixels.js';
import { coreDrawOptions } from '../core/settings.js';
import { drawAnimation, judgeAnimation } from './animation.js';
import type { FilmWriter } from './film.js';
import {
  AddedFrames,
  type FrameSource,
  filmModule,
  openFrames,
  type Surroundings,
  type TimedImage,
} from './frames.js';

/** What a backend does for it. */
export interface Judge {
  readonly around: Surroundings;
  judge(
    image: CoreImage,
    settings: DetectSettings,
    signal: AbortSignal,
    place: Place | null,
  ): Promise<Result & { events: TrackEvent[] }>;
}

interface Reading {
  source: FrameSource;
  core: CoreModule;
  sequence: CoreSequence;
  settings: DetectSettings;
  every: number;
  /** Of the next frame. */
  index: number;
}

interface Drawing {
  source: FrameSource;
  core: CoreModule;
  writer: Writer;
  settings: AnnotateSettings;
  index: number;
  faces: Face[];
  /** Frames between the last two results. */
  gap: number;
}

/** Takes frames and gives a file. */
interface Writer {
  add(frame: TimedImage): Promise<void>;
  finish(): Promise<Blob>;
  cancel(): Promise<void>;
}

export class Moving {
  readonly #judge: Judge;
  readonly #readings = new Map<number, Reading>();
  readonly #drawings = new Map<number, Drawing>();
  // Of a worker that was replaced, numbers are not to be taken for ours.
  #lastId = Math.floor(Math.random() * 2 ** 40);

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  async run(command: MovingCommand, signal: AbortSignal): Promise<MovingAnswer> {
    switch (command.do) {
      case 'open':
        return this.#open(command.file, command.settings, command.every);
      case 'next':
        return this.#next(this.#reading(command.id), signal);
      case 'close':
        return this.#close(command.id);
      case 'begin':
        return this.#begin(command.file, command.settings, command.size);
      case 'draw':
        return this.#draw(this.#drawing(command.id), command.index, command.faces, signal);
      case 'add':
        return this.#add(this.#drawing(command.id), command, signal);
      case 'finish':
        return this.#finish(command.id, signal);
    }
  }

  detectAnimation(
    file: PictureFile,
    settings: DetectSettings,
    signal: AbortSignal,
    onFrame: (done: number, total: number) => void,
  ): Promise<AnimationResult> {
    const judge = async (image: CoreImage) => {
      const { events, ...result } = await this.#judge.judge(image, settings, signal, null);
      return result;
    };
    return judgeAnimation(this.#judge.around, file, judge, signal, onFrame);
  }

  annotateAnimation(
    file: PictureFile,
    faces: Face[][],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return drawAnimation(this.#judge.around, file, faces, settings, signal);
  }

  async #open(file: PictureFile, settings: DetectSettings, every: number): Promise<number> {
    const { around } = this.#judge;
    const source = await openFrames(file, around);
    const { core } = around;
    const id = ++this.#lastId;
    const sequence = new core.Sequence();
    this.#readings.set(id, { source, core, sequence, settings, every, index: 0 });
    return id;
  }

  async #next(reading: Reading, signal: AbortSignal): Promise<MovingAnswers['next']> {
    const { source, every, sequence, settings } = reading;
    let damage: string | null = null;
    for (;;) {
      throwIfAborted(signal);
      const decoding = performance.now();
      let timed: TimedImage | null;
      try {
        timed = await source.next();
      } catch (error) {
        if (!(error instanceof MasklensError) || error.code !== 'bad-image') throw error;
        damage = error.message;
        if (source.goesOn) {
          reading.index++;
          continue;
        }
        timed = null;
      }
      if (!timed) {
        if (reading.index === 0) throw new MasklensError('bad-image', damage ?? NO_FRAME);
        return { frame: null, damage };
      }
      const index = reading.index++;
      const { image, time, duration } = timed;
      try {
        if (index % every !== 0) continue;
        const decode = performance.now() - decoding;
        const place = { sequence, time, maxLooks: undefined };
        const result = await this.#judge.judge(image, settings, signal, place);
        const timing = { ...result.timing, decode, total: result.timing.total + decode };
        const { total, duration: totalDuration } = source;
        return {
          frame: { ...result, timing, index, time, duration, total, totalDuration },
          damage,
        };
      } finally {
        image.delete();
      }
    }
  }

  #close(id: number): null {
    const reading = this.#current(this.#readings, id);
    this.#readings.delete(id);
    reading?.source.close();
    reading?.sequence.delete();
    const drawing = this.#current(this.#drawings, id);
    this.#drawings.delete(id);
    drawing?.source.close();
    drawing?.writer.cancel().catch(() => undefined);
    return null;
  }

  async #begin(
    file: PictureFile,
    settings: AnnotateSettings,
    size: { width: number; height: number } | undefined,
  ): Promise<MovingAnswers['begin']> {
    const { around } = this.#judge;
    const source = size ? new AddedFrames(size) : await openFrames(file, around);
    try {
      const writer =
        source.kind === 'film'
          ? await filmWriter(file, source, around)
          : new GifWriter(around.core, source);
      const id = ++this.#lastId;
      const drawing = { source, writer, settings, index: 0, faces: [], gap: 1 };
      this.#drawings.set(id, { ...drawing, core: around.core });
      return { id, total: source.total, duration: source.duration };
    } catch (error) {
      source.close();
      throw error;
    }
  }

  async #add(
    drawing: Drawing,
    {
      picture,
      time,
      duration,
      faces,
    }: { picture: Picture } & Omit<TimedImage, 'image'> & { faces: Face[] },
    signal: AbortSignal,
  ): Promise<MovingAnswers['add']> {
    const { core, limits } = this.#judge.around;
    try {
      const image = await loadPicture(core, picture, limits);
      (drawing.source as AddedFrames).add({ image, time, duration });
    } finally {
      if (picture.kind === 'frame') picture.frame.close();
      if (picture.kind === 'bitmap') picture.bitmap.close();
    }
    return this.#draw(drawing, drawing.index, faces, signal);
  }

  async #draw(
    drawing: Drawing,
    until: number,
    faces: Face[],
    signal: AbortSignal,
  ): Promise<MovingAnswers['draw']> {
    let last: MovingAnswers['draw'] = null;
    const begun = drawing.index;
    while (drawing.index <= until) {
      throwIfAborted(signal);
      const index = drawing.index;
      const time = await this.#drawOne(drawing, index === until ? faces : drawing.faces);
      if (time === null) return null;
      last = { index, time };
    }
    drawing.faces = faces;
    drawing.gap = Math.max(1, drawing.index - begun);
    return last ?? { index: until, time: 0 };
  }

  /** The frame's time, null after the last one. */
  async #drawOne(drawing: Drawing, faces: Face[]): Promise<number | null> {
    const { source, writer, settings, core } = drawing;
    let timed: TimedImage | null;
    try {
      timed = await source.next();
    } catch (error) {
      // Whoever judged it was told of the damage.
      if (!(error instanceof MasklensError) || error.code !== 'bad-image') throw error;
      drawing.index++;
      return source.goesOn ? 0 : null;
    }
    if (!timed) return null;
    try {
      core.drawFaces(timed.image, flattenFaces(core, faces), coreDrawOptions(settings));
      await writer.add(timed);
    } finally {
      timed.image.delete();
    }
    drawing.index++;
    return timed.time;
  }

  async #finish(id: number, signal: AbortSignal): Promise<Blob> {
    const drawing = this.#drawing(id);
    // Frames after the last result keep its boxes for as long as those between results do.
    for (let held = 1; ; held++) {
      throwIfAborted(signal);
      const faces = held < drawing.gap ? drawing.faces : [];
      if ((await this.#drawOne(drawing, faces)) === null) break;
    }
    if (drawing.index === 0) throw new MasklensError('bad-image', NO_FRAME);
    this.#drawings.delete(id);
    drawing.source.close();
    return drawing.writer.finish();
  }

  #reading(id: number): Reading {
    return this.#alive(this.#readings, id);
  }

  #drawing(id: number): Drawing {
    return this.#alive(this.#drawings, id);
  }

  #current<T extends { core: CoreModule }>(open: Map<number, T>, id: number): T | undefined {
    const found = open.get(id);
    return found?.core === this.#judge.around.core ? found : undefined;
  }

  /** After a crash the core is another one, and what was open in it is gone. */
  #alive<T extends { core: CoreModule }>(open: Map<number, T>, id: number): T {
    const found = this.#current(open, id);
    if (found) return found;
    open.delete(id);
    throw new MasklensError(
      'crashed',
      'What was being read is lost: the part that reads it had to be started again. Open it again.',
    );
  }
}

const NO_FRAME = 'The file has no frame.';

class GifWriter implements Writer {
  readonly #encoder: InstanceType<CoreModule['GifEncoder']>;
  // Pieces that the browser may keep on disk.
  #written = new Blob([]);

  constructor(core: CoreModule, { width, height, loop }: FrameSource) {
    this.#encoder = new core.GifEncoder(width, height, loop);
  }

  async add({ image, duration, delayMs }: TimedImage): Promise<void> {
    this.#encoder.add(image, delayMs ?? Math.round(duration * 1000));
    this.#keep(this.#encoder.take());
  }

  async finish(): Promise<Blob> {
    try {
      this.#keep(bytesOf(this.#encoder.finish()));
      return new Blob([this.#written], { type: 'image/gif' });
    } finally {
      this.#encoder.delete();
    }
  }

  async cancel(): Promise<void> {
    this.#encoder.delete();
  }

  #keep(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length > 0) this.#written = new Blob([this.#written, bytes]);
  }
}

async function filmWriter(
  { data }: PictureFile,
  { width, height }: FrameSource,
  { assets }: Surroundings,
): Promise<Writer> {
  const { createFilm } = await filmModule(assets);
  const source = isBlob(data) ? data : new Blob([data as Uint8Array<ArrayBuffer>]);
  const film: FilmWriter = await createFilm(source, width, height);
  return {
    add: ({ image, time, duration }) => film.add(image.view(), time, duration),
    finish: () => film.finish(),
    cancel: () => film.cancel(),
  };
}
