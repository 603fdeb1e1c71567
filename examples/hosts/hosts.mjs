// `npm run hosts [-- NAMES]`: the package on a plain page, and the built site, behind web servers as
// Debian installs them (apt-get install nginx-light apache2 caddy python3), with and without the
// isolating headers. Servers that are not installed are named, and the status is 1.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, ProgramFailed, root, timed, which } from '../../scripts/run.mjs';
import { freePort, usePage } from '../chromium.mjs';

const here = join(root, 'examples/hosts');

/** Program, its configuration, how it is started, whether it can send headers. */
const HOSTS = {
  nginx: ['nginx', 'nginx.conf', (path) => ['-c', path]],
  apache: ['apache2', 'apache.conf', (path) => ['-f', path, '-D', 'FOREGROUND']],
  caddy: ['caddy', 'Caddyfile', (path) => ['run', '--config', path, '--adapter', 'caddyfile']],
  python: ['python3', null, (_, port) => ['-m', 'http.server', '--bind', '127.0.0.1', port]],
};

/** Debian keeps servers where not everybody looks. */
const program = (name) =>
  which(name) ??
  ['/usr/sbin'].map((folder) => join(folder, name)).find((path) => which(path)) ??
  '';

async function start(name, site, isolated) {
  const [command, template, args] = HOSTS[name];
  const place = mkdtempSync(join(tmpdir(), `masklens-${name}-`));
  chmodSync(place, 0o777);
  const port = String(await freePort());
  const config = join(place, template ?? 'none');
  if (template) {
    const lines = readFileSync(join(here, template), 'utf8')
      .replaceAll('PORT', port)
      .replaceAll('SITE', site)
      .replaceAll('PLACE', place)
      .split('\n')
      .filter((line) => isolated || !line.includes('# ISOLATED'))
      .map((line) => line.replace('# ISOLATED', ''));
    writeFileSync(config, lines.join('\n'));
  }
  const child = spawn(program(command), args(config, port), {
    cwd: site,
    stdio: 'ignore',
    env: { ...process.env, HOME: place },
  });
  const url = `http://127.0.0.1:${port}/`;
  for (let tries = 0; ; tries++) {
    if (await fetch(url).catch(() => null)) break;
    if (tries > 100 || child.exitCode !== null) throw new ProgramFailed(`${name} does not start`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** The built site finds the faces of its first sample. */
async function useSite(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (!response.ok() && response.status() !== 304)
      complaints.push(`${response.status()} ${response.url()}`);
  });
  try {
    await page.goto(url);
    await page.waitForLoadState('networkidle');
    const input = page.locator('input[type=file]').first();
    await input.setInputFiles(join(root, 'tests/fixtures/photos/maksssksksss96.jpg'));
    await page
      .getByText(/\d faces/)
      .first()
      .waitFor({ timeout: 60_000 });
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
}

await main(async () => {
  const { chromium } = await import('playwright-core');
  const chosen = process.argv.slice(2);
  const names = chosen.length > 0 ? chosen : Object.keys(HOSTS);
  const unknown = names.filter((name) => !HOSTS[name]);
  if (unknown.length > 0) throw new ProgramFailed(`No host ${unknown.join(', ')}.`);
  const missing = names.filter((name) => !program(HOSTS[name][0]));
  const folder = mkdtempSync(join(tmpdir(), 'masklens-hosts-'));
  chmodSync(folder, 0o755); // servers give up root's rights
  const site = join(folder, 'site');
  mkdirSync(site);
  for (const name of ['index.html', 'main.js'])
    cpSync(join(root, 'examples/plain', name), join(site, name));
  cpSync(join(root, 'build/package/dist'), join(site, 'masklens'), { recursive: true });
  cpSync(join(root, 'build/site'), join(site, 'site'), { recursive: true });
  const browser = await chromium.launch({
    executablePath: which('chromium'),
    args: ['--no-sandbox'],
  });
  const failed = [];
  try {
    for (const name of names.filter((one) => !missing.includes(one)))
      for (const isolated of name === 'python' ? [false] : [false, true])
        await timed(`${name}${isolated ? ', isolated' : ''}`, async () => {
          const server = await start(name, site, isolated);
          try {
            console.log(await usePage(browser, server.url, isolated));
            await useSite(browser, `${server.url}site/`);
          } catch (error) {
            console.error(error);
            failed.push(name);
          } finally {
            await server.stop();
          }
        });
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  if (failed.length > 0) throw new ProgramFailed(`Failed: ${failed.join(', ')}`);
  if (missing.length > 0) throw new ProgramFailed(`Not installed: ${missing.join(', ')}`);
});
