import { createHash } from 'node:crypto';
import {
  cpSync,
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, transformWithOxc } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');

/** Folders of the project that the site serves as they are: name in the site, place in the project. */
const FOLDERS = { masklens: join(root, 'dist/assets'), reports: join(root, 'models/reports') };

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** What stands in the address of a WebAssembly file: the same as in scripts/build_package.mjs. */
const versionOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 8);

/** Names of the reports. */
const listOfReports = (): string =>
  JSON.stringify(filesBelow(FOLDERS.reports).map((name) => ({ name })));

/** The networks and reports beside the pages: copied when building, read in place when developing. */
function projectFolders(): Plugin {
  let out = '';
  return {
    name: 'project-folders',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
        const [name, ...rest] = path.split('/');
        const folder = FOLDERS[name as keyof typeof FOLDERS];
        if (path === 'reports/index.json') return response.end(listOfReports());
        const file = folder && join(folder, ...rest);
        if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) return next();
        response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
        createReadStream(file).pipe(response);
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'reports/index.json', source: listOfReports() });
    },
    closeBundle() {
      for (const [name, folder] of Object.entries(FOLDERS)) {
        if (existsSync(folder)) cpSync(folder, join(out, name), { recursive: true });
      }
    },
  };
}

/** The package promises that importing it does nothing. The site's elements define themselves when imported. */
function elementsCount(): Plugin {
  return {
    name: 'elements-count',
    transform: {
      filter: { id: /\/web\/site\/src\// },
      handler: (code) => ({ code, map: null, moduleSideEffects: true }),
    },
  };
}

/** Networks that a first visit may need: of the detectors and the usual classifier. The others are kept when somebody uses them. */
function neededNetworks(): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'dist/assets/manifest.json'), 'utf8'));
  const { classifiers, defaults, detectors, networks } = manifest;
  const sizes = Object.values<{ networks: Record<string, string[]> }>(detectors);
  const names = sizes.flatMap((detector) => Object.values(detector.networks).flat());
  return [...names, classifiers[defaults.classifier].network].map((name) => networks[name].file);
}
/** The runtime that stands in for the trimmed one where that lacks something. */
const SPARE = ['masklens/ort-wasm-simd-threaded.wasm'];
const SELDOM = ['masklens/node.js', ...SPARE];

/**
 * The service worker, under one name that never changes, told the hash of every file that the built
 * site consists of and a version that changes with any of them. Looks at what lies on the disk in
 * the end: nothing that is served can be left out.
 */
function serviceWorker(): Plugin {
  let out = '';
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const hashes: Record<string, string> = {};
        for (const name of filesBelow(out)) {
          if (name === 'service-worker.js' || name.endsWith('.map')) continue;
          hashes[name] = createHash('sha256')
            .update(readFileSync(join(out, name)))
            .digest('hex');
        }
        const path = join(here, 'src/service-worker.ts');
        const { code } = await transformWithOxc(readFileSync(path, 'utf8'), path);
        const version = createHash('sha256').update(JSON.stringify(hashes)).digest('hex');
        const needed = neededNetworks().map((file) => `masklens/${file}`);
        // Hosts read it, pages cannot.
        const { _headers, ...files } = hashes;
        const facts = {
          version: version.slice(0, 16),
          files,
          kept: Object.keys(files).filter(
            (name) => !SELDOM.includes(name) && (!name.endsWith('.onnx') || needed.includes(name)),
          ),
          spare: SPARE,
          versions: Object.fromEntries(
            Object.keys(files)
              .filter((name) => name.startsWith('masklens/') && name.endsWith('.wasm'))
              .map((name) => [name, versionOf(join(out, name))]),
          ),
        };
        writeFileSync(
          join(out, 'service-worker.js'),
          `const BUILD = ${JSON.stringify(facts)};\n${code}`,
        );
      },
    },
  };
}

export default defineConfig({
  root: here,
  base: './',
  publicDir: join(here, 'public'),
  plugins: [elementsCount(), projectFolders(), serviceWorker()],
  resolve: {
    // What ships, not what it is made of.
    alias: { '@masklens': join(root, 'dist/index.js') },
  },
  server: { fs: { allow: [root] } },
  worker: { format: 'es' },
  build: {
    outDir: join(root, 'build/site'),
    emptyOutDir: true,
    target: 'esnext',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // The package looks for these in Node alone.
      external: /^node:/,
      // One file of what pages share starts faster than many small ones; charts are for two pages.
      output: {
        codeSplitting: {
          groups: [
            // Languages wait for this one, and the shared file for the language.
            { name: 'counting', test: /strings\/counting/ },
            {
              name: 'shared',
              minShareCount: 2,
              test: /^(?!.*(uplot|charts|evaluation|strings\/(?!index|en|de)))/,
            },
          ],
        },
      },
      input: readdirSync(here)
        .filter((name) => name.endsWith('.html'))
        .map((name) => join(here, name)),
    },
  },
});
