// The reference of the package's public symbols, by TypeDoc -> build/site/api. TypeDoc needs a
// TypeScript that can be asked from JavaScript, which the project's own is not: web/reference has both
// under a lock of its own.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, run } from './run.mjs';

const home = join(root, 'web/reference');
const out = join(root, 'build/site/api');

/** The site's policy allows no script inside a page: the one that TypeDoc writes becomes a file. */
function moveScripts() {
  const inline = /<script>([\s\S]*?)<\/script>/;
  let script = '';
  for (const name of readdirSync(out, { recursive: true })) {
    if (!name.endsWith('.html')) continue;
    const path = join(out, name);
    const page = readFileSync(path, 'utf8');
    const base = /data-base="([^"]*)"/.exec(page)?.[1]?.replace(/\/$/, '') ?? '.';
    script = inline.exec(page)?.[1] ?? script;
    writeFileSync(path, page.replace(inline, `<script src="${base}/assets/start.js"></script>`));
  }
  writeFileSync(join(out, 'assets/start.js'), script);
}

/** Writes it. dist and the site have to be built before. */
export async function buildReference() {
  const tool = join(home, 'node_modules/typedoc/bin/typedoc');
  const wanted = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).devDependencies;
  const installed = join(home, 'node_modules/typedoc/package.json');
  const there =
    existsSync(installed) && JSON.parse(readFileSync(installed, 'utf8')).version === wanted.typedoc;
  if (!there) await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: home });
  await run(process.execPath, [
    tool,
    '--options',
    join(home, 'typedoc.json'),
    '--logLevel',
    'Warn',
  ]);
  moveScripts();
}
