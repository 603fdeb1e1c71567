// A visitor's session through the page's own elements. Functions given to `evaluate` run in the page.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fixture, photos } from '../browser/harness.mjs';

const WAIT_MS = 60_000;

const content = (path) => readFileSync(path).toString('base64');

/** The verbs of a visitor. What takes long is waited for inside the page. */
class Visitor {
  constructor(browser) {
    this.browser = browser;
    this.camera = browser.camera;
  }

  evaluate(work, ...args) {
    return this.browser.evaluate(work, ...args);
  }

  /** Opens a page and has it note what goes wrong there. */
  async goto(url) {
    await this.browser.goto(url);
    await this.evaluate(() => {
      window.complaints = [];
      const note = (text) => window.complaints.push(text);
      // A frame more for an observer of sizes is no error, though it is told as one.
      addEventListener('error', ({ message }) => /^ResizeObserver/.test(message) || note(message));
      addEventListener('unhandledrejection', ({ reason }) => note(String(reason?.stack ?? reason)));
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        note(`${violatedDirective} ${blockedURI}`),
      );
      const { error } = console;
      console.error = (...all) => {
        note(all.join(' '));
        error.apply(console, all);
      };
    });
  }

  async complaints() {
    return this.evaluate(() => window.complaints ?? []);
  }

  /** Waits until the expression holds in the page, and gives its value. */
  async until(expression, ms = WAIT_MS) {
    const value = await this.evaluate(
      `async () => {
        const end = Date.now() + ${ms};
        for (;;) {
          const value = (() => { try { return ${expression}; } catch { return null; } })();
          if (value) return value === true ? true : String(value);
          if (Date.now() > end) return null;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }`,
    );
    if (value !== null) return value;
    const shown = await this.evaluate(() => document.body.textContent.slice(0, 1500));
    throw new Error(`never: ${expression}\nThe page said ${await this.complaints()}:\n${shown}`);
  }

  async click(selector) {
    await this.until(`document.querySelector(${JSON.stringify(selector)}).disabled === false`);
    await this.evaluate((wanted) => document.querySelector(wanted).click(), selector);
  }

  /** Files as if by the file chooser, or dropped where there is no page for them. */
  give(paths) {
    const files = paths.map(({ path, name = basename(path) }) => ({
      name,
      type: name.endsWith('.gif') ? 'image/gif' : 'image/jpeg',
      content: content(path),
    }));
    return this.evaluate((all) => {
      const transfer = new DataTransfer();
      for (const { name, type, content } of all) {
        const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
      }
      const input = document.querySelector('input[name=files]');
      input.files = transfer.files;
      input.dispatchEvent(new Event('change'));
    }, files);
  }

  /** Until so many pictures are judged. */
  done(count) {
    return this.until(
      `document.querySelector('[data-count=pictures]').textContent === '${count}' &&
        !document.querySelector('.queue progress')`,
    );
  }

  /** What a click has the browser save: name, size, the first bytes and, of JSON, the text. */
  saved(selector) {
    return this.evaluate(async (wanted) => {
      // The policy lets nobody fetch an address of a blob: the blob is noted as it gets its address.
      const blobs = new Map();
      const { createObjectURL } = URL;
      URL.createObjectURL = (blob) => {
        const url = createObjectURL.call(URL, blob);
        blobs.set(url, blob);
        return url;
      };
      const proto = HTMLAnchorElement.prototype;
      const { click } = proto;
      const anchor = new Promise((resolve) => {
        proto.click = function () {
          if (!this.download) return click.call(this);
          resolve({ name: this.download, file: blobs.get(this.href) });
        };
      });
      document.querySelector(wanted).click();
      const late = new Promise((_, reject) =>
        setTimeout(() => reject(new Error(`${wanted} saved nothing`)), 40_000),
      );
      const { name, file } = await Promise.race([anchor, late]);
      proto.click = click;
      URL.createObjectURL = createObjectURL;
      const head = [...new Uint8Array(await file.slice(0, 4).arrayBuffer())];
      return { name, size: file.size, head, text: name.endsWith('.json') ? await file.text() : '' };
    }, selector);
  }
}

/** The way of each part: what the parts find is the same in every engine, or one of them is wrong. */
const PARTS = {
  async 'first visit and a sample'(visitor, host) {
    await visitor.goto(host.url);
    await visitor.click('[data-sample="0"]');
    await visitor.done(1);
    await visitor.until(`document.querySelector('.face-row')`);
    await visitor.until(`document.querySelector('canvas.picture').width > 0`);
    await visitor.until(`document.querySelector('.plate')`);
    const isolated = await visitor.evaluate(() => crossOriginIsolated);
    if (!isolated) throw new Error('the page is not isolated');
    return visitor.evaluate(() =>
      [...document.querySelectorAll('.plate')].map(({ textContent }) => textContent.trim()),
    );
  },

  async 'a batch of 20'(visitor) {
    await visitor.click('[data-do=clear]');
    await visitor.until(`document.querySelector('.drop-zone')`);
    await visitor.give(
      Array.from({ length: 20 }, (_, index) => ({
        path: photos[index % photos.length],
        name: `${String(index).padStart(2, '0')}.jpg`,
      })),
    );
    await visitor.done(20);
    await visitor.until(
      `document.querySelectorAll('picture-card img').length === 20 &&
        [...document.querySelectorAll('picture-card img')].every(({ naturalWidth }) => naturalWidth > 0)`,
    );
    const { text } = await visitor.saved('[data-save=all-json]');
    return JSON.parse(text).map(({ file, width, height, faces }) => ({
      file,
      width,
      height,
      faces: faces.map(({ label, box }) => ({ label, box })),
    }));
  },

  async 'the slider'(visitor) {
    const people = `Number(document.querySelector('[data-count=people]').textContent)`;
    const before = await visitor.evaluate(`() => ${people}`);
    await visitor.evaluate(() => {
      const input = document.querySelector('.threshold input');
      input.value = input.max;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await visitor.until(`${people} > ${before}`);
    const most = await visitor.evaluate(`() => ${people}`);
    await visitor.click('[data-do=reset-threshold]');
    await visitor.until(`${people} === ${before}`);
    return [before, most];
  },

  async 'a face pinned, corrected and put back'(visitor) {
    await visitor.click('picture-card button');
    await visitor.click('.face-row');
    await visitor.until(`document.querySelector('.face-detail [data-score]')`);
    await visitor.click('[data-label=incorrect]');
    await visitor.until(`document.querySelector('.face-row').textContent.includes('by hand')`);
    await visitor.click('[data-do=undo]');
    await visitor.until(`!document.querySelector('.face-row').textContent.includes('by hand')`);
  },

  async 'hidden faces and exports'(visitor) {
    await visitor.click('[data-mode=hide]');
    await visitor.until(`document.querySelector('canvas.covers').dataset.painted`);
    const hidden = Number(
      await visitor.evaluate(() => document.querySelector('[data-hidden]').dataset.hidden),
    );
    const expected = { jpg: [255, 216, 255], zip: [80, 75, 3, 4] };
    const check = ({ name, size, head }, kind, least) => {
      const wanted = expected[kind];
      if (
        !name.endsWith(`.${kind}`) ||
        size < least ||
        wanted.some((byte, at) => head[at] !== byte)
      )
        throw new Error(`${name}: ${size} bytes, ${head}`);
    };
    check(await visitor.saved('[data-save=picture]'), 'jpg', 5000);
    await visitor.click('[data-mode=hide]');
    await visitor.until(`!document.querySelector('.cover')`);
    check(await visitor.saved('[data-save=zip]'), 'zip', 100_000);
    const coco = JSON.parse((await visitor.saved('[data-save=coco]')).text);
    return { hidden, boxes: coco.annotations.length };
  },

  async 'a reload'(visitor, host) {
    await visitor.until(`document.querySelector('[data-kept=yes]')`);
    await visitor.goto(host.url);
    await visitor.done(20);
    await visitor.until(`document.querySelector('.face-row')`);
  },

  async 'a GIF'(visitor) {
    await visitor.click('[data-do=clear]');
    await visitor.until(`document.querySelector('.drop-zone')`);
    await visitor.give([{ path: fixture('animated.gif') }]);
    await visitor.done(1);
    await visitor.until(`document.querySelector('.animation input[name=frame]')`);
    const { name, size, head } = await visitor.saved('[data-save=picture]');
    if (!name.endsWith('.gif') || String.fromCharCode(...head) !== 'GIF8' || size < 5000)
      throw new Error(`${name}: ${size} bytes`);
    return visitor.evaluate(() => document.querySelector('input[name=frame]').max);
  },

  async 'a broken file beside a good one'(visitor) {
    await visitor.give([
      { path: fixture('text.jpg') },
      { path: fixture('photo.webp'), name: 'photo.jpg' },
    ]);
    await visitor.done(3);
    return visitor.evaluate(() =>
      [...document.querySelectorAll('picture-card')].map((card) =>
        card.textContent.replaceAll(/\s+/g, ' '),
      ),
    );
  },

  async comparing(visitor, host) {
    await visitor.goto(`${host.url}compare.html`);
    await visitor.until(`document.querySelector('input[name=files]')`);
    await visitor.give([{ path: photos[0] }]);
    await visitor.until(
      `document.querySelectorAll('[data-total]').length > 0 &&
        !document.querySelector('.stack .spinner')`,
    );
    return visitor.evaluate(() => document.querySelector('[data-faces]').textContent);
  },

  async 'live with a camera'(visitor, host) {
    // WebKitGTK has no fake camera, and its question for a real one needs a hand.
    if (!visitor.camera) return;
    await visitor.goto(`${host.url}live.html`);
    await visitor.click('[data-do=start]');
    await visitor.until(`document.querySelector('video').videoWidth > 0`);
    await visitor.until(`Number(document.querySelector('[data-fps]').dataset.fps) > 0`);
    await visitor.click('[data-do=stop]');
    await visitor.until(`document.querySelector('[data-do=start]')`);
  },

  async offline(visitor, host) {
    await visitor.goto(host.url);
    await visitor.until(`document.querySelector('[data-offline=ready]')`);
    await host.close();
    await visitor.goto(host.url);
    await visitor.until(
      `document.querySelector('[data-phase=ready]') || document.querySelector('.workbench')`,
    );
  },
};

/** Goes through everything and gives what was found; `step` is told the name of each part. */
export async function session(browser, host, step) {
  const visitor = new Visitor(browser);
  const found = {};
  for (const [name, part] of Object.entries(PARTS)) {
    step(name);
    found[name] = (await part(visitor, host)) ?? null;
    const complaints = await visitor.complaints();
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('\n')}`);
  }
  return found;
}
