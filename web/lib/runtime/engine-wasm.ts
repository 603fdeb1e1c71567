/** The files of the runtime's WebAssembly. */

/** As it is published, and without what our networks do not use: less than half of it. */
export const ENGINE_WASM = {
  whole: 'ort-wasm-simd-threaded.wasm',
  trimmed: 'ort-wasm-trimmed.wasm',
} as const;
