/** `masklens copy-assets`: what a page needs, into a folder of the page's own. */
import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from './usage-error.js';

/** Resolves to the exit status. */
export async function copyAssets(positionals: string[]): Promise<number> {
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new UsageError('copy-assets takes one folder.');
  await mkdir(folder, { recursive: true });
  await cp(fileURLToPath(new URL('assets/', import.meta.url)), folder, { recursive: true });
  return 0;
}
