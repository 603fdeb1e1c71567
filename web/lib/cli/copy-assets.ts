/** `masklens copy-assets`: what a page needs, into a folder of the page's own. */
import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Resolves to the exit status. */
export async function copyAssets({ folder }: { folder: string }): Promise<number> {
  await mkdir(folder, { recursive: true });
  await cp(fileURLToPath(new URL('assets/', import.meta.url)), folder, { recursive: true });
  return 0;
}
