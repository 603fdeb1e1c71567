/** Which pictures the paths on the command line mean, and where their annotated copies go. */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';

/** What is taken for a picture in a folder. A file that is named itself is always tried. */
const EXTENSIONS = new Set(
  'jpg jpeg jpe jfif png bmp gif webp avif heic heif tif tiff jxl'.split(' '),
);

export interface PictureFilePath {
  path: string;
  /** From the folder that was named; the file's name alone when it was named itself. */
  relative: string;
}

/** In the order of `paths`; folders sorted, those below them in their place. */
export async function picturesUnder(paths: string[]): Promise<PictureFilePath[]> {
  const found: PictureFilePath[] = [];
  for (const path of paths) {
    const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
    if (!isFolder) found.push({ path, relative: basename(path) });
    else
      for await (const file of walk(path))
        found.push({ path: file, relative: relative(path, file) });
  }
  return found;
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (EXTENSIONS.has(extensionOf(entry.name))) yield path;
  }
}

/** JPEG stays JPEG under its own name; everything else becomes PNG, which adds `.png` unless it is there. */
export function outputPath(
  folder: string,
  picture: PictureFilePath,
): { path: string; type: 'image/jpeg' | 'image/png' } {
  const extension = extensionOf(picture.relative);
  const path = join(folder, picture.relative);
  if (['jpg', 'jpeg', 'jpe', 'jfif'].includes(extension)) return { path, type: 'image/jpeg' };
  return { path: extension === 'png' ? path : `${path}.png`, type: 'image/png' };
}

function extensionOf(name: string): string {
  return extname(name).slice(1).toLowerCase();
}
