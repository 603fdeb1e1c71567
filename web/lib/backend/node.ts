/** The script for Node, `assets/node.js`: the same backend, bundled with the runtime's build for Node. */
import type { ReportProgress } from '../api/crossing.js';
import { Assets } from '../runtime/assets.js';
import { ENGINE_WASM } from '../runtime/engine-wasm.js';
import type { Backend, OpenOptions } from './backend.js';
import { openLocal as open } from './local.js';

export { VERSION as version } from './version.js';

/** Where the whole runtime was not copied, the trimmed one has what our own networks need. */
export async function openLocal(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Backend> {
  const { existsSync } = await import('node:fs');
  const assets = new Assets(options.assets);
  const isThere = (name: string) => existsSync(new URL(assets.url(name)));
  const kind = !isThere(ENGINE_WASM.whole) && isThere(ENGINE_WASM.trimmed) ? 'trimmed' : 'whole';
  return open(options, report, signal, { kind, assets });
}
