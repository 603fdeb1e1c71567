// `npm run release:check`: whether what was built could be published. Nothing is. Checks changelog,
// version, contents, sizes, licences, publint, attw, and writes an SBOM (CycloneDX) and both tarballs
// to build/release. MASKLENS_REPOSITORY is the address of the source, which npm needs for provenance.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, ProgramFailed, root, timed } from './run.mjs';
import { sizes } from './size.mjs';
import { staged } from './stage_package.mjs';

const release = join(root, 'build/release');
const MOST_TARBALL = 9_000_000;
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** What may lie in the tarballs; everything else is a finding. */
const CONTENTS = {
  masklens: [
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD_PARTY_NOTICES\.md|example\.jpg)$/,
    /^dist\/assets\/[\w.-]+\.(js|wasm|onnx|json)$/,
    /^dist\/(cjs\/)?([\w-]+\/)*[\w-]+\.(js|d\.ts)$/,
    /^dist\/cjs\/package\.json$/,
  ],
  'masklens-classics': [
    /^(package\.json|README\.md|LICENSE|THIRD_PARTY_NOTICES\.md)$/,
    /^assets\/\w+\.onnx$/,
  ],
};

/** The tarballs' facts by package: npm's own account of what it packed. */
async function pack() {
  const { npm } = await import('../tests/package/packed.mjs');
  rmSync(release, { recursive: true, force: true });
  mkdirSync(release, { recursive: true });
  return [staged, join(root, 'build/classics')].map((folder) => {
    const [facts] = JSON.parse(npm(['pack', '--json', '--pack-destination', release], folder));
    return { ...facts, path: join(release, facts.filename) };
  });
}

function checkVersion(find) {
  const { version } = json(join(root, 'package.json'));
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) find(`${version} is no version`);
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const [, latest] = /^## (\S+)/m.exec(changelog) ?? [];
  if (latest !== version) find(`CHANGELOG.md begins with ${latest}, the version is ${version}`);
}

function checkContents(find, { name, size, files, path }) {
  for (const file of files)
    if (!CONTENTS[name].some((pattern) => pattern.test(file.path)))
      find(`${name}: ${file.path} does not belong there`);
  if (name === 'masklens' && size > MOST_TARBALL)
    find(`${name}: ${size} bytes packed, at most ${MOST_TARBALL}`);
  console.log(`${path.slice(root.length)}: ${size} bytes, ${files.length} files`);
}

function checkManifest(find) {
  const pack = json(join(staged, 'package.json'));
  for (const field of ['scripts', 'devDependencies', 'dependencies'])
    if (field in pack) find(`masklens: package.json has ${field}`);
  if (!pack.repository)
    find('masklens: no repository. MASKLENS_REPOSITORY=https://… npm run build sets it');
  if (/\{\{/.test(readFileSync(join(staged, 'README.md'), 'utf8')))
    find('masklens: its README has a gap');
}

/** Packages of npm that ended in dist, as the bundler saw it. */
export function bundledPackages() {
  return json(join(root, 'build/bundled_packages.json'));
}

function checkLicences(find) {
  const notices = readFileSync(join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8');
  for (const { name } of bundledPackages())
    if (!notices.includes(name)) find(`THIRD_PARTY_NOTICES.md does not name ${name}`);
  for (const { file } of Object.values(json(join(root, 'models/manifest.json')).networks))
    if (!notices.includes(file)) find(`THIRD_PARTY_NOTICES.md does not name ${file}`);
}

async function checkTools(find, { name, path }) {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const bytes = readFileSync(path);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  for (const message of messages) find(`${name}: publint: ${formatMessage(message, pkg)}`);
  if (name !== 'masklens') return; // without scripts there are no types to look at
  const { program } = await import('../tests/package/packed.mjs');
  const { problems } = JSON.parse(program('attw', [path, '--format', 'json']));
  for (const kind of Object.keys(problems ?? {})) find(`${name}: attw: ${kind}`);
}

/** What the tarball is made of, by CycloneDX: packages that were bundled, stb, zlib, and every network. */
function writeBom() {
  const { name, version, license } = json(join(root, 'package.json'));
  const { networks } = json(join(root, 'models/manifest.json'));
  const component = (type, fields, licence) => ({
    type,
    ...fields,
    ...(licence && { licenses: [{ license: { id: licence } }] }),
  });
  const hashOf = (path) => ({
    alg: 'SHA-256',
    content: createHash('sha256').update(readFileSync(path)).digest('hex'),
  });
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        ...component('library', { name, version }, license),
        purl: `pkg:npm/${name}@${version}`,
      },
    },
    components: [
      ...bundledPackages().map((item) => ({
        ...component('library', { name: item.name, version: item.version }, item.license),
        purl: `pkg:npm/${item.name}@${item.version}`,
      })),
      component('library', {
        name: 'stb',
        description: 'stb_image, stb_image_write',
      }),
      component('library', { name: 'zlib', description: 'the parts that inflate' }, 'Zlib'),
      ...Object.entries(networks).map(([network, { file, source }]) => ({
        ...component('machine-learning-model', { name: network, description: source }),
        hashes: [hashOf(join(root, 'models', file))],
      })),
    ],
  };
  writeFileSync(join(release, 'masklens.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
  return bom;
}

async function checkSizes(find) {
  for (const { name, bytes, most } of await sizes())
    if (bytes > most) find(`${name}: ${bytes} bytes compressed, at most ${most}`);
}

if (isMain(import.meta.url))
  await main(async () => {
    const findings = [];
    const find = (text) => findings.push(text);
    const tarballs = await pack();
    checkVersion(find);
    checkManifest(find);
    checkLicences(find);
    for (const tarball of tarballs) {
      checkContents(find, tarball);
      await timed(`${tarball.name}: publint, attw`, () => checkTools(find, tarball));
    }
    await timed('sizes', () => checkSizes(find));
    const { components } = writeBom();
    console.log(`build/release/masklens.cdx.json: ${components.length} components`);
    if (findings.length > 0) throw new ProgramFailed(`\n${findings.join('\n')}`);
    console.log('\nNothing stands in the way. Nothing was published.');
  });
