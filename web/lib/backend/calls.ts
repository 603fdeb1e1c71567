/**
 * Backends as the page holds them: every method goes through one call, whoever answers it in the end
 * (a worker, the module in place, the least busy of several, what was started anew after a crash).
 */
import type { Backend } from './backend.js';

/** Methods of a backend that are calls. */
export type Method = Exclude<keyof Backend, 'threads' | 'dead' | 'close'>;

type Unsignalled<A extends unknown[]> = A extends [...infer Sent, AbortSignal]
  ? Sent
  : A extends [...infer Sent, AbortSignal, unknown]
    ? Sent
    : never;

/** The arguments of a method but for signal and callbacks: plain data and pictures, which can be posted. */
export type Arguments<M extends Method> = Unsignalled<Parameters<Backend[M]>>;

export type Answer<M extends Method> = Awaited<ReturnType<Backend[M]>>;

/** Told how many of the frames of an animation are done. */
export type OnFrame = (done: number, total: number) => void;

/** As {@link Backend}, with one call for all methods. */
export interface Calls extends Pick<Backend, 'threads' | 'dead' | 'close'> {
  call<M extends Method>(
    method: M,
    args: Arguments<M>,
    signal: AbortSignal,
    onFrame?: OnFrame,
  ): Promise<Answer<M>>;
}

type AnyMethod = (...args: unknown[]) => Promise<never>;

export function callsOn(backend: Backend): Calls {
  return {
    get threads() {
      return backend.threads;
    },
    get dead() {
      return backend.dead;
    },
    call: (method, args, ...rest) => (backend[method] as AnyMethod)(...args, ...rest),
    close: () => backend.close(),
  };
}
