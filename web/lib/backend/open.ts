/** Where the assets folder is, and the backend that starts there. */

import type { ReportProgress } from '../api/crossing.js';
import { hasSimd, inNode, NO_SIMD } from '../api/environment.js';
import { MasklensError } from '../api/errors.js';
import { missing } from '../runtime/assets.js';
import type { Backend, OpenOptions } from './backend.js';
import { type Calls, callsOn } from './calls.js';
import { openWorker } from './client.js';
import { loadScript } from './load-script.js';
import { RestartingBackend } from './restart.js';
import { otherVersion, VERSION } from './version.js';

/** The absolute address of the folder, with a slash at its end. */
export function findAssets(given: string | URL | undefined): string {
  if (given == null) return besideThisScript(import.meta.url);
  const url = new URL(given, baseAddress());
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

// A function, so that bundlers do not take this for the address of a file that they should copy.
function besideThisScript(script: string): string {
  try {
    return new URL('assets/', script).href;
  } catch (error) {
    throw missing('assets/', 'A bundler hid where the package is', error);
  }
}

// What a relative string is resolved against. Node's modules are asked for at run time: an import
// would have bundlers look for them in programs for browsers.
function baseAddress(): string | undefined {
  if (!inNode()) return globalThis.location?.href;
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  return pathToFileURL(`${process.cwd()}/`).href;
}

/** What the script for running in place exports. */
interface HereModule {
  version?: string;
  openLocal(options: OpenOptions, report: ReportProgress, signal: AbortSignal): Promise<Backend>;
}

/**
 * Starts in a worker, or in place: on a page, the worker's own script is loaded as a module. Where
 * there are no workers (in shared workers) it is in place, too. What comes back restarts by itself.
 */
export async function openBackend(
  options: OpenOptions,
  worker: boolean | Worker,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Calls> {
  if (!hasSimd()) throw new MasklensError('asset-not-wasm', NO_SIMD);
  const quiet: ReportProgress = () => undefined;
  if (worker && !inNode() && typeof Worker === 'function') {
    const started = worker === true ? undefined : worker;
    const first = await openWorker(options, report, signal, { started });
    const again = { ...options, threads: first.threads };
    let last = first;
    return new RestartingBackend(first, async (ending) => {
      last = await openWorker(again, quiet, ending, { last });
      return last;
    });
  }
  const first = await openHere(options, report, signal, '');
  let copies = 0;
  // What has crashed cannot be started again in the same copy of the module.
  return new RestartingBackend(first, (ending) =>
    openHere(options, quiet, ending, `?copy=${++copies}`),
  );
}

async function openHere(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  copy: string,
): Promise<Calls> {
  const url = new URL(inNode() ? 'node.js' : 'worker.js', options.assets).href;
  let module: HereModule;
  try {
    module = await loadScript(url + copy);
  } catch (error) {
    throw missing(url, error instanceof Error ? error.message : String(error), error);
  }
  if (module.version !== VERSION) throw otherVersion(url, module.version);
  return callsOn(await module.openLocal(options, report, signal));
}
