/** Results as JSON and CSV, in the shape that the command line prints. */
import { toCsv as csvOf, type PictureRecord, type Result, toRecord } from '@masklens';
import type { Picture } from '../batch.ts';
import type { ShownFace } from '../corrections.ts';
import { facesFrom } from '../verdict.ts';

type FailedRecord = { file: string; error: { code: string; message: string } };
type AnimationRecord = { file: string; frames: (PictureRecord & { delayMs: number })[] };
type AnyRecord = PictureRecord | FailedRecord | AnimationRecord;

const isAnimation = (record: AnyRecord): record is AnimationRecord =>
  !('width' in record || 'error' in record);

/** The record of these faces; those that somebody corrected say so. */
function withFaces(path: string, result: Result, faces: ShownFace[]): PictureRecord {
  const record = toRecord(path, { ...result, faces });
  faces.forEach(({ corrected }, index) => {
    if (corrected) record.faces[index]!.corrected = true;
  });
  return record;
}

/** One picture; null while it has neither a result nor an error. */
function recordOf(picture: Picture, minScore: number): AnyRecord | null {
  const { path, failure, animation, result, corrections } = picture;
  if (failure) return { file: path, error: { code: failure.code, message: failure.message } };
  if (animation) {
    const frames = animation.frames.map((frame, index) => ({
      ...withFaces(`${path}#${index + 1}`, frame.result, facesFrom(frame.result.faces, minScore)),
      delayMs: frame.delayMs,
    }));
    return { file: path, frames };
  }
  return result && withFaces(path, result, corrections.facesOf(result, minScore));
}

const recordsOf = (pictures: readonly Picture[], minScore: number): AnyRecord[] =>
  pictures.map((picture) => recordOf(picture, minScore)).filter((record) => record !== null);

/** One picture as an object, several as a list. */
export function toJson(pictures: readonly Picture[], minScore: number): string {
  const records = recordsOf(pictures, minScore);
  return `${JSON.stringify(records.length === 1 ? records[0] : records, null, 2)}\n`;
}

/** One line a face; a picture without faces, or with an error, has one line too. Frames count as pictures. */
export function toCsv(pictures: readonly Picture[], minScore: number): string {
  const rows = recordsOf(pictures, minScore).flatMap((record) =>
    isAnimation(record) ? record.frames : [record],
  );
  return csvOf(rows as Parameters<typeof csvOf>[0]);
}
