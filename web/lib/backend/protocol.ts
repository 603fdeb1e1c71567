/** What the page and the worker say to each other. Calls are answered under their number. */

import {
  type ErrorCode,
  type ErrorSubject,
  MasklensError,
  subjectOf,
  textOf,
} from '../api/errors.js';
import type { LoadProgress } from '../api/types.js';
import type { OpenOptions } from './backend.js';
import type { Arguments, Method } from './calls.js';

/** The name by which the script knows that it was started as our worker. */
export const WORKER_NAME = 'masklens';

/** Behind the address of the worker's script: it starts the whole runtime instead of the trimmed one. */
export const WHOLE = '?whole';

/** `open` comes first and once; its answer is the number of threads. */
export type Call =
  | { [M in Method]: { id: number; method: M; arguments: Arguments<M> } }[Method]
  | { id: number; method: 'open'; arguments: [OpenOptions] };

export type Request =
  /** Comes first. Under `lock` the worker holds a lock for as long as it lives. */
  { hello: { lock: string | null } } | { ping: number } | { id: number; method: 'abort' } | Call;

/** What a worker says of itself. `taken`: it has been greeted before, by somebody else. */
export interface Hello {
  name: string;
  version: string;
  taken: boolean;
}

export type Reply =
  | { hello: Hello }
  | { pong: number }
  | { id: number; value: unknown }
  /** `dead`: what does the work cannot go on; the worker is to be replaced. */
  | { id: number; error: PostedError; dead: boolean }
  | { id: number; loading: LoadProgress }
  | { id: number; frame: { done: number; total: number } };

/** An error in a form that survives posting with its code. */
export interface PostedError extends ErrorSubject {
  name: string;
  message: string;
  code?: ErrorCode;
}

export function postable(error: unknown): PostedError {
  if (error instanceof MasklensError)
    return { name: error.name, message: error.message, code: error.code, ...subjectOf(error) };
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: textOf(error) };
}

export function unposted({ name, message, code, ...subject }: PostedError): Error {
  if (code) return new MasklensError(code, message, subject);
  if (name === 'RangeError') return new RangeError(message);
  if (name === 'TypeError') return new TypeError(message);
  return Object.assign(new Error(message), { name });
}
