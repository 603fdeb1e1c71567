/** Which pictures the paths on the command line mean, and how one is read. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { DEFAULT_LIMITS } from '../api/create-options.js';
import { MasklensError } from '../api/errors.js';
import { printable } from '../api/names.js';
import { nativePath, pathOfBytes } from './native-path.js';

/** What is taken for a picture in a folder. A file that is named itself is always tried. */
const EXTENSIONS = new Set(
  'jpg jpeg jpe jfif png bmp gif webp avif heic heif tif tiff jxl'.split(' '),
);

export interface Input {
  path: string;
  /** From the folder that was named; the file's name alone when it was named itself. */
  relative: string;
  /** Why there is nothing to read: a folder that cannot be listed. */
  error?: MasklensError;
}

/**
 * In the order of `paths`; folders sorted, those below them in their place. Links to folders are
 * not followed, so nothing goes round in circles; what macOS leaves beside pictures on foreign
 * disks (`._name`) is no picture. `without` is the identity of a folder that is left out.
 */
export async function* inputsUnder(paths: string[], without: string | null): AsyncGenerator<Input> {
  for (const path of paths) {
    const isFolder = (await stat(nativePath(path)).catch(() => null))?.isDirectory() ?? false;
    if (isFolder) yield* walk(path, path, without);
    else yield { path, relative: basename(path) };
  }
}

async function* walk(top: string, folder: string, without: string | null): AsyncGenerator<Input> {
  let entries: { name: string; isFolder: boolean }[];
  try {
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    entries = (await readdir(nativePath(folder), options)).map((entry) => ({
      name: pathOfBytes(entry.name),
      isFolder: entry.isDirectory(),
    }));
  } catch (error) {
    yield { path: folder, relative: relative(top, folder), error: unreadable(folder, error) };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, isFolder } of entries) {
    const path = join(folder, name);
    if (!isFolder) {
      const isPicture = EXTENSIONS.has(extensionOf(name)) && !name.startsWith('._');
      if (isPicture) yield { path, relative: relative(top, path) };
    } else if (without === null || (await identityOf(path)) !== without) {
      yield* walk(top, path, without);
    }
  }
}

/** Tells one file from another, whatever their paths; null when there is none. */
export async function identityOf(path: string): Promise<string | null> {
  const found = await stat(nativePath(path), { bigint: true }).catch(() => null);
  return found && `${found.dev}:${found.ino}`;
}

export function extensionOf(name: string): string {
  return extname(name).slice(1).toLowerCase();
}

/**
 * The content of a regular file, as many bytes as it has when it is opened: one that grows ends
 * nevertheless.
 * @throws MasklensError `bad-image`, `image-too-large`
 */
export const readPicture = (path: string): Promise<Uint8Array> => readRegular(path, Infinity);

/** By its content, whatever its name says; what cannot be read is none. */
export async function isGif(path: string): Promise<boolean> {
  const start = await readRegular(path, 4).catch(() => null);
  return start !== null && Buffer.from(start).toString('latin1') === 'GIF8';
}

/** At most so many bytes. Pipes and devices are never opened for longer than it takes to see what they are. */
async function readRegular(path: string, most: number): Promise<Uint8Array> {
  let file: FileHandle | null = null;
  try {
    // Opening some devices does something already; what was named may be another thing by then.
    checkRegular(path, await stat(nativePath(path)));
    const nonBlocking = constants.O_NONBLOCK ?? 0; // Windows has none
    file = await open(nativePath(path), constants.O_RDONLY | nonBlocking);
    const status = await file.stat();
    checkRegular(path, status);
    return await readStart(file, Math.min(status.size, most));
  } catch (error) {
    throw error instanceof MasklensError ? error : unreadable(path, error);
  } finally {
    await file?.close();
  }
}

function checkRegular(path: string, status: Stats): void {
  const name = printable(basename(path));
  if (status.isDirectory())
    throw new MasklensError('bad-image', `${name} is a folder, no picture.`);
  if (!status.isFile())
    throw new MasklensError('bad-image', `${name} is no file but a pipe, a socket or a device.`);
  if (status.size > DEFAULT_LIMITS.maxBytes)
    throw new MasklensError(
      'image-too-large',
      `${name} has more than ${DEFAULT_LIMITS.maxBytes} bytes.`,
    );
}

async function readStart(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return new Uint8Array(bytes.buffer, 0, length);
}

/** Says why something could not be opened or read. */
export function unreadable(path: string, error: unknown): MasklensError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const what = WHY[code] ?? `cannot be read (${code || String(error)})`;
  const name = printable(basename(path)) || 'A path of no letters';
  return new MasklensError('bad-image', `${name} ${what}.`, { cause: error });
}

const WHY: Record<string, string> = {
  ENOENT: 'does not exist, or is a link to nothing',
  ENOTDIR: 'does not exist: a part of its path is no folder',
  EACCES: 'may not be read: its permissions do not allow it',
  EPERM: 'may not be read: its permissions do not allow it',
  ELOOP: 'is a link that leads round in a circle',
  ENAMETOOLONG: 'has too long a name',
  ENXIO: 'is no file but a pipe, a socket or a device',
};
