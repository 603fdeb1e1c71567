// Installs what a fresh clone lacks: packages of the system through apt-get (as root, otherwise
// they are named with the command to run) and the pinned packages of package-lock.json.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, npm, ProgramFailed, root, run, timed, which } from './run.mjs';

const NODE = [20, 19]; // what Vite needs

// Package of Debian 12 and 13 -> whether it (or the same thing from elsewhere) is there.
const BUILD_PACKAGES = {
  cmake: () => which('cmake'),
  'ninja-build': () => which('ninja'),
  emscripten: () => which('em++') && which('em-config'),
  'libstb-dev': () =>
    ['/usr/include/stb', '/usr/local/include/stb'].some((d) => existsSync(`${d}/stb_image.h`)),
};
const TEST_PACKAGES = {
  'g++': () => which('c++') ?? which('g++'),
  'libgtest-dev': () =>
    ['/usr/include', '/usr/local/include'].some((d) => existsSync(`${d}/gtest/gtest.h`)),
  'clang-format': () => which('clang-format'),
  chromium: () => which('chromium'),
  'chromium-headless-shell': () => which('chromium-headless-shell'),
};
// The engines beside Chromium: without one of them its session is left out and named, the rest is tested.
const ENGINE_PACKAGES = {
  'firefox-esr': () => which('firefox-esr'),
  'webkit2gtk-driver': () => which('WebKitWebDriver'),
  xvfb: () => which('Xvfb'),
};
const FUZZ_PACKAGES = {
  clang: () => which('clang++'),
  // Its fuzzer and sanitisers; a path is told where they are, a bare name where they are not.
  'libclang-rt-dev': () =>
    which('clang++') !== null &&
    spawnSync('clang++', ['-print-file-name=libclang_rt.fuzzer-x86_64.a'], {
      encoding: 'utf8',
    }).stdout.includes('/'),
};
const FUZZ_32_PACKAGES = {
  'g++-multilib': () => existsSync('/usr/lib32') && existsSync('/usr/include/gnu/stubs-32.h'),
};
const LINT_PACKAGES = {
  'clang-tidy': () => which('clang-tidy'),
};

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1]))
    throw new ProgramFailed(
      `Node ${NODE.join('.')} or newer is needed; this is ${process.version}.`,
    );
}

async function installSystemPackages(wanted) {
  const missing = Object.keys(wanted).filter((name) => !wanted[name]());
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !which('apt-get'))
    throw new ProgramFailed(
      `Missing system packages (names as in Debian 12 and 13): ${missing.join(', ')}\n` +
        `Install them and start again:\n\n  sudo apt-get update && sudo ${command}\n`,
    );
  await timed(`system packages: ${missing.join(', ')}`, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const lock = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', [...lock, 'update'], { env });
    await run('apt-get', [...lock, ...command.split(' ').slice(1)], { env });
  });
  const still = missing.filter((name) => !wanted[name]());
  if (still.length > 0)
    throw new ProgramFailed(`Installed, and yet not found: ${still.join(', ')}. Is PATH complete?`);
}

/** The same, but what cannot be installed is named and left out. */
async function installWhatCanBe(wanted) {
  try {
    await installSystemPackages(wanted);
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    console.error(`${error.message}\nGoing on without; the tests name what they leave out.`);
  }
}

/** Whether node_modules holds exactly the versions of package-lock.json. */
function nodeModulesMatch() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const have = read(installed);
  return Object.entries(read(join(root, 'package-lock.json'))).every(
    ([path, entry]) =>
      path === '' || // the project itself
      (have[path]?.version === entry.version && existsSync(join(root, path))) ||
      (entry.optional && !have[path]), // made for another system
  );
}

/**
 * Makes the checkout ready. `tests` adds what the tests need to what the build needs, `lint` what
 * the linters need, `fuzz` what a sanitiser of scripts/fuzz.mjs needs.
 */
export async function setup({ tests = false, lint = false, fuzz } = {}) {
  checkNode();
  await installSystemPackages({
    ...BUILD_PACKAGES,
    ...(tests || lint ? TEST_PACKAGES : {}),
    ...(lint ? LINT_PACKAGES : {}),
    ...(tests || fuzz ? FUZZ_PACKAGES : {}),
    ...(fuzz === '32' ? FUZZ_32_PACKAGES : {}),
  });
  if (tests) await installWhatCanBe(ENGINE_PACKAGES);
  if (!nodeModulesMatch())
    // None of the packages needs to run anything of its own: what they bring is used as it comes.
    await timed('packages of package-lock.json', () =>
      npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']),
    );
}

if (isMain(import.meta.url)) await main(() => setup({ tests: true, lint: true }));
