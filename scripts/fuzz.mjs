// `npm run fuzz`: random and damaged input into the core, with clang's libFuzzer and sanitisers.
//
//   npm run fuzz -- [--minutes N] [--sanitiser address|memory|thread|32] [--target NAME]
//
// Every target runs for its share of the time, two at once. What was learnt stays in build/fuzz-corpus; what
// fails lies in build/fuzz-findings and belongs, once mended, into tests/fuzz/found.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPreset } from './build.mjs';
import { filesUnder, isMain, jobs, main, ProgramFailed, root, run, timed } from './run.mjs';
import { setup } from './setup.mjs';

// What each of the sanitisers is for: uninitialised pixels come from decoders alone, races from the
// pool alone; the narrow counts of 32 bits are WebAssembly's.
const TARGETS = {
  address: () => true,
  memory: (target) => target === 'decode' || target === 'gif',
  thread: (target) => target === 'pool',
  32: (target) => target !== 'pool',
};
const SEEDED = ['decode', 'gif'];
// Short inputs are tried more often: the longest, in bytes, where less is not enough.
const LONGEST = { decode: 4096, gif: 4096, network: 2048, pool: 32 };
const USUAL_LONGEST = 1024;
// Threads that end keep memory for a moment, and each search for leaks stops them all.
const WITHOUT_LEAKS = ['pool'];
// Sanitisers keep what is needed to find a place, not a history.
const ENVIRONMENT = { ASAN_OPTIONS: 'malloc_context_size=2:quarantine_size_mb=16' };

const targets = filesUnder('tests/fuzz')
  .filter((path) => path.endsWith('_fuzz.cpp'))
  .map((path) => basename(path, '_fuzz.cpp'));

// ThreadSanitizer takes libFuzzer's own counters for races: random damage without it.
const WITHOUT_LIBFUZZER = ['fuzz-thread'];

async function runTarget(preset, target, seconds) {
  const program = join(root, 'build', preset, `${target}_fuzz`);
  const longest = LONGEST[target] ?? USUAL_LONGEST;
  if (WITHOUT_LIBFUZZER.includes(preset)) {
    const folders = ['tests/fuzz/found', 'tests/fixtures/tiny'];
    await run(program, [...folders, '--seconds', `${seconds}`, '--longest', `${longest}`]);
    return;
  }
  const corpus = join('build/fuzz-corpus', target);
  const findings = 'build/fuzz-findings';
  for (const folder of [corpus, findings]) mkdirSync(join(root, folder), { recursive: true });
  const seeds = ['tests/fuzz/found', ...(SEEDED.includes(target) ? ['tests/fixtures/tiny'] : [])];
  await run(
    program,
    [
      corpus,
      ...seeds.filter((folder) => existsSync(join(root, folder))),
      `-max_total_time=${seconds}`,
      `-artifact_prefix=${findings}/${target}-`,
      `-max_len=${longest}`,
      '-timeout=20', // seconds for one input
      '-malloc_limit_mb=256',
      '-rss_limit_mb=2048',
      '-print_final_stats=1',
      '-verbosity=0',
      `-detect_leaks=${WITHOUT_LEAKS.includes(target) ? 0 : 1}`,
    ],
    { env: ENVIRONMENT },
  );
}

/** Runs the targets of one sanitiser (or the one that is named) for `seconds` each, some `atOnce`. */
export async function fuzz({ seconds, sanitiser = 'address', target, atOnce = jobs }) {
  const wanted = targets.filter((name) => TARGETS[sanitiser](name));
  const chosen = target === undefined ? wanted : wanted.filter((name) => name === target);
  if (chosen.length === 0)
    throw new ProgramFailed(`No such target: ${target}. There are ${wanted.join(', ')}.`);
  const preset = sanitiser === 'address' ? 'sanitised' : `fuzz-${sanitiser}`;
  await buildPreset(preset, { compilers: atOnce });
  const failed = [];
  const waiting = [...chosen];
  async function runWaiting() {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      await timed(`${name}, ${sanitiser}`, () => runTarget(preset, name, seconds)).catch(
        (error) => {
          if (!(error instanceof ProgramFailed)) throw error;
          console.error(error.message);
          failed.push(name);
        },
      );
  }
  await Promise.all(Array.from({ length: atOnce }, runWaiting));
  if (failed.length > 0)
    throw new ProgramFailed(`Fuzzing found something in ${failed.join(', ')}: build/fuzz-findings`);
}

if (isMain(import.meta.url))
  await main(async () => {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        sanitiser: { type: 'string', default: 'address' },
        target: { type: 'string' },
      },
    });
    const { sanitiser, target } = values;
    if (!(sanitiser in TARGETS))
      throw new ProgramFailed(`--sanitiser can be ${Object.keys(TARGETS).join(', ')}.`);
    const minutes = Number(values.minutes);
    if (!(minutes > 0)) throw new ProgramFailed('--minutes is a number above 0.');
    await setup({ fuzz: sanitiser });
    const share = target === undefined ? targets.filter(TARGETS[sanitiser]).length : 1;
    await fuzz({
      seconds: Math.ceil((minutes * 60 * Math.min(jobs, share)) / share),
      sanitiser,
      target,
    });
  });
