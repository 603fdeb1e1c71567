// What makes later visits fast: compiled code that the browser kept, and files that it need not fetch.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { goodHost, launchProfile } from './harness.mjs';

const RUNTIME = 'ort-wasm-trimmed.wasm';
const WHOLE_RUNTIME = 'ort-wasm-simd-threaded.wasm';
const VISITS = 4;

let profile;
let host;
let seen;
let askedByPages;
before(async () => {
  seen = [];
  askedByPages = [];
  host = await goodHost({ onRequest: ({ path }) => seen.push(path) });
  profile = await launchProfile();
});
after(async () => {
  await profile.remove();
  await host.close();
});

/** Judges all samples in a new tab, so that the compilers have their fill; gives names of traced events. */
async function visitAndJudge() {
  const page = await profile.context.newPage();
  page.on('request', (request) => askedByPages.push(request.url()));
  const browser = profile.context.browser();
  await browser.startTracing(page, { categories: ['v8.wasm', 'v8.wasm.detailed'] });
  await page.goto(host.url);
  for (let sample = 0; sample < 5; sample++) {
    await page.click(`[data-sample="${sample}"]:not([disabled])`, { timeout: 60_000 });
    await page.waitForSelector('.face-row', { timeout: 60_000 });
    await page.click('[data-do=clear]');
  }
  await page.waitForSelector('[data-offline=ready]', { timeout: 60_000 });
  // The browser writes compiled code a while after.
  await page.waitForTimeout(3000);
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  await page.close();
  return new Set(traceEvents.map(({ name }) => name));
}

test('later visits start from compiled code, with the service worker in control', async () => {
  const first = await visitAndJudge();
  assert.ok(!first.has('wasm.Deserialize'));
  // When the browser finds code worth keeping is its own affair; it must come to that.
  let kept = false;
  for (let visit = 2; visit <= VISITS && !kept; visit++)
    kept = (await visitAndJudge()).has('wasm.Deserialize');
  assert.ok(kept, `not in ${VISITS} visits`);
});

test('WebAssembly is fetched once, under one address, by page and service worker alike', () => {
  const runtime = seen.filter((path) => path.includes(RUNTIME));
  assert.equal(runtime.length, 1, runtime.join(' '));
  assert.match(runtime[0], /\.wasm\?[0-9a-f]{8}$/);
});

test('no visit needs what was cut out of the runtime: only the service worker fetches the whole one, once', () => {
  const whole = (address) => address.includes(WHOLE_RUNTIME);
  assert.ok(askedByPages.length > 0);
  assert.deepEqual(askedByPages.filter(whole), []);
  assert.equal(seen.filter(whole).length, 1);
});

test('with the host gone it starts all the same', async () => {
  await host.close();
  const page = await profile.context.newPage();
  await page.goto(host.url);
  await page.click('[data-sample="0"]:not([disabled])');
  await page.waitForSelector('.face-row', { timeout: 60_000 });
  await page.close();
});
