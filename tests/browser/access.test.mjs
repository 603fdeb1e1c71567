// Accessibility, keyboard and languages of every page at phone and desktop width.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import {
  fixture,
  goodHost,
  judged,
  launch,
  networksReady,
  photos,
  screenshot,
  visit,
} from './harness.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['index', 'live', 'compare', 'check', 'model'];
const ABOUT_COLOURS = ['color-contrast', 'link-in-text-block'];
const SIZES = {
  390: { width: 390, height: 844 },
  1440: { width: 1440, height: 900 },
};
let browser;
let host;
before(async () => {
  [browser, host] = await Promise.all([launch(), goodHost()]);
});
after(async () => {
  await browser.close();
  await host.close();
});

/** Violations as readable lines, of all rules or of some. */
async function violations(page, rules) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const options = rules ? { runOnly: { type: 'rule', values: rules } } : {};
  const found = await page.evaluate((options) => window.axe.run(options), options);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`),
  );
}

const noSidewaysScroll = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

for (const [name, viewport] of Object.entries(SIZES)) {
  test(`every page is free of axe violations, light and dark, ${name} px`, async () => {
    const page = await visit(browser, { viewport, reducedMotion: 'reduce' });
    // The next page opens in the colours that the last one was left in.
    const schemes = ['light', 'dark'];
    const look = async (what) => {
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        // Elements are the same in both: in the second scheme only what reads colours has news.
        const rules = colorScheme === schemes[0] ? undefined : ABOUT_COLOURS;
        assert.deepEqual(await violations(page, rules), [], `${what}, ${colorScheme}`);
        assert.ok(await noSidewaysScroll(page), `${what} does not scroll sideways`);
        await screenshot(page, `${what}-${name}-${colorScheme}`);
      }
      schemes.reverse();
    };
    for (const path of PAGES) {
      await page.goto(`${host.url}${path}.html`);
      await page.waitForSelector('h1');
      if (path === 'index') await page.waitForSelector('[data-sample] img');
      if (path === 'model') await page.waitForSelector('report-view');
      await look(path);
    }
    await judged(page, host.url, [...photos, fixture('text.jpg')]);
    await page.waitForTimeout(300);
    await look('results');
    await page.context().close();
  });
}

for (const [locale, width] of [
  ['ar', 390],
  ['fr', 320],
  ['zh', 768],
]) {
  test(`${locale} at ${width} px: results, a pinned face and hidden faces are clean and fit`, async () => {
    const viewport = { width, height: 844 };
    const page = await visit(browser, {
      locale,
      viewport,
      hasTouch: true,
      reducedMotion: 'reduce',
    });
    for (const path of PAGES) {
      await page.goto(`${host.url}${path}.html`);
      await page.waitForSelector('h1');
      if (path === 'model') await page.waitForSelector('report-view');
      assert.ok(await noSidewaysScroll(page), `${path} does not scroll sideways`);
    }
    await judged(page, host.url, [...photos.slice(0, 3), fixture('text.jpg')]);
    assert.equal(await page.getAttribute('html', 'lang'), locale);
    assert.equal(await page.getAttribute('html', 'dir'), locale === 'ar' ? 'rtl' : 'ltr');
    await page.waitForSelector('.plate');
    await screenshot(page, `results-${width}-${locale}`);
    assert.deepEqual(await violations(page), [], 'results');
    await page.click('.face-row >> nth=0');
    await page.waitForSelector('.face-detail');
    assert.deepEqual(await violations(page), [], 'a pinned face');
    await page.click('[data-group=unmasked]');
    await page.click('[data-mode=hide]');
    await page.waitForSelector('.cover');
    await page.click('[data-fold=use] summary');
    await page.waitForSelector('.snippet');
    await page.click('[data-fold=sent] summary');
    await screenshot(page, `hidden-${width}-${locale}`);
    assert.deepEqual(await violations(page), [], 'hidden faces');
    assert.ok(await noSidewaysScroll(page), 'nothing is wider than the page');
    await page.context().close();
  });
}

test('with forced colours everything that is pressed or chosen is told by more than a colour', async () => {
  const page = await visit(browser, { forcedColors: 'active' });
  await judged(page, host.url, photos.slice(0, 2));
  await page.click('.face-row >> nth=0');
  for (const selector of ['.face-row[aria-pressed=true]', '[data-mode=boxes]'])
    assert.notEqual(
      await page.locator(selector).evaluate((one) => getComputedStyle(one).outlineStyle),
      'none',
      selector,
    );
  assert.deepEqual(await violations(page), []);
  await page.context().close();
});

/** Everything a mouse could press, and what the Tab key reaches. */
async function tabbed(page) {
  const { names, others } = await page.evaluate(() => {
    const usable = [...document.querySelectorAll('a[href], button, input, select, summary')].filter(
      (element) =>
        !element.disabled && element.checkVisibility() && element.getClientRects().length > 0,
    );
    usable.forEach((element, index) => {
      element.dataset.stop = String(index);
    });
    document.activeElement?.blur();
    window.reached = new Set();
    document.addEventListener('focusin', () => {
      const stop = document.activeElement?.dataset.stop;
      if (stop) window.reached.add(Number(stop));
    });
    return {
      names: usable.map((element) => element.outerHTML.slice(0, 100)),
      others: document.querySelectorAll('[tabindex="0"]').length,
    };
  });
  for (let press = 0; press < names.length + others + 10; press++) await page.keyboard.press('Tab');
  const reached = new Set(await page.evaluate(() => [...window.reached]));
  return names.filter((_, index) => !reached.has(index));
}

test('the keyboard reaches everything, before and after pictures are there', async () => {
  const page = await visit(browser);
  for (const path of PAGES) {
    await page.goto(`${host.url}${path}.html`);
    await page.waitForSelector('h1');
    if (path === 'index') await page.waitForSelector('[data-sample] img');
    if (path === 'model') await page.waitForSelector('report-view');
    assert.deepEqual(await tabbed(page), [], path);
  }
  await judged(page, host.url, photos.slice(0, 2));
  assert.deepEqual(await tabbed(page), []);
  await page.context().close();
});

test('a sample is opened, a face pointed at and a picture turned by keys alone', async () => {
  const page = await visit(browser);
  await page.goto(host.url);
  await networksReady(page);
  await page.waitForSelector('[data-sample] img');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'content');
  await page.focus('[data-sample="1"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.face-row');
  await page.focus('.face-row');
  await page.waitForSelector('.sheet .face.active[data-index="0"]');
  await page.setInputFiles('input[name=files]', photos[0]);
  await page.waitForSelector('picture-card >> nth=1');
  const title = await page.textContent('.side-head h2');
  await page.focus('.stage');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(
    (old) => document.querySelector('.side-head h2').textContent !== old,
    title,
  );
  await page.context().close();
});

/** Pieces of text of three words and more; tables and reports hold names and notes of the networks. */
const sentences = (page) =>
  page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
      const text = texts.currentNode.data.trim();
      const inside = texts.currentNode.parentElement.closest('td, th, report-view, noscript');
      if (!inside && text.split(/\s+/).length >= 3) found.push(text);
    }
    return found;
  });

test('German is complete: no page shows an English sentence', async () => {
  const page = await visit(browser, { locale: 'de-DE' });
  const english = await visit(browser);
  for (const path of PAGES) {
    const spoken = [];
    for (const one of [page, english]) {
      await one.goto(`${host.url}${path}.html`);
      await one.waitForSelector('h1');
      await one.waitForTimeout(200);
      spoken.push(await sentences(one));
    }
    assert.equal(await page.getAttribute('html', 'lang'), 'de');
    assert.ok(spoken[0].length >= 3);
    assert.deepEqual(
      spoken[0].filter((sentence) => spoken[1].includes(sentence)),
      [],
      path,
    );
  }
  // Changing the language changes the page at once and is remembered.
  await page.goto(host.url);
  await page.selectOption('.preferences select >> nth=0', 'en');
  await page.waitForFunction(() =>
    /Who wears a mask/.test(document.querySelector('h1').textContent),
  );
  await page.reload();
  await page.waitForFunction(() =>
    /Who wears a mask/.test(document.querySelector('h1')?.textContent),
  );
  await page.context().close();
  await english.context().close();
});

test('chosen colours hold against the system’s and are remembered', async () => {
  const page = await visit(browser, { colorScheme: 'light' });
  await page.goto(host.url);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.selectOption('.preferences select >> nth=1', 'dark');
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await ground(), dark);
  await page.context().close();
});
