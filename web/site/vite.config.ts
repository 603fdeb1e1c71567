import { createHash } from 'node:crypto';
import { cpSync, createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
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

/** Names of the reports and pictures, of pictures also the size, so that the page can keep their place. */
function listOfReports(): string {
  const list = filesBelow(FOLDERS.reports).map((name) => {
    if (!name.endsWith('.svg')) return { name };
    const head = readFileSync(join(FOLDERS.reports, name), 'utf8').slice(0, 2000);
    const size = /viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"/.exec(head);
    return { name, width: Math.round(Number(size?.[1])), height: Math.round(Number(size?.[2])) };
  });
  return JSON.stringify(list);
}

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

/**
 * The service worker, under one name that never changes, told which files the built site consists
 * of and a version that changes with any of them.
 */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const files = new Set(Object.keys(bundle).filter((name) => !name.endsWith('.map')));
      for (const name of filesBelow(join(here, 'public'))) if (name !== '_headers') files.add(name);
      const hash = createHash('sha256');
      for (const [name, item] of Object.entries(bundle)) {
        hash.update(name).update(item.type === 'chunk' ? item.code : item.source);
      }
      const folders: Record<string, string[]> = {};
      for (const [name, folder] of Object.entries(FOLDERS)) {
        folders[name] = filesBelow(folder);
        for (const file of folders[name])
          hash.update(file).update(readFileSync(join(folder, file)));
      }
      const path = join(here, 'src/service-worker.ts');
      const { code } = await transformWithOxc(readFileSync(path, 'utf8'), path);
      const facts = {
        version: hash.digest('hex').slice(0, 16),
        shell: [...files].sort(),
        assets: folders.masklens,
        reports: folders.reports,
        versions: Object.fromEntries(
          folders
            .masklens!.filter((file) => file.endsWith('.wasm'))
            .map((file) => [`masklens/${file}`, versionOf(join(FOLDERS.masklens, file))]),
        ),
      };
      this.emitFile({
        type: 'asset',
        fileName: 'service-worker.js',
        source: `const BUILD = ${JSON.stringify(facts)};\n${code}`,
      });
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
          groups: [{ name: 'shared', minShareCount: 2, test: /^(?!.*(uplot|charts|evaluation))/ }],
        },
      },
      input: readdirSync(here)
        .filter((name) => name.endsWith('.html'))
        .map((name) => join(here, name)),
    },
  },
});
