// `npm run examples [-- NAMES]`: packs the package, installs it in a copy of every example as a
// stranger would, builds the example and uses it: pages in Chromium, programs as they are started.
// What an example is, its package.json says under `example`:
//   run      scripts of its own, in order
//   pages    folders to serve and to open; `headers` is what their host sends, `base` their path
//   server   a script that serves the page itself, on PORT
//   prints   a script that prints the answer
//   upload   a script that serves on PORT and takes pictures
// With a Node older than `engines` asks for, an example is left out, and fails when it was named.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDetector } from '../dist/index.js';
import { main, ProgramFailed, root, timed, which } from '../scripts/run.mjs';
import { serve } from '../scripts/serve.mjs';
import { npm, packed } from '../tests/package/packed.mjs';
import { freePort, photo, usePage } from './chromium.mjs';

const here = join(root, 'examples');
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const PATIENCE_MS = 60_000;

const describe = (faces) => `${faces.length} faces: ${faces.map(({ label }) => label).join(', ')}`;

/** The Node that an example needs where this one is older; null otherwise. */
function newerNode(name) {
  const { engines } = JSON.parse(readFileSync(join(here, name, 'package.json'), 'utf8'));
  const least = /^>=(\d+)\.(\d+)$/.exec(engines?.node ?? '');
  if (!least) return null;
  const [major, minor] = process.versions.node.split('.').map(Number);
  const old = major < +least[1] || (major === +least[1] && minor < +least[2]);
  return old ? engines.node : null;
}

/** A copy of the example with the package and its own dependencies installed. */
function install(name, folder, tarball) {
  const place = join(folder, name);
  cpSync(join(here, name), place, {
    recursive: true,
    filter: (path) => !/node_modules$/.test(path),
  });
  cpSync(photo, join(place, 'photo.jpg'));
  const path = join(place, 'package.json');
  const pack = JSON.parse(readFileSync(path, 'utf8'));
  pack.dependencies.masklens = `file:${tarball}`;
  writeFileSync(path, JSON.stringify(pack));
  npm(['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], place);
  return { place, example: pack.example };
}

/** Starts a script that serves on PORT; gives { url, stop() } when it answers. */
async function started(script, place) {
  const port = await freePort();
  const pack = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  const [program, ...args] = pack.scripts[script].split(' ');
  assert.equal(program, 'node');
  const env = { ...process.env, PORT: String(port), HOSTNAME: '127.0.0.1' };
  const child = spawn(process.execPath, args, { cwd: place, env, stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}/`;
  const stop = () => child.kill();
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    if (await fetch(url).catch(() => null)) return { url, stop };
    if (child.exitCode !== null || Date.now() > end) {
      stop();
      throw new ProgramFailed(`${script} serves nothing`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Posts the first half of the bytes; `finish` posts the rest. */
function slowly(url, bytes) {
  const sending = request(url, { method: 'POST' });
  const half = bytes.length >> 1;
  const sent = new Promise((resolve) => sending.write(bytes.subarray(0, half), resolve));
  const status = new Promise((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
  });
  return { sent, status, finish: () => sending.end(bytes.subarray(half)) };
}

async function useServer(url, expected) {
  const post = async (body) => {
    const answer = await fetch(url, { method: 'POST', body });
    return { status: answer.status, ...(await answer.json()) };
  };
  const bytes = readFileSync(photo);
  assert.equal(describe((await post(bytes)).faces), expected);
  assert.equal((await post('no picture')).status, 415);
  assert.equal((await post(bytes.subarray(0, 300))).status, 422);
  const large = await post(new Uint8Array(21 * 1024 * 1024)).catch(() => ({ status: 413 }));
  assert.equal(large.status, 413);
  // As many as may wait, each with half of its picture sent; one more; then the other halves.
  const halves = Array.from({ length: 8 }, () => slowly(url, bytes));
  await Promise.all(halves.map(({ sent }) => sent));
  let busy = 0;
  for (let tries = 0; busy !== 503 && tries < 50; tries++) busy = (await post(bytes)).status;
  assert.equal(busy, 503);
  for (const { finish } of halves) finish();
  assert.deepEqual(await Promise.all(halves.map(({ status }) => status)), Array(8).fill(200));
  assert.equal(describe((await post(bytes)).faces), expected);
}

async function drive(name, { folder, tarball, browser, expected }) {
  const { place, example } = install(name, folder, tarball);
  for (const script of example.run ?? []) {
    const printed = npm(['run', '--silent', script], place).trim();
    if (printed && !example.pages && !example.server) console.log(printed);
  }
  for (const path of example.pages ?? [])
    for (const headers of [example.headers ?? {}, { ...example.headers, ...ISOLATION }]) {
      const lines = Object.entries(headers).map(([key, value]) => `  ${key}: ${value}\n`);
      writeFileSync(join(place, path, '_headers'), `/*\n${lines.join('')}`);
      const server = await serve(join(place, path), { base: example.base ?? '/some/folder/' });
      try {
        const isolated = 'Cross-Origin-Opener-Policy' in headers;
        assert.equal(await usePage(browser, server.url, isolated), expected);
        console.log(`${name} ${path}${isolated ? ', isolated' : ''}: ${expected}`);
      } finally {
        await server.close();
      }
    }
  if (example.prints) {
    const printed = npm(['run', '--silent', example.prints], place).trim();
    assert.equal(printed, expected);
    console.log(`${name}: ${printed}`);
  }
  const script = example.server ?? example.upload;
  if (!script) return;
  const { url, stop } = await started(script, place);
  try {
    if (example.upload) await useServer(url, expected);
    else assert.equal(await usePage(browser, url, false), expected);
    console.log(`${name}: ${expected}`);
  } finally {
    stop();
  }
}

await main(async () => {
  const { chromium } = await import('playwright-core');
  const all = readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => readdirSync(join(here, name)).includes('package.json'));
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0)
    throw new ProgramFailed(`No example ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'masklens-examples-'));
  const detector = await createDetector();
  const expected = describe((await detector.detect(readFileSync(photo))).faces);
  await detector.close();
  const browser = await chromium.launch({
    executablePath: which('chromium'),
    args: ['--no-sandbox'],
  });
  const failed = [];
  try {
    const tarball = packed(folder);
    for (const name of chosen.length > 0 ? chosen : all)
      try {
        const node = newerNode(name);
        if (node && chosen.length > 0) throw new Error(`${name} needs Node ${node}`);
        if (node) {
          console.log(`${name}: left out, it needs Node ${node}`);
          continue;
        }
        await timed(name, () => drive(name, { folder, tarball, browser, expected }));
      } catch (error) {
        console.error(error);
        failed.push(name);
      }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  if (failed.length > 0) throw new ProgramFailed(`Failed: ${failed.join(', ')}`);
});
