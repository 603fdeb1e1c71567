// Builds the npm package's content: web/lib, the core and the networks -> dist.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { buildClassics, classicFiles } from './build_classics.mjs';
import { filesUnder, isMain, main, ProgramFailed, root, tool } from './run.mjs';
import { stagePackage } from './stage_package.mjs';
import { fromRuns, trimWasm } from './trim_wasm.mjs';

const web = join(root, 'web');
const CLASSIC_FILES = JSON.stringify(classicFiles());
const lib = join(web, 'lib');
// Filled beside the old one, which is replaced when all went well: others may be reading it.
const dist = join(root, 'build/dist');
const assets = join(dist, 'assets');
const runtime = join(createRequire(import.meta.url).resolve('onnxruntime-web'), '..');

// Emscripten from 3.1.58 on writes no .worker.js: its threads start from the main script.
const coreFiles = [
  'build/wasm/core.js',
  'build/wasm/core.wasm',
  'build/wasm-threads/core-threads.js',
  'build/wasm-threads/core-threads.wasm',
  'build/wasm-threads/core-threads.worker.js',
].map((path) => join(root, path));

const RUNTIME_WASM = 'ort-wasm-simd-threaded.wasm';
const TRIMMED_WASM = 'ort-wasm-trimmed.wasm';
const runtimeFiles = ['ort-wasm-simd-threaded.mjs', RUNTIME_WASM].map((name) =>
  join(runtime, name),
);

/** Web servers as they are installed know what .js is, but not .mjs: nothing here may depend on that. */
const assetName = (path) => basename(path).replace(/\.mjs$/, '.js');

/** The manifest and the networks that it names. */
function modelFiles() {
  const models = join(root, 'models');
  const manifest = JSON.parse(readFileSync(join(models, 'manifest.json'), 'utf8'));
  const networks = Object.values(manifest.networks).map(({ file }) => join(models, file));
  return [join(models, 'manifest.json'), join(models, 'manifest.schema.json'), ...networks];
}

/** What stands in the address of a WebAssembly file, so that a copy in a cache is never of another version. */
function versionOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 8);
}

/**
 * Writes the runtime without the functions that the networks do not use: about half of it.
 * Their list belongs to one version of the runtime.
 */
function trimRuntime() {
  const whole = readFileSync(join(runtime, RUNTIME_WASM));
  const list = join(root, 'scripts/runtime_functions.json');
  const { runtime: known, functions } = JSON.parse(readFileSync(list, 'utf8'));
  const found = createHash('sha256').update(whole).digest('hex');
  if (found !== known)
    throw new ProgramFailed(
      'scripts/runtime_functions.json belongs to another ONNX Runtime. See scripts/README.md.',
    );
  const path = join(assets, TRIMMED_WASM);
  writeFileSync(path, trimWasm(whole, fromRuns(functions)));
  return path;
}

/** Copies into dist/assets; gives back the copied WebAssembly files: sizes and versions by name. */
function copyAssets() {
  const sizes = {};
  const versions = {};
  for (const path of [...coreFiles, ...runtimeFiles, trimRuntime(), ...modelFiles()]) {
    if (path.endsWith('.worker.js') && !existsSync(path)) continue;
    const name = assetName(path);
    if (path !== join(assets, name)) copyFileSync(path, join(assets, name));
    if (!name.endsWith('.wasm')) continue;
    sizes[name] = statSync(path).size;
    versions[name] = versionOf(path);
  }
  // Copied into a project of CommonJS, the scripts still are modules to Node.
  writeFileSync(join(assets, 'package.json'), '{ "type": "module" }\n');
  return { sizes, versions };
}

/**
 * Of the scripts, by version and content: package and assets have to be of one build, since they
 * speak to each other.
 */
function packageVersion() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256');
  for (const path of filesUnder('web/lib')) hash.update(readFileSync(join(root, path)));
  return `${version}-${hash.digest('hex').slice(0, 8)}`;
}

/** Scripts for people to read and for other bundlers to take apart: neither minified nor split. */
const readable = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  absWorkingDir: root,
  logLevel: 'warning',
  legalComments: 'inline',
  metafile: true,
};

/** What can be imported from the package: name of the file, source. */
const ENTRIES = {
  index: 'lib/index.ts',
  element: 'element/element.ts',
  mock: 'mock/mock.ts',
  react: 'frameworks/react.ts',
  vue: 'frameworks/vue.ts',
  'jsx/react': 'frameworks/jsx/react.ts',
  'jsx/preact': 'frameworks/jsx/preact.ts',
  'jsx/solid': 'frameworks/jsx/solid.ts',
  'jsx/svelte': 'frameworks/jsx/svelte.ts',
  'jsx/vue': 'frameworks/jsx/vue.ts',
};

/** Entries know the package by its name; in the package it is the file beside them. */
const besideIt = {
  name: 'beside-it',
  setup: (build) =>
    build.onResolve({ filter: /^masklens$/ }, () => ({ path: './index.js', external: true })),
};

/** The CommonJS entries lie in a folder of their own, whose package.json says what they are. */
const commonJs = {
  format: 'cjs',
  outdir: join(dist, 'cjs'),
  // A bundler may leave no file name behind; then the folder of the assets has to be given.
  banner: {
    js: `const masklensUrl = typeof __filename === 'string' && typeof process === 'object' && process.getBuiltinModule ? process.getBuiltinModule('node:url').pathToFileURL(__filename + '/../../index.js').href : '';`,
  },
  define: { 'import.meta.url': 'masklensUrl' },
};

/** The mock stands in for the package: it must not lean on what it replaces. */
const withinIt = {
  name: 'within-it',
  setup: (build) =>
    build.onResolve({ filter: /^masklens$/ }, () => ({ path: join(lib, 'index.ts') })),
};

/** `load-script.ts` has a variant for CommonJS. */
const loadedFromCommonJs = {
  name: 'loaded-from-common-js',
  setup: (build) =>
    build.onResolve({ filter: /\/load-script\.js$/ }, () => ({
      path: join(lib, 'backend/load-script-commonjs.ts'),
    })),
};

/** `sharp.ts` has a variant for pages. */
const onPages = {
  name: 'on-pages',
  setup: (build) =>
    build.onResolve({ filter: /\/sharp\.js$/ }, () => ({
      path: join(lib, 'core/sharp-on-pages.ts'),
    })),
};

/** Scripts beside the entries, which pages fetch when they need them. For `require` they are part of them. */
const APART = ['page/detector.ts', 'page/moving.ts', 'backend/why-not-started.ts'];
const scriptsApart = {
  name: 'scripts-apart',
  setup: (build) =>
    build.onResolve({ filter: /^\.\/(detector|moving|why-not-started)\.js$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    ),
};

/** Each entry by itself, as a module and for `require`. */
function entries(define) {
  const options = {
    ...readable,
    platform: 'neutral',
    outdir: dist,
    external: ['node:*', 'react', 'vue', 'masklens/element'],
    define,
  };
  return Object.entries(ENTRIES).flatMap(([name, source]) => {
    const entryPoints = { [name]: join(web, source) };
    const itself = name === 'mock' ? withinIt : besideIt;
    // React's servers leave hooks to the browser.
    const directive = name === 'react' ? `'use client';\n` : '';
    return [
      esbuild.build({
        ...options,
        entryPoints,
        plugins: [itself, scriptsApart],
        banner: { js: directive },
      }),
      esbuild.build({
        ...options,
        ...commonJs,
        banner: { js: directive + commonJs.banner.js },
        define: { ...define, ...commonJs.define },
        entryPoints,
        plugins: [itself, loadedFromCommonJs],
      }),
    ];
  });
}

async function bundle({ sizes, versions }) {
  const constants = { CLASSIC_FILES, PACKAGE_VERSION: JSON.stringify(packageVersion()) };
  const programs = {
    ...readable,
    minify: true,
    outdir: assets,
    external: ['node:*'],
    define: {
      ...constants,
      ASSET_BYTES: JSON.stringify(sizes),
      ASSET_VERSIONS: JSON.stringify(versions),
    },
  };
  const results = await Promise.all([
    ...entries(constants),
    ...APART.map((source) =>
      esbuild.build({
        ...readable,
        entryPoints: [join(lib, source)],
        outdir: dist,
        platform: 'neutral',
        external: ['node:*'],
        plugins: [scriptsApart],
        define: constants,
      }),
    ),
    esbuild.build({
      ...readable,
      entryPoints: ['cli.ts', 'judge-thread.ts'].map((name) => join(lib, 'cli', name)),
      outdir: dist,
      platform: 'node',
      plugins: [scriptsApart],
      define: constants,
    }),
    esbuild.build({
      ...programs,
      entryPoints: ['backend/worker.ts', 'runtime/thread-check.ts', 'runtime/ort-start.ts'].map(
        (name) => join(lib, name),
      ),
      plugins: [onPages],
      entryNames: '[name]',
      platform: 'neutral',
      // The runtime's build that takes its WebAssembly and its threads' script from our folder.
      conditions: ['onnxruntime-web-use-extern-wasm'],
    }),
    // In Node, too: it reads GIFs and films as pages do.
    esbuild.build({
      ...programs,
      entryPoints: [join(lib, 'backend/moving-files.ts')],
      platform: 'neutral',
    }),
    // With mediabunny in it; fetched with the first film.
    esbuild.build({
      ...programs,
      entryPoints: [join(lib, 'backend/film.ts')],
      platform: 'browser',
    }),
    esbuild.build({
      ...programs,
      entryPoints: [join(lib, 'backend/node.ts')],
      platform: 'node',
      // The runtime's build for Node, whose threads are Node's.
      alias: { 'onnxruntime-web/wasm': 'onnxruntime-web' },
    }),
  ]);
  listBundled(results.map(({ metafile }) => metafile));
}

/** Which packages of npm ended in dist -> build/bundled_packages.json. */
function listBundled(metafiles) {
  const used = new Set();
  for (const { outputs } of metafiles)
    for (const { inputs } of Object.values(outputs))
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
        if (name && bytesInOutput > 0) used.add(name);
      }
  const facts = [...used].sort().map((name) => {
    const pack = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    const { version, license } = JSON.parse(pack);
    return { name, version, license };
  });
  const path = join(root, 'build/bundled_packages.json');
  writeFileSync(path, `${JSON.stringify(facts, null, 2)}\n`);
}

/** The declarations of the other entries. They name the package, and lie beside the package's own. */
async function declareEntries() {
  const all = join(root, 'build/types');
  const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
  for (const folder of ['element', 'mock', 'frameworks']) {
    await tool('tsc', ['-p', join(web, folder), ...emit, '--rootDir', web, '--outDir', all]);
    cpSync(join(all, folder), dist, { recursive: true });
  }
  rmSync(all, { recursive: true });
}

/** Leaves the declarations that an entry needs, and no other. */
function pruneDeclarations() {
  const needed = new Set();
  const visit = (path) => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const [, name] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)\.js'/g))
      visit(join(path, '..', `${name}.d.ts`));
  };
  for (const name of Object.keys(ENTRIES)) visit(join(dist, `${name}.d.ts`));
  for (const name of readdirSync(dist, { recursive: true }))
    if (name.endsWith('.d.ts') && !needed.has(join(dist, name))) rmSync(join(dist, name));
}

/** The declarations again, where TypeScript takes them for those of CommonJS. */
function declareCommonJs() {
  writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n');
  const declarations = readdirSync(dist, { recursive: true }).filter((path) =>
    path.endsWith('.d.ts'),
  );
  for (const path of declarations)
    cpSync(join(dist, path), join(dist, 'cjs', path), { recursive: true });
}

/** Fills dist. The core has to be built before. */
export async function buildPackage() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });
  await bundle(copyAssets());
  await tool('tsc', ['-p', join(lib, 'tsconfig.types.json'), '--outDir', dist]);
  buildClassics();
  await declareEntries();
  pruneDeclarations();
  declareCommonJs();
  chmodSync(join(dist, 'cli.js'), 0o755);
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(dist, join(root, 'dist'));
  stagePackage();
}

if (isMain(import.meta.url)) await main(buildPackage);
