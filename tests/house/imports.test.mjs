// Which way the arrows go: site -> lib -> bindings -> core, and inside the core from values to
// the pipeline. What may be imported from where is checked here, not remembered.
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

// From values to the way through; a file includes only from its own row or earlier ones.
const ROWS = [
  'coroutine_shim coroutine parallel byte_order byte_buffer geometry result image tensor face labels',
  'format exif jpeg_markers gif_decode decode resample palette paint text privacy label_layout draw encode gif_encode',
  'nms priors',
  'mtcnn one_stage classifier',
  'pipeline manifest tracker',
].map((row) => row.split(' '));
const stem = (path) => posix.basename(path).replace(/\.\w+$/, '');
const rowOf = (path) => ROWS.findIndex((row) => row.includes(stem(path)));

test('the core includes core/, the standard library and stb, and nothing of Emscripten', () => {
  for (const path of filesOf('wasm/core', /\.(h|cpp)$/))
    for (const include of includes(path)) {
      const name = include.slice(1, -1);
      const allowed = include.startsWith('"')
        ? name.startsWith('core/')
        : STANDARD.has(name) ||
          SIMD.has(name) ||
          /^stb\/stb_\w+\.h$/.test(name) ||
          /^\w+\.inc$/.test(name); // bytes embedded by cmake/embed.cmake
      assert.ok(allowed, `${path} includes ${include}`);
    }
});

test('inside the core a file includes only from its own row or earlier ones', () => {
  for (const path of filesOf('wasm/core', /\.(h|cpp)$/)) {
    assert.notEqual(rowOf(path), -1, `${path} has a row in this test`);
    for (const include of includes(path).filter((name) => name.startsWith('"core/'))) {
      const other = include.slice(1, -1);
      assert.ok(rowOf(other) <= rowOf(path), `${path} includes ${other}, which comes later`);
    }
  }
});

test('the bindings are the only C++ that knows Emscripten, in under 200 lines', () => {
  let lines = 0;
  for (const path of filesOf('wasm/bindings', /\.(h|cpp)$/)) {
    lines += read(path).split('\n').length - 1;
    for (const include of includes(path)) {
      const name = include.slice(1, -1);
      const allowed = include.startsWith('"')
        ? /^(core|bindings)\//.test(name)
        : STANDARD.has(name) || name.startsWith('emscripten/');
      assert.ok(allowed, `${path} includes ${include}`);
    }
  }
  assert.ok(lines < 200, `the bindings have ${lines} lines`);
});

test('only web/lib/engine.ts imports the inference runtime', () => {
  for (const path of filesOf('web', /\.(ts|mjs|js)$/))
    for (const name of imports(path))
      if (/^onnxruntime/.test(name))
        assert.equal(path, 'web/lib/engine.ts', `${path} imports ${name}`);
  assert.ok(imports('web/lib/engine.ts').some((name) => /^onnxruntime-web/.test(name)));
});

test('the library imports itself, Node and the runtime, never the site', () => {
  for (const path of filesOf('web/lib', /\.ts$/))
    for (const name of imports(path)) {
      const inside =
        name.startsWith('.') && posix.join(posix.dirname(path), name).startsWith('web/lib/');
      assert.ok(
        inside || isBuiltin(name) || /^onnxruntime-web/.test(name),
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
