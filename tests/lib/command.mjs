// How the tests of the command line call it.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { cli } from './fixtures.mjs';

/** Resolves to { status, out, err } however the command ends; a signal's name when that ended it. */
export const run = (program, args, options = {}) =>
  new Promise((resolve) => {
    const wanted = { maxBuffer: 1 << 26, timeout: 240_000, ...options };
    const child = execFile(program, args, wanted, (error, out, err) =>
      resolve({ status: error ? (error.code ?? error.signal) : 0, out, err }),
    );
    if (options.input !== undefined) child.stdin.end(options.input);
  });

/**
 * The command line in Node without its optimising compiler for WebAssembly: for the few small pictures of
 * a test that one costs four times what it saves. The packed package is run without such a flag.
 */
export const program = [process.execPath, '--liftoff-only', cli];

export const masklens = (...args) => run(program[0], [...program.slice(1), ...args]);

/** MTCNN: it starts fastest. */
export const detect = (...args) => masklens('detect', '--detector', 'mtcnn', ...args);

export const linesOf = (out) =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** A folder that is there while the tests of a file run: `await scratch()` in a test gives its path. */
export function scratch() {
  let folder;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'masklens-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return (...names) => join(folder, ...names);
}
