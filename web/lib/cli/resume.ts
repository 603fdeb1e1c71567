/** What a run that was ended has left: the lines of JSON that it printed. */
import { createReadStream, fstatSync } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { printable } from '../api/names.js';
import type { FaceRecord } from '../api/report.js';
import { LABELS } from '../api/types.js';
import { unreadable } from './inputs.js';
import type { Line } from './judge.js';
import { nativePath } from './native-path.js';
import { UsageError } from './usage-error.js';

/** The lines of an earlier run, without those of a picture that was under way. */
export class EarlierRun {
  readonly #path: string;
  readonly #done = new Set<string>();
  /** Bytes of the whole lines. */
  #length = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * When stdout goes on in the same file (`>>`), what was half written at its end is cut off.
   * @throws UsageError when the file is none or holds anything else
   */
  static async read(path: string): Promise<EarlierRun> {
    const run = new EarlierRun(path);
    for await (const { line, end } of linesOf(path)) {
      // Frames come in order: the picture is done when its last one is there.
      if ('frame' in line && line.frame !== line.frames) continue;
      run.#done.add(line.file);
      run.#length = end;
    }
    const { size, dev, ino } = await stat(nativePath(path));
    const stdout = fstatSync(1);
    if (size > run.#length && stdout.dev === dev && stdout.ino === ino)
      await truncate(nativePath(path), run.#length);
    return run;
  }

  has(path: string): boolean {
    return this.#done.has(path);
  }

  /** Read from the file again: nothing of it is kept. */
  async *lines(): AsyncGenerator<Line> {
    for await (const { line, end } of linesOf(this.#path)) if (end <= this.#length) yield line;
  }
}

/** Whole lines with the place in the file where they end; what follows the last line break is no line. */
async function* linesOf(path: string): AsyncGenerator<{ line: Line; end: number }> {
  // What belongs to a line whose end has not come.
  let parts: Buffer[] = [];
  let length = 0;
  let end = 0;
  for await (const chunk of bytesOf(path)) {
    let begin = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, begin)) {
      parts.push(chunk.subarray(begin, at));
      const text = Buffer.concat(parts).toString('utf8');
      end += length + at + 1 - begin;
      [begin, parts, length] = [at + 1, [], 0];
      if (text.trim() !== '') yield { line: lineOf(text, path), end };
    }
    parts.push(chunk.subarray(begin));
    length += chunk.length - begin;
    if (length > LONGEST) throw noResults(path, Buffer.concat(parts.slice(0, 1)).toString('utf8'));
  }
}

// Bytes of a line; ten thousand faces need no 8 million.
const LONGEST = 64e6;

async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const found = await stat(nativePath(path)).catch(() => null);
  if (!found?.isFile()) throw new UsageError(`--resume: there is no file ${printable(path)}.`);
  try {
    yield* createReadStream(nativePath(path)) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new UsageError(`--resume: ${unreadable(path, error).message}`);
  }
}

function lineOf(text: string, path: string): Line {
  try {
    const line = JSON.parse(text) as Line;
    if (isLine(line)) return line;
  } catch {
    // Said below.
  }
  throw noResults(path, text);
}

const noResults = (path: string, text: string) =>
  new UsageError(
    `--resume: ${printable(path)} holds something else than results: ${printable(text.slice(0, 60))}`,
  );

/** Whether everything is there that is read of it. */
function isLine(line: Line): boolean {
  if (typeof line.file !== 'string') return false;
  if ('error' in line) return typeof line.error.code === 'string';
  const numbers = [line.width, line.height, line.frame ?? 1, line.frames ?? 1];
  return numbers.every(Number.isFinite) && line.faces.every(isFace);
}

function isFace({ box, score, label, probabilities }: FaceRecord): boolean {
  const shares = LABELS.map((one) => probabilities[one]);
  const numbers = [...box, score, ...shares];
  return box.length === 4 && numbers.every(Number.isFinite) && LABELS.includes(label);
}
