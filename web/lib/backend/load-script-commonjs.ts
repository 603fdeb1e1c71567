/**
 * `load-script.ts` of the CommonJS entry. Jest runs CommonJS in contexts of its own, which refuse
 * `import()`, and whose pages (jsdom) lack `TextDecoder` and more: there the script is loaded into
 * Node's main context, which has everything.
 */
import { inNode } from '../api/environment.js';

export async function loadScript<T>(url: string): Promise<T> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  } catch (error) {
    const refused = (error as { code?: string }).code?.startsWith('ERR_VM_DYNAMIC_IMPORT');
    if (!refused || !inNode()) throw error;
  }
  const { constants, runInThisContext } = process.getBuiltinModule('node:vm');
  const load: (url: string) => Promise<T> = runInThisContext('(url) => import(url)', {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return load(url);
}
