// Files of tests under Node's test runner, each in a process of its own: what one prints comes in
// one piece, with its seconds, whatever runs beside it.
import { spawn } from 'node:child_process';
import { root } from './run.mjs';

const OPTIONS = [
  '--test',
  '--test-timeout=600000', // of a file or a test: what hangs is a failure, not the end of the run
  '--test-force-exit', // a browser that a failed test left open does not keep the run alive
  '--test-reporter=spec',
  // Compiling the runtime for speed takes longer than all that a file asks of it: for what is asked again
  // and again alone (20 times the usual budget).
  '--wasm-tiering-budget=40000000',
];
const COUNTS = ['tests', 'pass', 'fail', 'cancelled', 'skipped', 'todo'];

function testFile(path) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...OPTIONS, path], {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: undefined }, // the counts are read
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pieces = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece) => pieces.push(piece));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const text = Buffer.concat(pieces).toString();
      const [told, failures = ''] = text.split('✖ failing tests:\n');
      const seconds = (performance.now() - start) / 1000;
      const count = (name) => Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      const counts = Object.fromEntries(COUNTS.map((name) => [name, count(name)]));
      // A file that ended without counts ran nothing.
      const ok = status === 0 && counts.tests > 0;
      if (!ok && counts.fail + counts.cancelled === 0) counts.fail = 1;
      const shown = told.replaceAll(/^ℹ .*\n/gm, '').trimEnd();
      const ending = ok ? '' : `, ended with ${signal ?? status}`;
      console.log(`\n== ${path}\n${shown}\n== ${path}: ${seconds.toFixed(1)} s${ending}`);
      resolve({ path, ok, counts, failures: ok ? '' : failures.trim() || told.trim() });
    });
  });
}

/**
 * Runs the files one after the other, those of the first list first, and takes them from their
 * lists, so that two runs can share one; gives of each { path, ok, counts, failures }.
 */
export async function testFiles(...lists) {
  const results = [];
  for (const list of lists)
    for (let path = list.shift(); path !== undefined; path = list.shift())
      results.push(await testFile(path));
  return results;
}

/** What failed, once more, and the sums of the counts, in the words of Node's own summary. */
export function summary(results) {
  const failures = results
    .filter(({ ok }) => !ok)
    .map(({ path, failures }) => `\n✖ failing tests of ${path}:\n${failures}`);
  const sum = (name) => results.reduce((total, { counts }) => total + counts[name], 0);
  return [...failures, '', ...COUNTS.map((name) => `ℹ ${name} ${sum(name)}`)].join('\n');
}
