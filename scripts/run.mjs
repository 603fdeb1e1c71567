// Running other programs and timing what they do. Node's own modules only: the scripts of this
// folder start before `npm ci` ever ran.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The root of the checkout, whatever the current folder is. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Jobs at a time in builds: what the smallest machine that is cared for has cores. */
export const jobs = 2;

/** A program ended with a status other than 0. */
export class ProgramFailed extends Error {}

/**
 * Runs a program with this process's output and no input. Resolves when it ends with status 0,
 * rejects with ProgramFailed otherwise. `env` is added to the environment.
 */
export function run(program, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => reject(new ProgramFailed(`${program}: ${error.message}`)));
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else
        reject(new ProgramFailed(`${[program, ...args].join(' ')} ended with ${signal ?? status}`));
    });
  });
}

/** Runs npm: the one that started this process where there is one, the one on PATH otherwise. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.js$/.test(script) && existsSync(script))
    return run(process.execPath, [script, ...args], options);
  return run('npm', args, options);
}

/** Runs a program that is a development dependency, by the name of its link in node_modules/.bin. */
export function tool(name, args, options) {
  return run(process.execPath, [join(root, 'node_modules/.bin', name), ...args], options);
}

/** The path of a program on PATH, or null. */
export function which(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder && existsSync(path) && statSync(path).isFile()) return path;
  }
  return null;
}

/** Runs `work`, prints how long it took, and gives back the seconds. */
export async function timed(name, work) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  try {
    return await work();
  } finally {
    console.log(`== ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

const SKIPPED = new Set(['node_modules', 'build', 'dist', '.git', '__pycache__', '.ruff_cache']);

/**
 * Every file under the given files and folders, as sorted paths relative to the root with forward
 * slashes. Folders of products (node_modules, build, dist, .git) are left out unless named
 * themselves; paths that do not exist give nothing.
 */
export function filesUnder(...paths) {
  const found = [];
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (!stat.isDirectory()) {
      found.push(relative(root, path).replaceAll('\\', '/'));
      return;
    }
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (!SKIPPED.has(entry.name)) visit(join(path, entry.name));
  };
  for (const path of paths) visit(join(root, path));
  return found.sort();
}

/**
 * Runs `work` unless it ran before with the same inputs (paths, sizes, times of change) and its
 * `output` is still there. The memory is a file in build/.
 */
export async function whenChanged(name, inputs, output, work) {
  const hash = createHash('sha256');
  for (const file of filesUnder(...inputs)) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  const now = hash.digest('hex');
  const stamp = join(root, 'build', `.${name}.stamp`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now && existsSync(join(root, output))) {
    console.log(`${name}: up to date`);
    return;
  }
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

/** True when the module of this URL is the one that Node was started with. */
export function isMain(url) {
  const started = process.argv[1];
  return started !== undefined && url === pathToFileURL(realpathSync(started)).href;
}

/** Runs a script's body; what went wrong is printed as one line and the status is 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof ProgramFailed ? error.message : error);
    process.exitCode = 1;
  }
}
