/** Loads `node.js`, or on pages `worker.js`, of the assets folder as a module. */
export function loadScript<T>(url: string): Promise<T> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ url);
}
