/** When V8 compiles WebAssembly anew for speed. */
import { setFlagsFromString } from 'node:v8';

// Of its own flags V8 promises nothing: with these versions this one was tried.
const TRIED = ['20', '22', '24'];

/**
 * Node 20 optimises every function that has run a little: a start of a few pictures spends seconds on
 * functions that run once for each network, and with several judges, who leave no processor free, all
 * of them wait for that. Functions that work on pixels get there all the same, with the first picture.
 * For a program of ours alone, before anything is compiled.
 */
export function optimiseWhatRunsOften(): void {
  const [major = ''] = process.versions.node.split('.');
  if (TRIED.includes(major)) setFlagsFromString('--wasm-tiering-budget=100000000');
}
