// Text that runs from right to left, and names and figures in it: what people see from left to right.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fixture, goodHost, judged, launch, photos, visit } from './harness.mjs';

let browser;
let host;
before(async () => {
  [browser, host] = await Promise.all([launch(), goodHost()]);
});
after(async () => {
  await browser.close();
  await host.close();
});

/** Names whose signs go astray in text of the other direction. */
const NAMES = ['(1) street-2024 [b]', 'صورة (2).jpg', '5 + 3 = 8.jpg'];

/** The text of the first element found as it is seen, letters from left to right, a line after the other. */
const seen = (page, selector) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const letters = [];
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      while (walker.nextNode()) {
        const { currentNode: node } = walker;
        for (let at = 0; at < node.data.length; at++) {
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          const { left, top, width, height } = range.getBoundingClientRect();
          if (width > 0 && node.data[at].trim())
            letters.push({
              letter: node.data[at],
              x: left,
              line: Math.round((top + height / 2) / 8),
            });
        }
      }
      return letters
        .sort((a, b) => a.line - b.line || a.x - b.x)
        .map(({ letter }) => letter)
        .join('');
    });

/** The same of a name that stands by itself. */
async function alone(page, name) {
  await page.evaluate((text) => {
    const place = document.createElement('p');
    place.id = 'alone';
    place.append(Object.assign(document.createElement('bdi'), { textContent: text }));
    document.body.append(place);
  }, name);
  const order = await seen(page, '#alone');
  await page.evaluate(() => document.getElementById('alone').remove());
  return order;
}

for (const locale of ['ar', 'en-GB'])
  test(`${locale}: a file's name is seen as it is, wherever it stands`, async () => {
    const page = await visit(browser, { locale });
    const named = (name, path) => ({ name, mimeType: 'image/jpeg', buffer: readFileSync(path) });
    await judged(page, host.url, [
      ...NAMES.map((name) => named(name, photos[0])),
      ...NAMES.map((name) => named(`${name}!`, fixture('text.jpg'))),
    ]);
    for (const [index, name] of NAMES.entries()) {
      const wanted = await alone(page, name);
      const bad = await alone(page, `${name}!`);
      const card = `picture-card:nth-of-type(1) >> nth=${index}`;
      const broken = `picture-card >> nth=${index + NAMES.length}`;
      assert.equal(await seen(page, `${card} >> .card-name`), wanted);
      assert.ok((await seen(page, `${broken} >> .card-error`)).includes(bad), 'why it failed');
      await page.locator(`${broken} >> .card`).click();
      await page.waitForSelector('.workbench.failed .notice.bad p');
      assert.ok((await seen(page, '.notice.bad p')).includes(bad), 'the same beside the stage');
      await page.locator(`${card} >> .card`).click();
      await page.waitForSelector('.workbench.done .face-row');
      assert.equal(await seen(page, '.side-head h2'), wanted);
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-save=picture]'),
    ]);
    assert.ok(
      (await seen(page, '.save-note')).includes(await alone(page, download.suggestedFilename())),
    );
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

test('Arabic: sizes, intervals and what is English keep their order', async () => {
  const page = await visit(browser, { locale: 'ar' });
  await judged(page, host.url, [fixture('photos/maksssksksss373.jpg')]);
  assert.match(await seen(page, '.side-head p'), /512×340/);
  await page.click('.face-row >> nth=0');
  await page.waitForSelector('.face-detail');
  assert.match(await seen(page, '.face-detail p.quiet'), /\d+×\d+/);

  await page.goto(`${host.url}check.html`);
  await page.click('[data-do=samples]');
  await page.click('[data-do=check]');
  await page.waitForSelector('[data-accuracy]', { timeout: 60_000 });
  assert.match(await seen(page, '[data-found=coco]'), /COCO$/);
  const cells = page.locator('.by-class td.number');
  for (let nth = 0; nth < (await cells.count()); nth++) {
    const text = (await cells.nth(nth).textContent()).replaceAll(/[\s\u200e]/g, '');
    assert.equal(await seen(page, `.by-class td.number >> nth=${nth}`), text);
  }

  await page.goto(`${host.url}model.html`);
  await page.waitForSelector('report-view .report');
  const ours = '[data-figures=classifiers] tr.ours td.number';
  const figures = (await page.locator(ours).first().textContent()).replaceAll(/[\s\u200e]/g, '');
  assert.equal(await seen(page, ours), figures);
  // What is said in English ends where English does: its full stops and brackets, too.
  const english = await page
    .locator('main [lang=en]')
    .evaluateAll((all) =>
      all.map((one) => [getComputedStyle(one).direction, one.textContent.trim().slice(0, 60)]),
    );
  assert.ok(english.length > 10);
  assert.deepEqual(
    english.filter(([direction]) => direction !== 'ltr'),
    [],
  );
  assert.ok(english.some(([, text]) => text.startsWith('classifier')));
  // All of a report is of its command's own words.
  const words = await page
    .locator('report-view details[open] > .panel > :not([lang=en])')
    .allTextContents();
  assert.ok(
    words.every((text) => !/[a-z]{3,} [a-z]{3,}/.test(text)),
    words.join(' | '),
  );
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('Arabic: no unit stands in Latin letters beside a figure', async () => {
  const page = await visit(browser, { locale: 'ar' });
  const peers = { name: 'Other', times: { 1: { medianMs: 20 }, 2: { medianMs: 10 } } };
  const own = {
    ...peers,
    bytes: { raw: 3e6, brotli: 1e6 },
    coldStartMs: 800,
    accuracy: { ap50: 0.9, ap50From16: 0.9, recallMaskedFrom16: 0.9 },
  };
  const machine = { cpu: 'x', cores: 2, chromium: '1.2.3', node: 'v20' };
  const bench = {
    peers: { machine, timedPhotos: { count: 6 }, scoredPhotos: { count: 7 }, detectors: [own] },
  };
  await page.route('**/reports/bench.json', (route) => route.fulfill({ json: bench }));
  const drawn = () =>
    page.addInitScript(() => {
      window.drawn = [];
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        window.drawn.push(text);
        return fillText.call(this, text, ...rest);
      };
    });
  await drawn();
  const units = /(^|[\s\d(,،])(px|ms|s|fps|[kMGKB]?B)(?![\w.])/;
  for (const name of ['index', 'live', 'compare', 'check', 'model']) {
    if (name === 'index') await judged(page, host.url, [photos[0]]);
    else await page.goto(`${host.url}${name}.html`);
    await page.waitForSelector(name === 'model' ? '[data-figures=peers] canvas' : 'h1, .face-row');
    const words = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const own = [];
      while (walker.nextNode()) {
        const { currentNode: node } = walker;
        if (!node.parentElement.closest('[lang=en], script')) own.push(node.data);
      }
      return [...own, ...window.drawn].filter((text) => text.trim());
    });
    assert.ok(words.length > 5);
    assert.deepEqual(
      words.filter((line) => units.test(line)),
      [],
      name,
    );
  }
  await page.context().close();
});
