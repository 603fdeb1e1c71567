/**
 * The pictures of a session and the queue that judges them. Of each picture only the file handle,
 * a thumbnail and the result are kept, so that thousands fit.
 */
import type { AnimationResult, Detector, Result, TimedResult } from '@masklens';
import { Corrections, type ShownFace } from './corrections.ts';
import { engine, KEPT_FROM, LOWEST_SCORE } from './engine.ts';
import { type Failure, failureOfFile, worthRetrying } from './failure.ts';
import type { Found } from './files.ts';
import { formatOf } from './format.ts';
import { thumbnail } from './thumbnails.ts';
import { facesFrom, fullestFrame } from './verdict.ts';

export type Status = 'waiting' | 'working' | 'done' | 'failed' | 'cancelled';

export interface Picture {
  readonly id: number;
  readonly file: File;
  readonly name: string;
  readonly path: string;
  status: Status;
  result: Result | null;
  /** Of a GIF with more than one frame; `result` is then its first frame's. */
  animation: AnimationResult | null;
  failure: Failure | null;
  /** Of a moving picture: what could be read is less than there should be. */
  damaged: boolean;
  /** What was changed by hand; of stills. */
  corrections: Corrections;
  /** Object URL of the thumbnail, or null while there is none. */
  thumbnail: string | null;
  /** Share of the work done on this picture, 0 to 1; only animations take long enough to tell. */
  progress: number;
}

/** The faces that stand for a picture in counts and in the gallery. */
export function facesThatCount(picture: Picture, minScore: number): ShownFace[] {
  const { result, animation, corrections } = picture;
  if (animation) return facesFrom(fullestFrame(animation, minScore)?.faces ?? [], minScore);
  return result ? corrections.facesOf(result, minScore) : [];
}

/** Whether judging it (again) may end otherwise than it did. */
export const canRetry = ({ status, failure, file }: Picture): boolean =>
  status === 'cancelled' ||
  (status === 'failed' && (!failure || (file.size > 0 && worthRetrying(failure))));

/** What may have more than one frame. */
const MOVING = ['GIF', 'film', 'WebP', 'AVIF', 'PNG'];

/** Pictures added to the page in one turn; more would hold up the page. */
const ADD_AT_ONCE = 50;

/** Waiting pictures for each worker more. */
const FOR_A_LANE = 8;
/** How long workers wait for more pictures before their memory is freed. */
const REST_AFTER_MS = 30_000;

/** Lets the page draw and answer before the next piece of work. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/**
 * Events: `list` (pictures came or went), `picture` (one changed, a `CustomEvent` with it as detail),
 * `progress` (the queue moved on, started or stopped).
 */
export class Batch extends EventTarget {
  pictures: Picture[] = [];
  running = false;
  /** Pictures of this run that are finished one way or another, and all of them. */
  done = 0;
  planned = 0;
  private nextId = 1;
  /** Numbers of the workers that are at it. */
  private readonly lanes = new Set<number>();
  private resting = 0;
  private readonly aborters = new Map<Picture, AbortController>();
  private startedAt = 0;
  private cursor = 0;
  /** What was removed last, with its places, until something else is or it is put back. */
  private removed: { picture: Picture; at: number }[] = [];

  async add(found: readonly Found[]): Promise<void> {
    for (let from = 0; from < found.length; from += ADD_AT_ONCE) {
      for (const one of found.slice(from, from + ADD_AT_ONCE)) {
        const picture = this.picture(one);
        this.pictures.push(picture);
        if (picture.status === 'waiting') this.planned++;
      }
      this.tell('list');
      this.run();
      // A single picture needed no thumbnail.
      const bare = this.pictures.find(({ status, thumbnail: made }) => status === 'done' && !made);
      if (bare) void this.draw(bare);
      await breathe();
    }
  }

  private picture({ file, path, unreadable }: Found): Picture {
    return {
      id: this.nextId++,
      file,
      name: file.name,
      path,
      status: unreadable ? 'failed' : 'waiting',
      result: null,
      animation: null,
      failure: unreadable
        ? { code: 'unreadable', message: 'It cannot be read.', format: '' }
        : null,
      damaged: false,
      corrections: new Corrections(),
      thumbnail: null,
      progress: 0,
    };
  }

  /** Pictures of an earlier page, with what was said of them. */
  putBack(kept: readonly (Found & Partial<Picture>)[]): Picture[] {
    const pictures = kept.map((one) => Object.assign(this.picture(one), one));
    this.pictures.push(...pictures);
    void this.drawAll(pictures);
    this.tell('list');
    this.run();
    return pictures;
  }

  /** One after the other, so that what somebody looks at meanwhile does not wait. */
  private async drawAll(pictures: readonly Picture[]): Promise<void> {
    for (const picture of pictures) if (picture.status === 'done') await this.draw(picture);
  }

  /** Something about the picture was changed by hand. */
  corrected(picture: Picture): void {
    this.tellPicture(picture);
  }

  /** Share of the run that is done, 0 to 1, pictures under way with their own. */
  get share(): number {
    let done = this.done;
    for (const picture of this.aborters.keys()) done += picture.progress;
    return this.planned > 0 ? Math.min(1, done / this.planned) : 0;
  }

  /** Stops after the network call under way; what is done stays. */
  cancel(): void {
    for (const aborter of this.aborters.values()) aborter.abort();
    for (const picture of this.pictures) {
      if (picture.status === 'waiting') {
        picture.status = 'cancelled';
        this.tellPicture(picture);
      }
    }
    this.tell('progress');
  }

  /** Puts cancelled pictures, and failed ones that may yet be read, back in the queue. */
  retry(which: (picture: Picture) => boolean): void {
    let any = false;
    for (const picture of this.pictures) {
      if (!canRetry(picture) || !which(picture)) continue;
      picture.status = 'waiting';
      picture.failure = null;
      picture.progress = 0;
      this.planned++;
      any = true;
      this.tellPicture(picture);
    }
    if (!any) return;
    this.cursor = 0;
    this.run();
  }

  /** Takes the pictures out; until others are, {@link undoRemove} puts them back. */
  remove(which: readonly Picture[]): void {
    const all = new Set(which);
    this.forget();
    this.removed = this.pictures.flatMap((picture, at) =>
      all.has(picture) ? [{ picture, at }] : [],
    );
    this.pictures = this.pictures.filter((picture) => !all.has(picture));
    for (const { picture } of this.removed) {
      this.aborters.get(picture)?.abort();
      if (picture.status === 'waiting') this.planned--;
      if (picture.status === 'waiting' || picture.status === 'working')
        picture.status = 'cancelled';
    }
    this.cursor = 0;
    if (this.pictures.length === 0) {
      this.done = 0;
      this.planned = 0;
    }
    this.tell('list');
    this.tell('progress');
  }

  /** How many pictures can be put back. */
  get removable(): number {
    return this.removed.length;
  }

  undoRemove(): void {
    for (const { picture, at } of this.removed) {
      // What it was taken from: the picture itself knows whether it had been judged.
      if (picture.status === 'cancelled') picture.status = picture.result ? 'done' : 'waiting';
      this.pictures.splice(Math.min(at, this.pictures.length), 0, picture);
      if (picture.status === 'waiting') this.planned++;
    }
    this.removed = [];
    this.cursor = 0;
    this.tell('list');
    this.run();
  }

  /** What was removed is gone for good. */
  forget(): void {
    for (const { picture } of this.removed)
      if (picture.thumbnail) URL.revokeObjectURL(picture.thumbnail);
    this.removed = [];
  }

  /** Seconds until the queue is empty, at the pace so far; null before there is one. */
  secondsLeft(): number | null {
    if (!this.running || this.done < 3) return null;
    const pace = (performance.now() - this.startedAt) / this.done;
    return ((this.planned - this.done) * pace) / 1000;
  }

  private run(): void {
    const waiting = this.pictures.filter(({ status }) => status === 'waiting').length;
    if (!this.running) {
      if (waiting === 0) return;
      clearTimeout(this.resting);
      this.running = true;
      this.done = 0;
      this.planned = waiting;
      this.startedAt = performance.now();
    }
    this.tell('progress');
    // Several at once, where there are enough to be worth another worker's start.
    const lanes = Math.min(engine.workers, Math.max(1, Math.floor(waiting / FOR_A_LANE)));
    for (let lane = 0; lane < lanes; lane++) {
      if (this.lanes.has(lane)) continue;
      this.lanes.add(lane);
      void this.work(lane).finally(() => {
        this.lanes.delete(lane);
        if (this.lanes.size > 0) return;
        this.running = false;
        this.tell('progress');
        this.resting = window.setTimeout(() => engine.rest(), REST_AFTER_MS);
        this.run();
      });
    }
  }

  private async work(lane: number): Promise<void> {
    if (lane > 0) {
      try {
        await engine.lane(lane);
      } catch {
        // No memory for another one: those that there are go on.
        return;
      }
    }
    for (;;) {
      while (
        this.cursor < this.pictures.length &&
        this.pictures[this.cursor]!.status !== 'waiting'
      ) {
        this.cursor++;
      }
      const picture = this.pictures[this.cursor];
      if (!picture) return;
      await this.judge(picture, lane);
      this.done++;
      this.tell('progress');
    }
  }

  private async judge(picture: Picture, lane: number): Promise<void> {
    const aborter = new AbortController();
    const { signal } = aborter;
    this.aborters.set(picture, aborter);
    picture.status = 'working';
    this.tellPicture(picture);
    try {
      const [detector, format] = await Promise.all([engine.lane(lane), formatOf(picture.file)]);
      signal.throwIfAborted();
      const work = async () => {
        if (MOVING.includes(format)) await this.judgeMoving(picture, detector, signal);
        else picture.result = await detector.detect(picture.file, { minScore: KEPT_FROM, signal });
      };
      // A worker that broke off is started anew by the next call: only what breaks it again is told.
      await work().catch((error) => {
        if (error.code !== 'crashed') throw error;
        return work();
      });
      picture.status = 'done';
      picture.progress = 0;
      this.tellPicture(picture);
      if (this.pictures.length > 1) await this.draw(picture, detector);
    } catch (error) {
      if (signal.aborted) picture.status = 'cancelled';
      else {
        picture.failure = await failureOfFile(error, picture.file);
        picture.status = 'failed';
      }
    }
    this.aborters.delete(picture);
    this.tellPicture(picture);
  }

  /** Frame by frame; a file with a single one is a still. */
  private async judgeMoving(
    picture: Picture,
    detector: Detector,
    signal: AbortSignal,
  ): Promise<void> {
    const player = document.createElement('video');
    picture.damaged = false;
    const onDamage = () => {
      picture.damaged = true;
    };
    const options = { minScore: LOWEST_SCORE, signal, player, onDamage };
    const results = await this.collect(picture, detector.frames(picture.file, options));
    const [first] = results;
    picture.result = first ?? null;
    const frames = results.map((result) => ({ result, delayMs: result.duration * 1000 || 100 }));
    picture.animation =
      first && frames.length > 1 ? { width: first.width, height: first.height, frames } : null;
  }

  private async collect(
    picture: Picture,
    frames: AsyncIterable<TimedResult>,
  ): Promise<TimedResult[]> {
    const results: TimedResult[] = [];
    let told = 0;
    for await (const result of frames) {
      results.push(result);
      const { index, time, total, totalDuration } = result;
      picture.progress = total ? (index + 1) / total : totalDuration ? time / totalDuration : 0;
      // Many frames a second are judged; people read a few.
      if (performance.now() - told < 200) continue;
      told = performance.now();
      this.tellPicture(picture);
      this.tell('progress');
    }
    return results;
  }

  /** Makes the thumbnail, of the pixels that were judged. */
  private async draw(picture: Picture, detector?: Detector): Promise<void> {
    if (picture.thumbnail) return;
    try {
      picture.thumbnail = URL.createObjectURL(await thumbnail(picture.file, detector));
    } catch {
      // The card does without; had the file been unreadable, the verdict would say so.
    }
    this.tellPicture(picture);
  }

  private tell(type: string): void {
    this.dispatchEvent(new Event(type));
  }

  private tellPicture(picture: Picture): void {
    this.dispatchEvent(new CustomEvent('picture', { detail: picture }));
  }
}
