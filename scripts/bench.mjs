// `npm run bench`: builds, then runs every benchmark of tests/bench in turn. Names after `--`
// choose some of them: `npm run bench -- pipeline`.
import { basename } from 'node:path';
import { build } from './build.mjs';
import { filesUnder, main, ProgramFailed, run, timed } from './run.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup({ tests: true });
  await build();
  const chosen = process.argv.slice(2);
  const all = filesUnder('tests/bench').filter((path) => path.endsWith('.bench.mjs'));
  const name = (path) => basename(path, '.bench.mjs');
  const unknown = chosen.filter((wanted) => !all.some((path) => name(path) === wanted));
  if (unknown.length > 0)
    throw new ProgramFailed(
      `No benchmark ${unknown.join(', ')}. There are: ${all.map(name).join(', ')}`,
    );
  for (const path of all.filter((path) => chosen.length === 0 || chosen.includes(name(path))))
    await timed(name(path), () => run(process.execPath, [path]));
});
