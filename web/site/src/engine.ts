/** The one detector of a page: made once, shared, with its download told in bytes. */
import { createDetector, type Detector, HIDING } from '@masklens';
import { tooSmallBelow } from './verdict.ts';

/** The folder of the package's assets, right also below a sub path. */
export const ASSETS = new URL('./masklens/', document.baseURI);

/** Where the slider ends: fainter faces are not told of. */
export const LOWEST_SCORE = 0.3;

/** Below this no face is kept: what hiding and the slider show takes no second run of the network. */
export const KEPT_FROM = Math.min(HIDING.minScore, LOWEST_SCORE);

export interface ManifestEntry {
  file: string;
  bytes: number;
  /** Of networks that judge: below this shorter side, in pixels, no verdict is sure. */
  minFace?: number;
  /** The detectors' own threshold of the score. */
  minScore?: number;
  threshold?: number;
  licence?: string;
  source?: string;
  data?: string;
  [key: string]: unknown;
}

/** Of a detector: its networks by quality, the last of which decides what a face is. */
export interface DetectorEntry {
  networks: Record<string, string[]>;
  still?: { quality: string };
}

export interface Manifest {
  version: number;
  defaults: { detector: string; classifier: string };
  detectors: Record<string, DetectorEntry>;
  classifiers: Record<string, { network: string }>;
  networks: Record<string, ManifestEntry>;
}

let manifest: Promise<Manifest> | null = null;

/** What networks this build ships. */
export function readManifest(): Promise<Manifest> {
  manifest ??= fetch(new URL('manifest.json', ASSETS)).then((answer) => {
    if (!answer.ok) throw new Error(`manifest.json: ${answer.status}`);
    return answer.json() as Promise<Manifest>;
  });
  manifest.catch(() => {
    manifest = null;
  });
  return manifest;
}

/** The entry of the network whose score counts where nobody chooses. */
function decidingNetwork({ defaults, detectors, networks }: Manifest): ManifestEntry | undefined {
  const detector = detectors[defaults.detector];
  if (!detector) return undefined;
  const quality = detector.still?.quality ?? Object.keys(detector.networks)[0] ?? '';
  return networks[detector.networks[quality]?.at(-1) ?? ''];
}

/** The worker that ahead.js started, once. */
function startedAhead(): Worker | undefined {
  const page = globalThis as { masklensWorker?: Worker | undefined };
  const worker = page.masklensWorker;
  page.masklensWorker = undefined;
  return worker;
}

/** More would hold more memory than phones have. */
const MOST_WORKERS = 4;

export type Phase = 'idle' | 'loading' | 'ready' | 'failed';

/** Fires `change` whenever what it says of itself changes. */
export class Engine extends EventTarget {
  phase: Phase = 'idle';
  loaded = 0;
  total = 0;
  error: Error | null = null;
  /** Empty until the manifest is there. */
  detectorName = '';
  /** The detector's own threshold, where sliders start; from the manifest. */
  defaultScore = 0.5;
  /** Pictures that are judged at once in a batch, each by a worker of its own with one thread: networks as small as ours share a picture badly. */
  readonly workers = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1));
  private detector: Promise<Detector> | null = null;
  /** Those besides the page's own, by number; gone when they are no longer needed. */
  private helpers = new Map<number, Promise<Detector>>();

  /** Starts loading at the first call. A failed start may be tried again. */
  get(): Promise<Detector> {
    this.detector ??= this.start();
    return this.detector;
  }

  /** The detector of a batch's nth lane; the first is the page's own. */
  async lane(n: number): Promise<Detector> {
    const own = await this.get();
    if (n === 0) return own;
    let helper = this.helpers.get(n);
    if (!helper) {
      helper = createDetector({ detector: this.detectorName, assets: ASSETS, threads: 1 });
      this.helpers.set(n, helper);
      helper.catch(() => this.helpers.delete(n));
    }
    return helper;
  }

  /** Frees the memory of all but the page's own detector. */
  rest(): void {
    for (const helper of this.helpers.values())
      helper.then((detector) => detector.close()).catch(() => {});
    this.helpers.clear();
  }

  private async start(): Promise<Detector> {
    this.phase = 'loading';
    this.error = null;
    this.changed();
    try {
      const create = (worker: Worker | true) =>
        createDetector({
          assets: ASSETS,
          worker,
          onProgress: ({ loaded, total }) => {
            this.loaded = loaded;
            this.total = total;
            this.changed();
          },
        });
      // A worker that dies as it starts is not the end: once more, with another one.
      const starting = create(startedAhead() ?? true).catch((error) => {
        if (error.code !== 'crashed') throw error;
        return create(true);
      });
      const learning = this.learn();
      learning.catch(() => starting.then((detector) => detector.close()).catch(() => {}));
      const [detector] = await Promise.all([starting, learning]);
      this.phase = 'ready';
      this.changed();
      return detector;
    } catch (error) {
      this.detector = null;
      this.phase = 'failed';
      this.error = error instanceof Error ? error : new Error(String(error));
      this.changed();
      throw error;
    }
  }

  /** What the manifest says of names and thresholds; starts nothing. */
  async learn(): Promise<void> {
    const manifest = await readManifest();
    const { defaults, classifiers, networks } = manifest;
    const { minScore, threshold, minFace } = decidingNetwork(manifest) ?? {};
    this.detectorName = defaults.detector;
    this.defaultScore = minScore ?? threshold ?? this.defaultScore;
    const judge = networks[classifiers[defaults.classifier]?.network ?? ''];
    tooSmallBelow(minFace || judge?.minFace || 0);
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

export const engine = new Engine();
