// `workers: n`: pictures at once, one call at a time for each backend, moving pictures with one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { build } from 'esbuild';
import fc from 'fast-check';
import { root } from '../../scripts/run.mjs';

let BackendPool;
before(async () => {
  const outfile = join(root, 'build/tests/pool.mjs');
  const entryPoints = [join(root, 'web/lib/backend/pool.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', logLevel: 'error' });
  ({ BackendPool } = await import(outfile));
});

/** A backend that notes its calls and answers when told to; `most` is how many ran at once. */
function backend(name, log) {
  const waiting = [];
  const self = { name, threads: 1, running: 0, most: 0, closed: false, waiting };
  self.call = (method, [what]) => {
    log.push(`${name} ${method} ${what}`);
    self.most = Math.max(self.most, ++self.running);
    return new Promise((resolve, reject) => {
      waiting.push((error) => {
        self.running--;
        if (error) reject(error);
        else resolve(`${name} ${what}`);
      });
    });
  };
  self.close = async () => {
    self.closed = true;
  };
  return self;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('pictures go to whoever has least to do; the frames of a moving one stay together', async () => {
  const log = [];
  const [one, two] = [backend('one', log), backend('two', log)];
  const pool = new BackendPool([one, two]);
  const answers = [
    pool.call('detect', ['a']),
    pool.call('detect', ['b']),
    pool.call('follow', ['f1']),
    pool.call('follow', ['f2']),
  ];
  await settle();
  assert.deepEqual(log, ['one detect a', 'two detect b'], 'a follows when one is free');
  two.waiting.shift()();
  const third = pool.call('detect', ['c']);
  await settle();
  assert.deepEqual(log.slice(2), ['two detect c']);
  for (let rest = 0; rest < 3; rest++) {
    one.waiting.shift()?.();
    await settle();
  }
  two.waiting.shift()();
  assert.deepEqual(await Promise.all([...answers, third]), [
    'one a',
    'two b',
    'one f1',
    'one f2',
    'two c',
  ]);
  await pool.close();
  assert.ok(one.closed && two.closed);
});

test('a call that fails does not hold up the next one', async () => {
  const one = backend('one', []);
  const pool = new BackendPool([one]);
  const [first, second] = [pool.call('detect', ['a']), pool.call('detect', ['b'])];
  await settle();
  one.waiting.shift()(new Error('broken'));
  await assert.rejects(first, /broken/);
  await settle();
  one.waiting.shift()();
  assert.equal(await second, 'one b');
});

test('whatever is asked in whatever order, no backend has two calls at once, and all are answered', async () => {
  const calls = fc.array(fc.constantFrom('detect', 'annotate', 'pixels', 'follow', 'moving'), {
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 4 }), async (methods, count) => {
      const members = Array.from({ length: count }, (_, index) => backend(String(index), []));
      const pool = new BackendPool(members);
      const answers = methods.map((method, index) => pool.call(method, [String(index)]));
      for (let left = methods.length; left > 0; ) {
        await settle();
        for (const member of members) {
          const answer = member.waiting.shift();
          if (answer) left--;
          answer?.();
        }
      }
      const given = await Promise.all(answers);
      given.forEach((answer, index) => {
        assert.ok(answer.endsWith(` ${index}`));
      });
      for (const { most } of members) assert.ok(most <= 1);
    }),
    { numRuns: 50 },
  );
});
