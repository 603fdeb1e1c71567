// `<mask-lens>` from the packed tarball, on a page under the strictest policy it can have: no
// styles, no pictures, no blobs, nothing inline.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { build } from 'vite';
import { createDetector } from '../../dist/index.js';
import { root } from '../../scripts/run.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launch } from '../browser/chromium.mjs';
import { installed, program } from './packed.mjs';

const POLICY = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'`;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const photo = join(root, 'tests/fixtures/photos/maksssksksss96.jpg');

let consumer;
let node;
let browser;
let server;
let page;
let complaints;
before(async () => {
  consumer = installed('element');
  const { folder } = consumer;
  // The page compares with one of the classics, whose package copies them beside the others.
  cpSync(join(root, 'build/classics/assets'), join(folder, 'node_modules/masklens/dist/assets'), {
    recursive: true,
  });
  for (const path of ['photos/maksssksksss96.jpg', 'photos/maksssksksss487.jpg', 'text.jpg'])
    copyFileSync(join(root, 'tests/fixtures', path), join(folder, path.replace('photos/', '')));
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><html lang="en"><head><title>consumer</title><meta name="viewport" content="width=device-width">
    <script type="module" src="node_modules/masklens/dist/element.js"></script></head>
    <body><main><h1>Consumer</h1></main></body></html>`,
  );
  writeFileSync(join(folder, '_headers'), `/*\n  Content-Security-Policy: ${POLICY}\n`);
  server = await serve(folder);
  browser = await launch();
  node = await createDetector();
});
after(async () => {
  await node.close();
  await browser.close();
  await server.close();
  consumer.remove();
});

async function open(options = {}) {
  page = await browser.newPage({ viewport: { width: 800, height: 700 }, ...options });
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.evaluate(() => {
    window.heard = [];
    for (const name of ['masklens-result', 'masklens-error', 'masklens-progress'])
      document.addEventListener(name, ({ type, detail, target }) =>
        window.heard.push({ type, detail, of: target.id }),
      );
  });
}
afterEach(() => page?.close());

/** Adds a `<mask-lens>` with these attributes to the page. */
const add = (attributes, language = '') =>
  page.evaluate(
    ([all, lang]) => {
      const element = document.createElement('mask-lens');
      for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
      const parent = document.createElement('section');
      if (lang) parent.lang = lang;
      parent.append(element);
      document.querySelector('main').append(parent);
    },
    [attributes, language],
  );

/** Waits for the next event of this kind, and gives its detail. */
async function heard(type, count = 1) {
  await page.waitForFunction(
    ([name, wanted]) => window.heard.filter((event) => event.type === name).length >= wanted,
    [type, count],
    { timeout: 60_000 },
  );
  return page.evaluate(
    (name) => window.heard.findLast((event) => event.type === name).detail,
    type,
  );
}

async function assertAccessible(what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const lines = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  assert.deepEqual(lines, [], what);
}

function assertSame(result, expected) {
  assert.deepEqual([result.width, result.height], [expected.width, expected.height]);
  assert.equal(result.faces.length, expected.faces.length);
  result.faces.forEach((face, index) => {
    assert.equal(face.label, expected.faces[index].label);
    for (const side of ['x', 'y', 'width', 'height'])
      assert.ok(Math.abs(face.box[side] - expected.faces[index].box[side]) < 0.05);
  });
}

for (const colorScheme of ['light', 'dark'])
  test(`a photo by its address, under a policy without styles and pictures, ${colorScheme}`, async () => {
    await open({ colorScheme });
    await page.emulateMedia({ colorScheme });
    await add({ src: 'maksssksksss96.jpg', alt: 'A waiting room' });
    const expected = await node.detect(readFileSync(photo));
    const result = await heard('masklens-result');
    assertSame(result, expected);
    assert.ok(expected.faces.length >= 3);
    const { total, loaded } = await heard('masklens-progress');
    assert.ok(total > 1_000_000 && loaded === total, `${loaded} of ${total} bytes`);
    // The boxes lie where the faces are, and the picture under them is the photo.
    const drawn = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector('mask-lens');
      const canvas = shadowRoot.querySelector('canvas');
      const ground = canvas.getBoundingClientRect();
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return {
        size: [canvas.width, canvas.height],
        values: new Set(data).size,
        label: canvas.getAttribute('aria-label'),
        boxes: [...shadowRoot.querySelectorAll('.box')].map((box) => {
          const { x, y, width, height } = box.getBoundingClientRect();
          const scale = canvas.width / ground.width;
          return {
            x: (x - ground.x) * scale,
            y: (y - ground.y) * scale,
            width: width * scale,
            height: height * scale,
          };
        }),
      };
    });
    assert.deepEqual(drawn.size, [expected.width, expected.height]);
    assert.ok(drawn.values > 100, 'the canvas holds a photo');
    assert.match(drawn.label, /^A waiting room\. \d+ faces: /);
    assert.equal(drawn.boxes.length, expected.faces.length);
    drawn.boxes.forEach((box, index) => {
      for (const side of ['x', 'y', 'width', 'height'])
        assert.ok(Math.abs(box[side] - expected.faces[index].box[side]) < 1, `${side} of ${index}`);
    });
    await assertAccessible('result');
    assert.deepEqual(complaints, []);
  });

test('every attribute reaches the detector, and another value asks again', async () => {
  await open();
  await add({ src: 'maksssksksss96.jpg', threads: '1' });
  await heard('masklens-result');
  // Between the scores of the fast size, so that some faces stay and some go.
  const { faces } = await node.detect(readFileSync(photo), { quality: 'fast' });
  const scores = faces.map(({ score }) => score);
  const between = ((Math.min(...scores) + Math.max(...scores)) / 2).toFixed(4);
  const steps = [
    { quality: 'fast' },
    { quality: 'fast', 'min-score': between },
    { detector: 'mtcnn', 'min-score': '0.8' },
    { detector: 'mtcnn', 'min-score': '0.8', classifier: 'cnn' },
  ];
  let count = 1;
  const seen = [];
  for (const attributes of steps) {
    await page.evaluate((wanted) => {
      const element = document.querySelector('mask-lens');
      for (const name of ['quality', 'detector', 'classifier', 'min-score'])
        if (name in wanted) element.setAttribute(name, wanted[name]);
        else element.removeAttribute(name);
    }, attributes);
    const result = await heard('masklens-result', ++count);
    const { 'min-score': minScore, ...rest } = attributes;
    const options = { ...rest, ...(minScore && { minScore: Number(minScore) }) };
    assertSame(result, await node.detect(readFileSync(photo), options));
    seen.push(JSON.stringify(result.faces));
    assert.equal(
      await page.evaluate(
        () => window.heard.filter(({ type }) => type === 'masklens-result').length,
      ),
      count,
    );
  }
  assert.equal(new Set(seen).size, steps.length, 'each choice found something of its own');
  assert.deepEqual(complaints, []);
});

test('people choose a picture by keys alone, and go through its faces', async () => {
  await open();
  // A listener from here on: Chromium takes a moment until it hands choosers over.
  page.on('filechooser', () => {});
  await add({ choose: '' });
  await assertAccessible('empty');
  await page.keyboard.press('Tab');
  await page.waitForFunction(
    () => document.activeElement?.shadowRoot?.activeElement?.textContent === 'Choose a picture',
  );
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.keyboard.press('Enter'),
  ]);
  await chooser.setFiles(photo);
  const { faces } = await heard('masklens-result');
  const marked = () =>
    page.evaluate(() => {
      const { shadowRoot } = document.querySelector('mask-lens');
      return {
        focus: shadowRoot.activeElement?.textContent,
        active: [...shadowRoot.querySelectorAll('.box')].findIndex((box) =>
          box.classList.contains('active'),
        ),
        pressed: [...shadowRoot.querySelectorAll('.faces button')].findIndex(
          (button) => button.getAttribute('aria-pressed') === 'true',
        ),
      };
    });
  for (let index = 0; index < faces.length; index++) {
    await page.keyboard.press('Tab');
    const { focus, active } = await marked();
    assert.match(focus, new RegExp(`^Face ${index + 1}: .*\\b\\d\\d? % sure`));
    assert.equal(active, index);
  }
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const { focus, active, pressed } = await marked();
  assert.equal(focus, 'Choose a picture');
  assert.deepEqual([active, pressed], [faces.length - 1, faces.length - 1], 'pressed stays marked');
  assert.deepEqual(complaints, []);
});

test('a picture is dropped where that is allowed', async () => {
  await open();
  await add({ choose: '' });
  await page.evaluate(async () => {
    const file = new File([await (await fetch('maksssksksss487.jpg')).blob()], 'dropped.jpg', {
      type: 'image/jpeg',
    });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(file);
    const target = document.querySelector('mask-lens').shadowRoot.querySelector('.frame');
    for (const type of ['dragover', 'drop'])
      target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  });
  const crowd = join(root, 'tests/fixtures/photos/maksssksksss487.jpg');
  assertSame(await heard('masklens-result'), await node.detect(readFileSync(crowd)));
});

test('what goes wrong is said in words, as an event with a code, and can be tried again', async () => {
  await open();
  await add({ src: 'text.jpg' });
  assert.equal((await heard('masklens-error')).code, 'unsupported-format');
  const shadow = () =>
    page.evaluate(() => {
      const { shadowRoot } = document.querySelector('mask-lens');
      return shadowRoot.querySelector('[role=alert]').textContent;
    });
  assert.match(await shadow(), /cannot read the picture\. JPEG, PNG/);
  await assertAccessible('failed');
  await page.evaluate(() => {
    document.querySelector('mask-lens').src = 'nowhere.jpg';
  });
  assert.equal((await heard('masklens-error', 2)).code, 'unreachable');
  await page.evaluate(() => {
    const element = document.querySelector('mask-lens');
    element.assets = 'nowhere/';
    element.src = 'maksssksksss96.jpg';
  });
  assert.equal((await heard('masklens-error', 3)).code, 'asset-missing');
  await page.evaluate(() => {
    const element = document.querySelector('mask-lens');
    element.assets = 'node_modules/masklens/dist/assets/';
    element.detector = 'three-stage';
  });
  assert.equal((await heard('masklens-error', 4)).code, 'other');
  await page.evaluate(() => {
    const element = document.querySelector('mask-lens');
    element.detector = null;
    element.assets = 'node_modules/masklens/dist/assets/';
  });
  await heard('masklens-result');
  assert.equal(await shadow(), '');
  // A picture that comes back: the button asks again.
  await page.route('**/late.jpg', (route) => route.abort(), { times: 1 });
  copyFileSync(photo, join(consumer.folder, 'late.jpg'));
  await page.evaluate(() => {
    document.querySelector('mask-lens').src = 'late.jpg';
  });
  assert.equal((await heard('masklens-error', 5)).code, 'unreachable');
  await page.getByRole('button', { name: 'Try again' }).click();
  await heard('masklens-result', 2);
});

test('what is wrong with one element is not said of the others, though they share a detector', async () => {
  await open();
  await page.evaluate(() => {
    document.querySelector('main').innerHTML =
      '<mask-lens id="a" src="maksssksksss96.jpg" detector="nonsense"></mask-lens>' +
      '<mask-lens id="b" src="maksssksksss96.jpg"></mask-lens>' +
      '<mask-lens id="c" src="maksssksksss96.jpg" quality="none"></mask-lens>' +
      '<mask-lens id="d" src="maksssksksss96.jpg"></mask-lens>';
  });
  await heard('masklens-result', 2);
  await heard('masklens-error', 2);
  const told = await page.evaluate(() =>
    window.heard
      .filter(({ type }) => type !== 'masklens-progress')
      .map(({ type, of, detail }) => [of, type, detail.message ?? ''])
      .sort(),
  );
  assert.deepEqual(
    told.map(([of, type]) => [of, type]),
    [
      ['a', 'masklens-error'],
      ['b', 'masklens-result'],
      ['c', 'masklens-error'],
      ['d', 'masklens-result'],
    ],
  );
  assert.match(told[0][2], /nonsense/);
  assert.match(told[2][2], /quality/);
});

test('a worker that dies is replaced, and the picture judged all the same', async () => {
  await open();
  await page.evaluate(() => {
    const Real = Worker;
    window.started = [];
    window.Worker = class extends Real {
      constructor(...values) {
        super(...values);
        window.started.push(this);
      }
    };
  });
  await add({ src: 'maksssksksss96.jpg' });
  await heard('masklens-result');
  await page.evaluate(() => {
    window.started[0].terminate();
    document.querySelector('mask-lens').src = 'maksssksksss487.jpg';
  });
  await heard('masklens-result', 2);
  assert.equal(await page.evaluate(() => window.started.length), 2);
  assert.ok(!(await page.evaluate(() => window.heard.some(({ type }) => /error/.test(type)))));
});

test('a picture that never comes is given up', async () => {
  await open();
  await page.clock.install();
  await page.route('**/never.jpg', () => undefined);
  const asked = page.waitForRequest('**/never.jpg');
  await add({ src: 'never.jpg' });
  await asked;
  const failed = heard('masklens-error');
  await page.clock.runFor(35_000);
  assert.equal((await failed).code, 'unreachable');
});

test('the elements of a page share one worker; one that is taken away lets go', async () => {
  await open();
  for (const src of ['maksssksksss96.jpg', 'maksssksksss487.jpg', 'maksssksksss96.jpg'])
    await add({ src });
  await page.evaluate(() => document.querySelector('section:last-child').remove());
  await heard('masklens-result', 2);
  await page.waitForTimeout(300);
  assert.equal(
    await page.evaluate(() => window.heard.filter(({ type }) => type === 'masklens-result').length),
    2,
  );
  const workers = page.workers().filter((worker) => worker.url().endsWith('/worker.js'));
  assert.equal(workers.length, 1);
});

test('it speaks the language around it, or the page’s own words', async () => {
  await open();
  await add({ src: 'maksssksksss96.jpg', alt: 'Wartezimmer' }, 'de-AT');
  await heard('masklens-result');
  const text = () =>
    page.evaluate(() => document.querySelector('mask-lens').shadowRoot.textContent);
  assert.match(await text(), /\d Gesichter: .*Gesicht 1: .* sicher/s);
  await assertAccessible('German');
  await page.evaluate(() => {
    document.querySelector('mask-lens').texts = { face: (n) => `Visage ${n}` };
  });
  assert.match(await text(), /Visage 1: /);
});

test('a file given before the element is defined is judged; the annotated picture can be had', async () => {
  const html = readFileSync(join(consumer.folder, 'index.html'), 'utf8');
  writeFileSync(join(consumer.folder, 'late.html'), html.replace(/<script.*<\/script>/, ''));
  await open();
  await page.goto(`${server.url}late.html`);
  const size = await page.evaluate(async () => {
    const element = document.createElement('mask-lens');
    document.querySelector('main').append(element);
    element.file = await (await fetch('maksssksksss96.jpg')).blob();
    const result = new Promise((resolve) => element.addEventListener('masklens-result', resolve));
    const early = await import('./node_modules/masklens/dist/element.js');
    const refused = await element.annotate().catch((error) => error.name);
    await result;
    const bitmap = await createImageBitmap(await element.annotate({ privacy: 'blur' }));
    return { size: [bitmap.width, bitmap.height], refused, own: element instanceof early.MaskLens };
  });
  const { width, height } = await node.detect(readFileSync(photo));
  assert.deepEqual(size, { size: [width, height], refused: 'InvalidStateError', own: true });
});

test('a server imports it; a bundler keeps it where it is wanted and leaves it out where not', async () => {
  const { folder } = consumer;
  const use = `import('masklens/element').then(({ MaskLens }) => console.log(typeof MaskLens))`;
  assert.equal(program('node', ['-e', use], folder), 'function\n');
  for (const [name, wanted] of [
    ['masklens/element', true],
    ['masklens', false],
  ]) {
    const project = join(folder, name.replace('/', '-'));
    mkdirSync(project);
    writeFileSync(
      join(project, 'index.html'),
      '<!doctype html><title>x</title><script type="module" src="/main.js"></script>',
    );
    writeFileSync(
      join(project, 'main.js'),
      wanted
        ? `import '${name}';`
        : `import { environment } from '${name}'; console.log(environment());`,
    );
    await build({
      root: project,
      configFile: false,
      logLevel: 'silent',
      build: { target: 'esnext' },
    });
    const scripts = readdirSync(join(project, 'dist/assets')).filter((file) =>
      file.endsWith('.js'),
    );
    const code = scripts.map((file) => readFileSync(join(project, 'dist/assets', file), 'utf8'));
    assert.equal(code.join('').includes('mask-lens'), wanted, name);
  }
});
