/** The one detector of a page: made once, shared, with its download told in bytes. */
import { createDetector, type Detector, type DetectorName } from '@masklens';
import { tooSmallBelow } from './verdict.ts';

/** The folder of the package's assets, right also below a sub path. */
export const ASSETS = new URL('./masklens/', document.baseURI);

/** Below this no face is kept, so that the slider has room to go down without running the network again. */
export const LOWEST_SCORE = 0.3;

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

export interface Manifest {
  version: number;
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

/** The worker that ahead.js started, once. */
function startedAhead(): Worker | undefined {
  const page = globalThis as { masklensWorker?: Worker | undefined };
  const worker = page.masklensWorker;
  page.masklensWorker = undefined;
  return worker;
}

export type Phase = 'idle' | 'loading' | 'ready' | 'failed';

/** Fires `change` whenever what it says of itself changes. */
export class Engine extends EventTarget {
  phase: Phase = 'idle';
  loaded = 0;
  total = 0;
  error: Error | null = null;
  readonly detectorName: DetectorName = 'one-stage';
  /** The detector's own threshold, where sliders start; from the manifest. */
  defaultScore = 0.5;
  /** Pictures that are judged at once, each by a worker of its own. */
  readonly workers = 1;
  private detector: Promise<Detector> | null = null;

  /** Starts loading at the first call. A failed start may be tried again. */
  get(): Promise<Detector> {
    this.detector ??= this.start();
    return this.detector;
  }

  private async start(): Promise<Detector> {
    this.phase = 'loading';
    this.error = null;
    this.changed();
    try {
      const starting = createDetector({
        detector: this.detectorName,
        assets: ASSETS,
        worker: startedAhead() ?? true,
        onProgress: ({ loaded, total }) => {
          this.loaded = loaded;
          this.total = total;
          this.changed();
        },
      });
      const reading = readManifest();
      reading.catch(() => starting.then((detector) => detector.close()).catch(() => {}));
      const [detector, { networks }] = await Promise.all([starting, reading]);
      const { minScore, minFace } = networks['one-stage-accurate'] ?? {};
      this.defaultScore = minScore ?? this.defaultScore;
      tooSmallBelow(minFace || networks.classifier?.minFace || 0);
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

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

export const engine = new Engine();
