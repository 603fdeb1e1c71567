/** Checks the options of `createDetector`, and fills in the defaults. */
import { checkNames, integer, type Names, oneOf, string } from './checks.js';
import type { ClassifierName, CreateOptions, DetectorName, Limits, Quality } from './types.js';

export const CREATE_NAMES: Names<CreateOptions> = {
  detector: true,
  classifier: true,
  quality: true,
  assets: 'a string or a URL',
  threads: true,
  worker: 'a boolean or a Worker',
  workers: true,
  limits: true,
  onProgress: 'a function',
  signal: 'an AbortSignal',
};

/** The choices made once, at creation; what is absent the manifest decides. */
export interface Choices {
  detector?: DetectorName | undefined;
  classifier?: ClassifierName | undefined;
  quality?: Quality | undefined;
}

const QUALITIES: readonly Quality[] = ['accurate', 'fast'];

/** As documented at {@link Limits}. */
export const DEFAULT_LIMITS: Required<Limits> = {
  maxBytes: 256 * 1024 * 1024,
  maxSide: 16_384,
  maxPixels: 100_000_000,
};

/** Whether the names are known shows when the manifest is there: {@link checkKnown}. */
export function checkChoices({ detector, classifier, quality }: Choices): Choices {
  return {
    ...(detector !== undefined && { detector: string('detector', detector) }),
    ...(classifier !== undefined && { classifier: string('classifier', classifier) }),
    ...(quality !== undefined && { quality: oneOf('quality', quality, QUALITIES) }),
  };
}

export function checkThreads(threads: 'auto' | number | undefined): 'auto' | number {
  if (threads === undefined || threads === 'auto') return 'auto';
  return integer('threads', threads, 1, 64);
}

export function checkWorkers(workers = 1): number {
  return integer('workers', workers, 1, 16);
}

export function checkLimits(limits: Limits = {}): Required<Limits> {
  checkNames('limits', limits, DEFAULT_LIMITS);
  // What the core's 32-bit numbers hold.
  const one = (name: keyof Limits, most = 2 ** 31 - 1) =>
    integer(`limits.${name}`, limits[name] ?? DEFAULT_LIMITS[name], 1, most);
  return {
    maxBytes: one('maxBytes'),
    maxSide: one('maxSide', 65_535),
    maxPixels: one('maxPixels'),
  };
}
