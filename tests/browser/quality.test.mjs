// What page auditors such as Lighthouse look for, asked of the browser itself: Lighthouse would
// bring a hundred packages and a driver of its own. axe has its own file, offline and installing too.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { goodHost, judged, launch, longestTask, photos, site, visit } from './harness.mjs';

const PAGES = readdirSync(site).filter((name) => name.endsWith('.html'));
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
let browser;
let host;
before(async () => {
  [browser, host] = await Promise.all([launch(), goodHost()]);
});
after(async () => {
  await browser.close();
  await host.close();
});

/** Starts to note shifts and the largest paint before the page does anything. */
const observe = (page) =>
  page.addInitScript(() => {
    window.seen = { shift: 0, sources: [], paint: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        window.seen.shift += entry.value;
        for (const { node } of entry.sources)
          window.seen.sources.push((node?.outerHTML ?? node?.nodeName ?? '').slice(0, 80));
      }
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const { startTime } of list.getEntries()) window.seen.paint = startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
  });

/** What the browser itself complains of: deprecations, mixed content, cookies, blocked requests. */
async function issuesOf(page) {
  const session = await page.context().newCDPSession(page);
  const issues = [];
  session.on('Audits.issueAdded', ({ issue }) => {
    // Told of lazy pictures with width and height as well; that they have both is checked below.
    if (issue.code !== 'LazyLoadImageIssue') issues.push(JSON.stringify(issue).slice(0, 300));
  });
  await session.send('Audits.enable');
  return issues;
}

const settled = async (page, name) => {
  await page.waitForSelector('h1');
  if (name === 'model.html') await page.waitForSelector('report-view');
  if (name === 'index.html') await page.waitForSelector('[data-sample] img');
  await page.waitForLoadState('networkidle');
};

const titles = new Set();
for (const name of PAGES) {
  test(`${name}: head, shifts, paint, blocking, links and pictures`, async () => {
    const page = await visit(browser, PHONE);
    await observe(page);
    const issues = await issuesOf(page);
    const { blocking } = await longestTask(browser, page, async () => {
      await page.goto(`${host.url}${name}`);
      await settled(page, name);
    });
    assert.ok(blocking < 200, `tasks took ${blocking} ms beyond 50 ms each`);
    const { shift, sources, paint } = await page.evaluate(() => window.seen);
    assert.ok(shift < 0.05, `layout shifts by ${shift}: ${sources}`);
    // A first visit on a busy machine; the start-up times of their own are in measure.mjs.
    assert.ok(paint > 0 && paint < 4000, `the largest paint came after ${paint} ms`);

    const head = await page.evaluate(() => ({
      mode: document.compatMode,
      charset: document.characterSet,
      lang: document.documentElement.lang,
      title: document.title,
      headings: document.querySelectorAll('h1').length,
      main: document.querySelectorAll('main').length,
      ...Object.fromEntries(
        ['viewport', 'description', 'robots'].map((key) => [
          key,
          document.querySelector(`meta[name=${key}]`)?.content,
        ]),
      ),
      themes: document.querySelectorAll('meta[name=theme-color]').length,
    }));
    assert.deepEqual([head.mode, head.charset, head.lang], ['CSS1Compat', 'UTF-8', 'en']);
    assert.deepEqual([head.headings, head.main], [1, 1]);
    assert.ok(head.title.length >= 6 && head.title.length <= 70, head.title);
    assert.ok(!titles.has(head.title), 'every page has a title of its own');
    titles.add(head.title);
    assert.match(head.viewport, /width=device-width/);
    assert.doesNotMatch(head.viewport, /maximum-scale|user-scalable/);
    assert.ok(head.description.length >= 50 && head.description.length <= 160);
    assert.doesNotMatch(head.robots ?? '', /noindex/);
    assert.equal(head.themes, 2);

    const links = await page.evaluate(() =>
      [...document.querySelectorAll('a[href], link[href]')].map((link) => ({
        href: link.href,
        says: link.tagName === 'LINK' ? 'x' : link.ariaLabel || link.textContent.trim(),
      })),
    );
    assert.ok(links.length > 5);
    for (const { href, says } of links) {
      assert.ok(href.startsWith(host.url), href);
      assert.ok(says.length > 0, `${href} says where it leads`);
    }
    for (const href of new Set(links.map((link) => link.href.replace(/#.*/, ''))))
      assert.equal((await fetch(href)).status, 200, href);

    const pictures = await page.evaluate(() =>
      [...document.images].map((image) => {
        const style = getComputedStyle(image);
        return {
          html: image.outerHTML.slice(0, 90),
          alt: image.hasAttribute('alt'),
          sized:
            (image.hasAttribute('width') && image.hasAttribute('height')) ||
            (style.width !== 'auto' && style.objectFit !== 'fill'),
        };
      }),
    );
    for (const { html, alt, sized } of pictures) {
      assert.ok(alt, html);
      assert.ok(sized, `${html} keeps its place before it has come`);
    }
    assert.deepEqual(issues, []);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

/** Whatever fingers can press and is smaller than they are; links inside sentences are not counted. */
const smallTargets = (page) =>
  page.evaluate(() => {
    const found = [];
    for (const element of document.querySelectorAll(
      'a[href], button, select, summary, input:not([hidden]), label.check',
    )) {
      if (!element.checkVisibility() || element.disabled) continue;
      if (element.matches('.skip, .check input, p a, dd a')) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width < 44 || height < 43.5)
        found.push(
          `${Math.round(width)} x ${Math.round(height)}: ${element.outerHTML.slice(0, 80)}`,
        );
    }
    return found;
  });

/** Text smaller than 13 pixels. */
const smallText = (page) =>
  page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
      const { parentElement, data } = texts.currentNode;
      if (!data.trim() || !parentElement.checkVisibility()) continue;
      const size = Number.parseFloat(getComputedStyle(parentElement).fontSize);
      if (size < 13) found.push(`${size} px: ${data.trim().slice(0, 40)}`);
    }
    return found;
  });

test('on a phone everything can be pressed and read, with results too', async () => {
  const page = await visit(browser, PHONE);
  for (const name of PAGES) {
    await page.goto(`${host.url}${name}`);
    await settled(page, name);
    assert.deepEqual(await smallTargets(page), [], name);
    assert.deepEqual(await smallText(page), [], name);
    const inside = await page.evaluate(() => {
      const { right } = [...document.querySelectorAll('.site-header nav a')]
        .at(-1)
        .getBoundingClientRect();
      return right <= document.documentElement.clientWidth;
    });
    assert.ok(inside, 'the last page of the navigation is not cut off');
  }
  await judged(page, host.url, photos.slice(0, 2));
  await page.waitForSelector('.face-row');
  await page.click('.options summary');
  await page.click('.face-row >> nth=0');
  await page.click('[data-mode=add]');
  assert.deepEqual(await smallTargets(page), [], 'results');
  assert.deepEqual(await smallText(page), [], 'results');
  await page.context().close();
});

test('nothing moves while results come in', async () => {
  const page = await visit(browser);
  await observe(page);
  await page.goto(host.url);
  await settled(page, 'index.html');
  await page.click('[data-sample="0"]');
  await page.waitForSelector('.workbench');
  // The change of the whole page is the visitor's doing; what comes after it is ours.
  await page.evaluate(() => {
    window.seen.shift = 0;
    window.seen.sources = [];
  });
  await page.waitForSelector('.face-row');
  await page.waitForTimeout(1000);
  const { shift, sources } = await page.evaluate(() => window.seen);
  assert.ok(shift < 0.1, `layout shifts by ${shift}: ${sources}`);
  await page.context().close();
});

test('the first page is light, and names no address but its own', () => {
  const html = readFileSync(join(site, 'index.html'), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path);
  const bytesOf = (kind) =>
    files
      .filter((path) => path.endsWith(kind))
      .reduce((sum, path) => sum + statSync(join(site, path)).size, 0);
  assert.ok(bytesOf('.js') > 0 && bytesOf('.js') < 250_000, `${bytesOf('.js')} bytes of script`);
  assert.ok(bytesOf('.css') > 0 && bytesOf('.css') < 60_000, `${bytesOf('.css')} bytes of styles`);
  for (const name of readdirSync(site, { recursive: true })) {
    // The reference links to the web's own; nothing is loaded from there.
    if (!/\.(html|css|webmanifest)$/.test(name) || /^api[/\\]/.test(name)) continue;
    assert.doesNotMatch(readFileSync(join(site, name), 'utf8'), /https?:\/\//, name);
  }
});
