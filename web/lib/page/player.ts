/**
 * Films that the browser plays and does not decode for scripts: its player is moved from frame to frame.
 */
import { isBlob } from '../api/crossing.js';
import type { TimedFrame } from '../api/types.js';
import { shownFrame } from './input.js';

/** Seconds between two frames: how many a film has a player does not say. */
export const PLAYER_STEP = 0.1;
// Into the frame, not onto its edge.
const INTO = 0.001;

export class Player {
  readonly #video: HTMLVideoElement;
  readonly #url: string;

  private constructor(video: HTMLVideoElement, url: string) {
    this.#video = video;
    this.#url = url;
  }

  /** null where it does not play this. */
  static async open(video: HTMLVideoElement, data: Uint8Array | Blob): Promise<Player | null> {
    const blob = isBlob(data) ? data : new Blob([data as Uint8Array<ArrayBuffer>]);
    const player = new Player(video, URL.createObjectURL(blob));
    video.muted = true;
    video.preload = 'auto';
    const loaded = heard(video, 'loadeddata');
    video.src = player.#url;
    try {
      await loaded;
    } catch {
      player.close();
      return null;
    }
    return player;
  }

  get size(): { width: number; height: number } {
    return { width: this.#video.videoWidth, height: this.#video.videoHeight };
  }

  /** Seconds; null of a film that does not say. */
  get duration(): number | null {
    return Number.isFinite(this.#video.duration) ? this.#video.duration : null;
  }

  /** The frame at a time in seconds, the caller's to close. */
  async at(time: number): Promise<VideoFrame | ImageBitmap> {
    const video = this.#video;
    if (Math.abs(video.currentTime - time - INTO) > INTO / 2) {
      const sought = heard(video, 'seeked');
      video.currentTime = time + INTO;
      await sought;
    }
    return typeof VideoFrame === 'function'
      ? shownFrame(video, { timestamp: Math.round(time * 1e6) })
      : createImageBitmap(video);
  }

  async *frames(): AsyncGenerator<TimedFrame, void, void> {
    // Sound that goes on a little longer has no frame.
    const end = (this.duration ?? 0) - PLAYER_STEP / 2;
    for (let n = 0; n === 0 || n * PLAYER_STEP < end; n++) {
      const image = await this.at(n * PLAYER_STEP);
      try {
        yield { image, time: n * PLAYER_STEP };
      } finally {
        image.close();
      }
    }
  }

  close(): void {
    this.#video.removeAttribute('src');
    this.#video.load();
    URL.revokeObjectURL(this.#url);
  }
}

function heard(video: HTMLVideoElement, type: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    const { signal } = ending;
    const hear = (name: string, act: () => void) =>
      video.addEventListener(
        name,
        () => {
          ending.abort();
          act();
        },
        { signal },
      );
    hear(type, resolve);
    hear('error', () => reject(new Error('The film cannot be played.')));
  });
}
