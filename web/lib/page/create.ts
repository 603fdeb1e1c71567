/** `createDetector`: the way in. */
import type { CreateOptions, Detector } from '../api/types.js';
import { openBackend } from '../backend/open.js';
import { createDetectorOn } from './opening.js';

/**
 * Loads the core, the runtime and the networks that the options name, and nothing else.
 *
 * @throws MasklensError `asset-missing`, `asset-not-wasm`, `model-mismatch`, `network`,
 * `out-of-memory`, `crashed`, `aborted`. TypeError or RangeError when an option is not what it
 * should be.
 */
export function createDetector(options: CreateOptions = {}): Promise<Detector> {
  return createDetectorOn(openBackend, options);
}
