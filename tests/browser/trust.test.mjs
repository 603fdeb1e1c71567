// What the site promises: nothing leaves, a strict policy, offline use, threads without headers, sub paths.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  addPictures,
  batchDone,
  goodHost,
  launch,
  networksReady,
  photos,
  plainHost,
  site,
  visit,
} from './harness.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const offlineReady = (page) => page.waitForSelector('[data-offline=ready]', { timeout: 60_000 });

async function trySample(page, index = 0) {
  await page.click(`[data-sample="${index}"]`);
  await batchDone(page, 1);
  return Number(await page.textContent('[data-count=people]'));
}

test('no request leaves the origin, none at all after load, and none carries a byte', async () => {
  const seen = [];
  const host = await plainHost({ onRequest: (request) => seen.push(request) });
  const page = await visit(browser, { offline: true });
  await page.goto(host.url);
  await networksReady(page);
  await offlineReady(page);
  await page.waitForSelector('[data-spare]', { timeout: 60_000 });
  const before = seen.length;
  const requested = page.requests.length;
  assert.ok((await trySample(page)) > 0);
  await addPictures(page, photos);
  await batchDone(page, 1 + photos.length);
  // The browser looks for a newer worker when it likes; the page asks for nothing.
  const later = seen.slice(before).filter(({ path }) => path !== '/service-worker.js');
  assert.deepEqual(later, [], 'after load');
  for (const url of page.requests.slice(requested)) assert.match(url, /^blob:/);
  const { origin } = new URL(host.url);
  for (const url of page.requests)
    assert.ok(url.startsWith(origin) || /^(blob|data):/.test(url), url);
  assert.deepEqual(
    seen.filter(({ method, bytes }) => method !== 'GET' || bytes > 0),
    [],
  );
  assert.equal(await page.getAttribute('[data-sent]', 'data-sent'), '0');
  assert.equal(await page.getAttribute('[data-elsewhere]', 'data-elsewhere'), '0');
  await page.context().close();
  await host.close();
});

test('the line of bytes sent is a count: a request with a body moves it', async () => {
  const host = await plainHost();
  const page = await visit(browser, { offline: true });
  await page.goto(host.url);
  await networksReady(page);
  await offlineReady(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.evaluate(() =>
    fetch('./nowhere', { method: 'POST', body: new Uint8Array(1234) }).catch(() => {}),
  );
  await page.waitForSelector('[data-sent="1234"]', { timeout: 10_000 });
  await page.context().close();
  await host.close();
});

test('pictures shared with the installed page stay on the device and are judged', async () => {
  const seen = [];
  const host = await plainHost({ onRequest: (request) => seen.push(request) });
  const page = await visit(browser, { offline: true });
  await page.goto(host.url);
  await offlineReady(page);
  await page.goto(host.url);
  const { share_target: target, file_handlers: handlers } = JSON.parse(
    readFileSync(join(site, 'site.webmanifest'), 'utf8'),
  );
  assert.ok(handlers[0].accept['image/*'].includes('.jpg'));
  await page.evaluate(
    async ([action, content, name]) => {
      const form = new FormData();
      form.append(
        name,
        new File([new Uint8Array(content)], 'geteilt ü.jpg', { type: 'image/jpeg' }),
      );
      await fetch(action, { method: 'POST', body: form });
    },
    [target.action, [...readFileSync(photos[0])], target.params.files[0].name],
  );
  await page.goto(`${host.url}?shared`);
  await batchDone(page, 1);
  assert.equal(await page.textContent('.side-head h2'), 'geteilt ü.jpg');
  assert.ok(Number(await page.textContent('[data-count=people]')) > 0);
  assert.equal(await page.getAttribute('[data-sent]', 'data-sent'), '0');
  assert.deepEqual(
    seen.filter(({ method, bytes }) => method !== 'GET' || bytes > 0),
    [],
  );
  await page.context().close();
  await host.close();
});

test('every page has a strict policy without unsafe words, and the header says the same', () => {
  const header = /^ {2}Content-Security-Policy: (.*)$/m.exec(
    readFileSync(join(site, '_headers'), 'utf8'),
  )[1];
  const pages = readdirSync(site).filter((name) => name.endsWith('.html'));
  assert.ok(pages.length >= 5);
  for (const name of pages) {
    const html = readFileSync(join(site, name), 'utf8');
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)[1];
    assert.equal(header, `${policy}; frame-ancestors 'none'`, name);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /connect-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /'unsafe-(eval|inline)'/);
    assert.doesNotMatch(
      html,
      /<script(?![^>]*src=)|\son\w+=|\sstyle=/,
      `${name} has no inline code`,
    );
  }
});

test('under the policy of the headers everything works, and eval and other hosts are refused', async () => {
  const host = await goodHost();
  const page = await visit(browser);
  await page.goto(host.url);
  await networksReady(page);
  assert.ok((await trySample(page)) > 0);
  assert.deepEqual(page.complaints, []);
  const refused = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(event.effectiveDirective),
    );
    await fetch('https://masklens.invalid/').catch(() => {});
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { violations, injected: window.injected === true };
  });
  assert.ok(refused.violations.includes('connect-src'));
  assert.ok(refused.violations.includes('script-src-elem'));
  assert.equal(refused.injected, false);
  await page.context().close();
  await host.close();
});

/** A page that has been visited, kept for offline, and whose host is gone. */
async function visitedOnce() {
  const host = await plainHost();
  const page = await visit(browser, { offline: true });
  await page.goto(host.url);
  await networksReady(page);
  await offlineReady(page);
  await host.close();
  return { host, page };
}

test('after the first visit every page works with the host gone', async () => {
  const { host, page } = await visitedOnce();
  for (const name of ['live', 'compare', 'check', 'model']) {
    await page.goto(`${host.url}${name}.html`);
    await page.waitForSelector('h1');
  }
  await page.goto(host.url);
  assert.ok((await trySample(page)) > 0);
  await page.context().close();
});

test('without a network, what was not kept is told as that, and the rest is compared', async () => {
  const { host, page } = await visitedOnce();
  await page.context().setOffline(true);
  await page.goto(`${host.url}compare.html`);
  await page.setInputFiles('input[name=files]', photos[0]);
  const wanted = await page
    .locator('.choice input:checked')
    .evaluateAll((all) => all.map((one) => one.name));
  assert.ok(wanted.length > 0);
  await page.waitForFunction(() => !document.querySelector('.button[disabled]'), null, {
    timeout: 120_000,
  });
  // Both ways of finding faces were kept; classifiers to compare with are fetched when somebody asks.
  assert.ok((await page.locator('[data-total]').count()) >= 2);
  for (const name of wanted)
    assert.match(await page.textContent(`[data-classify=${name}]`), /You are offline/);
  await page.context().close();
});

test('it can be installed: manifest, icon and scope', async () => {
  const manifest = JSON.parse(readFileSync(join(site, 'site.webmanifest'), 'utf8'));
  assert.ok(manifest.name && manifest.start_url === './' && manifest.display === 'standalone');
  for (const { src } of manifest.icons) assert.ok(readFileSync(join(site, src)).length > 0);
  const host = await plainHost();
  const page = await visit(browser, { offline: true });
  await page.goto(host.url);
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window, which this is, cannot install anything; nothing else may be wrong.
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
    [],
  );
  await page.context().close();
  await host.close();
});

test('a host without headers gives threads from the second visit on, under a sub path too', async () => {
  const seen = [];
  const host = await plainHost({ base: '/some/folder/', onRequest: ({ path }) => seen.push(path) });
  const page = await visit(browser, { offline: true });
  await page.goto(host.url);
  assert.equal(await page.evaluate(() => crossOriginIsolated), false);
  const first = await trySample(page);
  assert.ok(first > 0);
  await offlineReady(page);
  // In a tab of its own, which has nothing of the first one's pictures.
  const again = await page.context().newPage();
  await again.goto(host.url);
  assert.equal(await again.evaluate(() => crossOriginIsolated), true);
  assert.equal(await again.getAttribute('[data-threads]', 'data-threads'), 'on');
  await networksReady(again);
  assert.equal(await trySample(again), first);
  assert.ok(
    seen.every((path) => path.startsWith('/some/folder/')),
    'nothing is asked for outside the folder',
  );
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  await host.close();
});
