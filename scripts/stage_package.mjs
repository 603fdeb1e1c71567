// What is published: dist without the classics, with a package.json that says nothing of this
// checkout, and the consumers' README with what its example really printed -> build/package.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { classicFiles } from './build_classics.mjs';
import { ProgramFailed, root } from './run.mjs';

/** The folder that `npm pack` packs. */
export const staged = join(root, 'build/package');

// Fields of package.json that are the package's own; the rest is the checkout's.
const FIELDS = (
  'name version description license type keywords engines sideEffects exports main types ' +
  'typesVersions bin peerDependencies peerDependenciesMeta'
).split(' ');

/** Where the source lies is known to whoever publishes: MASKLENS_REPOSITORY, an https: address. */
export function sourceAddress() {
  const url = process.env.MASKLENS_REPOSITORY;
  if (!url) return {};
  if (!/^https:\/\/[^\s/]+\/\S+$/.test(url))
    throw new ProgramFailed(`MASKLENS_REPOSITORY is ${url}; it has to be an https: address.`);
  const page = url.replace(/\.git$/, '');
  return {
    repository: { type: 'git', url: `git+${page}.git` },
    homepage: `${page}#readme`,
    bugs: { url: `${page}/issues` },
  };
}

function links() {
  for (const path of readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    if (!path.isFile() || classicFiles().includes(path.name)) continue;
    const from = join(path.parentPath, path.name);
    const to = join(staged, from.slice(root.length));
    mkdirSync(dirname(to), { recursive: true });
    linkSync(from, to);
  }
}

/** Runs the example of the README on a photo; gives what it printed, and leaves the annotated photo. */
function example(readme) {
  const [, code] = /<!-- tested: node -->\n```js\n([\s\S]*?)```/.exec(readme);
  const [, name] = /run `node ([\w.]+)`/.exec(readme);
  const place = join(root, 'build/example');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, 'node_modules'), { recursive: true });
  symlinkSync(staged, join(place, 'node_modules/masklens'));
  // As `npm init` of today writes it.
  writeFileSync(join(place, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(place, name), code);
  copyFileSync(join(root, 'tests/fixtures/photos/maksssksksss96.jpg'), join(place, 'photo.jpg'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [name], {
    cwd: place,
    encoding: 'utf8',
  });
  if (status !== 0) throw new ProgramFailed(`The package's README does not work:\n${stderr}`);
  copyFileSync(join(place, 'annotated.jpg'), join(staged, 'example.jpg'));
  return stdout.trim();
}

/** Fills build/package. dist has to be built before. */
export function stagePackage() {
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  links();
  const all = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pack = Object.fromEntries(FIELDS.filter((key) => key in all).map((key) => [key, all[key]]));
  Object.assign(pack, sourceAddress());
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(pack, null, 2)}\n`);
  for (const name of ['LICENSE', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md'])
    copyFileSync(join(root, name), join(staged, name));
  const readme = readFileSync(join(root, 'web/package/README.md'), 'utf8');
  writeFileSync(join(staged, 'README.md'), readme.replace('{{output}}', example(readme)));
}
