/** One picture: read, judged, and its annotated copy written. */
import { printable } from '../api/names.js';
import { type FailureRecord, type PictureRecord, toFailure, toRecord } from '../api/report.js';
import type { DetectOptions, Detector } from '../api/types.js';
import { type Input, readPicture } from './inputs.js';
import { OutputExists, type Target, writeNewFile } from './outputs.js';

export interface Job {
  input: Input;
  target: Target | null;
}

/** What is the same for every picture. */
export interface JudgeOptions {
  detect: DetectOptions;
  overwrite: boolean;
}

/** Whatever is wrong with the picture is in the record. */
export async function judge(
  detector: Detector,
  { input, target }: Job,
  { detect, overwrite }: JudgeOptions,
): Promise<PictureRecord | FailureRecord> {
  try {
    if (input.error) throw input.error;
    const bytes = await readPicture(input.path);
    const result = await detector.detect(bytes, detect);
    const record = toRecord(input.path, result);
    if (target === null) return record;
    const blob = await detector.annotate(bytes, result, { type: target.type });
    await write(target, new Uint8Array(await blob.arrayBuffer()), overwrite);
    return { ...record, annotated: target.path };
  } catch (error) {
    const failure = toFailure(input.path, error);
    if (error instanceof OutputExists) failure.error.code = error.code;
    return failure;
  }
}

async function write({ path }: Target, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  try {
    await writeNewFile(path, bytes, overwrite);
  } catch (error) {
    if (error instanceof OutputExists) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(`${printable(path)} cannot be written (${why}).`, { cause: error });
  }
}
