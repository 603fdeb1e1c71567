// The package `masklens-classics`: MTCNN and the original project's classifiers, for those who compare.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/**
 * Networks that the default detector does without, in either quality. The checkout and the site have
 * them, the package does not; they are a second package, `masklens-classics`.
 */
export function classicFiles() {
  const manifest = JSON.parse(readFileSync(join(root, 'models/manifest.json'), 'utf8'));
  const { defaults, detectors, classifiers, networks } = manifest;
  const own = new Set([
    ...Object.values(detectors[defaults.detector].networks).flat(),
    classifiers[defaults.classifier].network,
  ]);
  return Object.entries(networks)
    .filter(([name]) => !own.has(name))
    .map(([, { file }]) => file);
}

/** Writes that package: build/classics. */
export function buildClassics() {
  const folder = join(root, 'build/classics');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'assets'), { recursive: true });
  const files = classicFiles();
  for (const file of files) copyFileSync(join(root, 'models', file), join(folder, 'assets', file));
  for (const file of ['LICENSE', 'THIRD_PARTY_NOTICES.md'])
    copyFileSync(join(root, file), join(folder, file));
  const { version, license, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const pack = {
    name: 'masklens-classics',
    version,
    description:
      'For masklens: the detector MTCNN and the mask classifiers of the original project.',
    license,
    type: 'module',
    keywords: ['face-mask', 'onnx', 'masklens'],
    engines,
    exports: { './assets/*': './assets/*', './package.json': './package.json' },
    files: ['assets', 'THIRD_PARTY_NOTICES.md'],
    peerDependencies: { masklens: version },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(pack, null, 2)}\n`);
  writeFileSync(
    join(folder, 'README.md'),
    `# masklens-classics

Networks for \`masklens\` that are there for comparison: the detector MTCNN, and the classifiers of the
original project, which know two labels, \`correct\` and \`unmasked\`. Its files are ${files.join(', ')}.

\`\`\`
npm install masklens masklens-classics
npx masklens detect --detector mtcnn photo.jpg
npx masklens detect --classifier vgg19 photo.jpg
\`\`\`

In Node they are found by themselves. For pages, \`npx masklens copy-assets DIR\` copies them beside the
other files once this package is installed. \`createDetector({ detector: 'mtcnn' })\` chooses one.
`,
  );
}
