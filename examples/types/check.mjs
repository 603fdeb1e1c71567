// Type-checks a program with every TypeScript from 5.4 to 7, for a page, a worker and neither, as a
// module and as CommonJS; a mistake has to be found by each.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const compilers = Object.keys(devDependencies).filter((name) => name.startsWith('typescript'));
const mistake = `import { createDetector } from 'masklens';\ncreateDetector().then((d) => d.detect(42));\n`;
writeFileSync('mistake.mts', mistake);
copyFileSync('use.mts', 'use.cts');

const check = (compiler, lib, file) => {
  const compilerOptions = {
    ...{ noEmit: true, strict: true, target: 'es2022', types: [], skipLibCheck: false },
    ...{ module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022', ...lib] },
  };
  writeFileSync('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = `node_modules/${compiler}/bin/tsc`;
  return spawnSync(process.execPath, [tsc, '-p', '.'], { encoding: 'utf8' });
};

let failed = 0;
for (const compiler of compilers)
  for (const lib of [[], ['dom'], ['webworker']]) {
    const where = `${devDependencies[compiler]}, ${lib[0] ?? 'no library'}`;
    const right = ['use.mts', 'use.cts'].map((file) => check(compiler, lib, file));
    const wrong = check(compiler, lib, 'mistake.mts');
    const good = right.every(({ status }) => status === 0);
    const found = wrong.status !== 0 && /mistake\.mts\(2,/.test(wrong.stdout);
    if (good && found) console.log(`${where}: as it should be`);
    else console.log(`${where}: ${right.map(({ stdout }) => stdout).join('')}${wrong.stdout}`);
    if (!good || !found) failed++;
  }
process.exitCode = failed > 0 ? 1 : 0;
