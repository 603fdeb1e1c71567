/**
 * Paths as text without loss. On Linux a name is any bytes; those that are no UTF-8 stand in the
 * text as lone surrogates U+DC80 to U+DCFF, one a byte, as in Python (PEP 383): JSON carries them
 * as escapes, and Python's `os.fsencode` makes the same bytes of them again.
 */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

const LONE_BYTES = /[\udc80-\udcff]/u;

export function pathOfBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const one = bytes.subarray(at, at + length);
    const whole = isUtf8(one);
    text += whole ? one.toString() : String.fromCharCode(0xdc00 + byte);
    at += whole ? one.length : 1;
  }
  return text;
}

/** What Node's functions for files take. */
export function nativePath(path: string): string | Buffer {
  if (!LONE_BYTES.test(path)) return path;
  const parts = path
    .split(/([\udc80-\udcff])/u)
    .map((part) => (LONE_BYTES.test(part) ? Buffer.of(part.charCodeAt(0) - 0xdc00) : part));
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** The program's arguments. Node's own are UTF-8 with losses; Linux has the bytes. */
export function programArguments(): string[] {
  const lossy = process.argv.slice(2);
  if (process.platform !== 'linux' || !lossy.some((text) => text.includes('\ufffd'))) return lossy;
  try {
    const parts: string[] = [];
    const bytes = readFileSync('/proc/self/cmdline');
    for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
      end = bytes.indexOf(0, at);
      parts.push(pathOfBytes(bytes.subarray(at, end)));
    }
    return parts.slice(-lossy.length);
  } catch {
    return lossy;
  }
}
