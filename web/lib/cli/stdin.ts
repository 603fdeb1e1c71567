/** Paths that come on stdin, one at a time: what is not yet needed is not yet read. */
import { fstatSync } from 'node:fs';
import { pathOfBytes } from './native-path.js';
import { UsageError } from './usage-error.js';

/** No system has longer paths; what is longer is no list of paths. */
const MOST_BYTES = 65_536;

/** Longer entries are cut: the path does not exist then, which its line says. Empty ones are left out. */
export async function* pathsOfStdin(end: 'lines' | 'zeros'): AsyncGenerator<string> {
  if (isFolder()) throw new UsageError('stdin is a folder; name it in the place of -.');
  const last = end === 'lines' ? '\n'.charCodeAt(0) : 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    let begin = 0;
    for (let at = chunk.indexOf(last); at !== -1; at = chunk.indexOf(last, begin)) {
      yield* entry(Buffer.concat([rest, chunk.subarray(begin, at)]), end);
      rest = Buffer.alloc(0);
      begin = at + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(begin)]).subarray(0, MOST_BYTES);
  }
  yield* entry(rest, end);
}

/** Node reads nothing from one, and says nothing. */
function isFolder(): boolean {
  try {
    return fstatSync(0).isDirectory();
  } catch {
    return false;
  }
}

function* entry(bytes: Buffer, end: 'lines' | 'zeros'): Generator<string> {
  const text = pathOfBytes(bytes.subarray(0, MOST_BYTES));
  const path = end === 'lines' ? text.replace(/\r$/, '') : text;
  if (path !== '') yield path;
}
