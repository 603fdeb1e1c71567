/**
 * Finds out why a worker did not start: browsers do not say. A script of its own beside the package's
 * (`why-not-started.js`), which is seldom needed.
 */
import { isIsolated } from '../api/environment.js';
import { MasklensError } from '../api/errors.js';
import { missing, refused, unreachable } from '../runtime/assets.js';
import { WORKER_NAME } from './protocol.js';

// How long the script may take to arrive.
const LOOK_MS = 60_000;

/**
 * Looks for the script of a worker that did not start. `said`: what the browser said of it, which is
 * mostly nothing; null when it has said nothing yet: then null comes back where all is well.
 */
export async function whyNotStarted(
  url: string,
  said: string | null,
): Promise<MasklensError | null> {
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

/** The error of a worker that runs, but is not ours. */
export const noAnswer = (url: string) =>
  new MasklensError(
    'crashed',
    `The worker does not answer as ${url} does. Start it with the type 'module' and the name '${WORKER_NAME}', or leave it to the detector.`,
    { file: 'worker.js', url },
  );
