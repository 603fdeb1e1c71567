// Which functions of ONNX Runtime's WebAssembly the networks use -> scripts/runtime_functions.json.
// The build makes the trimmed runtime from that list; it has to be written again, by
// `node scripts/profile_runtime.mjs` after `npm run build`, when the runtime's version, the kinds
// of layers in the networks or web/lib/runtime/optimisers.ts change. Needs Chromium and Binaryen's
// wasm-opt (it comes with Emscripten).
//
// V8 compiles a function when it is first called, and can print that: so every network is run, in
// Node and in Chromium, with one thread and many, and made to fail: some functions are there for three and more alone,
// and which are called when threads wait for each other is partly chance. So the runs with many go on
// until several in a row find nothing new. What those functions call directly is kept too,
// so that only what is reached through tables alone, and never was, is cut.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isMain, main, ProgramFailed, root, which } from './run.mjs';
import { serve } from './serve.mjs';
import { fromRuns, toRuns } from './trim_wasm.mjs';

const RUNTIME = join(root, 'dist/assets/ort-wasm-simd-threaded.wasm');
const LIST = join(root, 'scripts/runtime_functions.json');
const TRACE = ['--wasm-lazy-compilation', '--trace-wasm-compilation-times'];
const PHOTOS = join(root, 'tests/fixtures/photos');
// The core has a few hundred functions, the runtime many thousands: so the two are told apart.
const MANY = 2000;
const THREADS = [1, 2, 3, 4, 5, 8, 16, 64];
const CALM_ROUNDS = 6;

/** Every size of every detector, and every classifier. */
function choices() {
  const manifest = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
  const sizes = Object.entries(manifest.detectors).flatMap(([detector, { networks }]) =>
    Object.keys(networks).map((quality) => ({ detector, quality })),
  );
  return [...sizes, ...Object.keys(manifest.classifiers).map((classifier) => ({ classifier }))];
}
const CHOICES = choices();

/** The lines that a program prints, wherever. */
async function* linesOf(program, args, env = {}) {
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const errors = createInterface({ input: child.stderr });
  const rest = [];
  errors.on('line', (line) => rest.push(line));
  for await (const line of createInterface({ input: child.stdout })) yield line;
  const status = await ended;
  yield* rest;
  if (status !== 0) throw new ProgramFailed(`${program} ended with ${status}\n${rest.slice(-9)}`);
}

/** Numbers of the runtime's functions that were compiled while the program ran. */
async function compiled(...program) {
  const modules = new Map();
  for await (const line of linesOf(...program)) {
    const match = /Compiled function (0x\w+)#(\d+) using/.exec(line);
    if (!match) continue;
    const [, address, number] = match;
    if (!modules.has(address)) modules.set(address, new Set());
    modules.get(address).add(Number(number));
  }
  const found = new Set();
  for (const numbers of modules.values())
    if (Math.max(...numbers) > MANY) for (const number of numbers) found.add(number);
  if (found.size === 0) throw new ProgramFailed('V8 printed no compiled function.');
  return found;
}

/** Adds what the functions call directly, and what those call. */
async function withCallees(functions) {
  const calls = new Map();
  for await (const line of linesOf('wasm-opt', [
    '-all',
    '--print-call-graph',
    RUNTIME,
    '-o',
    '/dev/null',
  ])) {
    const match = /^\s*"(\d+)" -> "(\d+)";\s*\/\/ call/.exec(line);
    if (!match) continue;
    const [caller, callee] = match.slice(1).map(Number);
    if (!calls.has(caller)) calls.set(caller, []);
    calls.get(caller).push(callee);
  }
  const all = new Set(functions);
  for (const number of all) for (const callee of calls.get(number) ?? []) all.add(callee);
  return all;
}

/** Runs all that is asked of networks; sent to a page as text, so it knows its arguments alone. */
async function useEverything(createDetector, choices, photos, threads) {
  for (const choice of choices) {
    const detector = await createDetector({ ...choice, threads });
    for (const photo of photos)
      for (const options of [{}, { maxSide: 256, refine: 'always' }, { tiles: true }])
        await detector.detect(photo, options);
    await detector.close();
  }
}

const photoFiles = () =>
  readdirSync(PHOTOS)
    .filter((name) => name.endsWith('.jpg'))
    .slice(0, 4)
    .map((name) => readFileSync(join(PHOTOS, name)));

async function onlyCreate() {
  const { createDetector } = await import(new URL('../dist/index.js', import.meta.url));
  for (const choice of CHOICES) await (await createDetector(choice)).close();
}

/**
 * What goes wrong with networks: [what, a call that has to reject with the runtime's own words]. The
 * package hands none of it to the runtime unless a manifest of somebody else's says so.
 * @param ort the runtime's module
 * @param {Uint8Array} bytes a network with one input and two-dimensional convolutions
 */
export function failures(ort, bytes) {
  const create = (content) =>
    ort.InferenceSession.create(Uint8Array.from(content), { logSeverityLevel: 4 });
  const text = Buffer.from(bytes).toString('latin1');
  const run = (change) => async () => {
    const session = await create(bytes);
    const [{ name, shape }] = session.inputMetadata;
    const sides = shape.map((side) => (typeof side === 'number' ? side : 64));
    const { type = 'float32', dims } = change(sides);
    const Data = { float32: Float32Array, int32: Int32Array }[type];
    const data = new Data(dims.reduce((all, side) => all * side, 1));
    return session.run({ [name]: new ort.Tensor(type, data, dims) });
  };
  return [
    ['half a file', () => create(bytes.subarray(0, bytes.length / 2))],
    ['something else', () => create(Buffer.from('<!doctype html>'))],
    ['a layer that is none', () => create(Buffer.from(text.replaceAll('Conv', 'Cong'), 'latin1'))],
    ['a channel too many', run(([n, c, h, w]) => ({ dims: [n, c + 1, h, w] }))],
    ['a side too few', run(([n, c, h]) => ({ dims: [n, c, h] }))],
    ['whole numbers', run((dims) => ({ type: 'int32', dims }))],
  ];
}

async function failInNode() {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = readFileSync(RUNTIME);
  const { networks } = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
  for (const { file } of Object.values(networks)) {
    const bytes = readFileSync(join(root, 'models', file));
    for (const [, fail] of failures(ort, bytes)) await fail().catch(() => undefined);
  }
  process.exit(); // the runtime keeps a process waiting
}

async function useInNode(threads) {
  const { createDetector } = await import(new URL('../dist/index.js', import.meta.url));
  await useEverything(createDetector, CHOICES, photoFiles(), threads);
}

async function useInChromium(threads) {
  const { chromium } = await import('playwright-core');
  // The trimmed runtime stops at what is not on the list yet: the whole one stands in its place.
  const folder = mkdtempSync(join(tmpdir(), 'masklens-profile-'));
  cpSync(join(root, 'dist'), folder, { recursive: true });
  copyFileSync(RUNTIME, join(folder, 'assets/ort-wasm-trimmed.wasm'));
  const server = await serve(folder);
  const browser = await chromium.launch({
    executablePath: which('chromium'),
    args: ['--no-sandbox', `--js-flags=${TRACE.join(' ')}`],
  });
  const page = await browser.newPage();
  // No more threads are started than there are cores: the browser says that it has enough.
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setHardwareConcurrencyOverride', { hardwareConcurrency: threads });
  // The folder has neither a page nor the headers that let threads share memory.
  await page.route(`${server.url}page`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      },
      body: '<!doctype html><title>page</title>',
    }),
  );
  await page.route('**/assets/*.js', async (route) =>
    route.fulfill({
      response: await route.fetch(),
      headers: {
        'Content-Type': 'text/javascript',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      },
    }),
  );
  await page.goto(`${server.url}page`);
  const photos = photoFiles().map((bytes) => bytes.toString('base64'));
  await page.evaluate(
    async ([use, choices, encoded, count]) => {
      const { createDetector } = await import('/index.js');
      const bytes = encoded.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
      await new Function(`return ${use}`)()(createDetector, choices, bytes, count);
    },
    [useEverything.toString(), CHOICES, photos, threads],
  );
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
}

async function profile() {
  const script = join(root, 'scripts/profile_runtime.mjs');
  const created = await compiled(process.execPath, [...TRACE, script, 'create']);
  const used = new Set();
  const add = async (place, program, threads, env = {}) => {
    const found = await compiled(
      process.execPath,
      [...program, script, place, threads].map(String),
      env,
    );
    const before = used.size;
    for (const number of found) used.add(number);
    console.log(`${place}, ${threads} thread(s): ${found.size}, new ${used.size - before}`);
    return used.size - before;
  };
  for (const threads of [1, 2]) await add('node', TRACE, threads);
  await add('failures', TRACE, 1);
  let calm = 0;
  for (let round = 0; calm < CALM_ROUNDS; round++) {
    const threads = THREADS[round % THREADS.length];
    const fresh = await add('chromium', [], threads, { DEBUG: 'pw:browser' });
    calm = fresh === 0 && round >= THREADS.length ? calm + 1 : 0;
  }
  const kept = await withCallees(used);
  const functions = toRuns(kept);
  if (fromRuns(functions).size !== kept.size) throw new Error('The list does not read as written.');
  const runtime = createHash('sha256').update(readFileSync(RUNTIME)).digest('hex');
  // Tests cut this one as well, to see what happens then.
  const neededToRun = [...used].find((number) => !created.has(number));
  writeFileSync(LIST, `${JSON.stringify({ runtime, neededToRun, functions }, null, 2)}\n`);
  console.log(`used ${used.size}, kept ${kept.size}`);
}

if (isMain(import.meta.url)) {
  const [place, threads] = process.argv.slice(2);
  if (place === 'create') await main(onlyCreate);
  else if (place === 'failures') await main(failInNode);
  else if (place === 'node') await main(() => useInNode(Number(threads)));
  else if (place === 'chromium') await main(() => useInChromium(Number(threads)));
  else await main(profile);
}
