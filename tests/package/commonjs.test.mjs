// The entry for `require`: old servers, and Jest, whose contexts refuse `import()` and whose pages
// (jsdom) lack what browsers have.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createContext, Script } from 'node:vm';
import { root } from '../../scripts/run.mjs';
import { installed, program } from './packed.mjs';

const photo = join(root, 'tests/fixtures/photos/maksssksksss96.jpg');

let consumer;
before(() => {
  consumer = installed('commonjs');
});
after(() => consumer.remove());

/** Runs a file of CommonJS in a context with a few globals, as Jest does; gives what it exports. */
function requireInContext(path, context) {
  const filename = createRequire(join(consumer.folder, 'x.js')).resolve(path);
  const within = (name) =>
    name.startsWith('.') ? requireInContext(join(dirname(filename), name), context) : null;
  const wrapped = `(function (exports, require, module, __filename) {${readFileSync(filename, 'utf8')}\n})`;
  const module = { exports: {} };
  const script = new Script(wrapped, { filename });
  script.runInContext(context)(module.exports, within, module, filename);
  return module.exports;
}

test('require gives what import gives, and it works', () => {
  const { folder } = consumer;
  writeFileSync(
    join(folder, 'label.cjs'),
    `const { createDetector, MasklensError } = require('masklens');
     (async () => {
       const names = Object.keys(await import('masklens')).sort();
       console.log(String(names) === String(Object.keys(require('masklens')).sort()));
       const detector = await createDetector();
       const { faces } = await detector.detect(require('node:fs').readFileSync(process.argv[2]));
       const error = await detector.detect(new Uint8Array(3)).catch((reason) => reason);
       console.log(faces.length >= 3, error instanceof MasklensError, error instanceof (await import('masklens')).MasklensError);
       await detector.close();
     })();`,
  );
  assert.equal(program('node', ['label.cjs', photo], folder), 'true\ntrue true true\n');
});

test('in a context that refuses import() and lacks TextDecoder and performance.mark it works as well', async () => {
  const { URL, AbortController, Blob, setTimeout, clearTimeout } = globalThis;
  const context = createContext({
    ...{ process, URL, AbortController, Blob, setTimeout, clearTimeout },
    performance: { now: () => performance.now() },
  });
  const { createDetector, MasklensError } = requireInContext('masklens', context);
  const detector = await createDetector();
  try {
    const { faces } = await detector.detect(readFileSync(photo));
    assert.ok(faces.length >= 3);
    await assert.rejects(detector.detect(new Uint8Array(3)), (error) => {
      assert.ok(error instanceof MasklensError);
      return error.code === 'bad-image' || error.code === 'unsupported-format';
    });
  } finally {
    await detector.close();
  }
  requireInContext('masklens/element', context);
});
