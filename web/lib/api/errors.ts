/** Every way to fail that a program may want to tell apart. */

import type { AbortSignal } from './platform.js';

/**
 * - `bad-image`: the input is damaged, empty, or has no pixels yet.
 * - `unsupported-format`: a format that cannot be read here; the message names it.
 * - `image-too-large`: beyond the limits given to `createDetector`.
 * - `asset-missing`: a file of the assets folder is not where it is looked for.
 * - `asset-not-wasm`: something else came in place of WebAssembly, or it cannot run here.
 * - `model-mismatch`: a network is not the one that the manifest describes.
 * - `aborted`: the `AbortSignal` was raised.
 * - `closed`: the detector was closed.
 * - `out-of-memory`: the pixels or the networks did not fit.
 */
export type ErrorCode =
  | 'bad-image'
  | 'unsupported-format'
  | 'image-too-large'
  | 'asset-missing'
  | 'asset-not-wasm'
  | 'model-mismatch'
  | 'aborted'
  | 'closed'
  | 'out-of-memory';

/** A failure with a code for programs and a sentence for people that says what to do next. */
export class MasklensError extends Error {
  override readonly name = 'MasklensError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True for errors of any copy of this package: of another bundle, format (CommonJS) or realm. */
  get isMasklensError(): true {
    return true;
  }

  /** `error instanceof MasklensError` holds for errors of any copy of this package. */
  static override [Symbol.hasInstance](value: unknown): value is MasklensError {
    return (value as Partial<MasklensError> | null | undefined)?.isMasklensError === true;
  }
}

/** The error of a call that was given up. `reason` is the signal's own. */
export function aborted(reason?: unknown): MasklensError {
  return new MasklensError('aborted', 'The work was given up on request.', { cause: reason });
}

/** The error of a call to a closed detector. */
export function closed(): MasklensError {
  return new MasklensError('closed', 'The detector is closed. Create a new one.');
}

/** Throws `aborted` when the signal is raised. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal.reason);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The error as this module's class. The code that runs in place is a module of its own (the
 * worker's script) with its own copy of the class, in Jest even of another realm's.
 */
export function ownError(error: unknown): unknown {
  if (!(error instanceof MasklensError) || error.constructor === MasklensError) return error;
  return new MasklensError(error.code, error.message, { cause: error.cause });
}
