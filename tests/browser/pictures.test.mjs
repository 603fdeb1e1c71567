// The page of pictures, driven with real files on a plain host and on an isolated one.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { damagedFrame } from '../fixtures/odd_files.mjs';
import {
  addPictures,
  batchDone,
  download,
  fixture,
  goodHost,
  judged,
  launch,
  longestTask,
  manyPhotos,
  namesInZip,
  networksReady,
  photos,
  plainHost,
  site,
  sizeOfJpeg,
  sizeOfPng,
  threshold,
  visit,
} from './harness.mjs';

const LOWEST = 0.3;
/** Five people, all near. */
const crowd = fixture('photos/maksssksksss487.jpg');
let browser;
let plain;
let good;
let node;
let page;

before(async () => {
  [browser, plain, good] = await Promise.all([launch(), plainHost(), goodHost()]);
});
after(async () => {
  await node?.close();
  await browser.close();
  await Promise.all([plain.close(), good.close()]);
});

async function open(options) {
  page = await visit(browser, options);
  return page;
}

async function close() {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

/** What Node says of a photo, with the detector that the page uses. */
async function nodeResult(path, minScore) {
  const detector = await page.getAttribute('[data-detector]', 'data-detector');
  node ??= await createDetector({ detector });
  const result = await node.detect(readFileSync(path), { minScore: LOWEST });
  return { ...result, faces: result.faces.filter(({ score }) => score >= minScore) };
}

function assertSameFaces(record, result) {
  assert.deepEqual([record.width, record.height], [result.width, result.height]);
  assert.equal(record.faces.length, result.faces.length);
  assert.ok(record.faces.length > 0);
  record.faces.forEach((face, index) => {
    const expected = result.faces[index];
    const { x, y, width, height } = expected.box;
    [x, y, width, height].forEach((value, at) => {
      assert.ok(Math.abs(face.box[at] - value) < 0.05, `box ${index}: ${face.box} and ${value}`);
    });
    assert.ok(Math.abs(face.score - expected.score) < 1e-3);
    assert.equal(face.label, expected.label);
    assert.equal(face.uncertain, expected.uncertain);
    for (const [label, value] of Object.entries(expected.probabilities))
      assert.ok(Math.abs(face.probabilities[label] - value) < 2e-3, label);
  });
}

for (const kind of ['plain', 'isolated']) {
  test(`on a ${kind} host a photo gets the same faces as in Node`, async () => {
    await open();
    await judged(page, (kind === 'plain' ? plain : good).url, [photos[0]]);
    assert.equal(await page.evaluate(() => crossOriginIsolated), kind === 'isolated');
    assert.equal(
      await page.getAttribute('[data-threads]', 'data-threads'),
      kind === 'isolated' ? 'on' : 'off',
    );
    const minScore = await threshold(page);
    const expected = await nodeResult(photos[0], minScore);
    const { name, bytes } = await download(page, '[data-save=json]');
    assert.equal(name, basename(photos[0]).replace('.jpg', '.json'));
    assertSameFaces(JSON.parse(bytes), expected);
    assert.equal(await page.locator('.sheet .face').count(), expected.faces.length);
    assert.equal(await page.locator('.face-row').count(), expected.faces.length);
    assert.equal(await page.textContent('[data-count=people]'), String(expected.faces.length));
    // What workers fetch is among the page's requests.
    assert.ok(page.requests.some((url) => url.includes('/ort-wasm-trimmed.wasm')));
    await close();
  });
}

test('annotated pictures are whole files of the full size, of the kind that came unless another is asked for', async () => {
  await open();
  await judged(page, plain.url, [fixture('orientation_6.jpg'), fixture('rgb24.bmp')]);
  const original = readFileSync(fixture('orientation_6.jpg'));
  assert.ok(original.includes('Exif'));
  // What it will weigh is told beforehand.
  const size = Number(await page.getAttribute('[data-save=picture] [data-size]', 'data-size'));
  const jpeg = await download(page, '[data-save=picture]');
  assert.equal(jpeg.name, 'orientation_6-masklens.jpg');
  assert.equal(jpeg.bytes.length, size);
  await page.click('.options summary');
  await page.selectOption('select[name=kind]', 'image/png');
  const png = await download(page, '[data-save=picture]');
  assert.equal(png.name, 'orientation_6-masklens.png');
  const record = JSON.parse((await download(page, '[data-save=json]')).bytes);
  assert.deepEqual(sizeOfPng(png.bytes), [record.width, record.height]);
  assert.deepEqual(sizeOfJpeg(jpeg.bytes), [record.width, record.height]);
  assert.ok(!jpeg.bytes.includes('Exif'), 'camera data is left out');
  // Every option changes the file.
  const seen = [png.bytes];
  for (const name of ['boxes', 'labels', 'landmarks']) {
    await page.click(`input[name=${name}]`);
    const { bytes } = await download(page, '[data-save=picture]');
    for (const other of seen) assert.ok(!bytes.equals(other), name);
    seen.push(bytes);
  }
  await page.selectOption('select[name=kind]', 'source');
  await page.click('picture-card >> nth=1');
  assert.equal((await download(page, '[data-save=picture]')).name, 'rgb24-masklens.png');
  await close();
});

test('a mixed batch is counted as Node counts it, in four groups that add up', async () => {
  await open();
  const files = [
    ...['rgb24.bmp', 'grey4.png', 'palette8.png', 'cmyk.jpg', 'orientation_6.jpg'],
    ...['animated_frames.png', 'still.gif', 'photos/maksssksksss698.jpg'],
  ].map(fixture);
  await judged(page, plain.url, files);
  const minScore = await threshold(page);
  const all = [];
  for (const path of files) all.push(...(await nodeResult(path, minScore)).faces);
  const { networks } = JSON.parse(readFileSync(join(site, 'masklens/manifest.json'), 'utf8'));
  const least = networks['one-stage-accurate']?.minFace || networks.classifier.minFace;
  const small = ({ box }) => Math.min(box.width, box.height) < least;
  const sure = all.filter((face) => !face.uncertain && !small(face));
  const expected = {
    pictures: files.length,
    people: all.length,
    correct: sure.filter(({ label }) => label === 'correct').length,
    incorrect: sure.filter(({ label }) => label === 'incorrect').length,
    unmasked: sure.filter(({ label }) => label === 'unmasked').length,
    look: all.length - sure.length,
  };
  assert.ok(expected.look > 0, JSON.stringify(expected));
  const shown = await page
    .locator('[data-count]')
    .evaluateAll((parts) => parts.map((part) => [part.dataset.count, Number(part.textContent)]));
  assert.deepEqual(Object.fromEntries(shown), expected);
  // The first picture's own file of figures, a line a face.
  const { bytes, name } = await download(page, '[data-save=csv]');
  assert.equal(name, 'rgb24.csv');
  const [head, ...lines] = bytes.toString('utf8').trim().split('\r\n');
  const columns = head.split(',');
  const { faces } = await nodeResult(files[0], minScore);
  assert.equal(lines.length, faces.length);
  lines.forEach((line, index) => {
    const row = Object.fromEntries(line.split(',').map((cell, at) => [columns[at], cell]));
    assert.equal(row.file, 'rgb24.bmp');
    assert.equal(row.label, faces[index].label);
    assert.ok(Math.abs(Number(row.x) - faces[index].box.x) < 0.05);
  });
  // Doubt is said first, and never with a label's sign.
  const doubtful = page.locator('.face-row', { has: page.locator('.mark.look') });
  assert.ok((await doubtful.count()) > 0);
  for (const words of await doubtful.locator('.face-verdict').allTextContents())
    assert.equal(words, 'Look yourself');
  await close();
});

test('what cannot be read says why, by name, and the rest goes on', async () => {
  await open();
  const bad = ['empty.jpg', 'text.jpg', 'truncated.jpg', 'huge_header.png', 'photo.tiff'].map(
    fixture,
  );
  const film = { name: 'holiday.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(4096, 7) };
  await page.goto(plain.url);
  await addPictures(page, [bad[0], bad[1], photos[0], ...bad.slice(2)]);
  await batchDone(page, 6);
  await addPictures(page, [film]);
  await addPictures(page, [photos[1]]);
  await batchDone(page, 8);
  const cards = await page.locator('picture-card').evaluateAll((all) =>
    all.map((card) => ({
      name: card.querySelector('.card-name').textContent.trim(),
      error: card.querySelector('.card-error')?.textContent.trim() ?? '',
    })),
  );
  const errorOf = (name) => cards.find((card) => card.name === name).error;
  for (const path of bad) assert.ok(errorOf(basename(path)).includes(basename(path)), path);
  assert.match(errorOf('empty.jpg'), /empty/);
  assert.match(errorOf('text.jpg'), /not a picture/);
  assert.match(errorOf('truncated.jpg'), /damaged|incomplete/);
  assert.match(errorOf('huge_header.png'), /too large/);
  assert.match(errorOf('photo.tiff'), /TIFF|not a picture/);
  assert.match(errorOf('holiday.mp4'), /Live page/);
  for (const path of photos.slice(0, 2)) assert.equal(errorOf(basename(path)), '');
  assert.match(await page.textContent('.queue'), /6 pictures could not be read/);
  const csv = (await download(page, '[data-save=all-csv]')).bytes
    .toString('utf8')
    .trim()
    .split('\r\n');
  assert.ok(
    csv.some((line) => line.startsWith('text.jpg,') && line.endsWith('unsupported-format')),
  );
  // What lies in a file comes out the same again: nobody is asked to try, here or anywhere.
  const offers = () => page.locator('[data-do=retry], .card-again, .notice.bad button').count();
  assert.equal(await offers(), 0);
  for (const path of bad) {
    const card = page.locator('picture-card', { hasText: basename(path) });
    await card.locator('.card').click();
    await page.waitForSelector('.workbench.failed .notice.bad');
    assert.equal(await offers(), 0, path);
  }
  await close();
});

test('what failed for another reason is tried again, and that alone', async () => {
  await open();
  // A worker that cannot be started, until the host answers again.
  await page.route('**/*.onnx', (route) => route.abort());
  await page.goto(plain.url);
  await addPictures(page, [photos[0], fixture('text.jpg')]);
  await batchDone(page, 2);
  const failed = () => page.locator('picture-card .card.failed').count();
  assert.equal(await failed(), 2);
  await page.unroute('**/*.onnx');
  page.complaints.length = 0;
  await page.click('[data-do=retry]');
  await page.waitForSelector('.plate', { timeout: 60_000 });
  await page.waitForFunction(() => !document.querySelector('.queue progress'));
  assert.equal(await failed(), 1);
  assert.equal(await page.locator('[data-do=retry], .card-again').count(), 0);
  await close();
});

test('WebP and AVIF are judged like the rest; HEIC, which Chromium lacks, is named with what to do', async () => {
  await open();
  // The first box of a HEIC file as iPhones write it, and bytes that no decoder takes.
  const box = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
  const heic = {
    name: 'IMG_0001.HEIC',
    mimeType: 'image/heic',
    buffer: Buffer.concat([box, Buffer.alloc(4096, 9)]),
  };
  await page.goto(plain.url);
  await addPictures(page, [fixture('photo.webp'), fixture('photo.avif')]);
  await batchDone(page, 2);
  await addPictures(page, [heic]);
  await addPictures(page, [fixture('photo.tiff'), fixture('truncated.png')]);
  await batchDone(page, 5);
  const records = JSON.parse((await download(page, '[data-save=all-json]')).bytes);
  for (const { width, height, faces, file } of records.slice(0, 2)) {
    assert.deepEqual([width, height], [160, 112], file);
    assert.ok(faces.length > 0, file);
  }
  const [heicSays, tiffSays, pngSays] = await page.locator('.card-error').allTextContents();
  assert.match(heicSays, /IMG_0001\.HEIC is in HEIC format.*Save it as JPEG or PNG/);
  assert.match(tiffSays, /photo\.tiff is in TIFF format.*Save it as JPEG or PNG/);
  assert.match(pngSays, /truncated\.png is damaged or incomplete \(PNG\)\. Copy or download/);
  assert.equal(records[2].error.code, 'unsupported-format');
  // The thumbnails of what the browser shows are there.
  assert.equal((await page.locator('.card-picture img').count()) >= 2, true);
  await close();
});

test('on a phone the camera is one tap away; with a mouse it is not offered', async () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  await open(phone);
  await page.goto(plain.url);
  const button = page.getByRole('button', { name: 'Take a photo' });
  await button.waitFor();
  const { width, height } = await button.boundingBox();
  assert.ok(width >= 44 && height >= 40, `${width} x ${height} pixels`);
  const chosen = page.waitForEvent('filechooser');
  await page.waitForTimeout(300); // Chromium takes a moment until it hands choosers over
  await button.tap();
  const chooser = await chosen;
  const input = chooser.element();
  assert.equal(await input.getAttribute('capture'), 'environment');
  assert.equal(await input.getAttribute('accept'), 'image/*');
  assert.equal(chooser.isMultiple(), false);
  await chooser.setFiles(photos[0]);
  await batchDone(page, 1);
  assert.ok((await page.locator('.face-row').count()) > 0);
  await close();
  await open();
  await page.goto(plain.url);
  await page.waitForSelector('.drop-zone .primary');
  assert.equal(await page.getByRole('button', { name: 'Take a photo' }).count(), 0);
  await close();
});

test('a browser without SIMD is told what is the matter and what to do', async () => {
  await open();
  await page.addInitScript(() => {
    WebAssembly.validate = () => false;
  });
  await page.goto(plain.url);
  const told = await page.textContent('load-line [role=alert]');
  assert.match(told, /no SIMD.*Update it/);
  assert.match(await page.textContent('.site-footer'), /SIMD\s+off/);
  assert.match(await page.textContent('.site-footer'), /WebAssembly has no SIMD/);
  await close();
});

test('the slider recounts at once, from one end to the other, without running the network', async () => {
  await open();
  await page.addInitScript(() => {
    window.asked = 0;
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (/^detect/.test(message?.method)) window.asked++;
      return postMessage.call(this, message, ...rest);
    };
  });
  await judged(page, plain.url, photos);
  const asked = () => page.evaluate(() => window.asked);
  assert.equal(await asked(), photos.length);
  const { networks } = JSON.parse(readFileSync(join(site, 'masklens/manifest.json'), 'utf8'));
  const least = networks['one-stage-accurate']?.minFace || networks.classifier.minFace;
  const doubtful = ({ box, uncertain }) => uncertain || Math.min(box.width, box.height) < least;
  const everything = [];
  for (const path of photos) everything.push(...(await nodeResult(path, LOWEST)).faces);
  const expected = (least) => {
    const faces = everything.filter(({ score }) => score >= least);
    const of = (wanted) =>
      faces.filter((face) => (doubtful(face) ? 'look' : face.label) === wanted).length;
    return {
      people: faces.length,
      correct: of('correct'),
      incorrect: of('incorrect'),
      unmasked: of('unmasked'),
      look: of('look'),
    };
  };
  const shown = async () => {
    const names = Object.keys(expected(0));
    const texts = names.map((name) => page.textContent(`[data-count=${name}]`));
    const counts = (await Promise.all(texts)).map(Number);
    return Object.fromEntries(names.map((name, index) => [name, counts[index]]));
  };
  const slideTo = (value) =>
    page.locator('.threshold input').evaluate((input, wanted) => {
      input.value = wanted;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);
  const usual = await threshold(page);
  assert.equal(await page.inputValue('.threshold input'), '0', 'it starts at the default');
  assert.deepEqual(await shown(), expected(usual));
  const { width, x } = await page.locator('.threshold').boundingBox();
  let last = Number.POSITIVE_INFINITY;
  for (const step of [10, 5, -5, -10]) {
    await slideTo(step);
    await page.waitForFunction(
      (old) => {
        const now = Number(document.querySelector('.threshold').dataset.minScore);
        return Math.abs(now - old) > 1e-6;
      },
      last === Number.POSITIVE_INFINITY ? usual : last,
    );
    const reached = await threshold(page);
    if (step === 10) assert.ok(Math.abs(reached - LOWEST) < 1e-9, 'fainter faces are not kept');
    await page.waitForFunction(
      (people) => document.querySelector('[data-count=people]').textContent.trim() === people,
      String(expected(reached).people),
      { timeout: 5000 },
    );
    assert.deepEqual(await shown(), expected(reached), `from ${reached} on`);
    const records = JSON.parse((await download(page, '[data-save=all-json]')).bytes);
    assert.equal(records.flatMap(({ faces }) => faces).length, expected(reached).people);
    const box = await page.locator('.threshold').boundingBox();
    assert.deepEqual([box.width, box.x], [width, x], 'it stays where it is');
    last = reached;
  }
  assert.ok(expected(last).people < expected(usual).people);
  assert.ok(expected(usual).people < expected(LOWEST).people);
  // What only more would show is counted, and drawn dotted.
  await page.click('[data-do=reset-threshold]');
  assert.equal(await threshold(page), usual);
  const faint = everything.filter(({ score }) => score < usual).length;
  let seen = 0;
  for (let index = 0; index < photos.length; index++) {
    await page.click(`picture-card[data-id="${index + 1}"] .card`);
    await page.waitForSelector('.sheet .face');
    const note = await page.textContent('.threshold-note');
    const here = Number(/\d+/.exec(note)?.[0] ?? 0);
    if (here > 0 && seen === 0) {
      await slideTo(10);
      await page.waitForSelector('.sheet .face.faint');
      assert.equal(await page.locator('.sheet .face.faint').count(), here);
      await page.click('[data-do=reset-threshold]');
    }
    seen += here;
  }
  assert.equal(seen, faint);
  assert.equal(await asked(), photos.length);
  await close();
});

test('pointing at a face in the list marks its box, and the other way round', async () => {
  await open();
  await judged(page, plain.url, [crowd]);
  await page.hover('.face-row >> nth=1');
  await page.waitForSelector('.sheet .face.active[data-index="1"]');
  await page.hover('.sheet .face >> nth=0');
  await page.waitForSelector('.face-row.active[data-row="0"]');
  assert.equal(await page.locator('.sheet .face.active').count(), 1);
  // The cut-outs are real pictures, not blank.
  const flat = await page.locator('canvas[data-face]').evaluateAll((all) =>
    all.map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(data).size < 20;
    }),
  );
  assert.ok(flat.length > 0 && flat.every((value) => !value));
  await close();
});

test('the picture zooms, pans and fits again', async () => {
  await open();
  await judged(page, plain.url, [photos[0]]);
  const width = () =>
    page.locator('.sheet').evaluate((sheet) => sheet.getBoundingClientRect().width);
  const fit = await width();
  await page.focus('.stage');
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  const zoomed = await width();
  assert.ok(zoomed > fit * 2);
  const left = () => page.locator('.sheet').evaluate((sheet) => sheet.getBoundingClientRect().left);
  const before = await left();
  await page.keyboard.press('ArrowRight');
  assert.ok((await left()) < before);
  const box = await page.locator('.stage').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  assert.ok((await left()) > before - 80);
  await page.keyboard.press('0');
  assert.ok(Math.abs((await width()) - fit) < 1);
  await close();
});

test('a ZIP holds every annotated picture and the results', async () => {
  await open();
  await judged(page, plain.url, [...photos.slice(0, 3), fixture('text.jpg')]);
  const { name, bytes } = await download(page, '[data-save=zip]');
  assert.equal(name, 'masklens.zip');
  assert.deepEqual(
    namesInZip(bytes).sort(),
    [
      'results.csv',
      'results.json',
      ...photos.slice(0, 3).map((path) => basename(path).replace('.jpg', '-masklens.jpg')),
    ].sort(),
  );
  // What is in it is what each download gives. Files lie in it as they are.
  for (const kind of ['picture', 'all-csv', 'all-json']) {
    const single = await download(page, `[data-save=${kind}]`);
    assert.ok(single.bytes.length > 100 && bytes.includes(single.bytes), single.name);
  }
  // Nothing is left to be cancelled.
  await page.waitForFunction(() =>
    /[Ss]aved/.test(document.querySelector('.save-note').textContent),
  );
  assert.equal(await page.locator('.save-note button').count(), 0);
  // No two buttons say the same, to the ear neither.
  const names = await page
    .locator('.save button:visible')
    .evaluateAll((all) => all.map((one) => one.ariaLabel ?? one.textContent.trim()));
  assert.equal(new Set(names).size, names.length, names.join(', '));
  await close();
});

test('the annotated picture goes to the clipboard as PNG', async () => {
  await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  await judged(page, plain.url, [photos[0]]);
  await page.click('[data-save=copy]');
  await page.waitForFunction(() => /Copied/.test(document.querySelector('.save-note').textContent));
  const size = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const bitmap = await createImageBitmap(await item.getType('image/png'));
    return [bitmap.width, bitmap.height];
  });
  const record = JSON.parse((await download(page, '[data-save=json]')).bytes);
  assert.deepEqual(size, [record.width, record.height]);
  await close();
});

test('drops and pastes are taken; folders are walked', async () => {
  await open();
  await page.goto(plain.url);
  await networksReady(page);
  const bytes = [...readFileSync(photos[0])];
  await page.evaluate((data) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(data)], 'dropped.jpg', { type: 'image/jpeg' }));
    for (const type of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(
        new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
  }, bytes);
  await batchDone(page, 1);
  await page.evaluate((data) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(data)], 'pasted.jpg', { type: 'image/jpeg' }));
    window.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
    );
  }, bytes);
  await batchDone(page, 2);
  await page.setInputFiles('input[name=folder]', fixture('photos'));
  await batchDone(page, 2 + photos.length);
  const names = await page.locator('.card-name').allTextContents();
  assert.ok(names.includes('dropped.jpg') && names.includes('pasted.jpg'));
  assert.ok(!names.some((name) => name.endsWith('.md')), 'of a folder only pictures are taken');
  await close();
});

test('a folder dragged in is walked, folders in it too', async () => {
  await open();
  await page.goto(plain.url);
  await networksReady(page);
  const folder = mkdtempSync(join(tmpdir(), 'masklens-drop-'));
  mkdirSync(join(folder, 'party/later'), { recursive: true });
  copyFileSync(photos[0], join(folder, 'party/10.jpg'));
  copyFileSync(photos[1], join(folder, 'party/9.jpg'));
  copyFileSync(photos[3], join(folder, 'party/later/1.jpg'));
  writeFileSync(join(folder, 'party/list.txt'), 'no picture');
  writeFileSync(join(folder, 'party/.hidden.jpg'), 'no picture');
  // A drag of the system's, with a folder, which scripts cannot make.
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [join(folder, 'party')], dragOperationsMask: 1 };
  const at = { x: 300, y: 400, data };
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at });
  await page.waitForSelector('.curtain');
  await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...at });
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...at });
  await batchDone(page, 3);
  assert.equal(await page.locator('.curtain').count(), 0);
  const records = JSON.parse((await download(page, '[data-save=all-json]')).bytes);
  assert.deepEqual(
    records.map(({ file }) => file),
    ['party/9.jpg', 'party/10.jpg', 'party/later/1.jpg'],
  );
  assert.ok(records.every(({ faces }) => faces.length > 0));
  rmSync(folder, { recursive: true });
  await close();
});

test('a batch can be cancelled and taken up again, and every picture stays', async () => {
  await open();
  await page.goto(plain.url);
  await networksReady(page);
  const many = manyPhotos(40);
  const { files } = many;
  await addPictures(page, files);
  await page.waitForFunction(
    () => Number(document.querySelector('[data-count=people]')?.textContent) > 0,
  );
  // How far it is, and how long it will take.
  await page.waitForFunction(() =>
    /\d+ of 40 pictures\s+about \d+ seconds? left/.test(
      document.querySelector('.queue').textContent,
    ),
  );
  await page.click('[data-do=cancel]');
  await batchDone(page, files.length);
  assert.match(await page.textContent('.queue'), /not looked at/);
  await page.click('[data-do=resume]');
  await page.waitForFunction(
    () => /^\s*Done\./.test(document.querySelector('.queue.done')?.textContent),
    null,
    { timeout: 60_000 },
  );
  const records = JSON.parse((await download(page, '[data-save=all-json]')).bytes);
  assert.equal(records.length, files.length);
  assert.ok(records.every(({ faces }) => Array.isArray(faces)));
  many.remove();
  await page.click('[data-do=clear]');
  await page.waitForSelector('.drop-zone');
  await close();
});

test('a GIF is judged frame by frame, played and exported with its delays', async () => {
  await open();
  // How far the work on a single file is, is told while it goes on.
  await page.addInitScript(() => {
    window.shares = new Set();
    const { set } = Object.getOwnPropertyDescriptor(HTMLProgressElement.prototype, 'value');
    Object.defineProperty(HTMLProgressElement.prototype, 'value', {
      set(share) {
        window.shares.add(share);
        set.call(this, share);
      },
    });
  });
  await judged(page, plain.url, [fixture('animated.gif')]);
  const shares = await page.evaluate(() => [...window.shares]);
  assert.ok(
    shares.some((share) => share > 0 && share < 1),
    `the bar of a single GIF: ${shares}`,
  );
  const record = JSON.parse((await download(page, '[data-save=json]')).bytes);
  await nodeResult(photos[0], 0);
  const expected = [];
  for await (const frame of node.frames(readFileSync(fixture('animated.gif')), {
    minScore: LOWEST,
  }))
    expected.push(frame);
  const minScore = await threshold(page);
  const faces = expected.map((frame) => frame.faces.filter(({ score }) => score >= minScore));
  assert.ok(record.frames.length > 1);
  assert.deepEqual(
    record.frames.map(({ delayMs, faces: found }) => [delayMs, found.length]),
    // Browsers play a frame without a delay for a tenth of a second.
    expected.map(({ duration }, index) => [duration * 1000 || 100, faces[index].length]),
  );
  // The same people come again in every frame: the fullest one counts.
  assert.equal(
    Number(await page.textContent('[data-count=people]')),
    Math.max(...faces.map(({ length }) => length)),
  );
  const frame = (index) =>
    page.waitForFunction(
      (wanted) => document.querySelector('.animation').textContent.includes(wanted),
      `Frame ${index + 1} of ${faces.length}`,
    );
  await frame(0);

  /** Cut-outs of the list: how many there are, and what they look like. */
  const cuts = () =>
    page.locator('canvas[data-face]').evaluateAll((all) =>
      all.map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return { flat: new Set(data).size < 20, sum: data.reduce((sum, value) => sum + value, 0) };
      }),
    );
  const cutsOf = async (count) => {
    const before = Date.now();
    for (;;) {
      const found = await cuts();
      if (found.length === count && found.every(({ flat }) => !flat)) return found;
      assert.ok(Date.now() - before < 20_000, `cut-outs: ${JSON.stringify(found)}`);
      await page.waitForTimeout(100);
    }
  };
  const first = await cutsOf(faces[0].length);

  // By keys alone: every frame has its words, boxes and cut-outs.
  const slider = page.locator('.animation input[type=range]');
  await slider.focus();
  for (let index = 1; index < faces.length; index++) {
    await page.keyboard.press('ArrowRight');
    await frame(index);
    await page.waitForSelector('.sheet canvas');
    assert.equal(await page.locator('.sheet .face').count(), faces[index].length);
    const said = await slider.getAttribute('aria-valuetext');
    assert.match(said, new RegExp(`^Frame ${index + 1} of ${faces.length}\\. `));
    assert.ok(said.includes(`${faces[index].length} face`), said);
    for (const [group, words] of Object.entries({ correct: 'correct', incorrect: 'wrong' })) {
      const of = faces[index].filter(({ label, uncertain }) => !uncertain && label === group);
      if (of.length > 0) assert.ok(said.includes(`${of.length} ${words}`), said);
    }
    const later = await cutsOf(faces[index].length);
    assert.notDeepEqual(later, first, `frame ${index + 1} has cut-outs of its own`);
  }
  // A click on the timeline goes to the frame under it.
  const { x, y, width, height } = await page.locator('.timeline:not(.person)').boundingBox();
  await page.mouse.click(x + (width * 1.5) / faces.length, y + height / 2);
  await frame(1);
  // Played, it goes on by itself and comes round.
  await page.getByRole('button', { name: 'Play' }).click();
  await frame(2);
  await frame(0);
  await page.getByRole('button', { name: 'Pause' }).click();

  const { name, bytes } = await download(page, '[data-save=picture]');
  assert.equal(name, 'animated-masklens.gif');
  const again = await node.detectAnimation(bytes);
  assert.deepEqual(
    again.frames.map(({ delayMs }) => delayMs || 100),
    expected.map(({ duration }) => duration * 1000 || 100),
  );
  assert.deepEqual([again.width, again.height], [expected[0].width, expected[0].height]);
  // The browser's own decoder counts the same frames, and sees label colours in each that has faces.
  const drawn = await page.evaluate(
    async (content) => {
      const decoder = new ImageDecoder({ data: new Uint8Array(content), type: 'image/gif' });
      await Promise.all([decoder.tracks.ready, decoder.completed]);
      const frames = [];
      const { frameCount } = decoder.tracks.selectedTrack;
      const labels = [
        [0x00, 0x9e, 0x73],
        [0xe6, 0x9f, 0x00],
        [0xd5, 0x5e, 0x00],
        [0x56, 0xb4, 0xe9],
      ];
      for (let index = 0; index < frameCount; index++) {
        const { image } = await decoder.decode({ frameIndex: index });
        const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        let coloured = 0;
        for (let at = 0; at < data.length; at += 4)
          if (labels.some((colour) => colour.every((v, c) => Math.abs(v - data[at + c]) < 24)))
            coloured++;
        frames.push({ milliseconds: image.duration / 1000, coloured });
        image.close();
      }
      return frames;
    },
    [...bytes],
  );
  assert.equal(drawn.length, expected.length);
  drawn.forEach(({ milliseconds, coloured }, index) => {
    assert.equal(milliseconds || 100, expected[index].duration * 1000 || 100);
    if (faces[index].length > 0) assert.ok(coloured > 30, `frame ${index + 1}: ${coloured} pixels`);
  });
  await close();
});

test('of a GIF with a damaged frame, every other one keeps its own faces, shown and saved', async () => {
  page = await visit(browser);
  await page.addInitScript(() => {
    window.shown = [];
    const { decode } = ImageDecoder.prototype;
    ImageDecoder.prototype.decode = function (options) {
      const image = decode.call(this, options);
      image.then(
        () => window.shown.push(options.frameIndex),
        () => window.shown.push('none'),
      );
      return image;
    };
  });
  // What the frames are drawn with is said to the worker.
  await page.addInitScript(() => {
    window.drawn = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      const [command] = message?.arguments ?? [];
      if (command?.do === 'draw') window.drawn.push(command.index);
      return postMessage.call(this, message, ...rest);
    };
  });
  const folder = mkdtempSync(join(tmpdir(), 'masklens-'));
  const path = join(folder, 'damaged.gif');
  writeFileSync(path, damagedFrame(readFileSync(fixture('animated.gif')), 2));
  await judged(page, plain.url, [path]);
  await download(page, '[data-save=picture]');
  assert.deepEqual(await page.evaluate(() => window.drawn.slice(-4)), [0, 1, 3, 4]);
  for (const place of [1, 2, 3]) {
    await page.locator('.animation input[type=range]').fill(String(place));
    await page.waitForFunction((at) => window.shown.at(-1) === at, place);
  }
  assert.ok(!(await page.evaluate(() => window.shown.includes('none'))));
  rmSync(folder, { recursive: true });
  await close();
});

test('where text runs from the right, time does, too: line, slider and clicks agree', async () => {
  const context = { locale: 'ar' };
  page = await visit(browser, context);
  await judged(page, plain.url, [fixture('animated.gif')]);
  const slider = page.locator('.animation input[type=range]');
  const frames = Number(await slider.getAttribute('max')) + 1;
  const line = page.locator('.timeline:not(.person)');
  await slider.scrollIntoViewIfNeeded();
  const at = (selector) => page.locator(selector).boundingBox();
  for (const wanted of [1, 3]) {
    const { x, y, width, height } = await line.boundingBox();
    await page.mouse.click(x + width - (width * (wanted + 0.5)) / frames, y + height / 2);
    await page.waitForFunction(
      (value) => document.querySelector('.animation input[type=range]').value === value,
      String(wanted),
    );
    // A click on the slider, where the line marks the frame, changes nothing.
    const now = await at('.timeline .now');
    const track = await at('.animation input[type=range]');
    await page.mouse.click(now.x + now.width / 2, track.y + track.height / 2);
    assert.equal(await slider.inputValue(), String(wanted));
  }
  await close();
});

test('a batch is judged by several workers at once, and their memory is freed', async () => {
  await open();
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 2 });
    window.judging = new Map();
    const { postMessage, terminate } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message?.method === 'detect')
        window.judging.set(this, (window.judging.get(this) ?? 0) + 1);
      return postMessage.call(this, message, ...rest);
    };
    Worker.prototype.terminate = function () {
      window.judging.delete(this);
      return terminate.call(this);
    };
  });
  await page.clock.install();
  await page.goto(plain.url);
  const many = manyPhotos(24);
  await addPictures(page, many.files);
  await batchDone(page, 24);
  many.remove();
  const judging = await page.evaluate(() => [...window.judging.values()]);
  assert.equal(judging.length, 2, 'as many as there are cores');
  assert.equal(judging[0] + judging[1], 24, 'each picture once');
  assert.ok(Math.min(...judging) >= 4, judging.join(' and '));
  // In the order in which they were added, whoever was faster.
  const records = JSON.parse((await download(page, '[data-save=all-json]')).bytes);
  assert.deepEqual(
    records.map(({ file }) => file),
    many.files.map((path) => basename(path)),
  );
  await page.clock.fastForward(60_000);
  await page.waitForFunction(() => window.judging.size === 1);
  await close();
});

test('while a batch runs no task holds up the page for 50 ms', async () => {
  await open();
  await page.goto(plain.url);
  await networksReady(page);
  const many = manyPhotos(64);
  const longest = await longestTask(browser, page, async () => {
    await addPictures(page, many.files);
    await batchDone(page, many.files.length);
  });
  many.remove();
  assert.ok(longest.busy < 50, `a task of ${longest.busy} ms`);
  assert.ok(longest.calm < 50, `tasks of ${longest.calm} ms by the clock, again and again`);
  await close();
});
