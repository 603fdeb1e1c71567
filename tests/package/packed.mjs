// Packs the package once and installs it in an empty folder, offline, as a user would.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { staged } from '../../scripts/stage_package.mjs';

/** Runs a program of this checkout's node_modules, or Node itself; gives what it printed. */
export function program(name, args, cwd) {
  const script = name === 'node' ? [] : [join(root, 'node_modules/.bin', name)];
  return output(process.execPath, [...script, ...args], cwd);
}

/** Runs npm with nothing from the network; gives what it printed. */
export function npm(args, cwd) {
  const script = process.env.npm_execpath;
  if (script && existsSync(script)) return output(process.execPath, [script, ...args], cwd);
  return output('npm', args, cwd);
}

function output(file, args, cwd) {
  try {
    return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${file} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`, {
      cause: error,
    });
  }
}

/** Packs the package (or that in `from`) into a folder; gives the path of the tarball. */
export function packed(folder, from = staged) {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], from));
  return join(folder, filename);
}

/**
 * A folder of its own with the package installed: { folder, tarball, remove() }. `name` is for
 * people who look at what failed.
 */
export function installed(name) {
  const folder = mkdtempSync(join(tmpdir(), `masklens-${name}-`));
  const tarball = packed(folder);
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  npm(['install', '--offline', '--no-audit', '--no-fund', tarball], project);
  return {
    folder: project,
    tarball,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
