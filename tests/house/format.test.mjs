// One look for each language, kept by its formatter and linter.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkPython, cppFiles, ruffOptions } from '../../scripts/lint.mjs';
import { filesUnder, root } from '../../scripts/run.mjs';

const output = (program, args) => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(error, undefined);
  return { status, text: stdout + stderr };
};

test('C++ is as clang-format writes it', () => {
  const files = cppFiles();
  assert.ok(files.length > 20);
  const { status, text } = output('clang-format', ['--dry-run', '-Werror', ...files]);
  assert.equal(status, 0, text.slice(0, 4000));
});

test('Biome finds nothing in TypeScript, JavaScript, CSS and JSON', () => {
  const biome = join(root, 'node_modules/.bin/biome');
  const { status, text } = output(process.execPath, [
    biome,
    'check',
    '--error-on-warnings',
    '--colors=off',
  ]);
  assert.equal(status, 0, text.slice(0, 4000));
});

test('the TypeScript of the library and the site type-checks, strictly', () => {
  const tsc = join(root, 'node_modules/.bin/tsc');
  for (const project of filesUnder('web').filter((path) => /\/tsconfig[^/]*\.json$/.test(path))) {
    const { status, text } = output(process.execPath, [tsc, '--noEmit', '-p', project]);
    assert.equal(status, 0, `${project}\n${text.slice(0, 4000)}`);
    const { compilerOptions } = JSON.parse(
      output(process.execPath, [tsc, '--showConfig', '-p', project]).text,
    );
    assert.equal(compilerOptions.strict, true, project);
  }
});

test('Ruff finds nothing in Python', async () => {
  assert.deepEqual(await checkPython(), []);
});

test("Ruff's rules are read from pyproject.toml as written there", () => {
  const text =
    '[tool.ruff]\nline-length = 100\n[tool.ruff.lint]\nselect = ["E", "F"]\n[tool.other]\nx = 1\n';
  assert.deepEqual(ruffOptions(text), { 'line-length': 100, lint: { select: ['E', 'F'] } });
});
