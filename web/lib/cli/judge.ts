/** One picture: read, judged, and its annotated copy written. */
import { lstat } from 'node:fs/promises';
import type { TimedResult } from '../api/moving.js';
import { type FailureRecord, type PictureRecord, toFailure, toRecord } from '../api/report.js';
import type { DetectOptions, Detector, Result } from '../api/types.js';
import { Channel } from './channel.js';
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
    if (frames) {
      yield* judgeFrames(detector, bytes, { path, target }, { detect, overwrite });
    } else {
      const result = await detector.detect(bytes, detect);
      if (target !== null) await draw(detector, bytes, result, target, overwrite);
      yield { ...toRecord(path, result), ...(target && { annotated: target.path }) };
    }
  } catch (error) {
    const failure = toFailure(path, error);
    if (error instanceof OutputExists) failure.error.code = error.code;
    yield failure;
  }
}

/**
 * The frames of what moves, one line each, as they are judged; the last says how many there were and
 * where the annotated copy is, which is there by then. A still picture is one frame. What is damaged at its end has a line for that, too.
 */
async function* judgeFrames(
  detector: Detector,
  bytes: Uint8Array,
  { path, target }: Job,
  { detect, overwrite }: Omit<JudgeOptions, 'frames'>,
): AsyncGenerator<Line> {
  let damage: Error | null = null;
  const onDamage = (error: Error) => {
    damage ??= error;
  };
  const results = detector.frames(bytes, { ...detect, onDamage });
  const lines = new Channel<TimedResult>();
  const read = tapped(results, lines);
  const work = async () => {
    if (target?.type === 'image/gif')
      return write(target, await detector.annotate(bytes, read), overwrite);
    const opening = await firstOf(read);
    if (target && opening) await draw(detector, bytes, opening, target, overwrite);
  };
  work().then(
    () => lines.end(),
    (error: unknown) => lines.fail(error),
  );
  let last: PictureRecord | null = null;
  try {
    for await (const result of lines) {
      if (last) yield last;
      last = frameRecord(path, result);
    }
  } catch (error) {
    if (last) yield last;
    throw error;
  }
  if (last) yield { ...last, frames: last.frame, ...(target && { annotated: target.path }) };
  if (damage) yield toFailure(path, damage);
}

function frameRecord(path: string, result: TimedResult): PictureRecord {
  const { index, total, time, events } = result;
  const { file, ...record } = toRecord(path, result);
  const place = { frame: index + 1, frames: total ?? undefined, time, events };
  return { file, ...record, ...place };
}

/** Hands everything on to a second reader. */
async function* tapped<T>(values: AsyncIterable<T>, to: Channel<T>): AsyncGenerator<T> {
  for await (const value of values) {
    to.push(value);
    yield value;
  }
}

/** The first, when all have been read. */
async function firstOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  let first: T | undefined;
  for await (const value of values) first ??= value;
  return first;
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

async function write(
  { path, temporary }: Target,
  content: Blob,
  overwrite: boolean,
): Promise<void> {
  const bytes = new Uint8Array(await content.arrayBuffer());
  await writeNewFile(path, bytes, overwrite, temporary);
}
