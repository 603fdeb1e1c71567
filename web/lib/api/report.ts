/** Results as lines: JSON as the command line prints it, and CSV for spreadsheets. */
import { type ErrorCode, MasklensError, messageOf } from './errors.js';
import type { TrackEvent } from './moving.js';
import { UNPRINTABLE } from './names.js';
import type { Label, Result, Timing } from './types.js';

/** One face of a {@link PictureRecord}; boxes and points as lists of pixels, floats. */
export interface FaceRecord {
  /** x, y, width, height. */
  box: [number, number, number, number];
  score: number;
  label: Label;
  probabilities: Record<Label, number>;
  uncertain: boolean;
  /** Five points [x, y], or null. */
  landmarks: [number, number][] | null;
  /** Of a moving picture: the same person has the same number. */
  trackId?: number;
  /** Somebody set the label, or added the face, by hand. Left out where nobody did. */
  corrected?: true;
}

/** One picture, or one frame of a moving one, as one line of JSON. */
export interface PictureRecord {
  file: string;
  /** Frames in the file, 1 for a still; of a film known with its last frame alone. */
  frames?: number;
  /**
   * Where every frame is judged, which one this is, from 1; `time` counts the seconds from the
   * beginning, `events` tells who came, went or changed.
   */
  frame?: number;
  time?: number;
  events?: TrackEvent[];
  width: number;
  height: number;
  faces: FaceRecord[];
  timing: Timing;
  /** Where the command line wrote the annotated copy; of one that moves with its last frame alone. */
  annotated?: string;
}

/** Beside the package's codes: something else happened; a file is in the way of the annotated copy. */
export type FailureCode = ErrorCode | 'failed' | 'output-exists';

/** A picture that failed, as one line of JSON. */
export interface FailureRecord {
  file: string;
  error: { code: FailureCode; message: string };
}

/**
 * One line of JSON with its line break. Whatever a terminal would obey or turn around is escaped:
 * the value stays exact, and the line can be looked at.
 */
export function jsonLine(record: PictureRecord | FailureRecord): string {
  const text = JSON.stringify(record).replace(
    UNPRINTABLE,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

export function toRecord(file: string, result: Result): PictureRecord {
  const { width, height, frames, timing } = result;
  const faces = result.faces.map((face): FaceRecord => {
    const { box, score, label, probabilities, uncertain, landmarks, trackId } = face;
    return {
      box: [box.x, box.y, box.width, box.height],
      score,
      label,
      probabilities,
      uncertain,
      landmarks: landmarks?.map(({ x, y }): [number, number] => [x, y]) ?? null,
      ...(trackId !== undefined && { trackId }),
    };
  });
  return { file, width, height, frames, faces, timing };
}

/** `error` is whatever was thrown. */
export function toFailure(file: string, error: unknown): FailureRecord {
  const code = error instanceof MasklensError ? error.code : 'failed';
  return { file, error: { code, message: messageOf(error) } };
}

/** The names of the columns, in order. */
const COLUMNS = [
  'file',
  'picture_width',
  'picture_height',
  'face',
  'x',
  'y',
  'width',
  'height',
  'score',
  'label',
  'correct',
  'incorrect',
  'unmasked',
  'uncertain',
  'error',
] as const;

/** A last column, in files that hold something corrected by hand alone. */
const CORRECTED = 'corrected';

type Column = (typeof COLUMNS)[number] | typeof CORRECTED;
type Row = Partial<Record<Column, string | number | boolean>>;

const columnsOf = (corrected: boolean): readonly Column[] =>
  corrected ? [...COLUMNS, CORRECTED] : COLUMNS;

/** The first line of a CSV file (RFC 4180), with its line break; `corrected`: with that column. */
export function csvHeader(corrected = false): string {
  return csvLine([...columnsOf(corrected)]);
}

/**
 * One line per face, numbered from 1. A picture without faces has one line with an empty `face`, a
 * picture that failed one with its code in `error`. The third frame of `a.gif` is the file `a.gif#3`.
 */
export function csvRows(record: PictureRecord | FailureRecord, corrected = false): string {
  const csvRow = (row: Row) => csvLine(columnsOf(corrected).map((column) => row[column] ?? ''));
  if ('error' in record) return csvRow({ file: record.file, error: record.error.code });
  const isFrame = record.frame !== undefined && record.frames !== 1;
  const file = isFrame ? `${record.file}#${record.frame}` : record.file;
  const picture = { file, picture_width: record.width, picture_height: record.height };
  if (record.faces.length === 0) return csvRow(picture);
  const rows = record.faces.map((face, index) => {
    const [x, y, width, height] = face.box;
    const { score, label, probabilities, uncertain } = face;
    const verdict = { score, label, ...probabilities, uncertain, corrected: face.corrected ?? '' };
    return csvRow({ ...picture, face: index + 1, x, y, width, height, ...verdict });
  });
  return rows.join('');
}

/** Header and rows: a whole file. */
export function toCsv(records: readonly (PictureRecord | FailureRecord)[]): string {
  const corrected = records.some(
    (record) => 'faces' in record && record.faces.some((face) => face.corrected),
  );
  return csvHeader(corrected) + records.map((record) => csvRows(record, corrected)).join('');
}

function csvLine(cells: (string | number | boolean)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * Spreadsheets run text that begins like a formula (OWASP, "CSV Injection"): an apostrophe keeps it
 * text. Numbers stay numbers, with their minus. Semicolons and tabs separate cells in some
 * countries' spreadsheets: quotes keep them in the cell.
 */
function csvCell(value: string | number | boolean): string {
  if (typeof value === 'number') return String(Number(value.toFixed(4)));
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(String(value)) ? `'${value}` : String(value);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
