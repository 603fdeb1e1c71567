/** How a detector is opened. What it needs at first is small; the rest arrives with the networks. */
import { checkNames } from '../api/checks.js';
import {
  CREATE_NAMES,
  checkChoices,
  checkLimits,
  checkThreads,
  checkWorkers,
} from '../api/create-options.js';
import { chooseThreads, inNode } from '../api/environment.js';
import { ownError, tell, throwIfAborted } from '../api/errors.js';
import { unlessAborted } from '../api/signals.js';
import type { CreateOptions, Detector } from '../api/types.js';
import { fetched } from '../backend/fetched.js';
import { findAssets, type openBackend } from '../backend/open.js';

/** `createDetector` on a backend that `openOne` opens: `masklens/mock` has one that makes answers up. */
export async function createDetectorOn(
  openOne: typeof openBackend,
  options: CreateOptions,
): Promise<Detector> {
  checkNames('createDetector', options, CREATE_NAMES);
  const choices = checkChoices(options);
  const limits = checkLimits(options.limits);
  const workers = checkWorkers(options.workers);
  // Pictures that are judged at once share the cores better than threads do.
  const threads = chooseThreads(checkThreads(options.threads ?? (workers > 1 ? 1 : 'auto')));
  const signal = options.signal ?? new AbortController().signal;
  throwIfAborted(signal);

  let loading = true;
  const report: CreateOptions['onProgress'] = (progress) => {
    if (loading) tell(options.onProgress, progress);
  };
  const open = async () => {
    const given = options.worker ?? true;
    const settings = { ...choices, assets: findAssets(options.assets), threads, limits };
    const arriving = fetched('detector.js', import('./detector.js'));
    const first = await openOne(settings, given, report, signal);
    try {
      const { detectorOn } = await arriving;
      // Where there are no workers, one is all that is of use.
      const count = given === false || inNode() ? 1 : workers;
      const another = () => openOne(settings, true, () => undefined, signal);
      return await detectorOn({ first, count, openOne: another }, choices, workers);
    } catch (error) {
      await first.close();
      throw error;
    }
  };
  const opening = open();
  try {
    return await unlessAborted(opening, signal);
  } catch (error) {
    // It gives up at once, wherever loading is; what comes later is closed.
    opening.then((late) => late.close()).catch(() => undefined);
    throw ownError(error);
  } finally {
    loading = false;
  }
}
