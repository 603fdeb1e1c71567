// WebKitGTK by its driver: W3C WebDriver over HTTP, on a screen that nobody sees.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, eventually } from './waiting.mjs';

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A screen of its own: Xvfb looks for a number that is free and says it. */
async function screen() {
  const program = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let said = '';
  program.stdio[3].on('data', (bytes) => {
    said += bytes;
  });
  program.on('error', () => {});
  const number = await eventually('Xvfb starts', () => said.endsWith('\n') && said.trim());
  return { program, name: `:${number}` };
}

/** A new WebKit with a home of its own: `navigate`, `script` and `close`. */
export async function webkit(program, scriptTimeout) {
  const home = mkdtempSync(join(tmpdir(), 'masklens-webkit-'));
  const display = await screen();
  const port = await freePort();
  const driver = spawn(program, [`--port=${port}`], {
    stdio: 'ignore',
    // The browser is the driver's child: they end together as one group.
    detached: true,
    env: {
      ...process.env,
      DISPLAY: display.name,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      LANG: 'C.UTF-8',
      LANGUAGE: 'en_GB',
      NO_AT_BRIDGE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  });
  const ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(scriptTimeout + 10_000),
    });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  let session;
  const close = async () => {
    if (session) await ask('DELETE', session).catch(() => {});
    const { pid } = driver;
    await ended(driver);
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All of the group are gone.
    }
    await ended(display.program);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await eventually('WebKitWebDriver answers', () => ask('GET', '/status'));
    // Loads never come to an end here: the page is asked itself how far it is.
    const capabilities = { alwaysMatch: { pageLoadStrategy: 'none' } };
    const { sessionId } = await ask('POST', '/session', { capabilities });
    session = `/session/${sessionId}`;
    await ask('POST', `${session}/timeouts`, { script: scriptTimeout });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    camera: false,
    navigate: (url) => ask('POST', `${session}/url`, { url }),
    script: (script, args) => ask('POST', `${session}/execute/async`, { script, args }),
    close,
  };
}
