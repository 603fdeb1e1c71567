/** A backend that gets up again: after a crash the next call opens another one, once for each call. */
import type { Following, MovingCommand, Picture, PictureFile } from '../api/crossing.js';
import { aborted, closed } from '../api/errors.js';
import type { AnnotateSettings, DetectSettings } from '../api/options.js';
import type { Face, Plate } from '../api/types.js';
import type { Backend } from './backend.js';

/** Opens a backend like the first. */
export type Reopen = (signal: AbortSignal) => Promise<Backend>;

export class RestartingBackend implements Backend {
  readonly #reopen: Reopen;
  readonly #closing = new AbortController();
  #backend: Backend;
  // Goes on when the call that began it is given up: the next one finds it further on.
  #opening: Promise<Backend> | null = null;

  constructor(first: Backend, reopen: Reopen) {
    this.#backend = first;
    this.#reopen = reopen;
  }

  get threads(): number {
    return this.#backend.threads;
  }

  /** It never is: its calls may fail, and the next ones try again. */
  readonly dead = false;

  detect(picture: Picture, settings: DetectSettings, signal: AbortSignal) {
    return this.#use(signal, (backend) => backend.detect(picture, settings, signal));
  }

  follow(picture: Picture, following: Following, signal: AbortSignal) {
    return this.#use(signal, (backend) => backend.follow(picture, following, signal));
  }

  endSequence(sequence: number, signal: AbortSignal) {
    return this.#use(signal, (backend) => backend.endSequence(sequence, signal));
  }

  moving(command: MovingCommand, signal: AbortSignal) {
    return this.#use(signal, (backend) => backend.moving(command, signal));
  }

  detectAnimation(
    file: PictureFile,
    settings: DetectSettings,
    signal: AbortSignal,
    onFrame: (done: number, total: number) => void,
  ) {
    return this.#use(signal, (backend) => backend.detectAnimation(file, settings, signal, onFrame));
  }

  pixels(picture: Picture, maxSide: number | undefined, signal: AbortSignal) {
    return this.#use(signal, (backend) => backend.pixels(picture, maxSide, signal));
  }

  annotate(picture: Picture, faces: Face[], settings: AnnotateSettings, signal: AbortSignal) {
    return this.#use(signal, (backend) => backend.annotate(picture, faces, settings, signal));
  }

  annotateAnimation(
    file: PictureFile,
    faces: Face[][],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ) {
    return this.#use(signal, (backend) => backend.annotateAnimation(file, faces, settings, signal));
  }

  layoutLabels(
    plates: readonly Plate[],
    size: { width: number; height: number },
    signal: AbortSignal,
  ) {
    return this.#use(signal, (backend) => backend.layoutLabels(plates, size, signal));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening?.catch(() => undefined);
    await this.#backend.close();
  }

  async #use<T>(signal: AbortSignal, work: (backend: Backend) => Promise<T>): Promise<T> {
    const backend = this.#backend.dead ? await givenUp(this.#open(), signal) : this.#backend;
    try {
      return await work(backend);
    } finally {
      // What it leaves, threads and memory, goes now and not with the next call.
      if (backend.dead) await backend.close();
    }
  }

  #open(): Promise<Backend> {
    if (this.#closing.signal.aborted) return Promise.reject(closed());
    this.#opening ??= this.#reopen(this.#closing.signal)
      .then((backend) => {
        this.#backend = backend;
        return backend;
      })
      .finally(() => {
        this.#opening = null;
      });
    return this.#opening;
  }
}

/** What `opening` gives, or `aborted` as soon as the signal is raised. */
function givenUp<T>(opening: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(aborted(signal.reason));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
