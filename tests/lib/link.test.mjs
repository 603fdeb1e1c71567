// The connection to a worker, with a worker that answers what the test says, and a clock that the
// test turns: who is deaf, who falls silent, and how long an end is waited for.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, mock, test } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';

const VERSION = 'of this test';
let openWorker;
before(async () => {
  const outfile = join(root, 'build/tests/link.mjs');
  await build({
    entryPoints: [join(root, 'web/lib/backend/client.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    external: ['node:*'],
    define: { PACKAGE_VERSION: JSON.stringify(VERSION), CLASSIC_FILES: '[]' },
    logLevel: 'error',
  });
  ({ openWorker } = await import(outfile));
});

/** A worker that starts as ours does; `answer` says what becomes of any other call. */
class FakeWorker {
  ended = false;
  constructor(answer) {
    this.answer = answer;
  }
  reply(data) {
    queueMicrotask(() => this.onmessage({ data }));
  }
  postMessage(request) {
    if ('hello' in request)
      this.reply({ hello: { name: 'masklens', version: VERSION, taken: false } });
    else if (request.method === 'open') this.reply({ id: request.id, value: 1 });
    else this.answer(request, (data) => this.reply(data));
  }
  terminate() {
    this.ended = true;
  }
}

const settings = { assets: 'https://example.org/masklens/', threads: 1, limits: {} };
const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function opened(answer) {
  const started = new FakeWorker(answer);
  const backend = await openWorker(settings, () => undefined, never, { started });
  return { backend, started };
}

/** What becomes of a call while so many seconds pass. */
async function outcomeAfter(seconds, call) {
  let outcome = 'waits';
  call.then(
    () => {
      outcome = 'answered';
    },
    (error) => {
      outcome = error.code;
    },
  );
  for (let second = 0; second < seconds; second++) {
    mock.timers.tick(1_000);
    await settle();
  }
  return outcome;
}

async function onClock(body) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    await body();
  } finally {
    mock.timers.reset();
  }
}

const picture = () => ({ kind: 'file', data: new Uint8Array(4) });

test('a worker that does not say that a call has come is gone after a quarter of a minute', () =>
  onClock(async () => {
    const { backend, started } = await opened(() => undefined);
    const call = backend.call('detect', [picture(), {}], never);
    assert.equal(await outcomeAfter(9, call), 'waits');
    assert.equal(await outcomeAfter(7, call), 'crashed');
    assert.deepEqual([started.ended, backend.dead, backend.silent], [true, true, false]);
  }));

test('one that works and says nothing has a minute; it fell silent', () =>
  onClock(async () => {
    const { backend, started } = await opened((request, reply) => {
      if (request.method === 'detect') reply({ pong: request.id });
    });
    const call = backend.call('detect', [picture(), {}], never);
    assert.equal(await outcomeAfter(59, call), 'waits');
    assert.equal(await outcomeAfter(7, call), 'crashed');
    assert.deepEqual([started.ended, backend.silent], [true, true]);
  }));

test('one that answers pings may work for as long as it takes', () =>
  onClock(async () => {
    let finish;
    const { backend } = await opened((request, reply) => {
      if ('ping' in request) reply({ pong: request.ping });
      else finish = () => reply({ id: request.id, value: 'faces' });
    });
    const call = backend.call('detect', [picture(), {}], never);
    assert.equal(await outcomeAfter(600, call), 'waits');
    finish();
    assert.equal(await call, 'faces');
  }));

test('an end is waited for briefly, and for longer where a film is open, which would be lost', () =>
  onClock(async () => {
    const answer = (request, reply) => {
      if (request.method === 'moving')
        reply({ id: request.id, value: request.arguments[0].do === 'open' ? 7 : null });
    };
    const open = { do: 'open', file: picture(), settings: {}, every: 1 };
    for (const [commands, seconds] of [
      [[], 0],
      [[open], 5],
      [[open, { do: 'close', id: 7 }], 0],
    ]) {
      const { backend, started } = await opened(answer);
      for (const command of commands) await backend.call('moving', [command], never);
      const stop = new AbortController();
      const call = backend.call('detect', [picture(), {}], stop.signal);
      stop.abort();
      if (seconds > 0) assert.equal(await outcomeAfter(seconds - 1, call), 'waits');
      assert.equal(started.ended, false);
      assert.equal(await outcomeAfter(1, call), 'aborted');
      assert.equal(started.ended, true);
    }
  }));
