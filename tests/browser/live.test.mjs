// The page for live video, with Chromium's fake camera playing a film made of fixture photos.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  download,
  fakeCamera,
  film,
  fixture,
  goodHost,
  launch,
  launchWhole,
  plainHost,
  rememberWorkers,
  screenshot,
  sizeOfPng,
  visit,
} from './harness.mjs';

/** A crowd of thirteen; its sides are even, as the fake camera wants them. */
const crowd = fixture('photos/maksssksksss373.jpg');
let plain;
let good;
let movie;
before(async () => {
  movie = film(crowd);
  [plain, good] = await Promise.all([plainHost(), goodHost()]);
});
after(async () => {
  movie.remove();
  await Promise.all([plain.close(), good.close()]);
});

async function withBrowser(args, work, start = launch) {
  const browser = await start(args);
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

for (const kind of ['plain', 'isolated']) {
  test(`on a ${kind} host the camera's faces are boxed, counted and timed`, () =>
    withBrowser(fakeCamera(movie.file), async (browser) => {
      const page = await visit(browser, { permissions: ['camera'] });
      await page.goto(`${(kind === 'plain' ? plain : good).url}live.html`);
      await page.click('[data-do=start]');
      await page.waitForFunction(
        () => Number(document.querySelector('[data-fps]')?.getAttribute('data-fps')) > 0,
        null,
        { timeout: 60_000 },
      );
      const counts = await page.locator('.live-counts dd').allTextContents();
      const faces = counts.reduce((sum, text) => sum + Number(text), 0);
      assert.ok(faces >= 4, `${faces} faces in a crowd of thirteen`);
      const drawn = await page.locator('.screen canvas').evaluate((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count++;
        return count;
      });
      assert.ok(drawn > 100, `${drawn} pixels of boxes and labels`);
      await screenshot(page, `live-running-${kind}`);
      const sent = page.requests.length;
      await page.waitForTimeout(500);
      assert.equal(page.requests.length, sent, 'no request while it runs');
      await page.click('[data-do=stop]');
      await page.waitForSelector('[data-do=start]');
      assert.equal(await page.evaluate(() => document.querySelector('video').srcObject), null);
      assert.deepEqual(page.complaints, []);
    }));
}

/** Starts the camera on a plain host and waits for the first people. */
async function watching(browser) {
  const page = await visit(browser, { permissions: ['camera'] });
  await page.goto(`${plain.url}live.html`);
  await page.click('[data-do=start]');
  await page.waitForSelector('[data-person]', { timeout: 60_000 });
  return page;
}

test('a picture, a film and the events are saved when a button asks for it, and only then', () =>
  withBrowser(fakeCamera(movie.file), async (browser) => {
    const page = await watching(browser);
    const downloads = [];
    page.on('download', (file) => downloads.push(file.suggestedFilename()));
    const picture = await download(page, '[data-do=snapshot]');
    const camera = await page.evaluate(() => {
      const { videoWidth, videoHeight } = document.querySelector('video');
      return [videoWidth, videoHeight];
    });
    assert.deepEqual(sizeOfPng(picture.bytes), camera);
    await page.click('[data-do=record]');
    await page.waitForTimeout(1500);
    const film = await download(page, '[data-do=record]');
    assert.match(film.name, /\.(webm|mp4)$/);
    assert.ok(film.bytes.length > 10_000, `${film.bytes.length} bytes`);
    await page.click('[data-part=events] summary');
    const events = await download(page, '[data-do=csv]');
    const [header, ...rows] = events.bytes.toString('utf8').trim().split('\r\n');
    assert.equal(header, 'time,event,person,from,to');
    assert.ok(rows.filter((row) => row.includes(',enter,')).length >= 4);
    assert.equal(downloads.length, 3);
    await page.click('[data-part=time] summary');
    await page.waitForSelector('line-chart canvas');
    assert.match(await page.textContent('[data-compliance]'), /%/);
    await screenshot(page, 'live-details');
    assert.deepEqual(page.complaints, []);
  }));

test('frozen, hidden, unplugged, removed: the page says so, and goes on', () =>
  withBrowser(fakeCamera(movie.file), async (browser) => {
    const page = await watching(browser);
    const drawn = () =>
      page.evaluate(async () => {
        const before = document.querySelector('[data-latency]').dataset.latency;
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return document.querySelector('[data-latency]').dataset.latency !== before;
      });
    await page.click('[data-do=freeze]');
    await page.waitForTimeout(500);
    assert.equal(await drawn(), false, 'nothing is judged while it is frozen');
    await page.click('[data-do=freeze]');
    assert.equal(await drawn(), true);

    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForTimeout(500);
    assert.equal(await drawn(), false, 'nothing is judged while nobody sees it');
    await page.evaluate(() => {
      delete document.hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForSelector('[data-rested]');
    assert.equal(await drawn(), true);

    await page.evaluate(() => {
      const [track] = document.querySelector('video').srcObject.getTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    });
    const alert = await page.waitForSelector('[data-trouble=ended]');
    assert.match(await alert.textContent(), /unplugged, or its permission/);
    // Plugged in again, it goes on by itself.
    await page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
    await page.waitForSelector('[data-person]');
    assert.equal(await drawn(), true);

    const ended = await page.evaluate(() => {
      const tracks = document.querySelector('video').srcObject.getTracks();
      document.querySelector('live-page').remove();
      return tracks.map(({ readyState }) => readyState);
    });
    assert.deepEqual(ended, ['ended'], 'the camera is off when its page is gone');
    await page.waitForTimeout(300);
    assert.deepEqual(page.complaints, []);
  }));

test('a camera that gives no picture is told of, and goes on by itself', async () => {
  await withBrowser([], async (browser) => {
    const page = await visit(browser);
    await page.addInitScript(() => {
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d');
      window.stream = canvas.captureStream(20);
      window.give = () => setInterval(() => context.fillRect(0, 0, 9, Math.random()), 50);
      navigator.mediaDevices.getUserMedia = async () => window.stream.clone();
    });
    await page.goto(`${plain.url}live.html`);
    await page.click('[data-do=start]');
    const silent = await page.waitForSelector('[data-silent]');
    assert.match(await silent.textContent(), /no picture/);
    await page.evaluate(() => window.give());
    await page.waitForSelector('.live-buttons:not([hidden])');
    await page.waitForSelector('[data-silent]', { state: 'detached' });
    for (const [event, state] of [
      ['mute', 'attached'],
      ['unmute', 'detached'],
    ]) {
      await page.evaluate((type) => {
        const [track] = document.querySelector('video').srcObject.getTracks();
        track.dispatchEvent(new Event(type));
      }, event);
      await page.waitForSelector('[data-silent]', { state });
    }
    // One without a picture at all.
    await page.click('[data-do=stop]');
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = async () => new MediaStream();
    });
    await page.click('[data-do=start]');
    await page.waitForSelector('[data-trouble=none]');
    assert.deepEqual(page.complaints, []);
  });
});

test('a permission that is taken away while it runs is said, and one button goes on', () =>
  withBrowser(fakeCamera(movie.file), async (browser) => {
    const page = await watching(browser);
    const devtools = await browser.newBrowserCDPSession();
    const [{ browserContextIds }, { targetInfos }] = await Promise.all([
      devtools.send('Target.getBrowserContexts'),
      devtools.send('Target.getTargets'),
    ]);
    const { browserContextId } = targetInfos.find(({ url }) => url.endsWith('live.html'));
    assert.ok(browserContextIds.includes(browserContextId));
    const set = (setting) =>
      devtools.send('Browser.setPermission', {
        permission: { name: 'camera' },
        setting,
        origin: new URL(plain.url).origin,
        browserContextId,
      });
    await set('denied');
    await page.waitForSelector('[data-trouble=ended]');
    await set('granted');
    await page.click('[data-do=start]');
    await page.waitForSelector('[data-person]', { timeout: 60_000 });
    assert.deepEqual(page.complaints, []);
  }));

test('a worker that is killed is said and replaced; another camera picture goes on', () =>
  withBrowser(fakeCamera(movie.file), async (browser) => {
    const page = await visit(browser, { permissions: ['camera'] });
    await page.addInitScript(rememberWorkers);
    await page.goto(`${plain.url}live.html`);
    await page.click('[data-do=start]');
    await page.waitForSelector('[data-person]', { timeout: 60_000 });
    await page.evaluate(() => {
      for (const worker of window.started.splice(0)) worker.terminate();
    });
    await page.waitForSelector('[data-restarted]', { timeout: 60_000 });
    const latency = await page.getAttribute('[data-latency]', 'data-latency');
    await page.waitForFunction(
      (before) => document.querySelector('[data-latency]')?.dataset.latency !== before,
      latency,
      { timeout: 60_000 },
    );
    await page.waitForSelector('[data-person]');

    const before = await page.evaluate(() => document.querySelector('video').srcObject.id);
    await page.selectOption('[name=resolution]', '640 × 480');
    await page.waitForFunction(
      (before) =>
        (document.querySelector('video').srcObject?.id ?? before) !== before &&
        document.querySelector('[data-person]') !== null,
      before,
      { timeout: 60_000 },
    );
    assert.equal(await page.locator('[data-restarted]').count(), 0);
    assert.deepEqual(page.complaints, []);
  }));

test('in full screen one person at a time is spoken to in large words', () =>
  withBrowser(fakeCamera(movie.file), async (browser) => {
    const page = await watching(browser);
    await page.click('[data-do=kiosk]');
    const words = await page.waitForSelector('[data-kiosk]');
    assert.equal(await words.getAttribute('data-kiosk'), 'single');
    const size = await words.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
    assert.ok(size >= 32, `${size} px`);
    await screenshot(page, 'live-kiosk');
  }));

test('a camera that is not allowed, not there or busy is said in words', async () => {
  await withBrowser([], async (browser) => {
    const refused = await visit(browser);
    await refused.goto(`${plain.url}live.html`);
    await refused.evaluate(() => navigator.permissions.query({ name: 'camera' }));
    await refused.click('[data-do=start]');
    const first = await refused.waitForSelector('[data-trouble]');
    // A browser without any camera may say so before it asks.
    assert.ok(['denied', 'none'].includes(await first.getAttribute('data-trouble')));

    for (const [name, kind, words] of [
      ['NotAllowedError', 'denied', /not allowed.*Allow it/],
      ['NotFoundError', 'none', /No camera was found/],
      ['NotReadableError', 'busy', /in use by another program/],
    ]) {
      const page = await visit(browser);
      await page.addInitScript((error) => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', error));
      }, name);
      await page.goto(`${plain.url}live.html`);
      await page.click('[data-do=start]');
      const alert = await page.waitForSelector('[role=alert][data-trouble]');
      assert.equal(await alert.getAttribute('data-trouble'), kind);
      assert.match(await alert.textContent(), words);
      await page.waitForSelector('[data-do=start]');
    }
  });
});

test('a camera refused by the browser itself is told as not allowed', () =>
  withBrowser(
    ['--use-fake-device-for-media-stream', '--deny-permission-prompts'],
    async (browser) => {
      const page = await visit(browser);
      await page.goto(`${plain.url}live.html`);
      await page.click('[data-do=start]');
      const alert = await page.waitForSelector('[data-trouble]');
      assert.equal(await alert.getAttribute('data-trouble'), 'denied');
    },
    launchWhole,
  ));

test('a film file plays in place of the camera; one that cannot be played is named', () =>
  withBrowser([], async (browser) => {
    const page = await visit(browser);
    await page.goto(`${plain.url}live.html`);
    // A WebM of a photo, recorded by the browser itself.
    const bytes = await page.evaluate(
      async (photo) => {
        const image = await createImageBitmap(
          new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }),
        );
        const canvas = Object.assign(document.createElement('canvas'), {
          width: image.width,
          height: image.height,
        });
        const context = canvas.getContext('2d');
        const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: 'video/webm' });
        const parts = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        const done = new Promise((resolve) => {
          recorder.onstop = resolve;
        });
        recorder.start();
        const until = performance.now() + 1500;
        while (performance.now() < until) {
          context.drawImage(image, 0, 0);
          await new Promise(requestAnimationFrame);
        }
        recorder.stop();
        await done;
        return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
      },
      [...readFileSync(crowd)],
    );
    await page.setInputFiles('input[type=file]', {
      name: 'film.webm',
      mimeType: 'video/webm',
      buffer: Buffer.from(bytes),
    });
    await page.waitForFunction(
      () => Number(document.querySelector('[data-fps]')?.getAttribute('data-fps')) > 0,
      null,
      { timeout: 60_000 },
    );
    assert.deepEqual(page.complaints, []);
    await page.click('[data-do=stop]');
    await page.setInputFiles('input[type=file]', {
      name: 'broken.mp4',
      mimeType: 'video/mp4',
      buffer: Buffer.from('no film at all'),
    });
    const alert = await page.waitForSelector('[data-trouble=film]');
    assert.match(await alert.textContent(), /broken\.mp4 cannot be played/);
  }));
