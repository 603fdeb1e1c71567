// The system's Chromium, as every test starts it: without windows, Debian's build of the same source for
// which a page costs a third less processor time. `tests/engines` and the benchmarks take the whole browser.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

// Root has no sandbox in containers.
const SANDBOX = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const program = (args) => ({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: [...SANDBOX, ...args],
});

/** From now on the whole browser: what is measured is what people have. */
export function withWindows() {
  process.env.CHROMIUM ??= '/usr/bin/chromium';
}

/** A browser whose pages are private windows; `args` are added to its command line. */
export const launch = (args = []) => chromium.launch(program(args));

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
