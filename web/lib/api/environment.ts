/** What the browser or Node that this runs in can do. Looks when asked, never at import. */
import type { Environment } from './types.js';

// The smallest module with a SIMD instruction: (func (result v128) i32.const 0 i8x16.splat).
// biome-ignore format: on one line it is on one line in the package, too
const SIMD_MODULE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];

interface Surroundings {
  process?: { versions?: { node?: string }; type?: string };
  crossOriginIsolated?: boolean;
}

/** True in Node and in Electron's main process; false in browsers and in Electron's pages. */
export function inNode(): boolean {
  const { process } = globalThis as Surroundings;
  return process?.versions?.node !== undefined && process.type !== 'renderer';
}

/** Whether the page (or worker) is cross-origin isolated. Always false in Node, which needs no isolation. */
export function isIsolated(): boolean {
  return (globalThis as Surroundings).crossOriginIsolated === true;
}

/** Whether this is a worker of a page, where waiting for other threads blocks nobody. */
export function inWorker(): boolean {
  return 'WorkerGlobalScope' in globalThis;
}

export const NO_SIMD = 'This browser cannot run WebAssembly with SIMD. A newer version can.';

export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(SIMD_MODULE));
}

function hasThreads(): boolean {
  return hasSimd() && typeof SharedArrayBuffer === 'function' && (isIsolated() || inNode());
}

/** SIMD, threads, isolation, and in words why threads are off. */
export function environment(): Environment {
  const threads = hasThreads();
  const reason = threads ? '' : whyNoThreads();
  return { simd: hasSimd(), threads, isolated: isIsolated(), reason };
}

function whyNoThreads(): string {
  if (!hasSimd()) return NO_SIMD;
  if (isIsolated()) return 'This browser does not share memory between threads.';
  return (
    'The page is not cross-origin isolated: its server does not send the headers ' +
    'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.'
  );
}

/**
 * The number of threads to try for: at most one for each core. `auto` is half the cores, at most 4,
 * and 1 in Node. 1 where the page is not isolated.
 */
export function chooseThreads(wanted: 'auto' | number): number {
  if (!hasThreads()) return 1;
  if (wanted !== 'auto') return Math.min(wanted, cores());
  if (inNode()) return 1;
  return Math.min(4, Math.ceil(cores() / 2));
}

function cores(): number {
  if (inNode()) return process.getBuiltinModule('node:os').availableParallelism();
  return navigator.hardwareConcurrency || 1;
}

/** Marks on the browser's timeline how far a start has come: developer tools show it, and measurements read it. */
export function mark(stage: string): void {
  performance.mark(`masklens ${stage}`);
}
