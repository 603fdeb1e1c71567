/** Starts our worker wherever a page may start one, and finds out why it could not be. */
import { isIsolated } from '../api/environment.js';
import type { MasklensError } from '../api/errors.js';
import { missing, refused, unreachable } from '../runtime/assets.js';
import { WORKER_NAME } from './protocol.js';

const OPTIONS: WorkerOptions = { type: 'module', name: WORKER_NAME };
// How long the script may take to arrive.
const LOOK_MS = 60_000;

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

/**
 * Looks for the script of a worker that did not start. `said`: what the browser said of it, which is
 * mostly nothing; null when it has said nothing yet: then null comes back where all is well.
 */
export async function whyNotStarted(url: string, said: string): Promise<MasklensError>;
export async function whyNotStarted(url: string, said: null): Promise<MasklensError | null>;
export async function whyNotStarted(url: string, said: string | null) {
  if (said) return missing(url, said.replace(/\.$/, ''));
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(LOOK_MS) });
    await response.arrayBuffer();
  } catch (error) {
    return unreachable(url, error);
  }
  if (!response.ok) return refused(url, response.status);
  const type = response.headers.get('content-type') ?? 'a file without a type';
  if (!/^(text|application)\/(x-)?(java|ecma)script/.test(type))
    return missing(url, `The server sent it as ${type}, not as JavaScript`);
  const embedder = response.headers.get('cross-origin-embedder-policy');
  if (isIsolated() && !embedder)
    return missing(
      url,
      'The page is cross-origin isolated, and the file comes without the header Cross-Origin-Embedder-Policy',
    );
  if (said === null) return null;
  return missing(
    url,
    'The file is there, but the browser does not run it as a worker: a Content-Security-Policy has to allow it (worker-src or script-src)',
  );
}
