/**
 * Films that the browser plays and does not decode for scripts: its player is moved from frame to frame.
 */
import { isBlob } from '../api/crossing.js';
import { MasklensError } from '../api/errors.js';
import { unlessAborted } from '../api/signals.js';
import type { TimedFrame } from '../api/types.js';
import { inputError, shownFrame } from './input.js';

/** Seconds between two frames: how many a film has a player does not say. */
export const PLAYER_STEP = 0.1;
// Into the frame, not onto its edge.
const INTO = 0.001;
// The file is here already. A player that has not come to a frame by then will not.
const PATIENCE_MS = 8_000;

export class Player {
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(video: HTMLVideoElement, url: string, signal: AbortSignal | undefined) {
    this.#video = video;
    this.#url = url;
    this.#signal = signal;
  }

  /**
   * null where it does not play this, or has nothing to show.
   * @throws MasklensError `aborted`, as soon as the signal is raised; so does `at`
   */
  static async open(
    video: HTMLVideoElement,
    data: Uint8Array | Blob,
    signal: AbortSignal | undefined,
  ): Promise<Player | null> {
    const blob = isBlob(data) ? data : new Blob([data as Uint8Array<ArrayBuffer>]);
    const player = new Player(video, URL.createObjectURL(blob), signal);
    video.muted = true;
    video.preload = 'auto';
    const loaded = player.#heard('loadeddata');
    video.src = player.#url;
    try {
      await loaded;
      if (video.videoWidth > 0) return player;
    } catch (error) {
      if (signal?.aborted) {
        player.close();
        throw error;
      }
    }
    player.close();
    return null;
  }

  get size(): { width: number; height: number } {
    return { width: this.#video.videoWidth, height: this.#video.videoHeight };
  }

  /** Seconds; null of a film that does not say. */
  get duration(): number | null {
    return Number.isFinite(this.#video.duration) ? this.#video.duration : null;
  }

  /**
   * The frame at a time in seconds, the caller's to close.
   * @throws MasklensError `bad-image` where the film cannot be played there
   */
  async at(time: number): Promise<VideoFrame | ImageBitmap> {
    const video = this.#video;
    if (Math.abs(video.currentTime - time - INTO) > INTO / 2) {
      const sought = this.#heard('seeked');
      video.currentTime = time + INTO;
      await sought;
    }
    try {
      return typeof VideoFrame === 'function'
        ? await shownFrame(video, { timestamp: Math.round(time * 1e6) })
        : await createImageBitmap(video);
    } catch (error) {
      throw inputError(error);
    }
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

  /** Waits for an event of the player, as long as there is hope for it. */
  async #heard(type: string): Promise<void> {
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = new Promise<void>((resolve, reject) => {
      const fail = () =>
        reject(new MasklensError('bad-image', 'The film cannot be played any further.'));
      const { signal } = ending;
      this.#video.addEventListener(type, () => resolve(), { signal });
      // Emptied: somebody else has taken the player for something else.
      for (const bad of type === 'seeked' ? ['error', 'emptied'] : ['error'])
        this.#video.addEventListener(bad, fail, { signal });
      timer = setTimeout(fail, PATIENCE_MS);
    });
    try {
      await unlessAborted(heard, this.#signal ?? ending.signal);
    } finally {
      clearTimeout(timer);
      ending.abort();
    }
  }
}
