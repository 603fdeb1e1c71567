/**
 * The pictures of a session and the queue that judges them. Of each picture only the file handle,
 * a thumbnail and the result are kept, so that thousands fit.
 */
import type { AnimationResult, Result } from '@masklens';
import { engine, LOWEST_SCORE } from './engine.ts';
import { type Failure, failureOfFile } from './failure.ts';
import type { Found } from './files.ts';
import { thumbnail } from './thumbnails.ts';

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
  /** Object URL of the thumbnail, or null while there is none. */
  thumbnail: string | null;
  /** Share of the work done on this picture, 0 to 1; only animations take long enough to tell. */
  progress: number;
}

/** How far ahead of the queue thumbnails are made: enough to fill a screen. */
const AHEAD = 48;

/** Pictures added to the page in one turn; more would hold up the page. */
const ADD_AT_ONCE = 50;

const isGif = (file: File): boolean => file.type === 'image/gif' || /\.gif$/i.test(file.name);

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
  private aborter: AbortController | null = null;
  private startedAt = 0;
  private cursor = 0;
  private drawing = false;
  private drawn = 0;

  async add(found: readonly Found[]): Promise<void> {
    for (let from = 0; from < found.length; from += ADD_AT_ONCE) {
      for (const { file, path } of found.slice(from, from + ADD_AT_ONCE)) {
        this.pictures.push({
          id: this.nextId++,
          file,
          name: file.name,
          path,
          status: 'waiting',
          result: null,
          animation: null,
          failure: null,
          thumbnail: null,
          progress: 0,
        });
        this.planned++;
      }
      this.tell('list');
      this.run();
      await breathe();
    }
  }

  /** Stops after the network call under way; what is done stays. */
  cancel(): void {
    this.aborter?.abort();
    for (const picture of this.pictures) {
      if (picture.status === 'waiting') {
        picture.status = 'cancelled';
        this.tellPicture(picture);
      }
    }
    this.tell('progress');
  }

  /** Puts failed or cancelled pictures back in the queue. */
  retry(which: (picture: Picture) => boolean): void {
    let any = false;
    for (const picture of this.pictures) {
      if ((picture.status !== 'failed' && picture.status !== 'cancelled') || !which(picture))
        continue;
      picture.status = 'waiting';
      picture.failure = null;
      picture.progress = 0;
      this.planned++;
      any = true;
      this.tellPicture(picture);
    }
    if (!any) return;
    this.cursor = 0;
    this.drawn = 0;
    this.run();
  }

  remove(picture: Picture): void {
    const at = this.pictures.indexOf(picture);
    if (at < 0) return;
    if (picture.status === 'working') this.aborter?.abort();
    if (picture.status === 'waiting') this.planned--;
    picture.status = 'cancelled';
    this.pictures.splice(at, 1);
    if (at < this.cursor) this.cursor--;
    if (at < this.drawn) this.drawn--;
    if (picture.thumbnail) URL.revokeObjectURL(picture.thumbnail);
    this.tell('list');
  }

  clear(): void {
    this.aborter?.abort();
    for (const picture of this.pictures) {
      picture.status = 'cancelled';
      if (picture.thumbnail) URL.revokeObjectURL(picture.thumbnail);
    }
    this.pictures = [];
    this.cursor = 0;
    this.drawn = 0;
    this.done = 0;
    this.planned = 0;
    this.tell('list');
    this.tell('progress');
  }

  /** Seconds until the queue is empty, at the pace so far; null before there is one. */
  secondsLeft(): number | null {
    if (!this.running || this.done < 3) return null;
    const pace = (performance.now() - this.startedAt) / this.done;
    return ((this.planned - this.done) * pace) / 1000;
  }

  private run(): void {
    void this.drawAhead();
    if (this.running) {
      this.tell('progress');
      return;
    }
    this.running = true;
    this.done = 0;
    this.planned = this.pictures.filter((picture) => picture.status === 'waiting').length;
    this.startedAt = performance.now();
    this.tell('progress');
    void this.work().finally(() => {
      this.running = false;
      this.aborter = null;
      this.tell('progress');
      if (this.pictures.some((picture) => picture.status === 'waiting')) this.run();
    });
  }

  private async work(): Promise<void> {
    for (;;) {
      while (
        this.cursor < this.pictures.length &&
        this.pictures[this.cursor]!.status !== 'waiting'
      ) {
        this.cursor++;
      }
      const picture = this.pictures[this.cursor];
      if (!picture) return;
      await this.judge(picture);
      this.done++;
      this.tell('progress');
      void this.drawAhead();
    }
  }

  private async judge(picture: Picture): Promise<void> {
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    picture.status = 'working';
    this.tellPicture(picture);
    try {
      const detector = await engine.get();
      signal.throwIfAborted();
      if (isGif(picture.file)) {
        const animation = await detector.detectAnimation(picture.file, {
          minScore: LOWEST_SCORE,
          signal,
          onFrame: (done, total) => {
            picture.progress = done / total;
            this.tellPicture(picture);
          },
        });
        picture.result = animation.frames[0]?.result ?? null;
        picture.animation = animation.frames.length > 1 ? animation : null;
      } else {
        picture.result = await detector.detect(picture.file, { minScore: LOWEST_SCORE, signal });
      }
      picture.status = 'done';
      picture.progress = 1;
    } catch (error) {
      if (signal.aborted) picture.status = 'cancelled';
      else {
        picture.failure = await failureOfFile(error, picture.file);
        picture.status = 'failed';
      }
    }
    this.tellPicture(picture);
  }

  /** Makes thumbnails for the pictures the queue comes to next, one at a time. */
  private async drawAhead(): Promise<void> {
    if (this.drawing) return;
    this.drawing = true;
    try {
      while (this.drawn < this.pictures.length && this.drawn < this.cursor + AHEAD) {
        const picture = this.pictures[this.drawn++]!;
        if (picture.thumbnail || picture.status === 'failed') continue;
        try {
          const blob = await thumbnail(picture.file);
          if (!this.pictures.includes(picture)) continue;
          picture.thumbnail = URL.createObjectURL(blob);
          this.tellPicture(picture);
        } catch {
          // The browser cannot show this one; the card does without, and the detector says why.
        }
      }
    } finally {
      this.drawing = false;
    }
  }

  private tell(type: string): void {
    this.dispatchEvent(new Event(type));
  }

  private tellPicture(picture: Picture): void {
    this.dispatchEvent(new CustomEvent('picture', { detail: picture }));
  }
}
