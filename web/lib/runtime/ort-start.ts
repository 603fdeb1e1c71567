/**
 * Stands before the runtime's own script, `ort-wasm-simd-threaded.js`, which the runtime imports by
 * an address that it can be given: so the runtime gets WebAssembly that is compiled already. By
 * itself it takes bytes or an address only, and starts compiling when all else is done. What is long
 * and wanted with the first session only lies here too: the worker's script is waited for first.
 */

import { inWorker } from '../api/environment.js';

/** What the runtime hands to the script and gets from it; neither is looked at. */
type Factory = (config: object) => Promise<object>;
type Receive = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

export { NEEDLESS_OPTIMISERS } from './optimisers.js';

let script = '';
let module: WebAssembly.Module;

/** Sets what the next start uses. */
export function provide(compiled: WebAssembly.Module, address: string): void {
  module = compiled;
  script = address;
}

export default async function start(config: object): Promise<object> {
  const { default: factory }: { default: Factory } = await import(/* @vite-ignore */ script);
  const over = new AbortController();
  const starting = new Promise<object>((resolve, reject) => {
    // Where it has to wait for its threads first, it does not hear itself of what goes wrong then. On
    // a page others may have caused it.
    if (inWorker())
      addEventListener(
        'unhandledrejection',
        (event) => {
          event.preventDefault();
          reject(event.reason);
        },
        { signal: over.signal },
      );
    const instantiateWasm = (imports: WebAssembly.Imports, receive: Receive) => {
      // Whatever throws: Emscripten would wait for ever.
      const begin = async () => {
        const instance = await WebAssembly.instantiate(module, imports);
        performance.mark('masklens runtime instantiated');
        receive(instance, module);
      };
      begin().catch(reject);
      return {};
    };
    factory({ ...config, instantiateWasm }).then(resolve, reject);
  });
  return starting.finally(() => over.abort());
}
