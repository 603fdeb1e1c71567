/**
 * The detector behind the elements of a page. Elements with the same assets and threads share one,
 * so that a page of twenty pictures starts one worker; it is closed when nobody has needed it for a while.
 */
import { type CreateOptions, createDetector, type Detector, type LoadProgress } from 'masklens';

/** How long an unused detector is kept, in milliseconds. */
const IDLE = 30_000;

interface Shared {
  detector: Promise<Detector>;
  /** What it was started with, as text. */
  choices: string;
  progress: LoadProgress | null;
  listeners: Set<(progress: LoadProgress) => void>;
  users: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const all = new Map<string, Shared>();

function start(key: string, options: CreateOptions): Shared {
  const listeners: Shared['listeners'] = new Set();
  const detector = createDetector({
    ...options,
    onProgress: (progress) => {
      shared.progress = progress;
      for (const listener of listeners) listener(progress);
    },
  });
  const choices = JSON.stringify(options);
  const shared: Shared = {
    detector,
    choices,
    progress: null,
    listeners,
    users: 0,
    timer: undefined,
  };
  all.set(key, shared);
  // What did not start may be tried again.
  detector.catch(() => all.delete(key));
  return shared;
}

/**
 * Lends the detector to `work`, once more where a crash cut it off. `options` with the same `assets`
 * and `threads` lend the same one; the rest counts when it starts. One that fails to start with the
 * choices of another element says nothing of these: then it is started with them.
 * @throws what `createDetector` and `work` throw
 */
export async function withDetector<T>(
  options: CreateOptions,
  onProgress: (progress: LoadProgress) => void,
  work: (detector: Detector) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify([String(options.assets ?? ''), options.threads ?? 'auto']);
  const shared = all.get(key) ?? start(key, options);
  clearTimeout(shared.timer);
  shared.users++;
  shared.listeners.add(onProgress);
  if (shared.progress) onProgress(shared.progress);
  let detector: Detector | null = null;
  try {
    detector = await shared.detector;
    return await work(detector);
  } catch (error) {
    if (!detector && shared.choices !== JSON.stringify(options))
      return withDetector(options, onProgress, work);
    if (!detector || (error as { code?: string }).code !== 'crashed') throw error;
    return await work(detector);
  } finally {
    shared.listeners.delete(onProgress);
    if (--shared.users === 0) {
      shared.timer = setTimeout(() => {
        if (all.get(key) === shared) all.delete(key);
        void shared.detector.then((detector) => detector.close()).catch(() => {});
      }, IDLE);
    }
  }
}
