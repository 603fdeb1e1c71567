/** `masklens/vue`: a composable. */
import type { CreateOptions, LiveResult, LoadProgress, Result } from 'masklens';
import { getCurrentScope, onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import { MasklensSession, type MasklensStatus } from './session.js';

export type { MasklensStatus, StartOptions } from './session.js';

/** What {@link useMasklens} gives. Results are plain objects, not reactive in depth. */
export interface UseMasklens {
  status: Readonly<ShallowRef<MasklensStatus>>;
  result: Readonly<ShallowRef<Result | LiveResult | null>>;
  error: Readonly<ShallowRef<Error | null>>;
  progress: Readonly<ShallowRef<LoadProgress | null>>;
  start: MasklensSession['start'];
  stop: MasklensSession['stop'];
}

/**
 * A detector for the component (or effect scope): it loads at the first `start` and frees
 * everything when the component is unmounted.
 *
 * @param options of `createDetector`, or a function that gives them when the detector is made
 */
export function useMasklens(
  options:
    | Omit<CreateOptions, 'signal' | 'onProgress'>
    | (() => Omit<CreateOptions, 'signal' | 'onProgress'>) = {},
): UseMasklens {
  const session = new MasklensSession(() => (typeof options === 'function' ? options() : options));
  const status = shallowRef(session.state.status);
  const result = shallowRef(session.state.result);
  const error = shallowRef(session.state.error);
  const progress = shallowRef(session.state.progress);
  const unsubscribe = session.subscribe(() => {
    status.value = session.state.status;
    result.value = session.state.result;
    error.value = session.state.error;
    progress.value = session.state.progress;
  });
  if (getCurrentScope())
    onScopeDispose(() => {
      unsubscribe();
      session.release();
    });
  return { status, result, error, progress, start: session.start, stop: session.stop };
}
