/** Starts our worker wherever a page may start one. */
import type { MasklensError } from '../api/errors.js';
import { missing } from '../runtime/assets.js';
import { WORKER_NAME } from './protocol.js';

const OPTIONS: WorkerOptions = { type: 'module', name: WORKER_NAME };

/** @throws MasklensError `asset-missing`: workers may not be started here */
export function startWorker(url: string): Worker {
  if (new URL(url).origin !== globalThis.location?.origin) return startElsewhere(url);
  try {
    return new Worker(trusted(url), OPTIONS);
  } catch (error) {
    throw notAllowed(url, error);
  }
}

/** Workers have to be of the page's own origin. One of a blob: address is, and imports the script. */
function startElsewhere(url: string): Worker {
  const script = `import ${JSON.stringify(url)};`;
  const blob = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  try {
    const worker = new Worker(trusted(blob), OPTIONS);
    // It has been fetched by then, whatever else is slow.
    setTimeout(() => URL.revokeObjectURL(blob), 60_000);
    return worker;
  } catch (error) {
    throw notAllowed(url, error);
  }
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | null | undefined;

/** The address as pages want it that enforce Trusted Types; they may refuse us a policy. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (policy === undefined) {
    try {
      policy =
        trustedTypes?.createPolicy('masklens', { createScriptURL: (given) => given }) ?? null;
    } catch {
      policy = null;
    }
  }
  return policy?.createScriptURL(url) ?? url;
}

function notAllowed(url: string, error: unknown): MasklensError {
  const trustedTypes = error instanceof TypeError && /trusted/i.test(error.message);
  const what = trustedTypes
    ? "The page's policy asks for Trusted Types: allow the policy named masklens (`trusted-types masklens`)"
    : `The browser does not start a worker from it: ${error instanceof Error ? error.message.replace(/\.$/, '') : error}`;
  return missing(url, what, error);
}
