/** `masklens/react`: a hook. */
import type { CreateOptions } from 'masklens';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { MasklensSession, type MasklensState } from './session.js';

export type { MasklensState, MasklensStatus, StartOptions } from './session.js';

/** What {@link useMasklens} gives: the state, and what changes it. The functions stay the same ones. */
export interface UseMasklens extends MasklensState {
  start: MasklensSession['start'];
  stop: MasklensSession['stop'];
}

/**
 * A detector for the component: it loads at the first `start`, renders the component at every
 * result and frees everything when the component goes, also in StrictMode.
 *
 * @param options of `createDetector`; those of the latest render count when the detector is made
 */
export function useMasklens(
  options: Omit<CreateOptions, 'signal' | 'onProgress'> = {},
): UseMasklens {
  const latest = useRef(options);
  latest.current = options;
  const [session] = useState(() => new MasklensSession(() => latest.current));
  useEffect(() => session.release, [session]);
  const state = useSyncExternalStore(
    session.subscribe,
    () => session.state,
    () => session.state,
  );
  return { ...state, start: session.start, stop: session.stop };
}
