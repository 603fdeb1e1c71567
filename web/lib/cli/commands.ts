/** What the commands of `cli.ts` do. */
import { cp, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MasklensError } from '../api/errors.js';
import { DEFAULT_LIMITS } from '../api/options.js';
import {
  csvHeader,
  csvRows,
  type FailureRecord,
  type PictureRecord,
  toFailure,
  toRecord,
} from '../api/report.js';
import type {
  ClassifierName,
  DetectOptions,
  Detector,
  DetectorName,
  Quality,
  Refine,
} from '../api/types.js';
import { createDetector } from '../page/detector.js';
import { outputPath, type PictureFilePath, picturesUnder } from './paths.js';

/** The arguments make no sense. */
export class UsageError extends Error {}

export const DETECT_OPTIONS = {
  detector: { type: 'string' },
  classifier: { type: 'string' },
  quality: { type: 'string' },
  'min-score': { type: 'string' },
  'min-face': { type: 'string' },
  'max-side': { type: 'string' },
  tiles: { type: 'boolean' },
  refine: { type: 'string' },
  threads: { type: 'string' },
  annotate: { type: 'string' },
  csv: { type: 'string' },
} as const;

type DetectArguments = {
  [K in keyof typeof DETECT_OPTIONS]?: (typeof DETECT_OPTIONS)[K]['type'] extends 'boolean'
    ? boolean
    : string;
};

/** Resolves to the exit status. */
export async function copyAssets(positionals: string[]): Promise<number> {
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new UsageError('copy-assets takes one folder.');
  await mkdir(folder, { recursive: true });
  await cp(fileURLToPath(new URL('assets/', import.meta.url)), folder, { recursive: true });
  return 0;
}

/** Resolves to the exit status. */
export async function detectCommand(args: DetectArguments, paths: string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError('detect takes at least one picture or folder.');
  const options = detectOptions(args);
  const detector = await openDetector(args);
  const csv = args.csv === undefined ? null : await open(args.csv, 'w');
  const progress = new ProgressLine();
  let failures = 0;
  try {
    await csv?.write(csvHeader());
    const pictures = await picturesUnder(paths);
    for (const [index, picture] of pictures.entries()) {
      progress.show(`${index + 1}/${pictures.length} ${picture.path}`);
      const record = await judge(detector, picture, options, args.annotate);
      if ('error' in record) failures++;
      progress.clear();
      await print(`${JSON.stringify(record)}\n`);
      await csv?.write(csvRows(record));
    }
  } finally {
    progress.clear();
    await csv?.close();
    await detector.close();
  }
  return failures > 0 ? 1 : 0;
}

async function openDetector(args: DetectArguments): Promise<Detector> {
  try {
    return await createDetector({
      detector: args.detector as DetectorName | undefined,
      classifier: args.classifier as ClassifierName | undefined,
      quality: args.quality as Quality | undefined,
      threads: numberOf(args, 'threads') ?? 1,
    });
  } catch (error) {
    throw asUsageError(error);
  }
}

function detectOptions(args: DetectArguments): DetectOptions {
  return {
    minScore: numberOf(args, 'min-score'),
    minFace: numberOf(args, 'min-face'),
    maxSide: numberOf(args, 'max-side'),
    tiles: args.tiles ?? false,
    refine: args.refine as Refine | undefined,
  };
}

function numberOf(
  args: DetectArguments,
  name: 'min-score' | 'min-face' | 'max-side' | 'threads',
): number | undefined {
  const text = args[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new UsageError(`--${name} takes a number, not '${text}'.`);
}

function asUsageError(error: unknown): unknown {
  const wrong = error instanceof TypeError || error instanceof RangeError;
  return wrong ? new UsageError(error.message) : error;
}

async function judge(
  detector: Detector,
  picture: PictureFilePath,
  options: DetectOptions,
  annotate: string | undefined,
): Promise<PictureRecord | FailureRecord> {
  try {
    const bytes = await readPicture(picture.path);
    const result = await detector.detect(bytes, options);
    if (annotate !== undefined) {
      const { path, type } = outputPath(annotate, picture);
      const blob = await detector.annotate(bytes, result, { type });
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, new Uint8Array(await blob.arrayBuffer()));
    }
    return toRecord(picture.path, result);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw asUsageError(error);
    return toFailure(picture.path, error);
  }
}

async function readPicture(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= DEFAULT_LIMITS.maxBytes) return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new MasklensError('bad-image', `${basename(path)} ${what}.`, { cause: error });
  }
  throw new MasklensError(
    'image-too-large',
    `${basename(path)} has more than ${DEFAULT_LIMITS.maxBytes} bytes.`,
  );
}

/** One line on stderr that is overwritten; nothing when stderr is not a terminal. */
class ProgressLine {
  show(text: string): void {
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns - 1)}`);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** Waits while the reader is slower than we are. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (process.stdout.write(text)) resolve();
    else process.stdout.once('drain', resolve);
  });
}
