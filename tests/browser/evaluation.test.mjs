// Checking on one's own pictures, comparing, and the model card, against what Node says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDetector } from '../../dist/index.js';
import { root } from '../../scripts/run.mjs';
import { download, fixture, goodHost, launch, photos, site, sizeOfPng, visit } from './harness.mjs';

let browser;
let host;
let node;
/** Per photo, the faces that the shipped pipeline finds at its usual threshold. */
let found;
before(async () => {
  [browser, host] = await Promise.all([launch(), goodHost()]);
  node = await createDetector();
  found = await Promise.all(
    photos.map(async (path) => (await node.detect(readFileSync(path))).faces),
  );
});
after(async () => {
  await node.close();
  await browser.close();
  await host.close();
});

const NAMES = {
  correct: 'with_mask',
  incorrect: 'mask_weared_incorrect',
  unmasked: 'without_mask',
};
const filesOf = (labels) => [
  ...photos.map((path) => ({
    name: basename(path),
    mimeType: 'image/jpeg',
    buffer: readFileSync(path),
  })),
  ...labels,
];

/** The pipeline's own answers as truth, with the first label turned into another one. */
function truths() {
  const other = found[0][0].label === 'correct' ? 'unmasked' : 'correct';
  return found.map((faces, picture) =>
    faces.map(({ box, label }, index) => ({
      box,
      label: picture === 0 && index === 0 ? other : label,
    })),
  );
}

function coco() {
  const categories = Object.values(NAMES).map((name, index) => ({ id: index + 1, name }));
  const annotations = truths().flatMap((faces, image_id) =>
    faces.map(({ box, label }) => ({
      image_id,
      category_id: categories.find(({ name }) => name === NAMES[label]).id,
      bbox: [box.x, box.y, box.width, box.height],
    })),
  );
  const images = photos.map((path, id) => ({ id, file_name: `pictures/${basename(path)}` }));
  const text = JSON.stringify({ images, annotations, categories });
  return [{ name: 'labels.json', mimeType: 'application/json', buffer: Buffer.from(text) }];
}

function voc() {
  return truths().map((faces, index) => {
    const objects = faces.map(
      ({ box, label }) =>
        `<object><name>${NAMES[label]}</name><difficult>0</difficult><bndbox><xmin>${box.x}</xmin><ymin>${box.y}</ymin>` +
        `<xmax>${box.x + box.width}</xmax><ymax>${box.y + box.height}</ymax></bndbox></object>`,
    );
    const name = basename(photos[index]);
    const text = `<annotation><filename>${name}</filename>${objects.join('')}</annotation>`;
    return { name: name.replace('.jpg', '.xml'), mimeType: 'text/xml', buffer: Buffer.from(text) };
  });
}

for (const [kind, labels] of Object.entries({ coco, voc })) {
  test(`labels as ${kind}: every figure is what it must be when one label is wrong`, async () => {
    const page = await visit(browser);
    await page.goto(`${host.url}check.html`);
    await page.setInputFiles('input[name=files]', filesOf(labels()));
    await page.waitForSelector(`[data-found=${kind}]`);
    await page.click('[data-do=check]');
    await page.waitForSelector('[data-accuracy]', { timeout: 60_000 });
    const faces = found.flat().length;
    const accuracy = Number(await page.getAttribute('[data-accuracy]', 'data-accuracy'));
    assert.ok(Math.abs(accuracy - (faces - 1) / faces) < 1e-9);
    assert.equal(Number(await page.getAttribute('[data-ap]', 'data-ap')), 1);
    await page.waitForSelector('.mistake img');
    assert.equal(await page.locator('.mistake').count(), 1);
    const report = JSON.parse((await download(page, '[data-save=report]')).bytes);
    assert.equal(report.faces, faces);
    assert.equal(report.right, faces - 1);
    assert.equal(
      report.confusion.counts.flat().reduce((sum, value) => sum + value),
      faces,
    );
    assert.equal(report.worst.length, 1);
    assert.equal(basename(report.worst[0].path), basename(photos[0]));
    const picture = await download(page, '[data-save=report-picture]');
    assert.equal(sizeOfPng(picture.bytes)[0], 1200);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('a labelled face that is not found is counted and shown', async () => {
  const page = await visit(browser);
  const [file] = coco();
  const labels = JSON.parse(file.buffer);
  // Where nobody is: the largest free corner of the second photo.
  const { box } = found[1][0];
  const corner = { x: box.x < 100 ? 330 : 0, y: 240, width: 60, height: 60 };
  const free = found[1].every(
    ({ box: { x, y, width, height } }) =>
      x > corner.x + 60 || x + width < corner.x || y > corner.y + 60 || y + height < corner.y,
  );
  assert.ok(free, JSON.stringify(found[1].map((face) => face.box)));
  labels.annotations.push({ image_id: 1, category_id: 1, bbox: Object.values(corner) });
  file.buffer = Buffer.from(JSON.stringify(labels));
  await page.goto(`${host.url}check.html`);
  await page.setInputFiles('input[name=files]', filesOf([file]));
  await page.click('[data-do=check]');
  await page.waitForSelector('[data-accuracy]', { timeout: 60_000 });
  const faces = found.flat().length;
  const ap = Number(await page.getAttribute('[data-ap]', 'data-ap'));
  assert.ok(Math.abs(ap - faces / (faces + 1)) < 1e-9, `AP ${ap}`);
  await page.waitForSelector('.mistake:nth-child(2) img');
  const texts = await page.locator('.mistake').allTextContents();
  assert.equal(texts.length, 2);
  assert.match(texts[1], new RegExp(`Mask worn correctly, not found\\s+${basename(photos[1])}`));
  const report = JSON.parse((await download(page, '[data-save=report]')).bytes);
  assert.equal(report.confusion.counts[0][3], 1);
  assert.deepEqual(report.worst[1].box, corner);
  assert.equal(report.worst[1].verdict, null);
  await page.context().close();
});

test('folders by class are understood, faces cut tightly too, and strange classes are told', async () => {
  const page = await visit(browser);
  await page.goto(`${host.url}check.html`);
  // Tight cut-outs made by the page itself, dropped as a folder by class.
  const cuts = found.flatMap((faces, index) =>
    faces
      .filter(({ box, uncertain }) => Math.min(box.width, box.height) >= 40 && !uncertain)
      .map(({ box, label }) => ({ photo: [...readFileSync(photos[index])], box, label })),
  );
  assert.ok(cuts.length >= 3);
  await page.evaluate(async (all) => {
    const transfer = new DataTransfer();
    const entries = [];
    for (const [index, { photo, box, label }] of all.entries()) {
      const image = await createImageBitmap(
        new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }),
      );
      const canvas = new OffscreenCanvas(Math.round(box.width), Math.round(box.height));
      canvas.getContext('2d').drawImage(image, -box.x, -box.y);
      const file = new File([await canvas.convertToBlob()], `${index}.png`, { type: 'image/png' });
      Object.defineProperty(file, 'webkitRelativePath', { value: `set/${label}/${index}.png` });
      entries.push(file);
    }
    const odd = new File([await entries[0].arrayBuffer()], 'odd.png', { type: 'image/png' });
    Object.defineProperty(odd, 'webkitRelativePath', { value: 'set/hats/odd.png' });
    entries.push(odd);
    const input = document.querySelector('input[name=folder]');
    Object.defineProperty(input, 'files', { value: entries, configurable: true });
    input.dispatchEvent(new Event('change'));
    void transfer;
  }, cuts);
  await page.waitForSelector('[data-found=folders]');
  assert.match(await page.textContent('.notice'), /hats/);
  await page.click('[data-do=check]');
  await page.waitForSelector('[data-accuracy]', { timeout: 60_000 });
  const report = JSON.parse((await download(page, '[data-save=report]')).bytes);
  assert.equal(report.faces, cuts.length);
  assert.ok(report.missed <= cuts.length / 3, `${report.missed} of ${cuts.length} not found`);
  assert.ok(report.accuracy >= 0.5, `accuracy ${report.accuracy}`);
  assert.equal(
    report.missed,
    report.confusion.counts.reduce((sum, row) => sum + row[3], 0),
  );
  assert.ok(report.right > 0);
  await page.context().close();
});

test('pictures without labels are told apart from labelled ones', async () => {
  const page = await visit(browser);
  await page.goto(`${host.url}check.html`);
  await page.setInputFiles('input[name=files]', photos.slice(0, 2));
  assert.match(await page.textContent('[role=alert]'), /No labels were found/);
  await page.context().close();
});

test('detectors and classifiers are compared on one picture with times', async () => {
  const page = await visit(browser);
  const manifest = JSON.parse(readFileSync(join(root, 'dist/assets/manifest.json'), 'utf8'));
  const { defaults, networks } = manifest;
  await page.goto(`${host.url}compare.html`);
  await page.setInputFiles('input[name=files]', photos[0]);
  const detectors = Object.keys(manifest.detectors);
  for (const name of detectors) {
    await page.waitForSelector(`[data-detector=${name}] [data-total]`, { timeout: 60_000 });
    const total = Number(
      await page.getAttribute(`[data-detector=${name}] [data-total]`, 'data-total'),
    );
    assert.ok(total > 0);
    const expected = await node.detect(readFileSync(photos[0]), { detector: name });
    assert.equal(
      await page.textContent(`[data-detector=${name}] [data-faces]`),
      String(expected.faces.length),
    );
  }
  // Every classifier of the manifest is offered with its size; large ones wait to be asked for.
  const networkOf = (name) => networks[manifest.classifiers[name].network];
  const classifiers = Object.keys(manifest.classifiers).filter(
    (name) => name !== defaults.classifier,
  );
  assert.ok(classifiers.length >= 2);
  const offered = await page.locator('.choice input').evaluateAll((all) =>
    all.map(({ name, checked, parentElement }) => ({
      name,
      checked,
      text: parentElement.textContent,
    })),
  );
  assert.deepEqual(offered.map(({ name }) => name).sort(), [...classifiers].sort());
  for (const { name, checked, text } of offered) {
    assert.equal(checked, networkOf(name).bytes <= 5_000_000, name);
    assert.match(text, /\((\d+ kB|[\d.]+ MB)\)/);
    const fetched = page.requests.some((url) => url.endsWith(networkOf(name).file));
    if (!checked) assert.ok(!fetched, `${name} is not fetched before it is asked for`);
  }
  await page.waitForFunction(() => !document.querySelector('.button[disabled]'), null, {
    timeout: 120_000,
  });
  // Asked for, or no longer: the page runs again with what is wanted.
  for (const { name, checked } of offered) if (!checked) await page.check(`.choice [name=${name}]`);
  await page.waitForFunction(() => !document.querySelector('.button[disabled]'), null, {
    timeout: 240_000,
  });
  for (const name of classifiers)
    assert.match(await page.textContent(`[data-classify=${name}]`), /ms/);
  await page.uncheck(`.choice [name=${classifiers[0]}]`);
  await page.waitForFunction(
    (name) => !document.querySelector(`[data-classify=${name}]`),
    classifiers[0],
  );
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('every picture that is given to compare is in a strip, numbered as on the stage, in words it can mean', async () => {
  const page = await visit(browser);
  await page.goto(`${host.url}compare.html`);
  const three = [photos[0], fixture('photos/maksssksksss373.jpg'), photos[1]];
  await page.setInputFiles('input[name=files]', three);
  const settled = () =>
    page.waitForFunction(() => !document.querySelector('.button[disabled]'), null, {
      timeout: 120_000,
    });
  const { defaults } = JSON.parse(readFileSync(join(root, 'dist/assets/manifest.json'), 'utf8'));
  const stage = `[data-detector=${defaults.detector}]`;
  for (const [index, path] of three.entries()) {
    if (index > 0) await page.click(`.strip-picture >> nth=${index}`);
    await page.waitForSelector(`${stage} [data-total]`, { timeout: 60_000 });
    await settled();
    assert.equal(
      await page.getAttribute('.strip-picture[aria-current=true]', 'title'),
      basename(path),
    );
    const { faces } = await node.detect(readFileSync(path));
    assert.equal(await page.textContent(`${stage} [data-faces]`), String(faces.length));
    // The rows are the faces by number, each with what was cut out.
    const rows = await page.locator('[aria-labelledby=classifiers-heading] tbody tr').all();
    assert.equal(rows.length, faces.length + 1, 'a row a face, and one of times');
    const heads = await page.locator('.crop-row').allTextContents();
    assert.deepEqual(
      heads.map((text) => Number(/\d+/.exec(text)[0])),
      faces.map((_, face) => face + 1),
    );
    await page.waitForFunction(() =>
      [...document.querySelectorAll('canvas[data-crop]')].every((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(48, 48, 1, 1);
        return data[3] === 255;
      }),
    );
    const numbers = await page.locator(`${stage} .plate b`).allTextContents();
    for (const number of numbers)
      assert.ok(Number(number) >= 1 && Number(number) <= faces.length, number);
    // The parts of the time are the whole.
    const sum = await page.textContent(`${stage} [data-sum]`);
    const figures = sum.match(/\d+(\.\d+)?(?= ms)/g).map(Number);
    const whole = figures.pop();
    const parts = figures.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(parts - whole) < 0.35, sum);
  }
  await page.waitForFunction(
    () =>
      document.querySelectorAll('.strip-picture img').length === 3 &&
      [...document.querySelectorAll('.strip-picture img')].every((one) => one.naturalWidth > 0),
  );
  // Networks that know two classes do not say how a mask is worn.
  const { classifiers, networks } = JSON.parse(
    readFileSync(join(root, 'dist/assets/manifest.json'), 'utf8'),
  );
  const columns = await page
    .locator('[data-classify]')
    .evaluateAll((all) => all.map((one) => one.dataset.classify));
  let twoClass = 0;
  for (const [column, name] of columns.entries()) {
    const cells = await page
      .locator(
        `[aria-labelledby=classifiers-heading] tbody tr td:nth-child(${column + 2}) .face-verdict`,
      )
      .allTextContents();
    if (column === 0 || networks[classifiers[name].network].classes.length !== 2) continue;
    twoClass++;
    assert.ok(cells.length > 0);
    for (const words of cells) assert.match(words, /^\s*(\? )?(mask|no mask) \d+%/);
  }
  const offered = Object.keys(classifiers).filter(
    (name) => networks[classifiers[name].network].classes.length === 2,
  );
  assert.equal(twoClass > 0, offered.length > 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the page that checks is tried with samples whose answers are known', async () => {
  const page = await visit(browser);
  await page.goto(`${host.url}check.html`);
  const truth = JSON.parse(readFileSync(join(root, 'web/site/samples/labels.json'), 'utf8'));
  const offer = page.locator('[data-do=samples]');
  assert.match(await offer.textContent(), new RegExp(`${truth.images.length} sample`));
  await offer.click();
  const found = await page.textContent('[data-found=coco]');
  assert.match(
    found,
    new RegExp(`${truth.images.length} pictures, ${truth.annotations.length} boxes`),
  );
  await page.click('[data-do=check]');
  const accuracy = Number(
    await page.getAttribute('[data-accuracy]', 'data-accuracy', { timeout: 60_000 }),
  );
  const cells = await page
    .locator('[data-cell]')
    .evaluateAll((all) => all.map((one) => [one.dataset.cell, Number(one.textContent)]));
  const sum = cells.reduce((all, [, value]) => all + value, 0);
  assert.equal(sum, truth.annotations.length, 'every labelled face has its place in the table');
  const right = cells.reduce((all, [at, value]) => all + (at[0] === at[2] ? value : 0), 0);
  assert.ok(Math.abs(accuracy - right / sum) < 1e-9);
  assert.ok(accuracy > 0.7 && accuracy < 1, `${accuracy}`);
  // Two sentences do not run into one, and a class is named on one line.
  assert.match(await page.textContent('.headline + p'), /^\d+ of \d+ labelled faces$/);
  for (const { height } of await page
    .locator('.by-class th[scope=row]')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect())))
    assert.ok(height < 50, `${height}`);
  // Each row of the table is a class with as many faces as the labels have.
  for (const [row, { id }] of truth.categories.entries())
    assert.equal(
      cells.filter(([at]) => Number(at[0]) === row).reduce((all, [, value]) => all + value, 0),
      truth.annotations.filter(({ category_id }) => category_id === id).length,
    );
  // Where the pictures cannot be fetched, that is said.
  await page.goto(`${host.url}check.html`);
  await page.route('**/*.jpg', (route) => route.abort());
  await page.click('[data-do=samples]');
  await page.waitForSelector('[role=alert]');
  await page.waitForSelector('[data-do=samples]:not([disabled])');
  await page.context().close();
});

test('the model card shows every network and every report that ships', async () => {
  const page = await visit(browser);
  const { networks } = JSON.parse(readFileSync(join(root, 'dist/assets/manifest.json'), 'utf8'));
  await page.goto(`${host.url}model.html`);
  await page.waitForSelector('[data-networks]');
  const table = await page.textContent('[data-networks]');
  for (const name of Object.keys(networks)) assert.ok(table.includes(name), name);
  const reports = readdirSync(join(site, 'reports')).filter(
    (name) => name.endsWith('.json') && !['index.json', 'failures.json'].includes(name),
  );
  await page.waitForFunction(
    (count) => document.querySelectorAll('report-view').length === count,
    reports.length,
  );
  // The first figures are those of the reports.
  const report = (name) => JSON.parse(readFileSync(join(site, `reports/${name}.json`), 'utf8'));
  const [value, low, high] = report('masklens_report').sets.honest.masked_or_not.balanced;
  const shown = await page.textContent('[data-figures=classifiers]');
  const share = (number) => (100 * number).toFixed(1);
  assert.ok(shown.includes(`${share(value)}% (${share(low)}–${share(high)})`), shown);
  const { peers } = report('bench');
  assert.equal(await page.locator('[data-figures=peers]').count(), peers ? 1 : 0);
  for (const { name } of peers?.detectors ?? [])
    assert.ok((await page.textContent('[data-figures=peers]')).includes(name), name);
  // In plain words first, with intervals.
  const plain = await page.textContent('[data-figures=plain]');
  const [wrong] = report('masklens_report').sets.one_stage_auto.classes.incorrect.recall;
  assert.ok(plain.includes(`recognises about ${Math.round(100 * wrong)} (`), plain);
  // What a report holds is made when it is opened, and may be folded in its turn.
  assert.equal(
    await page.locator('report-view table').count(),
    await page.locator('report-view details[open] table').count(),
  );
  const folded = page.locator('details.report:not([open])');
  while ((await folded.count()) > 0)
    await folded.first().evaluate(async (element) => {
      const told = new Promise((resolve) => element.addEventListener('toggle', resolve));
      element.open = true;
      await told;
      await element.closest('report-view').updateComplete;
    });
  // The faces it gets wrong are pictures with words of the page, in any language and colour.
  const failures = report('failures');
  const mistakes = page.locator('[data-figures=failures] li');
  assert.equal(await mistakes.count(), failures.shown.length);
  for (const [index, { label, verdict, confidence }] of failures.shown.entries()) {
    const text = await mistakes.nth(index).textContent();
    assert.ok(text.includes(`${Math.round(100 * confidence)}%`), text);
    assert.notEqual(label, verdict);
  }
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[data-figures=failures] img')].every((one) => {
      one.scrollIntoView();
      return one.naturalWidth > 0;
    }),
  );
  assert.equal(await page.locator('main img').count(), failures.shown.length);
  // Training curves are drawn.
  const training = page.locator('report-view', { hasText: 'Training of the classifier' });
  await training.locator('line-chart canvas').first().waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('where the benchmark has other detectors, the card has them as a table with a picture', async () => {
  const page = await visit(browser);
  const row = (name, ms, ap50) => ({
    name,
    times: { 1: { medianMs: ms, fastestMs: ms }, 2: { medianMs: ms / 2, fastestMs: ms / 2 } },
    bytes: { raw: 3_000_000, brotli: 1_250_000 },
    coldStartMs: 812,
    accuracy: { ap50, ap50From16: ap50, recallMaskedFrom16: 0.9 },
    ratioToYuNet: 1,
  });
  const peers = {
    machine: { cpu: 'x', cores: 2, chromium: '1.2.3', node: 'v20' },
    timedPhotos: { set: 'x', count: 60, longSide: 400 },
    scoredPhotos: { set: 'x', count: 75 },
    detectors: [
      row('Other 640', 69.34, 0.8591),
      row('masklens one-stage', 20.4, 0.9123),
      ...[2, 3, 4, 5, 6].map((n) => row(`Other ${n}`, 70 + n, 0.8 - n / 100)),
      row('masklens fast', 10.4, 0.75),
    ],
  };
  await page.route('**/reports/bench.json', (route) => route.fulfill({ json: { peers } }));
  await page.goto(`${host.url}model.html`);
  const section = page.locator('[data-figures=peers]');
  await section.waitFor();
  const rows = await section.locator('tbody tr').allTextContents();
  assert.match(rows[0], /masklens one-stage\s+91\.2%.*20\.4 ms\s*10\.2 ms\s*812 ms\s*1\.3 MB/s);
  assert.match(rows[1], /Other 640\s+85\.9%.*69\.3 ms/s);
  assert.match(await section.textContent(), /Chromium 1\.2\.3 on 2 cores.*60 photos.*75 labelled/);
  await section.locator('line-chart canvas').waitFor();
  assert.match(await section.locator('.u-legend').textContent(), /masklens one-stage.*Other 640/s);
  assert.equal((await page.locator('.ours').count()) >= 1, true);
  // Every other detector has a colour of its own, whatever stands between them.
  const colours = await section.locator('.u-series:not(:first-child)').evaluateAll((all) =>
    all.map((one) => ({
      name: one.textContent,
      colour: getComputedStyle(one.querySelector('.u-marker')).borderColor,
    })),
  );
  const others = colours.filter(({ name }) => !name.startsWith('masklens'));
  assert.equal(others.length, 6);
  assert.equal(new Set(colours.map(({ colour }) => colour)).size, 7);
  await page.context().close();
});
