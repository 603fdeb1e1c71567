// What holds of every option and every message that crosses to the worker, not of a few examples.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import fc from 'fast-check';
import { root } from '../../scripts/run.mjs';

const pixels = { data: new Uint8Array(4 * 4 * 4), width: 4, height: 4 };

let mock;
let createOptions;
let options;
let protocol;
before(async () => {
  mock = await import('../../dist/mock.js');
  const outdir = join(root, 'build/tests/properties');
  await build({
    entryPoints: ['api/create-options.ts', 'api/options.ts', 'backend/protocol.ts'].map((name) =>
      join(root, 'web/lib', name),
    ),
    outdir,
    bundle: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  createOptions = await import(join(outdir, 'api/create-options.mjs'));
  options = await import(join(outdir, 'api/options.mjs'));
  protocol = await import(join(outdir, 'backend/protocol.mjs'));
});
after(() => mock?.answerWith());

const refused = (error) => error instanceof TypeError || error instanceof RangeError;

test('whatever is passed as an option is taken or refused by name, before anything starts', async () => {
  const detector = await mock.createDetector();
  const names = ['minScore', 'minFace', 'maxSide', 'tiles', 'refine', 'quality'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.anything(), async (name, value) => {
      const outcome = await detector.detect(pixels, { [name]: value }).catch((error) => error);
      if (!(outcome instanceof Error)) return;
      assert.ok(refused(outcome), String(outcome));
      assert.ok(outcome.message.includes(name), outcome.message);
    }),
    { numRuns: 300 },
  );
  await detector.close();
});

test('limits are what was asked for, or refused', () => {
  fc.assert(
    fc.property(
      fc.record(
        { maxBytes: fc.double(), maxSide: fc.double(), maxPixels: fc.double() },
        { requiredKeys: [] },
      ),
      (limits) => {
        let taken;
        try {
          taken = createOptions.checkLimits(limits);
        } catch (error) {
          return refused(error);
        }
        return Object.entries(limits).every(
          ([name, value]) => taken[name] === value && Number.isInteger(value) && value >= 1,
        );
      },
    ),
  );
});

test('settings survive the way to the worker: cloned, they are what they were', () => {
  const choices = createOptions.checkChoices({});
  fc.assert(
    fc.property(
      fc.record(
        {
          minScore: fc.double({ min: 0, max: 1, noNaN: true }),
          maxSide: fc.integer({ min: 32, max: 4096 }),
          tiles: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      (wanted) => {
        const settings = options.checkDetectOptions(wanted, choices);
        assert.deepEqual(structuredClone(settings), settings);
        for (const [name, value] of Object.entries(wanted)) assert.equal(settings[name], value);
      },
    ),
  );
});

test('errors come out of the worker as they went in: code, message, kind', () => {
  const codes = ['bad-image', 'unsupported-format', 'asset-missing', 'aborted', 'out-of-memory'];
  fc.assert(
    fc.property(fc.constantFrom(...codes), fc.string(), (code, message) => {
      const error = new mock.MasklensError(code, message);
      const back = protocol.unposted(structuredClone(protocol.postable(error)));
      assert.ok(back instanceof mock.MasklensError);
      assert.deepEqual([back.code, back.message, back.name], [code, message, error.name]);
    }),
  );
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      const back = protocol.unposted(structuredClone(protocol.postable(thrown)));
      assert.ok(back instanceof Error);
    }),
  );
});
