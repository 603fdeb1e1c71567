// Cuts functions out of a WebAssembly module: their bodies become one instruction that traps, and
// nothing else changes: numbers, types, imports, exports, tables and data stay what they were, so
// that the module fits the scripts and threads that were made for it.

const MAGIC = 8; // bytes of magic number and version
const IMPORTS = 2;
const CODE = 10;
const TRAP = [3, 0, 0x00, 0x0b]; // 3 bytes: no locals, unreachable, end

/** Reads LEB128 numbers and sections of the binary format (WebAssembly core specification, chapter 5). */
class Reader {
  at = MAGIC;

  constructor(bytes) {
    this.bytes = bytes;
  }

  number() {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }

  skip(count) {
    this.at += count;
  }

  limits() {
    const flags = this.number();
    this.number();
    if (flags & 1) this.number();
  }

  /** How many functions an import section brings. */
  importedFunctions() {
    let functions = 0;
    for (let left = this.number(); left > 0; left--) {
      this.skip(this.number());
      this.skip(this.number());
      const kind = this.bytes[this.at++];
      if (kind === 0) {
        this.number();
        functions++;
      } else if (kind === 1) {
        this.skip(1);
        this.limits();
      } else if (kind === 2) this.limits();
      else if (kind === 3) this.skip(2);
      else throw new Error(`An import of kind ${kind} is not known here.`);
    }
    return functions;
  }
}

function leb(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/**
 * @param {Uint8Array} bytes a module
 * @param {Set<number>} keep numbers of the functions to keep, imported ones counted first
 * @returns {Uint8Array} the module without the bodies of the others
 */
export function trimWasm(bytes, keep) {
  const reader = new Reader(bytes);
  const parts = [bytes.subarray(0, MAGIC)];
  let index = 0;
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.number();
    const size = reader.number();
    const end = reader.at + size;
    if (id === IMPORTS) index = reader.importedFunctions();
    if (id === CODE) {
      const count = reader.number();
      const bodies = [Uint8Array.from(leb(count))];
      for (const last = index + count; index < last; index++) {
        const from = reader.at;
        reader.skip(reader.number());
        bodies.push(keep.has(index) ? bytes.subarray(from, reader.at) : Uint8Array.from(TRAP));
      }
      const length = bodies.reduce((sum, body) => sum + body.length, 0);
      parts.push(Uint8Array.from([CODE, ...leb(length)]), ...bodies);
    } else parts.push(bytes.subarray(start, end));
    reader.at = end;
  }
  return Buffer.concat(parts);
}

/** Numbers as text, runs of them by first and last: "3 5-9 12". */
export function toRuns(numbers) {
  const runs = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(' ');
}

/** The set of numbers that `toRuns` wrote. */
export function fromRuns(text) {
  const numbers = new Set();
  for (const run of text.split(' ')) {
    const [first, last = first] = run.split('-').map(Number);
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return numbers;
}
