// `npm test`: sets up, builds, and runs every test. What fails does not keep the rest from
// running; the status is 1 when anything failed. Node's own summary comes last.
import { build, buildPreset } from './build.mjs';
import { fuzz } from './fuzz.mjs';
import { filesUnder, main, ProgramFailed, run, timed } from './run.mjs';
import { setup } from './setup.mjs';

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

async function core(preset) {
  await buildPreset(preset);
  await run('ctest', ['--preset', preset, '--timeout', '120', '-j', '2']);
}

await main(async () => {
  await timed('set-up', () => setup({ tests: true }));
  await step('build', build);
  await step('core, native', () => core('native'));
  await step('core, with AddressSanitizer and UndefinedBehaviorSanitizer', () => core('asan'));

  await step('fuzzing, a few seconds for each target', () => fuzz({ seconds: 6 }));

  if (failed.length > 0) console.error(`\nFAILED: ${failed.join('; ')}`);
  console.log('\n== house, library, package, browser');
  const files = filesUnder('tests').filter((path) => path.endsWith('.test.mjs'));
  try {
    const options = [
      '--test-concurrency=1', // browsers and timings share the cores badly
      '--test-timeout=600000', // of a file or a test: what hangs is a failure, not the end of the run
      '--test-force-exit', // a browser that a failed test left open does not keep the run alive
      '--test-reporter=spec',
    ];
    await run(process.execPath, ['--test', ...options, ...files]);
  } catch (error) {
    if (!(error instanceof ProgramFailed)) throw error;
    failed.push('Node tests');
  }
  if (failed.length > 0) process.exitCode = 1;
});
