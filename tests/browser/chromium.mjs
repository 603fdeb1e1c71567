// The system's Chromium, as every test starts it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

// Root has no sandbox in containers.
const SANDBOX = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

// As in test_files.mjs: most pages ask the runtime so little that compiling it for speed takes longer.
const COMPILED_LATE = '--js-flags=--wasm-tiering-budget=40000000';

const program = (args) => ({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [...SANDBOX, ...args],
});

/**
 * A browser whose pages are private windows; `args` are added to its command line. `timed`: compiles
 * as a visitor's does, for what measures time.
 */
export const launch = (args = [], { timed = false } = {}) =>
  chromium.launch(program(timed ? args : [COMPILED_LATE, ...args]));

/** Chromium as a visitor has it, with a new profile on disk; `remove` ends both. */
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
