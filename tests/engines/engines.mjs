// Three browsers behind one small interface: `goto`, `evaluate` (a function and plain arguments, run in
// the page) and `close`.
import { existsSync } from 'node:fs';
import { fakeCamera, launch } from '../browser/harness.mjs';
import { firefox } from './marionette.mjs';
import { eventually } from './waiting.mjs';
import { webkit } from './webkit.mjs';

/** How long a script in the page may take. */
const SCRIPT_MS = 120_000;

/** Chromium by the same three verbs as the others. */
async function chromium(_program, _scriptTimeout) {
  const browser = await launch(fakeCamera());
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  return {
    camera: true,
    navigate: (url) => page.goto(url, { waitUntil: 'commit' }),
    script: (script, args) =>
      page.evaluate(`new Promise((resolve) => {
        (function () { ${script} }).call(null, ...${JSON.stringify(args)}, resolve);
      })`),
    close: () => browser.close(),
  };
}

/** Name -> Debian's package, where its program lies, how it is started. */
export const ENGINES = {
  chromium: {
    packages: ['chromium'],
    program: process.env.CHROMIUM ?? '/usr/bin/chromium',
    start: chromium,
  },
  firefox: {
    packages: ['firefox-esr'],
    program: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    start: firefox,
  },
  webkit: {
    packages: ['webkit2gtk-driver', 'xvfb'],
    program: process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver',
    start: webkit,
  },
};

/** What is missing to start an engine, as a sentence; nothing where it is installed. */
export function missing(name) {
  const { packages, program } = ENGINES[name];
  const lacking =
    !existsSync(program) || (packages.includes('xvfb') && !existsSync('/usr/bin/Xvfb'));
  return lacking ? `${name} is not installed: apt-get install ${packages.join(' ')}` : false;
}

export async function open(name) {
  const { program, start } = ENGINES[name];
  const browser = await start(program, SCRIPT_MS);
  const evaluate = async (work, ...args) => {
    const answer = await browser.script(
      `const done = arguments[arguments.length - 1];
      Promise.resolve().then(() => (${work})(...JSON.parse(arguments[0]))).then(
        (value) => done({ value: JSON.stringify(value) ?? null }),
        (error) => done({ error: String(error) + '\\n' + String(error?.stack ?? '') }));`,
      [JSON.stringify(args)],
    );
    // A page that goes away answers with nothing.
    if (!answer) throw new Error('the page was left while it was asked');
    if (answer.error) throw new Error(answer.error);
    return answer.value === null ? undefined : JSON.parse(answer.value);
  };
  return {
    camera: browser.camera,
    evaluate,
    async goto(url) {
      // Marked on the window, which scripts share in every engine, so that the page that is left, perhaps of the same address, is not taken for the new one.
      await evaluate(() => {
        window.left = true;
      });
      await browser.navigate(url);
      await eventually(`${url} opens`, () =>
        evaluate(
          (wanted) =>
            !window.left && location.href.startsWith(wanted) && document.readyState !== 'loading',
          url,
        ),
      );
    },
    close: browser.close,
  };
}
