// `npm run size`: what a page downloads, compressed by Brotli as hosts send it, beside what it may
// be at most. Writes models/reports/size.json, which the site shows; the status is 1 when anything
// is too large. `--check` writes nothing.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, ProgramFailed, root } from './run.mjs';

const dist = join(root, 'dist');
const KB = 1000;

/** The files that a page with the default options fetches from the assets folder. */
function defaultDownload() {
  const manifest = JSON.parse(readFileSync(join(dist, 'assets/manifest.json'), 'utf8'));
  const network = (name) => manifest.networks[name].file;
  return [
    ...['worker.js', 'core.js', 'core.wasm', 'ort-start.js', 'ort-wasm-simd-threaded.js'],
    ...['ort-wasm-trimmed.wasm', 'manifest.json', network('one-stage-accurate')],
    network('classifier'),
  ].map((name) => join(dist, 'assets', name));
}

/** What of an entry ends in somebody's bundle: name, the program that uses it, most bytes. */
const BUNDLES = [
  ['createDetector', `import { createDetector } from './index.js'; createDetector();`, 5],
  ['everything of masklens', `import * as all from './index.js'; console.log(all);`, 12],
  ['masklens/element', `import './element.js';`, 16],
  ['masklens/react', `import { useMasklens } from './react.js'; useMasklens();`, 7],
  ['masklens/vue', `import { useMasklens } from './vue.js'; useMasklens();`, 7],
  ['detector.js', `export * from './detector.js';`, 7],
  ['moving.js', `export * from './moving.js';`, 6],
];

// What arrives later, or is the page's own.
const APART = ['node:*', 'react', 'vue', './detector.js', './moving.js', './why-not-started.js'];

/** Bundled and minified as for a page, without what arrives later; gives the path. */
async function bundled(name, contents) {
  const { build } = await import('esbuild');
  const outfile = join(root, 'build/size', `${name.replace(/\W+/g, '-')}.js`);
  mkdirSync(join(root, 'build/size'), { recursive: true });
  await build({
    stdin: { contents, resolveDir: dist },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: APART.filter((name) => !contents.includes(`'${name}'`)),
    logLevel: 'error',
  });
  return outfile;
}

/**
 * Rows of the table: { name, bytes (Brotli), raw, most }. Without `download` the one that takes long
 * to compress is left out.
 */
export async function sizes({ download = true } = {}) {
  if (!existsSync(join(dist, 'index.js'))) throw new ProgramFailed('Run `npm run build` first.');
  const [{ default: sizeLimit }, { default: files }] = await Promise.all([
    import('size-limit'),
    import('@size-limit/file'),
  ]);
  const asset = (name) => [join(dist, 'assets', name)];
  const parts = [
    ['worker.js', asset('worker.js'), 25],
    ['moving-files.js', asset('moving-files.js'), 6],
    // The aim is 120: the bound on JPEGs in several scans overran it. Threads bring their own start,
    // locks and waits.
    ['core.wasm', asset('core.wasm'), 120],
    ['core-threads.wasm', asset('core-threads.wasm'), 127],
    ...(download ? [['default download', defaultDownload(), 3000]] : []),
  ];
  const rows = [];
  for (const [name, program, most] of BUNDLES)
    rows.push([name, [await bundled(name, program)], most]);
  rows.push(...parts);
  const table = [];
  for (const [name, paths, most] of rows) {
    let [bytes, raw] = [0, 0];
    for (const path of paths) {
      const [{ size }] = await sizeLimit([...files], [path]);
      bytes += size;
      raw += statSync(path).size;
    }
    table.push({ name, bytes, raw, most: most * KB });
  }
  return table;
}

if (isMain(import.meta.url))
  await main(async () => {
    const table = await sizes();
    for (const { name, bytes, raw, most } of table)
      console.log(
        `${name.padEnd(24)} ${(bytes / KB).toFixed(1).padStart(8)} kB Brotli ${(raw / KB).toFixed(1).padStart(9)} kB raw, at most ${most / KB} kB${bytes > most ? '  TOO LARGE' : ''}`,
      );
    if (!process.argv.includes('--check'))
      writeFileSync(
        join(root, 'models/reports/size.json'),
        `${JSON.stringify({ compression: 'Brotli', entries: table }, null, 2)}\n`,
      );
    const large = table.filter(({ bytes, most }) => bytes > most);
    if (large.length > 0)
      throw new ProgramFailed(`Too large: ${large.map(({ name }) => name).join(', ')}`);
  });
