// The system's Chromium, as every test starts it: without windows, Debian's build of the same source for
// which a page costs a third less processor time. `tests/engines` and the benchmarks take the whole browser.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const WHOLE = '/usr/bin/chromium';
const WITHOUT_WINDOWS = '/usr/bin/chromium-headless-shell';
// Root has no sandbox in containers.
const SANDBOX = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const program = (args, usual = WITHOUT_WINDOWS) => ({
  executablePath: process.env.CHROMIUM ?? usual,
  args: [...SANDBOX, ...args],
});

/** From now on the whole browser: what is measured is what people have. */
export function withWindows() {
  process.env.CHROMIUM ??= WHOLE;
}

/** A browser whose pages are private windows; `args` are added to its command line. */
export const launch = (args = []) => chromium.launch(program(args));

/** The same with windows, and with all that asks people for permission. */
export const launchWhole = (args = []) => chromium.launch(program(args, WHOLE));

/** Chromium with a new profile on disk; `remove` ends both. */
export async function launchProfile(args = []) {
  const folder = mkdtempSync(join(tmpdir(), 'masklens-profile-'));
  const viewport = { width: 1280, height: 800 };
  const context = await chromium.launchPersistentContext(folder, { ...program(args), viewport });
  const remove = async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { context, remove };
}
