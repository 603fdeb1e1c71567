// The manifest: its schema, what is refused of it, and a detector that comes by an entry alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createDetector, MasklensError } from '../../dist/index.js';
import { assets, manifest } from './fixtures.mjs';
import { tinyYunet } from './tiny_onnx.mjs';

const readJson = (name) => JSON.parse(readFileSync(join(assets, name), 'utf8'));
const fits = new Ajv2020({ allErrors: true }).compile(readJson('manifest.schema.json'));

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'masklens-manifest-'));
  cpSync(assets, folder, { recursive: true });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A detector of the assets with another manifest: an object, or the text of the file. */
function openWith(content, options = {}) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(folder, 'manifest.json'), text);
  return createDetector({ assets: folder, ...options });
}

/** The manifest after a change. */
function changed(change) {
  const copy = structuredClone(manifest);
  change(copy);
  return copy;
}

test('the manifest is what its schema says', () => {
  assert.ok(fits(manifest), JSON.stringify(fits.errors, null, 2));
});

const numbers = { stride: [0, 8.5, null, '8'], maxSide: [15, 5000, [576, 64]] };
const refused = {
  'a stride': numbers.stride.map((stride) => (m) => {
    m.networks['one-stage-fast'].outputs[0].stride = stride;
  }),
  'a working side': numbers.maxSide.map((side) => (m) => {
    m.networks['one-stage-accurate'].maxSide = side;
  }),
  'a number that is missing': ['nmsIou', 'temperature', 'uncertainMargin'].map((key) => (m) => {
    delete m.networks['one-stage-accurate'][key];
  }),
  'a key that is misspelt': [
    (m) => {
      m.networks['one-stage-accurate'].minscore = 0.5;
    },
    (m) => {
      m.networks.pnet.input.means = [0, 0, 0];
    },
    (m) => {
      m.networks['one-stage-fast'].outputs[1].strides = 16;
    },
    (m) => {
      m.detectors['one-stage'].lives = { maxSide: 320 };
    },
    (m) => {
      m.detecters = {};
    },
  ],
  'a file elsewhere': ['../../etc/passwd', '/etc/passwd', 'https://a.example/x.onnx', '', 5].map(
    (file) => (m) => {
      m.networks.classifier.file = file;
    },
  ),
  'a part that is something else': [
    ...['detectors', 'classifiers', 'networks', 'defaults'].flatMap((section) =>
      [undefined, []].map((value) => (m) => {
        m[section] = value;
      }),
    ),
    (m) => {
      m.networks.classifier = null;
    },
    (m) => {
      m.networks.classifier.outputs = 'logits';
    },
    (m) => {
      m.networks.classifier.input.shape = [1, { a: 1 }];
    },
    (m) => {
      m.networks.classifier.sha256 = 'abc';
    },
    (m) => {
      m.networks.classifier.margin = true;
    },
  ],
  'a name that leads nowhere': [
    (m) => {
      m.detectors['one-stage'].networks.fast = ['toString'];
    },
    (m) => {
      m.detectors['one-stage'].kind = 'constructor';
    },
    (m) => {
      m.defaults.classifier = 'nobody';
    },
  ],
};
for (const [what, changes] of Object.entries(refused))
  test(`${what} is refused by the library with the reason, and by the schema`, async () => {
    for (const change of changes) {
      const wrong = changed(change);
      await assert.rejects(openWith(wrong), (error) => {
        assert.ok(error instanceof MasklensError, String(error));
        assert.equal(error.code, 'model-mismatch', error.message);
        assert.match(error.message, /manifest\.json|manifest is not/);
        return true;
      });
      // What a name leads to, and which numbers a kind needs, is not the schema's to know.
      if (!/leads nowhere|is missing/.test(what))
        assert.ok(!fits(JSON.parse(JSON.stringify(wrong))));
    }
  });

test('a hostile manifest is refused with a code, whatever it is', async () => {
  const whole = JSON.stringify(manifest);
  const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
  const texts = [
    '',
    'null',
    '[]',
    '7',
    '{}',
    whole.slice(0, 500),
    `${'['.repeat(100_000)}`,
    whole.replace(/"maxSide":\d+/, '"maxSide":1e999'),
    whole.replace(/"maxSide":\d+/, `"maxSide":${deep}`),
    whole.replace(/"maxSide":\d+/, `"maxSide":[${'1,'.repeat(100_000)}1]`),
    whole.replace('"one-stage-fast":', '"__proto__":'),
  ];
  for (const text of texts)
    await assert.rejects(openWith(text), (error) => {
      assert.ok(error instanceof MasklensError, String(error));
      assert.ok(['model-mismatch', 'asset-missing'].includes(error.code), error.message);
      return true;
    });
});

test('another detector is an entry of the manifest and its file, and nothing else', async () => {
  const bytes = tinyYunet();
  writeFileSync(join(folder, 'red.onnx'), bytes);
  const withRed = changed((m) => {
    m.detectors.red = { kind: 'yunet', networks: { accurate: ['red'] } };
    m.networks.red = {
      file: 'red.onnx',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      input: {
        name: 'input',
        layout: 'NCHW',
        shape: [1, 3, 'H', 'W'],
        channels: 'BGR',
        mean: [0, 0, 0],
        scale: [1, 1, 1],
        pad: 0,
        multiple: 32,
      },
      outputs: ['cls_16', 'obj_16', 'bbox_16', 'kps_16'].map((name) => ({ name, stride: 16 })),
      maxSide: 128,
      minScore: 0.5,
      nmsIou: 0.4,
    };
  });
  assert.ok(fits(withRed), JSON.stringify(fits.errors));
  const [width, height] = [128, 96];
  const data = new Uint8Array(width * height * 4);
  // A red square from (48, 32) on, one cell large, and a blue one.
  const paint = (left, top, channel) => {
    for (let y = top; y < top + 16; y++)
      for (let x = left; x < left + 16; x++) data[4 * (y * width + x) + channel] = 255;
  };
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  paint(48, 32, 0);
  paint(96, 64, 2);
  const detector = await openWith(withRed, { detector: 'red' });
  try {
    const { faces } = await detector.detect({ data, width, height });
    assert.equal(faces.length, 1);
    const [{ box, score, landmarks, label }] = faces;
    assert.ok(Math.abs(score - 1) < 1e-5);
    for (const [side, wanted] of Object.entries({ x: 48, y: 24, width: 16, height: 32 }))
      assert.ok(Math.abs(box[side] - wanted) < 1e-3, `${side} is ${box[side]}`);
    assert.deepEqual(landmarks[0], { x: 56, y: 40 });
    assert.ok(['correct', 'incorrect', 'unmasked'].includes(label));
    // The others are still there.
    assert.ok(
      Array.isArray((await detector.detect({ data, width, height }, { detector: 'mtcnn' })).faces),
    );
  } finally {
    await detector.close();
  }
});
