// A film among the pictures: a card like any other, with a player, a line for each person, and a copy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChromium } from '../bench/chromium.mjs';
import { batchDone, download, fixture, launch, plainHost, screenshot, visit } from './harness.mjs';

let site;
let film;
before(async () => {
  site = await plainHost();
  const maker = await startChromium(fixture('photos'));
  const page = await maker.open();
  const base64 = await page.evaluate(async () => {
    const { openFilm, encodeFilm } = await import('/film/page.js');
    const media = await import('/mediabunny/mediabunny.mjs');
    const at = { faces: '/film/faces.json', folder: '/fixtures/' };
    const opened = await openFilm({ seconds: 2, fps: 10, width: 480, height: 270 }, at);
    const options = { container: 'mp4', codec: 'avc', sound: true };
    const bytes = new Uint8Array(await (await encodeFilm(media, opened, options)).arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  });
  film = Buffer.from(base64, 'base64');
  await maker.close();
});
after(() => site.close());

test('a film is a card: judged, played, moved through, exported with its sound', async () => {
  const browser = await launch();
  try {
    const page = await visit(browser);
    await page.goto(site.url);
    await page.setInputFiles('input[name=files]', {
      name: 'walk.mp4',
      mimeType: 'video/mp4',
      buffer: film,
    });
    await batchDone(page, 1, 120_000);
    await page.waitForSelector('animation-player');
    const frames = await page.getAttribute('animation-player input[name=frame]', 'max');
    assert.equal(Number(frames), 19);
    assert.ok((await page.locator('.animation-people li').count()) >= 2);
    await page.fill('animation-player input[name=frame]', '12');
    await page.waitForFunction(() =>
      /13/.test(document.querySelector('animation-player .figure').textContent),
    );
    // The same moment is at the same place in the line of all and in those of each, on phones too.
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      const [all, ...each] = await page.locator('.timeline').evaluateAll((lines) =>
        lines.map((line) => {
          const { left, right } = line.getBoundingClientRect();
          return [left, right].map(Math.round);
        }),
      );
      assert.ok(each.length >= 2);
      for (const one of each) assert.deepEqual(one, all, `${width} px`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await screenshot(page, 'film-card');
    assert.match(await page.textContent('[data-save=picture]'), /Save film/);
    const copy = await download(page, '[data-save=picture]');
    assert.match(copy.name, /^walk-masklens\.mp4$/);
    assert.equal(copy.bytes.subarray(4, 8).toString(), 'ftyp');
    assert.ok(copy.bytes.includes('Opus'), 'the sound is in it');
    assert.deepEqual(page.complaints, []);
  } finally {
    await browser.close();
  }
});

test('a film that is dropped on the live page becomes a card, and nothing of it is kept', async () => {
  const browser = await launch();
  try {
    const page = await visit(browser);
    await page.goto(`${site.url}live.html`);
    await page.waitForSelector('[data-do=start]');
    await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], 'a walk.mp4', { type: 'video/mp4' }));
      const target = document.querySelector('.screen');
      target.dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }),
      );
    }, film.toString('base64'));
    await page.waitForSelector('[data-count="pictures"]', { timeout: 60_000 });
    await batchDone(page, 1, 120_000);
    await page.waitForSelector('animation-player');
    assert.ok((await page.textContent('main')).includes('a walk.mp4'));
    assert.deepEqual(
      await page.evaluate(async () => (await caches.keys()).filter((key) => /shared/.test(key))),
      [],
    );
    assert.deepEqual(page.complaints, []);
  } finally {
    await browser.close();
  }
});
