// The picture on the stage: plates and numbers, pinned faces, hidden ones, corrections, the original,
// and a phone's order of things.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createDetector, HIDING } from '../../dist/index.js';
import {
  addPictures,
  batchDone,
  download,
  fixture,
  goodHost,
  judged,
  launch,
  photos,
  sizeOfJpeg,
  visit,
} from './harness.mjs';

const LOWEST = 0.3;
/** Twelve people, near and far. */
const crowd = fixture('photos/maksssksksss373.jpg');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
let browser;
let host;
let node;
let page;
before(async () => {
  [browser, host, node] = await Promise.all([launch(), goodHost(), createDetector()]);
});
after(async () => {
  await Promise.all([node.close(), browser.close(), host.close()]);
});

async function open(files, options) {
  page = await visit(browser, options);
  await judged(page, host.url, files);
  if ((await page.locator('.face-row').count()) > 0) await page.waitForSelector('.plate');
}

async function close() {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

const rects = (selector) =>
  page.locator(selector).evaluateAll((all) =>
    all.map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return { x, y, width, height, text: one.textContent.trim(), form: one.dataset.form };
    }),
  );

const meet = (a, b) =>
  Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1 &&
  Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1;

const sheetWidth = () =>
  page.locator('.sheet').evaluate((sheet) => sheet.getBoundingClientRect().width);

for (const [where, options] of [
  ['a desktop', {}],
  ['a phone', PHONE],
])
  test(`on ${where} every face says a word or its number, none covers another, and none is small print`, async () => {
    await open([crowd], options);
    const plates = await rects('.plate');
    const rows = await page.locator('.face-row').count();
    assert.ok(rows >= 10);
    assert.ok(plates.length >= rows - 1, `${plates.length} plates for ${rows} faces`);
    const forms = plates.map(({ form }) => form);
    for (const { text, form } of plates)
      assert.match(
        text,
        form === '2' ? /^\d+$/ : form === '1' ? /^(\? )?[a-z ]+$/ : /^(\? )?[a-z ]+ \d+%$/,
      );
    if (where === 'a phone') assert.ok(forms.includes('2'), 'numbers where words do not fit');
    plates.forEach((plate, index) => {
      for (const other of plates.slice(index + 1)) assert.ok(!meet(plate, other), plate.text);
    });
    const sizes = await page
      .locator('.plate')
      .evaluateAll((all) => all.map((one) => Number.parseFloat(getComputedStyle(one).fontSize)));
    assert.ok(sizes.every((size) => size >= 13));
    // The list has the same numbers in the same order as the plates.
    const numbers = await page.locator('.face-number').allTextContents();
    assert.deepEqual(
      numbers.map((text) => Number(text)),
      Array.from({ length: rows }, (_, index) => index + 1),
    );
    await close();
  });

test('of no face all is said to be sure, on the picture, in the list and in the detail', async () => {
  const surest = fixture('photos/maksssksksss698.jpg');
  const { faces } = await node.detect(readFileSync(surest));
  const wholly = faces.filter(({ label, probabilities }) => probabilities[label] > 0.995);
  assert.ok(wholly.length > 0, 'faces of which rounding would say 100 %');
  await open([surest]);
  await page.click('.face-row >> nth=0');
  const told = await page.locator('.sheet').allTextContents();
  const listed = await page.locator('.side').allTextContents();
  const words = [...told, ...listed].join(' ');
  assert.match(words, /99%/);
  assert.doesNotMatch(words, /100%/);
  await close();
});

test('who points from face to face has those restyled that are pointed at, not all', async () => {
  await open([crowd]);
  const faces = await page.locator('.face-row').count();
  assert.ok(faces >= 10);
  await page.hover('.stage-tools');
  await browser.startTracing(page, { categories: ['devtools.timeline'] });
  for (const row of [0, 1, 2]) {
    await page.hover(`.face-row >> nth=${row}`);
    await page.waitForSelector(`.face.active[data-index="${row}"]`);
  }
  await page.hover('.stage-tools');
  await page.waitForFunction(() => !document.querySelector('.face.active'));
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const styled = traceEvents
    .filter(({ name, args }) => name === 'UpdateLayoutTree' && args.elementCount > 0)
    .map(({ args }) => args.elementCount);
  assert.ok(styled.length >= 4, `${styled.length} times`);
  // The face, its copy with all its words, its row, and the sheet; the same of the one before.
  assert.ok(Math.max(...styled) < 20, `${styled} elements with ${faces} faces`);
  // What is dimmed is under the copy, which is where the face is and says all.
  await page.hover('.face-row >> nth=1');
  await page.waitForSelector('.halo');
  const [halo] = await rects('.halo');
  const [face] = await rects('.face.active');
  for (const side of ['x', 'y', 'width', 'height'])
    assert.ok(Math.abs(halo[side] - face[side]) < 0.5, side);
  assert.equal(await page.locator('.plate[data-plate="1"]').count(), 1);
  assert.match((await rects('.plate.active'))[0].text, /^2 ?\D+ \d+%$/);
  const dimmed = await page.locator('.marks').evaluate((one) => getComputedStyle(one).opacity);
  assert.ok(Number(dimmed) < 0.8);
  await close();
});

test('a click pins a face: it is zoomed to, its row is marked, everything is told; Escape frees it', async () => {
  await open([crowd]);
  const fit = await sheetWidth();
  const index = 3;
  const face = await page.locator(`.sheet .face[data-index="${index}"]`).boundingBox();
  await page.mouse.click(face.x + face.width / 2, face.y + face.height / 2);
  await page.waitForSelector(`.face-row[aria-pressed=true][data-row="${index}"]`);
  assert.ok((await sheetWidth()) > 1.5 * fit);
  const zoomed = await page.locator(`.sheet .face[data-index="${index}"]`).boundingBox();
  const stage = await page.locator('.stage').boundingBox();
  assert.ok(meet(zoomed, stage) && zoomed.width > 2 * face.width);
  const { faces } = await node.detect(readFileSync(crowd), { minScore: LOWEST });
  const score = Number(await page.getAttribute('[data-score]', 'data-score'));
  assert.ok(faces.some((one) => Math.abs(one.score - score) < 1e-3));
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('.face-row[aria-pressed=true]'));
  assert.ok(Math.abs((await sheetWidth()) - fit) < 1);
  // The switch takes boxes and words away, and brings them back.
  await page.click('[data-mode=boxes]');
  assert.equal(await page.locator('.sheet .face, .plate').count(), 0);
  await page.click('[data-mode=boxes]');
  await page.waitForSelector('.plate');
  // The original is there while it is held.
  const { x, y } = await page.locator('[data-mode=original]').boundingBox();
  await page.mouse.move(x + 5, y + 5);
  await page.mouse.down();
  await page.waitForFunction(() => !document.querySelector('.sheet .face'));
  await page.mouse.up();
  await page.waitForSelector('.sheet .face');
  await close();
});

test('on a phone the picture stays in view above a strip of faces, and a tap nearby pins', async () => {
  await open([crowd, photos[0]], PHONE);
  await page.tap('picture-card >> nth=0');
  await page.locator('.face-row >> nth=0').scrollIntoViewIfNeeded();
  const [stage] = await rects('.stage');
  const [first, second] = await rects('.face-row');
  assert.ok(stage.y >= -1 && stage.y + stage.height <= 844, 'the picture is on screen');
  assert.ok(first.y >= stage.y + stage.height - 8 && first.y < 844, 'so are the faces');
  assert.ok(second.x > first.x && Math.abs(second.y - first.y) < 2, 'beside each other');
  const counts = await rects('.group');
  assert.ok(
    counts.every(({ y }) => Math.abs(y - counts[0].y) < 2),
    'counts are in one line',
  );
  // A finger beside a small face means that face.
  const face = (await rects('.sheet .face')).sort((a, b) => a.width - b.width)[0];
  await page.touchscreen.tap(face.x + face.width + 6, face.y + face.height / 2);
  await page.waitForSelector('.face-detail');
  await page.waitForSelector('.plate.active');
  await close();
});

/** How far the two pictures differ inside each box, in levels a channel. */
const difference = (one, two, boxes) =>
  page.evaluate(
    async ([contents, all]) => {
      const contexts = await Promise.all(
        contents.map(async (content) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes]));
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          context.drawImage(bitmap, 0, 0);
          return context;
        }),
      );
      return all.map(({ x, y, width, height }) => {
        const area = [x, y, Math.max(4, width), Math.max(4, height)].map(Math.floor);
        const [a, b] = contexts.map((context) => context.getImageData(...area).data);
        return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
      });
    },
    // As text: a number for each byte takes the driver many seconds.
    [[one, two].map((bytes) => bytes.toString('base64')), boxes],
  );

test('in every language what is said beside the slider and below the picture is whole and keeps its place', async () => {
  await open([crowd]);
  const languages = await page
    .locator('select[name=language] option')
    .evaluateAll((all) => all.map(({ value }) => value));
  assert.ok(languages.length >= 7);
  let said = '';
  for (const language of languages) {
    await page.selectOption('select[name=language]', language);
    await page.waitForFunction(
      ([code, note]) =>
        document.documentElement.lang === code &&
        document.querySelector('.threshold-note').textContent !== note,
      [language, said],
    );
    said = await page.textContent('.threshold-note');
    for (const width of [320, 390, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const seen = await page.evaluate(() => {
        const box = (selector) => document.querySelector(selector).getBoundingClientRect();
        const note = document.querySelector('.threshold-note');
        const height = () => box('.threshold').height;
        const before = height();
        const { textContent: words } = note;
        const label = box('.threshold-label').height;
        const cut = note.scrollWidth - note.clientWidth;
        const texts = [...note.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
        const kept = texts.map(({ data }) => data);
        for (const text of texts) text.data = '';
        const empty = height();
        texts.forEach((text, index) => {
          text.data = kept[index];
        });
        const [square, line] = [box('.keep input'), box('.keep span')];
        return { words, label, cut, moved: empty - before, square, line };
      });
      const where = `${language}, ${width} px: ${JSON.stringify(seen)}`;
      assert.ok(seen.words.trim().length > 0, where);
      assert.ok(seen.label < 30, `the question is one line, ${where}`);
      assert.ok(seen.cut <= 1, `nothing is cut off, ${where}`);
      assert.equal(seen.moved, 0, `words that come and go move nothing, ${where}`);
      assert.ok(Math.abs(seen.square.y - seen.line.y) < 8, `the words stand beside, ${where}`);
    }
  }
  await close();
  // Where fingers point, the button that brings the slider back is higher than words.
  await open([crowd], PHONE);
  const stage = () => page.locator('.stage').evaluate((one) => one.offsetTop);
  const before = await stage();
  await page.locator('.threshold input').evaluate((input) => {
    input.value = '-2';
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await page.waitForSelector('[data-do=reset-threshold]');
  assert.equal(await stage(), before);
  await close();
});

test('hiding hides every candidate, whatever the slider says, on the stage at once and in the file', async () => {
  await open([crowd]);
  const { faces } = await node.detect(readFileSync(crowd), { minScore: HIDING.minScore });
  assert.ok(faces.some(({ score }) => score < LOWEST));
  await page.locator('.threshold input').evaluate((input) => {
    input.value = '-10';
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await page.waitForFunction(
    (all) => document.querySelectorAll('.face-row').length < all,
    faces.length,
  );
  await page.click('[data-mode=hide]');
  await page.waitForSelector('.cover');
  const hidden = () => page.getAttribute('[data-hidden]', 'data-hidden').then(Number);
  assert.equal(await hidden(), faces.length);
  assert.match(await page.textContent('.hide-panel'), /\d+ hidden\. Look for faces we missed\./);
  // The covers are made of the picture, are not blank, and have no more than 8 x 8 colours each where they meet.
  const covers = await page.locator('canvas.covers[data-painted]').evaluate((canvas) => {
    const context = canvas.getContext('2d');
    return [...document.querySelectorAll('.cover')].map(({ style }) => {
      const [left, top, width, height] = ['left', 'top', 'width', 'height'].map(
        (name) => Number.parseFloat(style[name]) / 100,
      );
      // Without the corners, which are round, and what lies beyond the picture.
      const [x, y] = [left + 0.15 * width, top + 0.15 * height].map((at) => Math.max(0, at));
      const part = [x * canvas.width, y * canvas.height];
      const size = [0.7 * width * canvas.width, 0.7 * height * canvas.height];
      const { data } = context.getImageData(...part, ...size.map((side) => Math.max(1, side)));
      const colours = new Set(new Uint32Array(data.buffer));
      return {
        rectangle: { x: left, y: top, width, height },
        colours: colours.size,
        opaque: data.every((value, i) => i % 4 < 3 || value === 255),
      };
    });
  });
  assert.equal(covers.length, faces.length);
  const meetOn = (a, b, from, length) =>
    a[from] < b[from] + b[length] && b[from] < a[from] + a[length];
  for (const { rectangle, colours, opaque } of covers) {
    assert.ok(opaque, 'nothing of the face shows through');
    const seen = covers.filter(
      (other) =>
        meetOn(rectangle, other.rectangle, 'x', 'width') &&
        meetOn(rectangle, other.rectangle, 'y', 'height'),
    ).length;
    assert.ok(colours > 1 && colours <= 64 * seen, `${colours} colours of ${seen} places`);
  }

  await page.click('.options summary');
  await page.selectOption('select[name=kind]', 'image/png');
  const boxes = faces.map(({ box }) => box);
  const plain = await node.annotate(readFileSync(crowd), { faces: [] });
  const untouched = Buffer.from(await plain.arrayBuffer());
  for (const way of ['pixelate', 'blur']) {
    await page.selectOption('select[name=hiding]', way);
    const { bytes } = await download(page, '[data-save=picture]');
    const [corner, ...differences] = await difference(bytes, untouched, [
      { x: 0, y: 0, width: 30, height: 20 },
      ...boxes,
    ]);
    for (const value of differences)
      assert.ok(value > 2, `${way}: every candidate is hidden in the file: ${differences}`);
    assert.equal(corner, 0, 'and nothing else, boxes neither');
  }

  // A click shows one again, a drag hides another place, undo takes both back.
  await page
    .locator('.cover')
    .last()
    .click({ position: { x: 3, y: 3 } });
  await page.waitForFunction(
    (n) => document.querySelectorAll('.cover').length === n,
    faces.length - 1,
  );
  const stage = await page.locator('.stage').boundingBox();
  await page.mouse.move(stage.x + 40, stage.y + 20);
  await page.mouse.down();
  await page.mouse.move(stage.x + 110, stage.y + 80, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((n) => document.querySelectorAll('.cover').length === n, faces.length);
  await page.click('[data-do=undo]');
  await page.click('[data-do=undo]');
  assert.equal(await hidden(), faces.length);
  assert.equal(await page.locator('[data-do=undo]').count(), 0);
  await close();
});

test('of a file that is no picture one sentence says so, and no sign that browsers have for it', async () => {
  await open([photos[0], fixture('text.jpg'), fixture('empty.jpg')]);
  const estimate = page.locator('[data-save=zip] .figure');
  await page.waitForFunction(
    () => document.querySelector('[data-save=zip] .figure')?.textContent !== '',
  );
  const before = await estimate.textContent();
  for (const [nth, sentence] of [
    [1, /plain text, not a picture/],
    [2, /empty/],
  ]) {
    await page.locator('picture-card').nth(nth).click();
    await page.waitForSelector('.stage .stage-blank');
    assert.equal(await page.locator('.stage img').count(), 0);
    assert.equal(await page.locator('.stage-tools .tool:enabled').count(), 2, 'only to turn');
    const told = await page.locator('.workbench p:visible').allInnerTexts();
    assert.equal(told.filter((text) => sentence.test(text)).length, 1, told.join(' | '));
    assert.ok(!told.some((text) => /cannot show/.test(text)), told.join(' | '));
  }
  // Nor does its size say how large the others become.
  assert.equal(await estimate.textContent(), before);
  await close();
});

test('a pinned face stays where it is in the stage when the window takes another size', async () => {
  await open([photos[2]], { viewport: { width: 1200, height: 700 } });
  const seen = () =>
    page.evaluate(() => {
      const stage = document.querySelector('.stage').getBoundingClientRect();
      const face = document.querySelector('.face.active').getBoundingClientRect();
      const x = (face.x + face.width / 2 - stage.x) / stage.width;
      return { x, y: (face.y + face.height / 2 - stage.y) / stage.height, tall: stage.height };
    });
  await page.click('.face-row >> nth=0');
  await page.waitForSelector('.face.active[data-index="0"]');
  const before = await seen();
  await page.setViewportSize({ width: 1440, height: 1200 });
  await page.waitForFunction(
    (tall) => document.querySelector('.stage').clientHeight > 1.3 * tall,
    before.tall,
  );
  const after = await seen();
  for (const along of ['x', 'y'])
    assert.ok(Math.abs(after[along] - before[along]) < 0.08, JSON.stringify({ before, after }));
  await close();
});

test('a window that becomes lower alone makes the stage lower, with the whole picture in it', async () => {
  await open([photos[2]], { viewport: { width: 1200, height: 1000 } });
  const before = await page.locator('.stage').evaluate((stage) => stage.clientHeight);
  for (const [window, least, most] of [
    [600, 0.5 * before, 0.7 * before],
    [1000, before, before],
  ]) {
    await page.setViewportSize({ width: 1200, height: window });
    await page.waitForFunction(
      (bounds) => {
        const { clientHeight } = document.querySelector('.stage');
        return clientHeight >= bounds[0] && clientHeight <= bounds[1];
      },
      [least, most],
    );
    const inside = await page.evaluate(() => {
      const [stage, sheet] = ['.stage', '.sheet'].map((one) =>
        document.querySelector(one).getBoundingClientRect(),
      );
      return sheet.top >= stage.top - 1 && sheet.bottom <= stage.bottom + 1;
    });
    assert.ok(inside, `the picture in ${window}`);
  }
  await close();
});

test('on a phone the words about a file that is no picture are in view, and nothing lies over them', async () => {
  await open([...photos.slice(0, 3), fixture('text.jpg')], PHONE);
  const card = page.locator('picture-card').nth(3);
  await card.scrollIntoViewIfNeeded();
  await card.locator('.card').tap();
  await page.waitForSelector('.stage .stage-blank');
  const seen = () => {
    const words = document.querySelector('.workbench .notice.bad p');
    const { left, top, width, height } = words.getBoundingClientRect();
    const at = [top + 2, top + height / 2, top + height - 2];
    return at.every((y) => document.elementFromPoint(left + width / 2, y) === words);
  };
  assert.ok(await page.evaluate(seen), 'after the tap');
  // Also where the picture would have stayed in view.
  await page.evaluate(() => {
    const { top } = document.querySelector('.workbench .notice.bad').getBoundingClientRect();
    scrollBy(0, top - 100);
  });
  assert.ok(await page.evaluate(seen), 'scrolled to');
  await close();
});

test('verdicts are corrected by mouse and by keys, counted, exported as corrected, and can be undone', async () => {
  await open([photos[0]]);
  const count = (group) => page.textContent(`[data-count=${group}]`).then(Number);
  const people = await count('people');
  await page.click('.face-row >> nth=0');
  const label = await page.getAttribute(
    '.face-detail [data-label][aria-pressed=true]',
    'data-label',
  );
  const other = label === 'incorrect' ? 'correct' : 'incorrect';
  const before = await count(other);
  await page.click(`[data-label=${other}]`);
  await page.waitForFunction(
    ([group, n]) => Number(document.querySelector(`[data-count=${group}]`).textContent) === n,
    [other, before + 1],
  );
  assert.match(await page.textContent('.face-row >> nth=0'), /by hand/);
  // In no language do the verdict and whose it is run into one: "worn well by hand".
  const languages = await page
    .locator('select[name=language] option')
    .evaluateAll((all) => all.map(({ value }) => value));
  for (const language of [...languages.slice(1), 'en']) {
    await page.selectOption('select[name=language]', language);
    await page.waitForFunction((code) => document.documentElement.lang === code, language);
    const [first, second] = await page
      .locator('.plate.active[data-plate="0"] > span')
      .evaluate((plate) => plate.textContent.split(' · '));
    assert.ok(first?.trim() && second?.trim(), `${language}: ${first}`);
    assert.ok((await page.textContent('.face-row >> nth=0')).includes(second), language);
  }

  // A face that was missed, by keys alone.
  await page.focus('[data-mode=add]');
  await page.keyboard.press('Enter');
  await page.focus('.stage');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.draft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    (n) => document.querySelectorAll('.face-row').length === n,
    people + 1,
  );
  await page.waitForSelector('.face-detail');
  await page.keyboard.press('1');
  await page.waitForSelector('.face-detail [data-label=correct][aria-pressed=true]');
  assert.equal(await count('people'), people + 1);

  const record = JSON.parse((await download(page, '[data-save=json]')).bytes);
  assert.deepEqual(
    record.faces.map(({ corrected }) => corrected ?? false),
    [true, ...Array(people - 1).fill(false), true],
  );
  assert.equal(record.faces[0].label, other);
  const csv = (await download(page, '[data-save=csv]')).bytes.toString('utf8').trim().split('\r\n');
  assert.ok(csv[0].endsWith(',corrected'));
  assert.deepEqual(
    csv.slice(1).map((line) => line.endsWith(',true')),
    [true, ...Array(people - 1).fill(false), true],
  );
  const coco = JSON.parse((await download(page, '[data-save=coco]')).bytes);
  assert.equal(coco.annotations.length, people + 1);
  assert.deepEqual(coco.annotations[0].bbox, record.faces[0].box);
  assert.equal(
    coco.categories.find(({ id }) => id === coco.annotations[0].category_id).name,
    other,
  );

  // A false one is left out; undo brings all back, step by step.
  await page.click('.face-row >> nth=0');
  await page.keyboard.press('Delete');
  await page.waitForFunction((n) => document.querySelectorAll('.face-row').length === n, people);
  await page.focus('.stage');
  for (let step = 0; step < 4; step++) await page.keyboard.press('Control+z');
  await page.waitForFunction(
    ([group, n]) => Number(document.querySelector(`[data-count=${group}]`).textContent) === n,
    [other, before],
  );
  assert.equal(await count('people'), people);
  const again = JSON.parse((await download(page, '[data-save=json]')).bytes);
  assert.ok(again.faces.every((face) => !('corrected' in face)));
  await close();
});

test('saved labels, COCO and YOLO, are read back by the page that checks', async () => {
  await open(photos.slice(0, 2));
  const coco = await download(page, '[data-save=coco]');
  const yolo = await download(page, '[data-save=yolo]');
  const { annotations } = JSON.parse(coco.bytes);
  assert.match(yolo.bytes.toString('latin1'), /classes\.txt[\s\S]*correct\nincorrect\nunmasked\n/);
  const boxes = annotations.length;
  const texts = photos.slice(0, 2).map((path, index) => {
    const size = sizeOfJpeg(readFileSync(path));
    const lines = annotations
      .filter(({ image_id }) => image_id === index + 1)
      .map(({ bbox: [x, y, w, h], category_id }) =>
        [category_id - 1, (x + w / 2) / size[0], (y + h / 2) / size[1], w / size[0], h / size[1]]
          .map((one, at) => (at === 0 ? one : one.toFixed(6)))
          .join(' '),
      );
    const name = path.split('/').at(-1).replace('.jpg', '.txt');
    const text = `${lines.join('\n')}\n`;
    assert.ok(yolo.bytes.includes(text), name);
    return { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
  });
  const classes = {
    name: 'classes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('correct\nincorrect\nunmasked\n'),
  };
  const json = { name: 'labels.json', mimeType: 'application/json', buffer: coco.bytes };
  const buffers = photos.slice(0, 2).map((path) => ({
    name: path.split('/').at(-1),
    mimeType: 'image/jpeg',
    buffer: readFileSync(path),
  }));
  for (const [kind, files] of [
    ['coco', [json]],
    ['yolo', [...texts, classes]],
  ]) {
    await page.goto(`${host.url}check.html`);
    await page.setInputFiles('input[name=files]', [...buffers, ...files]);
    const found = await page.textContent(`[data-found=${kind}]`);
    assert.match(found, new RegExp(`2 pictures, ${boxes} boxes`));
    await page.click('[data-do=check]');
    const accuracy = await page.getAttribute('[data-accuracy]', 'data-accuracy', {
      timeout: 60_000,
    });
    assert.equal(Number(accuracy), 1, `${kind}: what it said itself is right`);
  }
  await close();
});

test('the pixels shown are the pixels judged', async () => {
  await open([fixture('exif_6.png')]);
  const shown = await page.locator('canvas.picture').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return { width: canvas.width, height: canvas.height, data: [...data] };
  });
  const expected = await node.pixels(readFileSync(fixture('exif_6.png')));
  assert.deepEqual([shown.width, shown.height], [expected.width, expected.height]);
  assert.deepEqual(shown.data, [...expected.data]);
  await close();
});

test('a large picture has no more pixels on the stage than screens do, and all of them where it is zoomed into', async () => {
  // Lines of one pixel, which only the picture's own pixels show.
  const [width, height] = [3000, 1200];
  const data = new Uint8ClampedArray(4 * width * height).map((_, i) =>
    i % 4 === 3 || ((i >> 2) % width) & 1 ? 255 : 0,
  );
  const png = await node.annotate({ width, height, data }, { faces: [] }, { type: 'image/png' });
  const file = { name: 'lines.png', mimeType: 'image/png' };
  page = await visit(browser);
  await page.goto(host.url);
  await page.setInputFiles('input[name=files]', [
    { ...file, buffer: Buffer.from(await png.arrayBuffer()) },
  ]);
  await page.waitForSelector('canvas.picture', { timeout: 60_000 });
  const whole = await page.locator('canvas.picture').evaluate((one) => [one.width, one.height]);
  assert.deepEqual(whole, [1600, 640]);
  assert.equal(await page.locator('canvas.sharp').count(), 0);
  await page.focus('.stage');
  for (let step = 0; step < 6; step++) await page.keyboard.press('+');
  const contrast = await page.locator('canvas.sharp').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, canvas.height >> 1, canvas.width, 1);
    const levels = data.filter((_, i) => i % 4 === 0);
    return { width: canvas.width, lowest: Math.min(...levels), highest: Math.max(...levels) };
  });
  assert.ok(contrast.width <= 1400, 'no larger than what is seen');
  assert.ok(contrast.lowest < 10 && contrast.highest > 245, JSON.stringify(contrast));
  await close();
});

test('the gallery is filtered by group and sorted; "next one" goes from face to face', async () => {
  await open(photos);
  const cards = () => page.locator('.card-name').allTextContents();
  const all = await cards();
  const group = 'unmasked';
  const faces = Number(await page.textContent(`[data-count=${group}]`));
  await page.click(`[data-group=${group}]`);
  await page.waitForSelector(`[data-group=${group}][aria-pressed=true]`);
  const filtered = await cards();
  assert.ok(filtered.length > 0 && filtered.length < all.length);
  assert.equal(await page.locator('picture-card:not(:has(.tally .mark.unmasked))').count(), 0);
  const seen = new Set();
  for (let step = 0; step < faces; step++) {
    await page.click('[data-do=next]');
    await page.waitForSelector('.face-detail .mark.unmasked');
    const name = await page.textContent('.side-head h2');
    seen.add(`${name} ${await page.getAttribute('.face-row[aria-pressed=true]', 'data-row')}`);
  }
  assert.equal(seen.size, faces, 'each face once');
  await page.click('[data-do=unfilter]');
  assert.deepEqual(await cards(), all);
  await page.selectOption('select[name=order]', 'faces');
  const tallies = await page.locator('picture-card').evaluateAll((list) =>
    list.map(
      (card) =>
        card
          .querySelector('.tally')
          ?.textContent.match(/\d+/g)
          .reduce((sum, n) => sum + Number(n), 0) ?? 0,
    ),
  );
  assert.deepEqual(
    tallies,
    [...tallies].sort((a, b) => b - a),
  );
  await page.selectOption('select[name=order]', 'name');
  assert.deepEqual(
    await cards(),
    [...all].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
  );
  await close();
});

test('nothing is lost: undo after removing, a reload, another page and back; the switch turns it off', async () => {
  page = await visit(browser);
  await page.goto(host.url);
  await addPictures(page, photos.slice(0, 3));
  await batchDone(page, 3);
  await page.click('[data-do=clear]');
  await page.waitForSelector('.drop-zone');
  await page.click('[data-do=undo-remove]');
  await batchDone(page, 3);
  await page.click('.side-head .tool');
  await batchDone(page, 2);
  await page.click('[data-do=undo-remove]');
  await batchDone(page, 3);
  await page.click('picture-card >> nth=0');
  await page.click('.face-row >> nth=0');
  await page.click('[data-label=incorrect]');
  const counts = () =>
    page.locator('[data-count]').evaluateAll((all) => all.map((one) => one.textContent));
  await page.waitForSelector('.face-row:has-text("by hand")');
  const before = await counts();
  await page.waitForSelector('[data-kept=yes]');
  for (const leave of [
    () => page.reload(),
    async () => {
      await page.click('.site-header nav a[href="./live.html"]');
      await page.waitForSelector('live-page h1');
      await page.click('.site-header nav a[href="./"]');
    },
  ]) {
    await leave();
    await batchDone(page, 3);
    assert.deepEqual(await counts(), before);
    await page.waitForSelector('.face-row:has-text("by hand")');
  }
  // Another tab has nothing of it.
  const other = await page.context().newPage();
  await other.goto(host.url);
  await other.waitForSelector('.drop-zone');
  await other.close();
  // Switched off, nothing is kept, and leaving asks first.
  await page.uncheck('input[name=keep]');
  const asked = page.waitForEvent('dialog');
  const going = page.reload().catch(() => {});
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.accept();
  await going;
  await page.waitForSelector('.drop-zone');
  // Whatever was still to be deleted when the page was left is deleted by the next one.
  const left = await page.evaluate(async () => {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open('masklens-session', 1);
      request.onsuccess = () => resolve(request.result);
    });
    const count = () =>
      new Promise((resolve) => {
        const store = database.transaction('pictures').objectStore('pictures');
        store.count().onsuccess = (event) => resolve(event.target.result);
      });
    for (let tries = 0; tries < 100 && (await count()) > 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return count();
  });
  assert.equal(left, 0);
  await close();
});
