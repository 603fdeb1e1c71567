// A page of the built package in Chromium, on hosts with headers of one's choice. The page's side of
// a test is a module beside it: its exports are called by name.
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch } from '../browser/chromium.mjs';

export const ISOLATION = `  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`;
/** Headers of an isolated host, for every path. */
export const ISOLATED = `/*\n${ISOLATION}`;

/**
 * Chromium, and a folder with the package, `module` (and `modules`, which it imports), and files of tests/fixtures
 * under names of one's choice. `page` opens it and gives { call(name, ...values), page, server, requested }; `replace`
 * serves an asset changed until what it gives is called, also to the threads of workers, whose requests a page's
 * routes do not see; `close` ends everything.
 */
export async function chromiumHost(module, fixtures, modules = []) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-host-'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(module, join(folder, 'page.mjs'));
  for (const path of modules) copyFileSync(path, join(folder, basename(path)));
  for (const [name, path] of Object.entries(fixtures))
    copyFileSync(join(root, 'tests/fixtures', path), join(folder, name));
  const html = '<!doctype html><title>page</title><link rel="icon" href="data:,">';
  writeFileSync(join(folder, 'index.html'), html);
  const browser = await launch();
  let open = [];

  /** `cores`: what the browser says that it has. `route`: called with the page before it loads. */
  async function page(headers, { cores, route } = {}) {
    writeFileSync(join(folder, '_headers'), headers);
    const requested = [];
    const server = await serve(folder, { onRequest: ({ path }) => requested.push(path) });
    const page = await browser.newPage();
    open.push(
      () => server.close(),
      () => page.close(),
    );
    if (cores !== undefined) {
      const session = await page.context().newCDPSession(page);
      await session.send('Emulation.setHardwareConcurrencyOverride', {
        hardwareConcurrency: cores,
      });
    }
    await route?.(page);
    await page.goto(server.url);
    const call = (name, ...values) =>
      page.evaluate(
        async ([called, given]) => (await import('./page.mjs'))[called](...given),
        [name, values],
      );
    return { call, page, server, requested };
  }

  /** Closes the pages and servers that are open. */
  async function closePages() {
    for (const end of open.reverse()) await end();
    open = [];
  }

  async function close() {
    await closePages();
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }

  function replace(name, change) {
    const file = join(folder, 'dist/assets', name);
    const bytes = readFileSync(file);
    const changed = change(bytes.toString());
    if (changed === bytes.toString()) throw new Error(`Nothing was changed in ${name}.`);
    writeFileSync(file, changed);
    return () => writeFileSync(file, bytes);
  }

  return { page, closePages, close, replace, folder, browser };
}
