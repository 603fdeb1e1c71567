// What the drivers of the examples share: a page with a file input and an answer, used in Chromium.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { root } from '../scripts/run.mjs';

/** The photo that every example is given. */
export const photo = join(root, 'tests/fixtures/photos/maksssksksss96.jpg');

const PATIENCE_MS = 60_000;

/** A port that is free now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Chooses the photo on a page; gives what the page answers. Fails when anything is complained of. */
export async function usePage(browser, url, isolated) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  try {
    await page.goto(url);
    const input = page.locator('input[type=file]').first();
    await input.waitFor({ state: 'attached', timeout: PATIENCE_MS });
    // What renders on a server listens a moment later.
    await page.waitForLoadState('networkidle');
    await input.setInputFiles(photo);
    await page.waitForFunction(
      () =>
        /^\s*(\d+ faces: |[a-z-]+: )/.test(document.querySelector('#answer')?.textContent ?? ''),
      null,
      { timeout: PATIENCE_MS },
    );
    assert.deepEqual(complaints, []);
    assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
    return (await page.textContent('#answer')).trim();
  } catch (error) {
    throw new Error(`${url}: ${complaints.join('; ')}`, { cause: error });
  } finally {
    await page.close();
  }
}
