// `npm test`: sets up, builds, and runs every test. What fails does not keep the rest from
// running; the status is 1 when anything failed. A summary like Node's own comes last.
import { build, buildPreset } from './build.mjs';
import { fuzz } from './fuzz.mjs';
import { filesUnder, main, ProgramFailed, run, timed } from './run.mjs';
import { setup } from './setup.mjs';
import { summary, testFiles } from './test_files.mjs';

// Promises about time: nothing else may run beside them.
const ALONE = [
  'tests/browser/live.test.mjs',
  'tests/browser/quality.test.mjs',
  'tests/package/survive.test.mjs',
];
// Begun first: none of them is left to run by itself while a core is idle.
const LONG = [
  'tests/package/slow.test.mjs', // waits most of the time
  'tests/browser/pictures.test.mjs',
  'tests/engines/engines.test.mjs',
  'tests/package/chromium.test.mjs',
  'tests/soak/soak.test.mjs',
];

const failed = [];

async function step(name, work) {
  try {
    await timed(name, work);
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    console.error(error.message);
    failed.push(name);
  }
}

// Two builds run beside each other: more compilers than there are cores take a quarter more time in all.
const one = { compilers: 1 };
const ctest = (preset, ...more) => run('ctest', ['--preset', preset, '--timeout', '120', ...more]);

/** What Node's tests start: the pipeline as a program, and the fuzz targets' replay. */
async function nativePrograms() {
  await buildPreset('native', { ...one, target: 'native_programs' });
  await ctest('native', '-R', '_fuzz$');
}

/** Every test of the core is run once, under the sanitisers. */
async function sanitisedCore() {
  await buildPreset('sanitised', one);
  await ctest('sanitised');
}

await main(async () => {
  await timed('set-up', () => setup({ tests: true }));
  // Two lanes from here on, one for each core: what the browsers and Node need, and the core by itself.
  const programs = step('core, native', nativePrograms);
  const core = programs
    .then(() => step('core, with AddressSanitizer and UndefinedBehaviorSanitizer', sanitisedCore))
    .then(() =>
      step('fuzzing, ten seconds for each target', () => fuzz({ seconds: 10, atOnce: 1 })),
    );
  await Promise.all([step('build', () => build(one)), programs]);

  const files = filesUnder('tests').filter((path) => path.endsWith('.test.mjs'));
  const together = files
    .filter((path) => !ALONE.includes(path))
    .sort((a, b) => LONG.includes(b) - LONG.includes(a));
  const pages = together.filter((path) => /^tests\/(browser|engines)\//.test(path));
  const others = together.filter((path) => !pages.includes(path));
  const results = [];
  await step('house, library, package and, beside them, browser', async () => {
    // Browsers share the cores badly with each other, well with Node: one after the other as long as
    // there is something else to run beside them. Most files wait much, for threads and for what is
    // timed: one more than there are cores keeps these busy.
    const lanes = [
      testFiles(pages, others),
      testFiles(others, pages),
      core.then(() => testFiles(others, pages)),
    ];
    results.push(...(await Promise.all(lanes)).flat());
  });
  await step('what measures time, alone', async () =>
    results.push(...(await testFiles([...ALONE]))),
  );

  if (results.some(({ ok }) => !ok)) failed.push('Node tests');
  console.log(summary(results));
  if (failed.length > 0) {
    console.error(`\nFAILED: ${failed.join('; ')}`);
    process.exitCode = 1;
  }
});
