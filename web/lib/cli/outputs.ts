/**
 * What the command line writes, and that it never writes over what it did not make: files are
 * written under a name of their own and renamed when they are whole.
 */
import { randomBytes } from 'node:crypto';
import { fstatSync, unlinkSync } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { printable, safePath, uniquePaths } from '../api/names.js';
import { csvHeader } from '../api/report.js';
import { extensionOf, type Input, identityOf, isGif } from './inputs.js';
import { nativePath, pathOfBytes } from './native-path.js';
import { UsageError } from './usage-error.js';

/** Where the annotated copy of a picture goes. */
export interface Target {
  path: string;
  type: 'image/jpeg' | 'image/png' | 'image/gif';
  /** Its name until it is whole, where another thread has to know that. */
  temporary?: string;
}

/** A file that is there already and may not be replaced. */
export class OutputExists extends Error {
  readonly code = 'output-exists';

  constructor(path: string) {
    super(`${printable(path)} exists. Choose another place, or replace files with --overwrite.`);
  }
}

/**
 * The path below `folder` for the copy of a picture. With `frames` what is a GIF by its content stays one;
 * else JPEG stays JPEG under its own name, and everything else becomes PNG. What the name does not
 * end in is added to it.
 */
export async function targetOf(folder: string, input: Input, frames: boolean): Promise<Target> {
  const path = join(folder, safePath(input.relative));
  const extension = extensionOf(path);
  if (frames && (await isGif(input.path)))
    return { path: extension === 'gif' ? path : `${path}.gif`, type: 'image/gif' };
  const type = TYPES[extension];
  return type === undefined ? { path: `${path}.png`, type: 'image/png' } : { path, type };
}

const TYPES: Record<string, 'image/jpeg' | 'image/png'> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpe: 'image/jpeg',
  jfif: 'image/jpeg',
  png: 'image/png',
};

/** Gives every picture of a batch a path of its own. */
export function targetsIn(folder: string, frames: boolean): (input: Input) => Promise<Target> {
  const unique = uniquePaths();
  return async (input) => {
    const { path, type } = await targetOf('', input, frames);
    return { path: join(folder, unique(path)), type };
  };
}

/**
 * @throws UsageError when a target is there and may not be replaced; pictures of the batch are
 * never replaced, by whatever links they are reached
 */
export async function checkTargets(
  targets: Target[],
  inputs: Input[],
  overwrite: boolean,
): Promise<void> {
  const pictures = new Identities(inputs);
  if (overwrite) await checkApart(targets);
  for (const { path } of targets) {
    if (!(await lstat(nativePath(path)).catch(() => null))) continue;
    if (await pictures.include(path))
      throw new UsageError(
        `The annotated copy ${printable(path)} would take the place of one of the pictures. ` +
          'Choose another folder for --annotate.',
      );
    await checkNotStdout(path, 'Choose another folder for --annotate.');
    if (!overwrite) throw new UsageError(new OutputExists(path).message);
    // A link is nothing that we made.
    if (!(await lstat(nativePath(path)).catch(() => null))?.isFile())
      throw new UsageError(`${printable(path)} is no file. Choose another folder for --annotate.`);
  }
}

/** Of two folders below one may be a link to the other: the second copy would replace the first. */
async function checkApart(targets: Target[]): Promise<void> {
  const places = new Map<string, string>();
  const seen = new Set<string>();
  for (const { path } of targets) {
    const folder = dirname(path);
    const place = places.get(folder) ?? (await placeOf(resolve(folder)));
    places.set(folder, place);
    const file = join(place, keyOf(basename(path)));
    if (seen.has(file))
      throw new UsageError(
        `Two annotated copies would be ${printable(path)}, by a link between folders. ` +
          'Choose another folder for --annotate.',
      );
    seen.add(file);
  }
}

/** Some systems tell no case apart. */
const keyOf = (name: string) => name.normalize().toLowerCase();

/** @throws UsageError when `path` is something that may not be replaced by a CSV file */
export async function checkCsvTarget(
  path: string,
  inputs: Input[],
  targets: Target[],
  overwrite: boolean,
): Promise<void> {
  const other = 'Choose another name for --csv.';
  if (!(await stat(nativePath(dirname(resolve(path)))).catch(() => null))?.isDirectory())
    throw new UsageError(`There is no folder for ${printable(path)}. ${other}`);
  if (await isAmong(path, targets))
    throw new UsageError(`${printable(path)} is an annotated picture's name, too. ${other}`);
  if (!(await lstat(nativePath(path)).catch(() => null))) return;
  if (await new Identities(inputs).include(path))
    throw new UsageError(`${printable(path)} is one of the pictures. ${other}`);
  await checkNotStdout(path, other);
  if (!overwrite) throw new UsageError(new OutputExists(path).message);
  if (!(await isOwnCsv(path)))
    throw new UsageError(`${printable(path)} is no CSV file of masklens. ${other}`);
}

/** What takes the place of a file takes with it what a shell has go there. */
async function checkNotStdout(path: string, other: string): Promise<void> {
  const { dev, ino } = fstatSync(1, { bigint: true });
  if ((await identityOf(path)) === `${dev}:${ino}`)
    throw new UsageError(`${printable(path)} is where the results go. ${other}`);
}

/** No link to one, either: that would be replaced, and the file stay as it was. */
async function isOwnCsv(path: string): Promise<boolean> {
  const found = await lstat(nativePath(path)).catch(() => null);
  if (!found?.isFile()) return false;
  if (found.size === 0) return true;
  const header = Buffer.from(csvHeader());
  const file = await open(nativePath(path), 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(header.length), 0, header.length, 0);
    return buffer.equals(header);
  } finally {
    await file.close();
  }
}

async function isAmong(path: string, targets: Target[]): Promise<boolean> {
  const nameOf = (one: string) => keyOf(basename(resolve(one)));
  const name = nameOf(path);
  const same = targets.filter((target) => nameOf(target.path) === name);
  if (same.length === 0) return false;
  const folder = await placeOf(dirname(resolve(path)));
  for (const target of same)
    if ((await placeOf(dirname(resolve(target.path)))) === folder) return true;
  return false;
}

/** Where a folder is or will be, whatever links lead there. */
async function placeOf(folder: string): Promise<string> {
  try {
    const real = pathOfBytes(await realpath(nativePath(folder), { encoding: 'buffer' }));
    return keyOf(real);
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : join(await placeOf(parent), keyOf(basename(folder)));
  }
}

/**
 * Makes sure that files can be written into a folder, which is made when it is missing.
 * @throws UsageError when it is none, or is closed
 */
export async function checkOutputFolder(folder: string, option?: string): Promise<void> {
  try {
    await (await NewFile.create(join(folder, 'x'))).discard();
  } catch (error) {
    throw new UsageError(
      `Nothing can be written into ${printable(folder)}: ${reasonOf(error)}. ` +
        `Choose another folder${option === undefined ? '' : ` for ${option}`}.`,
    );
  }
}

/** Why something cannot be written, a clause. */
function reasonOf(error: unknown): string {
  const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
  return WHY[code ?? ''] ?? code ?? String(error);
}

const WHY: Record<string, string> = {
  EACCES: 'its permissions do not allow it',
  EPERM: 'its permissions do not allow it',
  EROFS: 'the disk cannot be written',
  ENOSPC: 'no space is left',
  EEXIST: 'a part of its path is no folder',
  ENOTDIR: 'a part of its path is no folder',
  ENOENT: 'a part of its path leads nowhere',
  EISDIR: 'a folder has that name',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'a part of its path is a link that leads round in a circle',
};

/**
 * With all folders above it. Node's own way (`recursive`) goes round for ever where a folder that is
 * there denies it, as those of /proc do.
 */
async function makeFolder(folder: string): Promise<void> {
  const isThere = async () => (await stat(nativePath(folder)).catch(() => null))?.isDirectory();
  if (await isThere()) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(nativePath(folder));
  } catch (error) {
    // Another thread was first.
    if (!(await isThere())) throw error;
  }
}

/** The files that the inputs are; asked for when the first is compared, because it takes a while. */
class Identities {
  readonly #inputs: Input[];
  #known: Promise<Set<string | null>> | null = null;

  constructor(inputs: Input[]) {
    this.#inputs = inputs;
  }

  async include(path: string): Promise<boolean> {
    this.#known ??= this.#collect();
    const identity = await identityOf(path);
    return identity !== null && (await this.#known).has(identity);
  }

  async #collect(): Promise<Set<string | null>> {
    const known = new Set<string | null>();
    for (const { path } of this.#inputs) known.add(await identityOf(path));
    return known;
  }
}

function unwritable(path: string, error: unknown): Error {
  const why = `${printable(path)} cannot be written: ${reasonOf(error)}.`;
  return new Error(why, { cause: error });
}

// Half-written files, which go when the program does.
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const temporary of unfinished) removeUnfinished(temporary);
});

function removeUnfinished(temporary: string): void {
  unfinished.delete(temporary);
  try {
    unlinkSync(nativePath(temporary));
  } catch {
    // It is gone, or its disk is.
  }
}

/** A name for the file at `path` until it is whole. */
export function temporaryFor(path: string): string {
  return join(dirname(path), `.masklens-${randomBytes(8).toString('hex')}.part`);
}

/** What another thread writes goes when the program does, too, or when the function that comes back is called. */
export function unfinishedElsewhere(temporary: string): () => void {
  unfinished.add(temporary);
  return () => removeUnfinished(temporary);
}

/** A file that has its name when it is whole, and none before. */
export class NewFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Missing folders are made. @throws Error that says why it cannot be written */
  static async create(path: string, temporary = temporaryFor(path)): Promise<NewFile> {
    try {
      await makeFolder(dirname(path));
      // Before it is there: the program may be ended in between.
      unfinished.add(temporary);
      return new NewFile(path, temporary, await open(nativePath(temporary), 'wx', 0o666));
    } catch (error) {
      unfinished.delete(temporary);
      throw unwritable(path, error);
    }
  }

  async write(content: string | Uint8Array): Promise<void> {
    await this.#file.writeFile(content).catch((error) => {
      throw unwritable(this.#path, error);
    });
  }

  /** @throws OutputExists unless `overwrite`; Error that says why it cannot be written */
  async finish(overwrite: boolean): Promise<void> {
    try {
      await this.#file.close();
      if (overwrite) await rename(nativePath(this.#temporary), nativePath(this.#path));
      else await this.#renameToNew();
    } catch (error) {
      await this.discard();
      throw error instanceof OutputExists ? error : unwritable(this.#path, error);
    }
    unfinished.delete(this.#temporary);
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await unlink(nativePath(this.#temporary)).catch(() => undefined);
    unfinished.delete(this.#temporary);
  }

  /** A second link fails where there is a file, which renaming does not. */
  async #renameToNew(): Promise<void> {
    const [temporary, path] = [nativePath(this.#temporary), nativePath(this.#path)];
    try {
      await link(temporary, path);
      await unlink(temporary);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST' || (await lstat(path).catch(() => null)))
        throw new OutputExists(this.#path);
      // File systems without links.
      await rename(temporary, path);
    }
  }
}

/** Writes a whole file. */
export async function writeNewFile(
  path: string,
  bytes: Uint8Array,
  overwrite: boolean,
  temporary?: string,
): Promise<void> {
  const file = await NewFile.create(path, temporary);
  try {
    await file.write(bytes);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.finish(overwrite);
}
