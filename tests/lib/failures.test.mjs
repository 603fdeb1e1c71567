// What goes wrong says so with a code, quickly, and the next call goes on.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createDetector, MasklensError } from '../../dist/index.js';
import { assets, codeOf, fixture, manifest, photoPaths } from './fixtures.mjs';

const FAST_MS = 50;

let detector;
let photo;
before(async () => {
  detector = await createDetector({ detector: 'mtcnn' });
  photo = readFileSync(photoPaths[0]);
  await detector.detect(photo);
});
after(() => detector.close());

const bad = {
  'huge_header.png': 'image-too-large',
  'truncated.jpg': 'bad-image',
  'truncated.png': 'bad-image',
  'empty.jpg': 'bad-image',
  'text.jpg': 'unsupported-format',
  'photo.webp': 'unsupported-format',
  'photo.avif': 'unsupported-format',
  'photo.tiff': 'unsupported-format',
};

test(`every bad file has its code within ${FAST_MS} ms, and the next picture is judged`, async () => {
  const faces = (await detector.detect(photo)).faces.length;
  for (const [name, code] of Object.entries(bad)) {
    const bytes = fixture(name);
    // The machine may be busy with something else: the fastest of three.
    let fastest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3; attempt++) {
      const begun = performance.now();
      await assert.rejects(detector.detect(bytes), (error) => {
        assert.ok(error instanceof MasklensError, `${name}: ${error}`);
        assert.equal(error.code, code, name);
        assert.match(error.message, /\w.*\.$/);
        return true;
      });
      fastest = Math.min(fastest, performance.now() - begun);
    }
    assert.ok(fastest < FAST_MS, `${name} took ${fastest} ms`);
    assert.equal((await detector.detect(photo)).faces.length, faces);
  }
});

test('a format that is not known here is named', async () => {
  const formats = { 'photo.webp': 'WebP', 'photo.avif': 'AVIF', 'photo.tiff': 'TIFF' };
  for (const [file, name] of Object.entries(formats))
    await assert.rejects(detector.detect(fixture(file)), new RegExp(`${name}.*npm install sharp`));
  await assert.rejects(detector.detect(fixture('text.jpg')), /^((?!sharp).)*$/s);
});

test('limits are the caller’s to set', async () => {
  const small = await createDetector({ detector: 'mtcnn', limits: { maxSide: 300 } });
  assert.equal(await codeOf(small.detect(photo)), 'image-too-large');
  const pixels = { data: new Uint8Array(301 * 4), width: 301, height: 1 };
  assert.equal(await codeOf(small.detect(pixels)), 'image-too-large');
  await small.close();
  const tiny = await createDetector({ detector: 'mtcnn', limits: { maxBytes: 1000 } });
  assert.equal(await codeOf(tiny.detect(photo)), 'image-too-large');
  assert.equal(await codeOf(tiny.detect(new Blob([photo]))), 'image-too-large');
  await tiny.close();
});

test('pixels that do not fit their size are refused', async () => {
  const input = { data: new Uint8Array(10), width: 2, height: 2 };
  assert.equal(await codeOf(detector.detect(input)), 'bad-image');
});

/** A copy of the assets folder, changed by `change(folder)`, for as long as `work(folder)` runs. */
async function withAssets(change, work) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-'));
  try {
    cpSync(assets, folder, { recursive: true });
    change(folder);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const withManifest = (edit, work) =>
  withAssets((folder) => {
    const edited = structuredClone(manifest);
    edit(edited);
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(edited));
  }, work);

const open = (folder) => createDetector({ detector: 'mtcnn', assets: folder });

test('a manifest that the networks do not fit is a model-mismatch', async () => {
  const edits = {
    sha256: ({ networks }) => {
      networks.pnet.sha256 = '0'.repeat(64);
    },
    bytes: ({ networks }) => {
      networks.rnet.bytes += 1;
    },
    'another file': ({ networks }) => {
      for (const key of ['file', 'bytes', 'sha256']) networks.rnet[key] = networks.onet[key];
    },
    'input name': ({ networks }) => {
      networks.onet.input.name = 'other';
    },
    'input shape': ({ networks }) => {
      networks.onet.input.shape = ['N', 3, 24, 24];
    },
    'output name': ({ networks }) => {
      networks.pnet.outputs[0].name = 'other';
    },
    classes: (edited) => {
      edited.classes = ['unmasked', 'incorrect', 'correct'];
    },
    'class of a network': ({ networks }) => {
      networks.classifier.classes = ['correct', 'incorrect', 'bare'];
    },
    version: (edited) => {
      edited.version = 1;
    },
  };
  for (const [what, edit] of Object.entries(edits)) {
    const code = await withManifest(edit, (folder) => codeOf(open(folder)));
    assert.equal(code, 'model-mismatch', what);
  }
});

test('a file that is not there is asset-missing, and the message says which', async () => {
  for (const name of ['pnet.onnx', 'manifest.json', 'core.js', 'core.wasm', 'node.js']) {
    const remove = (folder) => rmSync(join(folder, name));
    await withAssets(remove, (folder) =>
      assert.rejects(open(folder), (error) => {
        assert.equal(error.code, 'asset-missing', name);
        assert.ok(error.message.includes(name), error.message);
        assert.match(error.message, /copy-assets/);
        return true;
      }),
    );
  }
});

test('a page in place of the core is asset-not-wasm', async () => {
  const replace = (folder) => writeFileSync(join(folder, 'core.wasm'), '<!doctype html>');
  const code = await withAssets(replace, (folder) => codeOf(open(folder)));
  assert.equal(code, 'asset-not-wasm');
});

test('WebAssembly that throws while it starts is asset-not-wasm, and no wait without end', async () => {
  const { instantiate } = WebAssembly;
  const refuse = () => {
    throw new Error('no room');
  };
  try {
    for (const broken of [refuse, async () => ({ exports: {} })]) {
      WebAssembly.instantiate = broken;
      const opening = createDetector({ detector: 'mtcnn', signal: AbortSignal.timeout(10_000) });
      assert.equal(await codeOf(opening), 'asset-not-wasm');
    }
  } finally {
    WebAssembly.instantiate = instantiate;
  }
});

test('a network that the manifest does not have is a model-mismatch, and named', async () => {
  const remove = ({ networks }) => {
    delete networks.classifier;
  };
  await withManifest(remove, (folder) =>
    assert.rejects(open(folder), { code: 'model-mismatch', message: /'classifier'/ }),
  );
});

test('the assets folder can be a path, a URL, with or without a slash', async () => {
  for (const place of [assets, `${assets}/`, pathToFileURL(assets)]) {
    const other = await createDetector({ detector: 'mtcnn', assets: place });
    await other.close();
  }
});

test('nothing but the assets folder is asked for', async () => {
  // In Node everything comes from disk: a server that counts, in place of the network, stays idle.
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end();
  }).listen(0);
  const usual = globalThis.fetch;
  globalThis.fetch = () => usual(`http://localhost:${server.address().port}`);
  try {
    const other = await createDetector({ detector: 'mtcnn' });
    await other.detect(photo);
    await other.close();
  } finally {
    globalThis.fetch = usual;
    server.close();
  }
  assert.equal(asked, 0);
});
