// Which way the arrows go: a folder is a contract. What may be imported from where is checked here,
// not remembered.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { filesUnder, root } from '../../scripts/run.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');

const filesOf = (folder, kinds) => {
  const files = filesUnder(folder).filter((path) => kinds.test(path));
  assert.ok(files.length > 0, `${folder} holds files`);
  return files;
};

/** Source text without comments, so that words in them do not count. Strings stay. */
function withoutComments(text) {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, string) => string ?? ' ',
  );
}

const includes = (path) =>
  [...withoutComments(read(path)).matchAll(/^\s*#\s*include\s+(["<][^">]+[">])/gm)].map(
    (m) => m[1],
  );

/** Module names that a TypeScript or JavaScript file imports, statically or not. */
function imports(path) {
  const text = withoutComments(read(path));
  const pattern =
    /\b(?:import|export)\s+(?:[\w*{][^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((m) => m[1] ?? m[2]);
}

// The C and C++ standard headers, and the compilers' own SIMD headers.
const STANDARD = new Set(
  (
    'algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono ' +
    'cinttypes climits cmath compare complex concepts condition_variable coroutine csetjmp csignal ' +
    'cstdarg cstddef cstdint cstdio cstdlib cstring ctime cwchar deque exception execution filesystem ' +
    'format forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream ' +
    'iterator latch limits list locale map memory memory_resource mutex new numbers numeric optional ' +
    'ostream queue random ranges ratio regex semaphore set shared_mutex source_location span sstream ' +
    'stack stdexcept stop_token streambuf string string_view syncstream system_error thread tuple ' +
    'type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version'
  ).split(' '),
);
const SIMD = new Set(['wasm_simd128.h', 'emmintrin.h']);

// The storeys of the house, from the ground up. A file includes from its own folder and from folders
// of lower storeys; folders of one storey do not know each other. The folders speak for themselves:
// no file is named here.
const STOREYS = [
  ['wasm/core/base'],
  ['wasm/core/codec', 'wasm/core/network', 'wasm/core/annotate'],
  ['wasm/core/pipeline'],
  ['wasm/bindings'],
  ['web/lib/api'],
  ['web/lib/runtime'],
  ['web/lib/core'],
  ['web/lib/backend'],
  ['web/lib/page'],
  ['web/lib/cli'],
];
const folders = STOREYS.flat();
const storeyOf = (folder) => STOREYS.findIndex((storey) => storey.includes(folder));

/** Files of the project that a source file includes or imports, as paths from the root. */
function neighbours(path) {
  if (/\.(h|cpp)$/.test(path))
    return includes(path)
      .filter((name) => /^"(core|bindings)\//.test(name))
      .map((name) => `wasm/${name.slice(1, -1)}`);
  return imports(path)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts'));
}

/** "folder -> folder" for every include that leaves its folder. */
function arrows() {
  const found = new Map();
  for (const folder of folders)
    for (const path of filesOf(folder, /\.(h|cpp|ts)$/))
      for (const other of neighbours(path)) {
        const target = posix.dirname(other);
        if (target !== folder) found.set(`${folder} -> ${target}`, path);
      }
  return found;
}

test('every source file lies in a folder of the house', () => {
  const known = [...folders, 'web/lib']; // index.ts alone, see below
  for (const path of [...filesOf('wasm', /\.(h|cpp)$/), ...filesOf('web/lib', /\.ts$/)])
    assert.ok(known.includes(posix.dirname(path)), `${path} lies in no folder of the house`);
  const loose = filesOf('web/lib', /\.ts$/).filter((path) => posix.dirname(path) === 'web/lib');
  assert.deepEqual(loose, ['web/lib/index.ts']);
});

test('a folder includes only folders of lower storeys', () => {
  for (const [arrow, path] of arrows()) {
    const [from, to] = arrow.split(' -> ').map(storeyOf);
    assert.ok(to !== -1 && to < from, `${path}: ${arrow}`);
  }
});

test("the root README's picture of the house shows the folders and their includes as they are", () => {
  const [, picture] = /```mermaid\n([\s\S]*?)```/.exec(read('README.md'));
  const name = new Map(
    [...picture.matchAll(/^\s*(\w+)\["`?([\w/]+)/gm)].map(([, id, folder]) => [id, folder]),
  );
  const drawn = [...picture.matchAll(/^\s*(\w+) --> (\w+)/gm)].map(
    ([, from, to]) => `${name.get(from)} -> ${name.get(to)}`,
  );
  assert.deepEqual([...name.values()].sort(), [...folders].sort());
  // What can be reached over other arrows is left out of the picture.
  const real = [...arrows().keys()].map((arrow) => arrow.split(' -> '));
  const below = (folder) => real.filter(([from]) => from === folder).map(([, to]) => to);
  const reaches = (from, to) => below(from).some((next) => next === to || reaches(next, to));
  const direct = real.filter(
    ([from, to]) => !below(from).some((next) => next !== to && reaches(next, to)),
  );
  assert.deepEqual(drawn.sort(), direct.map(([from, to]) => `${from} -> ${to}`).sort());
});

test('no file of the core and the library has more than 400 lines', () => {
  for (const path of [...filesOf('wasm', /\.(h|cpp)$/), ...filesOf('web/lib', /\.ts$/)])
    assert.ok(read(path).split('\n').length <= 401, path);
});

test('the core includes core/, the standard library, stb and zlib, and nothing of Emscripten', () => {
  for (const path of filesOf('wasm/core', /\.(h|cpp)$/))
    for (const include of includes(path)) {
      const name = include.slice(1, -1);
      const allowed = include.startsWith('"')
        ? name.startsWith('core/')
        : STANDARD.has(name) ||
          SIMD.has(name) ||
          /^stb\/stb_\w+\.h$/.test(name) ||
          name === 'zlib.h' ||
          /^\w+\.inc$/.test(name); // bytes embedded by cmake/embed.cmake
      assert.ok(allowed, `${path} includes ${include}`);
    }
});

test('the bindings are the only C++ that knows Emscripten', () => {
  for (const path of filesOf('wasm/bindings', /\.(h|cpp)$/))
    for (const include of includes(path)) {
      const name = include.slice(1, -1);
      const allowed = include.startsWith('"')
        ? /^(core|bindings)\//.test(name)
        : STANDARD.has(name) || name.startsWith('emscripten/') || name === 'malloc.h';
      assert.ok(allowed, `${path} includes ${include}`);
    }
});

test('only web/lib/runtime imports the inference runtime, in one file', () => {
  const importers = filesOf('web', /\.(ts|mjs|js)$/).filter((path) =>
    imports(path).some((name) => /^onnxruntime/.test(name)),
  );
  assert.deepEqual(importers.map(posix.dirname), ['web/lib/runtime']);
});

test('one file alone reads and writes films', () => {
  const importers = filesOf('web', /\.ts$/).filter((path) =>
    imports(path).some((name) => name.startsWith('mediabunny')),
  );
  assert.deepEqual(importers, ['web/lib/backend/film.ts']);
});

test('the library imports itself, Node, the runtime and what films need, never the site', () => {
  for (const path of filesOf('web/lib', /\.ts$/))
    for (const name of imports(path)) {
      const inside =
        name.startsWith('.') && posix.join(posix.dirname(path), name).startsWith('web/lib/');
      assert.ok(
        inside || isBuiltin(name) || /^(onnxruntime-web|mediabunny$)/.test(name),
        `${path} imports ${name}`,
      );
    }
});

test('the library reaches for no page: neither document nor window', () => {
  for (const path of filesOf('web/lib', /\.ts$/)) {
    const code = withoutComments(read(path)).replace(/(['"])(?:\\.|(?!\1)[^\\\n])*\1/g, "''");
    for (const word of ['document', 'window', 'localStorage', 'alert'])
      assert.doesNotMatch(
        code,
        new RegExp(`(?<![.\\w])${word}\\s*[.?[(]|globalThis\\.${word}\\b`),
        `${path}: ${word}`,
      );
  }
});

test('the element imports itself and the package by its name', () => {
  for (const path of filesOf('web/element', /\.ts$/))
    for (const name of imports(path)) {
      const inside =
        name.startsWith('.') && posix.join(posix.dirname(path), name).startsWith('web/element/');
      assert.ok(inside || name === 'masklens', `${path} imports ${name}`);
    }
});

test('hook, composable and template types import themselves, the package by its name and frameworks', () => {
  for (const path of filesOf('web/frameworks', /\.ts$/))
    for (const name of imports(path)) {
      const inside =
        name.startsWith('.') && posix.join(posix.dirname(path), name).startsWith('web/frameworks/');
      assert.ok(
        inside || /^(masklens(\/element)?|react|vue|preact|solid-js|svelte\/elements)$/.test(name),
        `${path} imports ${name}`,
      );
    }
});

test('the mock imports itself and the library', () => {
  for (const path of filesOf('web/mock', /\.ts$/))
    for (const name of imports(path)) {
      const target = posix.join(posix.dirname(path), name);
      const inside = name.startsWith('.') && /^web\/(mock|lib)\//.test(target);
      assert.ok(inside || name === 'masklens', `${path} imports ${name}`);
    }
});

test('the site uses the library through its public index alone', () => {
  for (const path of filesOf('web/site', /\.ts$/))
    for (const name of imports(path)) {
      if (!name.startsWith('.')) {
        assert.doesNotMatch(name, /^@?masklens\/(?!assets)/, `${path} imports ${name}`);
        continue;
      }
      const target = posix.join(posix.dirname(path), name);
      const inside = target.startsWith('web/site/') || /^(dist|models\/reports)\//.test(target);
      assert.ok(inside || /^web\/lib\/index(\.[jt]s)?$/.test(target), `${path} imports ${name}`);
    }
});

test('training and the web share the manifest and the networks, and no code', () => {
  for (const path of filesOf('web', /\.(ts|mjs|js)$/))
    assert.doesNotMatch(withoutComments(read(path)), /models\/training/, path);
});

test('scripts start on Node alone: what npm installs is imported only when it is there', () => {
  for (const path of filesOf('scripts', /\.mjs$/)) {
    if (path === 'scripts/build_package.mjs') continue; // started by build.mjs, after `npm ci`
    const statics = withoutComments(read(path)).matchAll(/^import\s[^'"]*['"]([^'"]+)['"]/gm);
    for (const [, name] of statics)
      assert.ok(name.startsWith('./') || name.startsWith('node:'), `${path} imports ${name}`);
  }
});
