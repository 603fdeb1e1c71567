/** `masklens copy-assets`: what a page needs, into a folder of the page's own. */
import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { classicsSeenFrom } from '../runtime/classics.js';

/** Resolves to the exit status. */
export async function copyAssets({ folder }: { folder: string }): Promise<number> {
  await mkdir(folder, { recursive: true });
  await cp(fileURLToPath(new URL('assets/', import.meta.url)), folder, { recursive: true });
  // Where the second package is installed, its networks belong to the folder, too.
  const classics = classicsSeenFrom(import.meta.url);
  if (classics) await cp(fileURLToPath(classics), folder, { recursive: true });
  return 0;
}
