// What goes from hand to hand on one device: pictures opened with the installed page, pictures shared with
// other programs, lines of code to be copied.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/run.mjs';
import { batchDone, download, goodHost, judged, launch, photos, visit } from './harness.mjs';

let browser;
let host;
before(async () => {
  [browser, host] = await Promise.all([launch(), goodHost()]);
});
after(async () => {
  await Promise.all([browser.close(), host.close()]);
});

test('pictures that the device opens with the installed page are judged, later ones beside them', async () => {
  const page = await visit(browser);
  // The browser's own queue belongs to installed pages; handles are those of real files.
  await page.addInitScript(() => {
    const launches = [];
    let consumer = null;
    const give = () => {
      while (consumer && launches.length > 0) consumer(launches.shift());
    };
    Object.defineProperty(window, 'launchQueue', {
      value: {
        setConsumer(wanted) {
          consumer = wanted;
          give();
        },
      },
    });
    window.openWith = async (files) => {
      const folder = await navigator.storage.getDirectory();
      const handles = files.map(async ({ name, content }) => {
        const handle = await folder.getFileHandle(name, { create: true });
        const writer = await handle.createWritable();
        await writer.write(new Uint8Array(content));
        await writer.close();
        return handle;
      });
      launches.push({ files: await Promise.all(handles) });
      give();
    };
  });
  const open = (paths) =>
    page.evaluate(
      (files) => window.openWith(files),
      paths.map((path) => ({ name: basename(path), content: [...readFileSync(path)] })),
    );
  await page.goto(host.url);
  await page.waitForSelector('.drop-zone');
  await open(photos.slice(0, 1));
  await batchDone(page, 1);
  assert.equal(await page.textContent('.side-head h2'), basename(photos[0]));
  await open(photos.slice(1, 3));
  await batchDone(page, 3);
  // An installed page that is merely started brings no file.
  await open([]);
  const names = await page.locator('.card-name').allTextContents();
  assert.deepEqual(
    names,
    photos.slice(0, 3).map((path) => basename(path)),
  );
  assert.ok(Number(await page.textContent('[data-count=people]')) > 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the annotated picture is shared as a file where the browser can, and nothing is sent', async () => {
  const page = await visit(browser);
  await page.addInitScript(() => {
    window.shared = [];
    navigator.canShare = ({ files }) => files?.every(({ type }) => type.startsWith('image/'));
    navigator.share = async ({ files, ...rest }) => {
      if (window.refused) throw new DOMException('not today', 'AbortError');
      const [file] = files;
      const bytes = [...new Uint8Array(await file.arrayBuffer())];
      window.shared.push({ name: file.name, type: file.type, bytes, rest, all: files.length });
    };
  });
  await judged(page, host.url, photos.slice(0, 1));
  const saved = await download(page, '[data-save=picture]');
  const requests = page.requests.length;
  await page.click('[data-save=share]');
  await page.waitForFunction(() => window.shared.length === 1);
  const [{ bytes, ...about }] = await page.evaluate(() => window.shared);
  assert.deepEqual(about, { name: saved.name, type: 'image/jpeg', rest: {}, all: 1 });
  assert.ok(Buffer.from(bytes).equals(saved.bytes), 'it is the picture that would be saved');
  // Hidden faces are hidden in what is shared.
  await page.click('[data-mode=hide]');
  await page.waitForSelector('.cover');
  const hidden = await download(page, '[data-save=picture]');
  await page.click('[data-save=share]');
  await page.waitForFunction(() => window.shared.length === 2);
  const second = await page.evaluate(() => window.shared[1].bytes);
  assert.ok(Buffer.from(second).equals(hidden.bytes) && !hidden.bytes.equals(saved.bytes));
  // Somebody who thinks better of it is told nothing and can try again.
  await page.evaluate(() => {
    window.refused = true;
  });
  await page.click('[data-save=share]');
  await page.waitForSelector('[data-save=share]:not([disabled])');
  assert.equal((await page.textContent('.save-note')).trim(), '');
  assert.equal(page.requests.slice(requests).filter((url) => !url.startsWith('blob:')).length, 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('where the browser cannot share files no button says that it could', async () => {
  for (const able of [undefined, () => false]) {
    const page = await visit(browser);
    await page.addInitScript(`navigator.canShare = ${able};`);
    await judged(page, host.url, photos.slice(0, 1));
    await page.waitForSelector('[data-size]');
    assert.equal(await page.locator('[data-save=share]').count(), 0);
    await page.context().close();
  }
});

test('the lines for use elsewhere are copied as they stand, and are those of the package', async () => {
  const page = await visit(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(host.url);
  await page.click('[data-fold=use] summary');
  await page.waitForSelector('[data-copy]');
  const snippets = {};
  for (const button of await page.locator('[data-copy]').all()) {
    await button.click();
    await page.waitForFunction(
      (one) => one.querySelector('[role=status]').textContent === 'Copied',
      await button.elementHandle(),
    );
    const name = await button.getAttribute('data-copy');
    snippets[name] = await page.evaluate(() => navigator.clipboard.readText());
    const shown = await page.locator(`.snippet:has([data-copy=${name}]) pre`).textContent();
    assert.equal(snippets[name], shown);
    assert.equal(await page.locator('[data-copy] [role=status]:text-is("Copied")').count(), 1);
  }
  assert.deepEqual(Object.keys(snippets).sort(), ['cli', 'code', 'element', 'npm']);
  // What they name is there.
  const pack = JSON.parse(readFileSync(join(root, 'build/package/package.json'), 'utf8'));
  assert.ok(snippets.npm.startsWith(`npm install ${pack.name}\nnpx ${Object.keys(pack.bin)[0]} `));
  for (const [, entry] of snippets.element.matchAll(/import '([^']+)'/g))
    assert.ok(pack.exports[entry.replace(pack.name, '.')], entry);
  const element = readFileSync(join(root, 'dist/element.js'), 'utf8');
  for (const [, attribute] of snippets.element.matchAll(/ ([a-z]+)="/g))
    if (attribute !== 'type') assert.ok(element.includes(`"${attribute}"`), attribute);
  const [, imported] = /import \{ (\w+) \} from/.exec(snippets.code);
  assert.equal(typeof (await import('../../dist/index.js'))[imported], 'function');
  const cli = (...args) =>
    spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], { encoding: 'utf8' }).stdout;
  const help = cli('detect', '--help');
  for (const [option] of snippets.cli.matchAll(/--[a-z-]+/g))
    assert.ok(help.includes(option), option);
  assert.ok(cli('--help').includes('copy-assets'));
  // Without leave to copy the lines are still there to be marked, and nothing says that it was copied.
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await page.click('[data-copy=npm]');
  await page.waitForFunction(() => !/Copied/.test(document.querySelector('use-it').textContent));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
