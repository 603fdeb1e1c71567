/** One picture: read, judged, and its annotated copy written. */
import { lstat } from 'node:fs/promises';
import { MasklensError } from '../api/errors.js';
import { printable } from '../api/names.js';
import { type FailureRecord, type PictureRecord, toFailure, toRecord } from '../api/report.js';
import type { AnimationResult, DetectOptions, Detector, Result } from '../api/types.js';
import { readPicture } from './inputs.js';
import { nativePath } from './native-path.js';
import { OutputExists, type Target, writeNewFile } from './outputs.js';

/** Plain data: it crosses to threads. */
export interface Job {
  path: string;
  target: Target | null;
}

/** What is the same for every picture. Plain data. */
export interface JudgeOptions {
  detect: DetectOptions;
  frames: boolean;
  overwrite: boolean;
}

export type Line = PictureRecord | FailureRecord;

/** One line, with `frames` one per frame. Whatever is wrong with the picture is a line, too. */
export async function* judge(
  detector: Detector,
  { path, target }: Job,
  { detect, frames, overwrite }: JudgeOptions,
): AsyncGenerator<Line> {
  try {
    if (target !== null && !overwrite) await checkFree(target);
    const bytes = await readPicture(path);
    const annotated = target === null ? {} : { annotated: target.path };
    const moving = frames ? await animation(detector, bytes, detect) : null;
    if (moving) {
      const [first] = moving.frames;
      if (target?.type === 'image/gif')
        await write(target, await detector.annotateAnimation(bytes, moving), overwrite);
      else if (target !== null && first)
        await draw(detector, bytes, first.result, target, overwrite);
      yield* frameRecords(path, moving, annotated);
    } else {
      const result = await detector.detect(bytes, detect);
      if (target !== null) await draw(detector, bytes, result, target, overwrite);
      yield { ...toRecord(path, result), ...(frames && ONLY_FRAME), ...annotated };
    }
  } catch (error) {
    const failure = toFailure(path, error);
    if (error instanceof OutputExists) failure.error.code = error.code;
    yield failure;
  }
}

const ONLY_FRAME = { frame: 1, frames: 1, time: 0 };

/** Every frame judged; null when the picture does not move. */
async function animation(
  detector: Detector,
  bytes: Uint8Array,
  options: DetectOptions,
): Promise<AnimationResult | null> {
  try {
    return await detector.detectAnimation(bytes, options);
  } catch (error) {
    // It may still be a picture of another format.
    if (error instanceof MasklensError && error.code === 'unsupported-format') return null;
    throw error;
  }
}

function* frameRecords(
  path: string,
  { frames }: AnimationResult,
  annotated: { annotated?: string },
): Generator<PictureRecord> {
  let time = 0;
  for (const [index, { result, delayMs }] of frames.entries()) {
    const place = { frame: index + 1, frames: frames.length, time: time / 1000 };
    yield { ...toRecord(path, result), ...place, ...annotated };
    time += delayMs;
  }
}

async function draw(
  detector: Detector,
  bytes: Uint8Array,
  result: Result,
  target: Target,
  overwrite: boolean,
): Promise<void> {
  const type = target.type === 'image/gif' ? 'image/png' : target.type;
  await write(target, await detector.annotate(bytes, result, { type }), overwrite);
}

/** Before the work, which would be in vain. */
async function checkFree({ path }: Target): Promise<void> {
  if (await lstat(nativePath(path)).catch(() => null)) throw new OutputExists(path);
}

async function write({ path }: Target, content: Blob, overwrite: boolean): Promise<void> {
  try {
    await writeNewFile(path, new Uint8Array(await content.arrayBuffer()), overwrite);
  } catch (error) {
    if (error instanceof OutputExists) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(`${printable(path)} cannot be written (${why}).`, { cause: error });
  }
}
