// The system's Chromium, as every test starts it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

// Root has no sandbox in containers.
const SANDBOX = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const program = (args) => ({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [...SANDBOX, ...args],
});

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
