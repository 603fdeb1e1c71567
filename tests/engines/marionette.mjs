// Firefox by its own remote protocol, Marionette: W3C WebDriver's commands over a socket, without a
// driver beside the browser and without a package. A message is its length, a colon and JSON:
// [0, id, command, parameters] there, [1, id, error, result] back.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, eventually } from './waiting.mjs';

const PREFERENCES = {
  'marionette.port': 0, // any that is free; the profile's file MarionetteActivePort says which
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'intl.accept_languages': 'en-GB, en',
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
};

/** Commands over one socket; answers come in any order. */
class Wire {
  #socket;
  #pending = new Map();
  #nextId = 1;
  #received = Buffer.alloc(0);
  #end = null;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#stop(error));
    socket.on('close', () => this.#stop(new Error('Firefox closed the connection')));
  }

  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Wire(socket)));
      socket.once('error', reject);
    });
  }

  send(command, parameters = {}) {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#nextId++;
    const message = JSON.stringify([0, id, command, parameters]);
    this.#socket.write(`${Buffer.byteLength(message)}:${message}`);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  close() {
    this.#socket.destroy();
  }

  #take(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const colon = this.#received.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.subarray(0, colon));
      if (this.#received.length < end) return;
      const message = JSON.parse(this.#received.subarray(colon + 1, end));
      this.#received = this.#received.subarray(end);
      // The first message is a greeting.
      if (Array.isArray(message)) this.#answer(message);
    }
  }

  #answer([, id, error, result]) {
    const { resolve, reject } = this.#pending.get(id) ?? {};
    this.#pending.delete(id);
    if (error) reject?.(new Error(`${error.error}: ${error.message}`));
    else resolve?.(result);
  }

  #stop(error) {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }
}

/** A new Firefox with a new profile: `command` as W3C WebDriver names them, and `close`. */
export async function firefox(program, scriptTimeout) {
  const profile = mkdtempSync(join(tmpdir(), 'masklens-firefox-'));
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const args = ['--headless', '--marionette', '--no-remote', '--profile', profile];
  const browser = spawn(program, args, {
    stdio: 'ignore',
    env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
  });
  let wire;
  const close = async () => {
    wire?.close();
    await ended(browser);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await eventually('Firefox listens', () =>
      Number(readFileSync(join(profile, 'MarionetteActivePort'), 'utf8')),
    );
    wire = await eventually('Firefox answers', () => Wire.open(port));
    await wire.send('WebDriver:NewSession', { pageLoadStrategy: 'none' });
    await wire.send('WebDriver:SetTimeouts', { script: scriptTimeout });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    camera: true,
    navigate: (url) => wire.send('WebDriver:Navigate', { url }),
    // No sandbox: the script shares the page's own objects, as a script of the page does.
    script: async (script, args) =>
      (await wire.send('WebDriver:ExecuteAsyncScript', { script, args, sandbox: null })).value,
    close,
  };
}
