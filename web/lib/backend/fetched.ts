/** The package's further scripts, which are fetched when they are needed. */
import { SCRIPT_MS, unreachable, within } from '../runtime/assets.js';

/** The script. @throws MasklensError `network` where it is asked for, not where nobody does */
export function fetched<T>(name: string, arriving: Promise<T>): Promise<T> {
  const script = within(SCRIPT_MS, arriving).catch((error) => {
    throw unreachable(name, error);
  });
  script.catch(() => undefined);
  return script;
}
