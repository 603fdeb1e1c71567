/** Every way to fail that a program may want to tell apart. */

import type { AbortSignal } from './platform.js';

/**
 * - `bad-image`: the input is damaged, empty, or has no pixels yet.
 * - `unsupported-format`: a format that cannot be read here; `format` and the message name it.
 * - `image-too-large`: beyond the limits given to `createDetector`.
 * - `asset-missing`: a file of the assets folder is not where it is looked for, or may not be used there.
 * - `asset-not-wasm`: something else came in place of WebAssembly, or it cannot run here.
 * - `model-mismatch`: a network is not the one that the manifest describes.
 * - `network`: the server cannot be reached, does not go on sending, or has a fault of its own: try again later.
 * - `aborted`: the `AbortSignal` was raised. The error's `name` is `AbortError`, its `cause` the signal's reason.
 * - `closed`: the detector was closed.
 * - `out-of-memory`: the pixels or the networks did not fit.
 * - `crashed`: a worker or a module stopped in the middle of its work. The next call starts it again.
 */
export type ErrorCode =
  | 'bad-image'
  | 'unsupported-format'
  | 'image-too-large'
  | 'asset-missing'
  | 'asset-not-wasm'
  | 'model-mismatch'
  | 'network'
  | 'aborted'
  | 'closed'
  | 'out-of-memory'
  | 'crashed';

/** What an error is about, where there is such a thing. */
export interface ErrorSubject {
  /** The format of a picture that could not be read: `webp`, `tiff`. */
  format?: string;
  /** The name of the file of the assets folder that failed: `core.wasm`. */
  file?: string;
  /** Its address. */
  url?: string;
}

/** A failure with a code for programs and a sentence for people that says what to do next. */
export class MasklensError extends Error implements ErrorSubject {
  /** `AbortError` with the code `aborted`, as everywhere on the web; else `MasklensError`. */
  override readonly name: 'MasklensError' | 'AbortError';
  readonly code: ErrorCode;
  declare readonly format?: string;
  declare readonly file?: string;
  declare readonly url?: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & ErrorSubject = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = code === 'aborted' ? 'AbortError' : 'MasklensError';
    this.code = code;
    Object.assign(this, subjectOf(options));
  }

  /** Of every copy of the package (bundle, format, realm), as `instanceof`. */
  get isMasklensError(): true {
    return true;
  }

  static override [Symbol.hasInstance](value: unknown): value is MasklensError {
    return (value as Partial<MasklensError> | null | undefined)?.isMasklensError === true;
  }
}

/** Of anything, what says what an error is about. */
export function subjectOf({ format, file, url }: ErrorSubject): ErrorSubject {
  return {
    ...(format !== undefined && { format }),
    ...(file !== undefined && { file }),
    ...(url !== undefined && { url }),
  };
}

/** The error of a call that was given up. `reason` is the signal's own. */
export function aborted(reason?: unknown): MasklensError {
  return new MasklensError('aborted', 'The work was given up on request.', { cause: reason });
}

/** The error of a call to a closed detector. */
export function closed(): MasklensError {
  return new MasklensError('closed', 'The detector is closed. Create a new one.');
}

/** The error of work that was cut off. `what` is a sentence. */
export function crashed(what: string, options?: ErrorOptions & ErrorSubject): MasklensError {
  return new MasklensError('crashed', `${what} The next call starts it again.`, options);
}

/** Of the core, the networks or the browser: whoever calls can do the same about it. */
export function outOfMemory(options?: ErrorOptions): MasklensError {
  const message = 'There is not enough memory for this picture. Make it smaller and try again.';
  return new MasklensError('out-of-memory', message, options);
}

/**
 * Whether a call has left a WebAssembly module in the middle of something: by a trap, an abort, a
 * stack that ran over, or, as Emscripten leaves its waits then, because one of its threads crashed.
 */
export function isFault(error: unknown): boolean {
  return (
    error instanceof WebAssembly.RuntimeError ||
    error === 'unwind' ||
    /call stack|recursion/.test(messageOf(error))
  );
}

/** Throws `aborted` when the signal is raised. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal.reason);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : textOf(error);
}

/** As `String`, which throws for objects that cannot be turned into text. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/**
 * The error as this module's class: nothing but it, TypeError and RangeError leaves the package. The
 * code that runs in place is a module of its own (the worker's script) with its own copy of the
 * class, in Jest even of another realm's.
 */
export function ownError(error: unknown): Error {
  if (error instanceof MasklensError) {
    if ((error as object).constructor === MasklensError) return error;
    return new MasklensError(error.code, error.message, error);
  }
  const { name } = (error ?? {}) as Partial<Error>;
  if (name === 'TypeError' || name === 'RangeError') return error as Error;
  return crashed(`Something unforeseen went wrong: ${messageOf(error)}.`, { cause: error });
}

/** Calls a function of the caller's. What it throws is its own affair, and uncaught. */
export function tell<A extends unknown[]>(
  callback: ((...args: A) => void) | undefined,
  ...args: A
) {
  try {
    callback?.(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
