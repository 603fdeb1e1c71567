// A visitor's session in Chromium, Firefox and WebKit: it comes to its end in each, and each finds the same.
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

test('the engines find the same', () => {
  const [first, ...others] = Object.entries(found);
  for (const [name, other] of others)
    assert.deepEqual(other, first[1], `${name} beside ${first[0]}`);
});
