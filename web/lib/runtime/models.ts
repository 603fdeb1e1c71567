/** The networks: which are needed, fetching them, and checking each against the manifest. */

import type { Choices } from '../api/create-options.js';
import { MasklensError } from '../api/errors.js';
import { checkKnown } from '../api/options.js';
import { LABELS } from '../api/types.js';
import { type Assets, missing } from './assets.js';
import type { Engine, SessionFacts, Tensor } from './ort-wasm.js';

/** One network of the manifest. What only the core knows is passed on unread. */
export interface NetworkEntry {
  /** Beside the manifest. */
  file: string;
  /** Size of the file. */
  bytes: number;
  /** Of the file, hexadecimal. */
  sha256: string;
  /** Letters stand for open sides. */
  input: { name: string; shape: (number | string)[] };
  outputs: { name: string; shape?: (number | string)[] }[];
  /** The labels that the network knows, in the order of its answers. */
  classes?: string[];
}

/** `manifest.schema.json` describes it; the core reads what is said of detectors, classifiers and their numbers. */
export interface Manifest {
  version: number;
  classes: string[];
  /** Names of the detector and the classifier where none is asked for. */
  defaults: Record<string, unknown>;
  detectors: Record<string, object>;
  classifiers: Record<string, object>;
  networks: Record<string, NetworkEntry>;
}

export const MANIFEST = 'manifest.json';
const VERSION = 2;
const SECTIONS = '$schema version classes defaults detectors classifiers networks'.split(' ');

export class Models {
  readonly manifest: Manifest;
  readonly #assets: Assets;
  #engine: Engine | null = null;

  private constructor(assets: Assets, manifest: Manifest) {
    this.#assets = assets;
    this.manifest = manifest;
  }

  /** @throws MasklensError `asset-missing`, `model-mismatch`, `aborted` */
  static async read(assets: Assets, signal: AbortSignal): Promise<Models> {
    const bytes = await assets.read(MANIFEST, signal);
    return new Models(assets, parseManifest(bytes, assets.url(MANIFEST)));
  }

  /** @throws RangeError when the manifest has no detector or classifier of that name */
  checkKnown({ detector, classifier }: Choices): void {
    checkKnown('detector', detector, Object.keys(this.manifest.detectors));
    checkKnown('classifier', classifier, Object.keys(this.manifest.classifiers));
  }

  /** @throws MasklensError `asset-missing` when the manifest has no such network */
  entry(network: string): NetworkEntry {
    const { networks } = this.manifest;
    const entry = Object.hasOwn(networks, network) ? networks[network] : undefined;
    if (entry) return entry;
    throw missing(this.#assets.url(MANIFEST), `It names no network '${network}'`);
  }

  /** Sizes of the files of some networks, for {@link Assets.expect}. */
  sizes(networks: readonly string[]): Record<string, number> {
    return Object.fromEntries(
      networks.map((network) => [this.entry(network).file, this.entry(network).bytes]),
    );
  }

  /**
   * Fetches the networks that are not there yet, all at once, and loads them into the engine.
   * @throws MasklensError `asset-missing`, `model-mismatch`, `aborted`; what {@link Engine.load} throws
   */
  async load(
    networks: readonly string[],
    engine: Engine | Promise<Engine>,
    signal: AbortSignal,
  ): Promise<void> {
    const fresh = networks.filter((network) => !this.#engine?.has(network));
    const files = fresh.map((network) => this.#fetch(this.entry(network), signal));
    // The first failure is thrown below; the others must not count as unhandled.
    for (const file of files) file.catch(() => undefined);
    this.#engine = await engine;
    for (const [index, network] of fresh.entries()) {
      const bytes = await (files[index] as (typeof files)[number]);
      const facts = await this.#engine.load(network, bytes);
      const difference = differenceOf(this.entry(network), facts);
      if (difference === null) continue;
      await this.#engine.unload(network);
      throw mismatch(this.#assets.url(this.entry(network).file), difference);
    }
  }

  /** Runs a network that is loaded; the outputs come in the manifest's order. */
  run(network: string, input: Tensor): Promise<Tensor[]> {
    if (!this.#engine) throw new Error('The networks are not loaded.');
    const outputs = this.entry(network).outputs.map((output) => output.name);
    return this.#engine.run(network, input, outputs);
  }

  async #fetch(entry: NetworkEntry, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#assets.read(entry.file, signal);
    if ((await contentDifference(entry, bytes)) === null) return bytes;
    // A cache may still hold the file of an earlier version.
    const again = await this.#assets.read(entry.file, signal, true);
    const difference = await contentDifference(entry, again);
    if (difference === null) return again;
    throw mismatch(this.#assets.url(entry.file), difference);
  }
}

/** The error of a manifest that is not what it should be. `what` is a clause. */
export function badManifest(what: string): MasklensError {
  return new MasklensError(
    'model-mismatch',
    `${MANIFEST} is not one for this version: ${what}. Copy the assets folder again, whole, or mend the entry.`,
  );
}

function mismatch(url: string, what: string): MasklensError {
  return new MasklensError(
    'model-mismatch',
    `${url} is not what ${MANIFEST} describes: ${what}. Copy the assets folder again, whole.`,
  );
}

function parseManifest(bytes: Uint8Array, url: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw missing(url, 'What came is not JSON', error);
  }
  const wrong = manifestFault(manifest);
  if (wrong !== null) throw badManifest(wrong);
  return manifest;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with the parts that are read here, a clause, or null. The rest is the core's. */
function manifestFault(manifest: Manifest): string | null {
  if (!isObject(manifest)) return 'it is not an object';
  const unread = Object.keys(manifest).find((key) => !SECTIONS.includes(key));
  if (unread !== undefined) return `nobody reads '${unread}'; is it misspelt`;
  if (manifest.version !== VERSION)
    return `its version is ${String(manifest.version)}, this package reads version ${VERSION}`;
  if (JSON.stringify(manifest.classes) !== JSON.stringify(LABELS))
    return `its classes are not ${LABELS.join(', ')}`;
  for (const section of ['defaults', 'detectors', 'classifiers', 'networks'] as const)
    if (!isObject(manifest[section])) return `${section} is not an object`;
  for (const section of ['detectors', 'classifiers', 'networks'] as const)
    for (const [name, entry] of Object.entries(manifest[section]))
      if (!isObject(entry)) return `${section}.${name} is not an object`;
  for (const [name, entry] of Object.entries(manifest.networks)) {
    const fault = entryFault(entry);
    if (fault !== null) return `networks.${name}: ${fault}`;
  }
  return null;
}

// Beside the manifest, and nowhere else: neither folders nor addresses.
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/;
const MOST_BYTES = 2 ** 31 - 1;

function entryFault({ file, bytes, sha256, input, outputs, classes }: NetworkEntry): string | null {
  if (typeof file !== 'string' || !FILE.test(file))
    return 'file is not the name of a file beside the manifest';
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > MOST_BYTES)
    return 'bytes is not a number of bytes';
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    return 'sha256 is not 64 hexadecimal digits';
  if (!isObject(input) || typeof input.name !== 'string') return 'input has no name';
  if (!isShape(input.shape)) return 'input.shape is not a list of sides';
  if (!Array.isArray(outputs) || outputs.length === 0) return 'outputs is not a list';
  for (const output of outputs) {
    if (!isObject(output) || typeof output.name !== 'string') return 'an output has no name';
    if (output.shape !== undefined && !isShape(output.shape))
      return `the shape of output ${output.name} is not a list of sides`;
  }
  if (classes !== undefined && !Array.isArray(classes)) return 'classes is not a list';
  return null;
}

function isShape(shape: unknown): boolean {
  const isSide = (side: unknown) =>
    typeof side === 'string' || (Number.isInteger(side) && (side as number) > 0);
  return Array.isArray(shape) && shape.length <= 8 && shape.every(isSide);
}

/**
 * How a file differs from its entry, or null. On pages without HTTPS browsers withhold
 * `crypto.subtle`: there the size alone is checked, which still tells a file of another version or
 * a truncated one; against an attacker on such a connection no checksum that he can replace as
 * well would help.
 */
async function contentDifference(
  entry: NetworkEntry,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string | null> {
  if (bytes.length !== entry.bytes) return `it has ${bytes.length} bytes instead of ${entry.bytes}`;
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!subtle) return null;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return sha256 === entry.sha256 ? null : 'its SHA-256 is another';
}

/** How a loaded network differs from its entry, or null. */
function differenceOf(entry: NetworkEntry, facts: SessionFacts): string | null {
  const [input] = facts.inputs;
  if (facts.inputs.length !== 1 || input?.name !== entry.input.name) {
    const names = facts.inputs.map(({ name }) => name).join(', ');
    return `its input is '${names}', not '${entry.input.name}'`;
  }
  if (!sameShape(entry.input.shape, input.shape))
    return `its input has the shape [${input.shape}], not [${entry.input.shape}]`;
  for (const wanted of entry.outputs) {
    const output = facts.outputs.find(({ name }) => name === wanted.name);
    if (!output) return `it has no output '${wanted.name}'`;
    if (wanted.shape && !sameShape(wanted.shape, output.shape))
      return `its output '${wanted.name}' has the shape [${output.shape}], not [${wanted.shape}]`;
  }
  return classesDifference(entry);
}

function classesDifference(entry: NetworkEntry): string | null {
  const { classes } = entry;
  if (!classes) return null;
  const unknown = classes.find((label) => !(LABELS as readonly string[]).includes(label));
  if (unknown !== undefined) return `its class '${unknown}' is none of ${LABELS.join(', ')}`;
  // Classifiers have one output, whose last side is the classes.
  const sides = entry.outputs.length === 1 ? entry.outputs[0]?.shape : undefined;
  const last = sides?.at(-1);
  if (sides?.length !== 2 || typeof last !== 'number' || last === classes.length) return null;
  return `it gives ${last} numbers for ${classes.length} classes`;
}

/** Numbers have to be equal; where either side is open, anything goes. */
function sameShape(
  wanted: readonly (number | string)[],
  found: readonly (number | string)[],
): boolean {
  return (
    wanted.length === found.length &&
    wanted.every((side, index) => {
      const other = found[index];
      return typeof side !== 'number' || typeof other !== 'number' || side === other;
    })
  );
}
