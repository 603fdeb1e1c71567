// `npm run lint` (or `npm run format`, which writes): Biome for the web's languages, clang-format
// and clang-tidy for C++, Ruff for Python.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, isMain, main, ProgramFailed, root, run, timed, tool } from './run.mjs';
import { setup } from './setup.mjs';

/** The C++ of the project: paths relative to the root. */
export function cppFiles() {
  return filesUnder('wasm', 'tests').filter((path) => /\.(cpp|h)$/.test(path));
}

/** Rejects unless clang-format agrees with every C++ file; `write` changes the files instead. */
export function formatCpp({ write = false } = {}) {
  return run('clang-format', [...(write ? ['-i'] : ['--dry-run', '-Werror']), ...cppFiles()]);
}

/** Rejects unless Biome finds nothing; `write` changes what can be changed safely first. */
export function checkWeb({ write = false } = {}) {
  return tool('biome', ['check', '--error-on-warnings', ...(write ? ['--write'] : [])]);
}

/**
 * The [tool.ruff] tables of a pyproject.toml as an object. Knows tables and `key = value` on one
 * line with values spelt as in JSON, which is what the file here is made of.
 */
export function ruffOptions(text) {
  const options = {};
  let table = null;
  for (const line of text.split('\n')) {
    const header = /^\[tool\.ruff\.?(.*)\]$/.exec(line);
    if (header) {
      table = options;
      for (const name of header[1].split('.').filter(Boolean)) {
        table[name] ??= {};
        table = table[name];
      }
    } else if (line.startsWith('[')) table = null;
    const entry = /^([\w-]+) = (.+)$/.exec(line);
    if (entry && table) table[entry[1]] = JSON.parse(entry[2]);
  }
  return options;
}

/**
 * What Ruff finds in the Python files: one line each, none when all is well. Ruff runs as
 * WebAssembly, so no Python is needed. `write` formats the files first.
 */
export async function checkPython({ write = false } = {}) {
  const { Workspace, PositionEncoding } = await import('@astral-sh/ruff-wasm-nodejs');
  const rules = readFileSync(join(root, 'models/training/pyproject.toml'), 'utf8');
  const workspace = new Workspace(ruffOptions(rules), PositionEncoding.Utf16);
  const findings = [];
  for (const path of filesUnder('models', 'tests').filter((name) => name.endsWith('.py'))) {
    let text = readFileSync(join(root, path), 'utf8');
    try {
      const formatted = workspace.format(text);
      if (formatted !== text && write) writeFileSync(join(root, path), formatted);
      else if (formatted !== text) findings.push(`${path}: not formatted`);
      if (write) text = formatted;
      for (const { start_location: at, code, message } of workspace.check(text))
        findings.push(`${path}:${at.row}:${at.column} ${code ?? 'error'} ${message}`);
    } catch (error) {
      findings.push(`${path}: ${error}`);
    }
  }
  return findings;
}

async function lintPython(options) {
  const findings = await checkPython(options);
  if (findings.length > 0) throw new ProgramFailed(findings.join('\n'));
}

async function tidyCpp() {
  // Nothing is built: how each file is compiled is all that is asked for, by itself.
  await run('cmake', ['--preset', 'tidy']);
  const sources = cppFiles().filter((path) => /^wasm\/core\/.*\.cpp$/.test(path));
  await run('clang-tidy', ['--quiet', '-p', 'build/tidy', ...sources]);
}

if (isMain(import.meta.url))
  await main(async () => {
    const write = process.argv.includes('--write');
    await setup({ lint: true });
    const steps = { Biome: checkWeb, 'clang-format': formatCpp, Ruff: lintPython };
    if (!write) steps['clang-tidy'] = tidyCpp;
    const failed = [];
    for (const [name, work] of Object.entries(steps)) {
      try {
        await timed(name, () => work({ write }));
      } catch (error) {
        if (!(error instanceof ProgramFailed)) throw error;
        console.error(error.message);
        failed.push(name);
      }
    }
    if (failed.length > 0) throw new ProgramFailed(`Findings in: ${failed.join(', ')}`);
  });
