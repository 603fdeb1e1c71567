/** Many calls may share one signal: one listener each would pile up, and Node warns of more than ten. */
import { aborted } from './errors.js';

interface Waiting {
  callbacks: Set<() => void>;
  listener: () => void;
}

const known = new WeakMap<AbortSignal, Waiting>();

/** Calls `callback` when the signal is raised; gives what takes that back. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => undefined;
  const { callbacks, listener } = known.get(signal) ?? listen(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0) return;
    // Signals live as long as a page: what nobody waits for any more is not to stay with them.
    signal.removeEventListener('abort', listener);
    known.delete(signal);
  };
}

function listen(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const listener = () => {
    for (const callback of [...callbacks]) callback();
  };
  signal.addEventListener('abort', listener);
  const waiting = { callbacks, listener };
  known.set(signal, waiting);
  return waiting;
}

/** What `promise` gives, or `aborted` as soon as the signal is raised. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget: () => void = () => undefined;
  const end = new Promise<never>((_, reject) => {
    const giveUp = () => reject(aborted(signal.reason));
    if (signal.aborted) giveUp();
    forget = onAbort(signal, giveUp);
  });
  try {
    return await Promise.race([promise, end]);
  } finally {
    forget();
  }
}
