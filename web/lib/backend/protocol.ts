/** What the page and the worker say to each other. Calls are answered under their number. */

import { type ErrorCode, MasklensError } from '../api/errors.js';
import type { LoadProgress } from '../api/types.js';
import type { Backend, OpenOptions } from './backend.js';

/** The name by which the script knows that it was started as our worker. */
export const WORKER_NAME = 'masklens';

/** Methods of the backend that are calls, and `open`, which comes first and once. */
export type Method =
  | 'open'
  | 'detect'
  | 'follow'
  | 'endSequence'
  | 'moving'
  | 'detectAnimation'
  | 'pixels'
  | 'annotate'
  | 'annotateAnimation'
  | 'layoutLabels';

type Unsignalled<A extends unknown[]> = A extends [...infer Sent, AbortSignal]
  ? Sent
  : A extends [...infer Sent, AbortSignal, unknown]
    ? Sent
    : never;

/** The arguments that cross: those of the backend's method without signal and callbacks. */
export type Arguments<M extends Method> =
  M extends Exclude<Method, 'open'> ? Unsignalled<Parameters<Backend[M]>> : [OpenOptions];

/** The answers that cross. `open` gives the number of threads. */
export type Answer<M extends Method> =
  M extends Exclude<Method, 'open'> ? Awaited<ReturnType<Backend[M]>> : number;

export type Request =
  | { [M in Method]: { id: number; method: M; arguments: Arguments<M> } }[Method]
  | { id: number; method: 'abort' };

export type Reply =
  | { id: number; value: unknown }
  | { id: number; error: PostedError }
  | { id: number; loading: LoadProgress }
  | { id: number; frame: { done: number; total: number } };

/** An error in a form that survives posting with its code. */
export interface PostedError {
  name: string;
  message: string;
  code?: ErrorCode;
}

export function postable(error: unknown): PostedError {
  if (error instanceof MasklensError)
    return { name: error.name, message: error.message, code: error.code };
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}

export function unposted({ name, message, code }: PostedError): Error {
  if (code) return new MasklensError(code, message);
  return Object.assign(new Error(message), { name });
}
