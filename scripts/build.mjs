// Builds everything: C++ -> build/wasm*, package -> dist, site -> build/site. What is up to date
// is left alone.
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, root, run, timed, tool, whenChanged } from './run.mjs';
import { setup } from './setup.mjs';

// Debian keeps the packages of Emscripten's JavaScript optimiser here; Node looks there only when
// told. Elsewhere the folder does not exist and the variable does nothing.
const emscripten = { NODE_PATH: '/usr/share/nodejs' };

const age = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Configures (once, and when the presets changed) and builds a preset of CMakePresets.json, or one
 * `target` of it, with as many compilers at a time as it says, or `compilers`.
 */
export async function buildPreset(preset, { compilers, target } = {}) {
  const env = preset.startsWith('wasm') ? emscripten : {};
  if (age(`build/${preset}/build.ninja`) <= age('CMakePresets.json'))
    await run('cmake', ['--preset', preset], { env });
  const many = compilers ? ['-j', String(compilers)] : [];
  const only = target ? ['--target', target] : [];
  await run('cmake', ['--build', '--preset', preset, ...many, ...only], { env });
}

// What ships of models/: the manifest and the networks.
function models() {
  const networks = readdirSync(join(root, 'models')).filter((name) => name.endsWith('.onnx'));
  return ['manifest.json', 'manifest.schema.json', ...networks].map((name) => `models/${name}`);
}

async function buildPackage() {
  const inputs = [
    'scripts',
    'web/lib',
    'web/element',
    'web/mock',
    'web/frameworks',
    'web/package',
    'build/wasm/core.js',
    'build/wasm/core.wasm',
    'build/wasm-threads/core-threads.js',
    'build/wasm-threads/core-threads.wasm',
    'package.json',
    'package-lock.json',
    'CHANGELOG.md',
    'THIRD_PARTY_NOTICES.md',
    ...models(),
  ];
  await whenChanged('package', inputs, 'dist/cli.js', () =>
    run(process.execPath, ['scripts/build_package.mjs']),
  );
}

async function buildSite() {
  const inputs = ['web', 'dist', 'models/reports', 'tests/fixtures', 'package-lock.json'];
  await whenChanged('site', inputs, 'build/site/index.html', () =>
    tool('vite', ['build', 'web/site']),
  );
}

async function writeReference() {
  await whenChanged(
    'reference',
    ['dist', 'web/reference'],
    'build/site/api/index.html',
    async () => {
      const { buildReference } = await import('./build_reference.mjs');
      await buildReference();
    },
  );
}

/** `npx masklens` in the checkout runs what was built, as it will where the package is installed. */
function linkCommand() {
  const link = join(root, 'node_modules/.bin/masklens');
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync('../../dist/cli.js', link);
  chmodSync(join(root, 'dist/cli.js'), 0o755);
}

/** The package and the site, with everything that they need; `compilers` as for {@link buildPreset}. */
export async function build({ compilers } = {}) {
  await timed('WASM module', () => buildPreset('wasm', { compilers }));
  await timed('WASM module with threads', () => buildPreset('wasm-threads', { compilers }));
  await timed('package', buildPackage);
  linkCommand();
  await timed('site', buildSite);
  await timed('reference', writeReference);
}

if (isMain(import.meta.url))
  await main(async () => {
    await setup();
    await build();
  });
