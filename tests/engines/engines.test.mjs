// A visitor's session in Chromium, Firefox and WebKit: it comes to its end in each, and the first two find the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goodHost } from '../browser/harness.mjs';
import { ENGINES, missing, open } from './engines.mjs';
import { session } from './session.mjs';

const only = process.env.ENGINE;
const found = {};
for (const name of Object.keys(ENGINES).filter((one) => !only || one === only)) {
  const skip = missing(name);
  test(`a visitor's session in ${name}`, { skip }, async (t) => {
    const host = await goodHost();
    const browser = await open(name);
    let at = 'start';
    let since = performance.now();
    try {
      found[name] = await session(browser, host, (step) => {
        t.diagnostic(`${at}: ${Math.round(performance.now() - since)} ms`);
        since = performance.now();
        at = step;
      });
    } catch (error) {
      error.message = `${name}, ${at}: ${error.message}`;
      throw error;
    } finally {
      await browser.close();
      await host.close();
    }
  });
}

test('Firefox finds what Chromium finds', () => {
  if (found.chromium && found.firefox) assert.deepEqual(found.firefox, found.chromium);
});
