/** `masklens copy-assets`: what a page needs, into a folder of the page's own. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printable } from '../api/names.js';
import { nearest } from '../api/nearest.js';
import { LABELS } from '../api/types.js';
import { classicsSeenFrom } from '../runtime/classics.js';
import { ENGINE_WASM } from '../runtime/engine-wasm.js';
import { MANIFEST } from '../runtime/models.js';
import { nativePath } from './native-path.js';
import { checkOutputFolder, writeNewFile } from './outputs.js';
import { UsageError } from './usage-error.js';

/** Of the manifest, what says which files belong together. */
interface Manifest {
  defaults: { detector: string; classifier: string };
  /** Networks by quality. */
  detectors: Record<string, { networks: Record<string, string[]> }>;
  classifiers: Record<string, { network: string }>;
  networks: Record<string, { file: string }>;
}

/** Resolves to the exit status. */
export async function copyAssets({
  folder,
  only,
}: {
  folder: string;
  only: string[];
}): Promise<number> {
  const own = fileURLToPath(new URL('assets/', import.meta.url));
  const manifest: Manifest = JSON.parse(await readFile(join(own, MANIFEST), 'utf8'));
  const places = new Map((await readdir(own)).map((name) => [name, join(own, name)]));
  // Where the second package is installed, its networks belong to the folder, too.
  const second = classicsSeenFrom(import.meta.url);
  const installed = second === null ? [] : await readdir(fileURLToPath(second));
  for (const name of installed) places.set(name, fileURLToPath(new URL(name, second as string)));

  // The manifest first: by it the next run knows what one that was ended has left.
  const wanted = new Set([MANIFEST, ...filesOf(only, manifest, [...places.keys()], installed)]);
  await checkFolder(folder, wanted);
  await checkOutputFolder(folder);
  for (const name of wanted) {
    const place = places.get(name);
    if (place === undefined)
      throw new UsageError(`${name} is not installed: npm install masklens-classics.`);
    await writeNewFile(join(folder, name), await readFile(place), true);
  }
  return 0;
}

/**
 * The programs, the manifest and the networks that the names ask for; `installed` networks were asked
 * for when they were installed.
 */
function filesOf(
  only: string[],
  manifest: Manifest,
  all: string[],
  installed: string[],
): Set<string> {
  const { defaults, detectors, classifiers, networks } = manifest;
  const fileOf = (network: string) => networks[network]?.file ?? network;
  const ofClassifier = (name: string) => [fileOf(classifiers[name]?.network ?? name)];
  // No detector labels every face without a classifier's help.
  const ofDetector = (name: string) => [
    ...Object.values(detectors[name]?.networks ?? {}).flatMap((some) => some.map(fileOf)),
    ...ofClassifier(defaults.classifier),
  ];
  const groups = new Map<string, string[]>(Object.keys(networks).map((n) => [n, [fileOf(n)]]));
  for (const name of Object.keys(classifiers)) groups.set(name, ofClassifier(name));
  for (const name of Object.keys(detectors)) groups.set(name, ofDetector(name));
  groups.set('runtime', [ENGINE_WASM.whole]);
  groups.set('default', [...ofDetector(defaults.detector), ...installed]);
  groups.set('all', all);

  const optional = new Set([...Object.keys(networks).map(fileOf), ENGINE_WASM.whole]);
  const wanted = new Set(all.filter((name) => !optional.has(name)));
  for (const name of only) {
    const files = groups.get(name);
    if (files === undefined) {
      const near = nearest(name, groups.keys());
      const names = `It can be ${[...groups.keys()].reverse().join(', ')}.`;
      throw new UsageError(
        `--only knows no '${name}'. ${near === null ? names : `Did you mean ${near}? ${names}`}`,
      );
    }
    for (const file of files) wanted.add(file);
  }
  return wanted;
}

/**
 * Files of an earlier version are replaced; they lie beside a manifest of ours.
 * @throws UsageError when a file that is somebody else's would be
 */
async function checkFolder(folder: string, wanted: Iterable<string>): Promise<void> {
  if (await isOwnManifest(join(folder, MANIFEST))) return;
  for (const name of wanted)
    if (await lstat(nativePath(join(folder, name))).catch(() => null))
      throw new UsageError(
        `${printable(join(folder, name))} is there already, and not from masklens. ` +
          'Choose a folder of its own for the assets.',
      );
}

// Of a manifest: ours has 20,000.
const MOST_BYTES = 1e6;

async function isOwnManifest(path: string): Promise<boolean> {
  try {
    const found = await stat(nativePath(path));
    // Reading from a pipe would not end.
    if (!found.isFile() || found.size > MOST_BYTES) return false;
    const { classes, networks } = JSON.parse(await readFile(nativePath(path), 'utf8'));
    return LABELS.every((label) => classes.includes(label)) && Object.keys(networks).length > 0;
  } catch {
    return false;
  }
}
