/** The backend that does the work where it is called: in our worker, in Node, or on a page that asked for it. */

import type {
  Followed,
  Following,
  MovingAnswer,
  MovingCommand,
  Picture,
  PictureFile,
  ReportProgress,
} from '../api/crossing.js';
import { mark } from '../api/environment.js';
import { throwIfAborted } from '../api/errors.js';
import { type AnnotateSettings, checkDetectOptions, type DetectSettings } from '../api/options.js';
import type {
  AnimationResult,
  Face,
  Limits,
  Pixels,
  Plate,
  PlatePlace,
  Result,
  TrackEvent,
} from '../api/types.js';
import { detectFaces, type Place } from '../core/driver.js';
import { flattenFaces } from '../core/faces.js';
import {
  bytesOf,
  type CoreImage,
  type CoreModule,
  type CorePipeline,
  coreFiles,
  coreThreads,
  crashOf,
  endThreads,
  loadCore,
} from '../core/module.js';
import { loadCounted, loadPicture, readPixels } from '../core/pixels.js';
import { flattenPlates, unflattenPlaces } from '../core/plates.js';
import { coreDrawOptions, makePipeline, networksFor } from '../core/settings.js';
import { Assets } from '../runtime/assets.js';
import { ENGINE_WASM } from '../runtime/engine-wasm.js';
import { Models } from '../runtime/models.js';
import { Engine, type Runtime } from '../runtime/ort-wasm.js';
import { findThreadStart } from '../runtime/threads.js';
import type { Backend, OpenOptions } from './backend.js';
import type { Moving } from './moving-files.js';
import { Sequences } from './sequences.js';

/** Sizes of the files of the assets folder that the manifest does not list; set by the build. */
declare const ASSET_BYTES: Record<string, number>;

/**
 * Fetches and starts everything that the chosen networks need. With the trimmed runtime every call
 * may throw RuntimeLacks.
 * @throws MasklensError `asset-missing`, `asset-not-wasm`, `model-mismatch`, `aborted`; ThreadsFailed
 */
export async function openLocal(
  options: OpenOptions,
  report: ReportProgress,
  signal: AbortSignal,
  runtime: Runtime = { kind: 'whole', assets: new Assets(options.assets) },
): Promise<Backend> {
  const { assets, kind } = runtime;
  if (!Engine.isStarted) assets.expect(sizesOfPrograms(ENGINE_WASM[kind]));
  const reading = Models.read(assets, signal);
  // Most of what is fetched does not depend on how threads start, and does not wait for that.
  const starting = findThreadStart(assets, options.threads);
  const engine = Engine.start(runtime, options.threads, starting, signal);
  const core = starting.then(async (start) => {
    assets.expect(sizesOfPrograms(coreFiles(start).wasm));
    const makeCore = await loadCore(assets, start, options.threads, signal);
    const made = await makeCore();
    mark('core');
    return { makeCore, made };
  });
  const models = Promise.all([reading, core]).then(async ([read, { made }]) => {
    read.checkKnown(options);
    const networks = neededAtFirst(made, read, options);
    assets.expect(read.sizes(networks));
    // The core's file has been announced, too.
    starting.then(
      () => assets.reportTo(report),
      () => undefined,
    );
    await read.load(networks, engine, signal);
    return read;
  });

  try {
    const [{ makeCore, made }, read, started] = await Promise.all([core, models, engine]);
    return new LocalBackend(
      { makeCore, models: read, engine: started, assets },
      made,
      options.limits,
    );
  } finally {
    assets.reportNoMore();
  }
}

/** The networks of a picture without options of its own. */
function neededAtFirst(core: CoreModule, { manifest }: Models, options: OpenOptions): string[] {
  const pipeline = makePipeline(core, manifest, 1);
  try {
    return networksFor(pipeline, checkDetectOptions({}, options));
  } finally {
    pipeline.delete();
  }
}

function sizesOfPrograms(...names: string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, ASSET_BYTES[name] ?? 0]));
}

interface Parts {
  makeCore: () => Promise<CoreModule>;
  models: Models;
  engine: Engine;
  assets: Assets;
}

class LocalBackend implements Backend {
  readonly #parts: Parts;
  readonly #limits: Required<Limits>;
  readonly #sequences = new Sequences();
  #core: CoreModule;
  #moving: Promise<Moving> | null = null;
  // Kept between pictures, with its threads and buffers.
  #pipeline: CorePipeline | null = null;
  #dead = false;

  constructor(parts: Parts, core: CoreModule, limits: Required<Limits>) {
    this.#parts = parts;
    this.#core = core;
    this.#limits = limits;
  }

  get threads(): number {
    return this.#parts.engine.threads;
  }

  get dead(): boolean {
    return this.#dead || this.#parts.engine.dead;
  }

  /** Of the core's heap: between calls that of what is kept, whatever has been done (tested). */
  get bytesInUse(): number {
    return this.#core.bytesInUse();
  }

  async detect(picture: Picture, settings: DetectSettings, signal: AbortSignal): Promise<Result> {
    const { events, ...result } = await this.#judgePicture(picture, settings, signal, () => null);
    return result;
  }

  async follow(picture: Picture, following: Following, signal: AbortSignal): Promise<Followed> {
    const { settings, time, maxLooks } = following;
    let fresh = false;
    // Asked for when the core is there that judges the frame.
    const place = () => {
      const found = this.#sequences.at(this.#core, following.sequence);
      fresh = found.fresh;
      return { sequence: found.sequence, time, maxLooks };
    };
    const result = await this.#judgePicture(picture, settings, signal, place);
    return { ...result, time, fresh };
  }

  async endSequence(sequence: number): Promise<void> {
    this.#sequences.end(this.#core, sequence);
  }

  moving(command: MovingCommand, signal: AbortSignal): Promise<MovingAnswer> {
    return this.#guarded(async () => {
      if (command.do === 'open') {
        await this.#loadFor(command.settings, signal);
      }
      const moving = await this.#movingFiles();
      return moving.run(command, signal);
    });
  }

  /** The script is fetched once, and again where that failed. */
  #movingFiles(): Promise<Moving> {
    this.#moving ??= this.#startMovingFiles().catch((error) => {
      this.#moving = null;
      throw error;
    });
    return this.#moving;
  }

  async #startMovingFiles(): Promise<Moving> {
    const { assets } = this.#parts;
    const { Moving } = await assets.run<typeof import('./moving-files.js')>('moving-files.js');
    const surroundings = () => ({ core: this.#core, limits: this.#limits, assets });
    return new Moving({
      get around() {
        return surroundings();
      },
      judge: (image, settings, signal, place) =>
        this.#judge(image, settings, signal, { begun: performance.now(), decode: 0 }, place),
    });
  }

  detectAnimation(
    file: PictureFile,
    settings: DetectSettings,
    signal: AbortSignal,
    onFrame: (done: number, total: number) => void,
  ): Promise<AnimationResult> {
    return this.#guarded(async () => {
      await this.#loadFor(settings, signal);
      const moving = await this.#movingFiles();
      return moving.detectAnimation(file, settings, signal, onFrame);
    });
  }

  pixels(
    picture: Picture,
    maxSide: number | undefined,
    signal: AbortSignal,
  ): Promise<ImageBitmap | Pixels> {
    return this.#guarded(async () => {
      const image = await loadPicture(this.#core, picture, this.#limits);
      try {
        throwIfAborted(signal);
        return await readPixels(this.#core, image, maxSide);
      } finally {
        image.delete();
      }
    });
  }

  annotate(
    picture: Picture,
    faces: Face[],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#guarded(async () => {
      const image = await loadPicture(this.#core, picture, this.#limits);
      try {
        throwIfAborted(signal);
        this.#core.drawFaces(image, flattenFaces(this.#core, faces), coreDrawOptions(settings));
        return bytesOf(
          settings.type === 'image/png'
            ? this.#core.encodePng(image)
            : this.#core.encodeJpeg(image, settings.quality),
        );
      } finally {
        image.delete();
      }
    });
  }

  annotateAnimation(
    file: PictureFile,
    faces: Face[][],
    settings: AnnotateSettings,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#guarded(async () => {
      const moving = await this.#movingFiles();
      return moving.annotateAnimation(file, faces, settings, signal);
    });
  }

  layoutLabels(
    plates: readonly Plate[],
    { width, height }: { width: number; height: number },
  ): Promise<(PlatePlace | null)[]> {
    return this.#guarded(async () =>
      unflattenPlaces(this.#core.layoutLabels(flattenPlates(plates), width, height)),
    );
  }

  /** Not before the call under way has ended. */
  async close(): Promise<void> {
    if (!this.#dead) this.#dropPipeline();
    endThreads(this.#core);
    await this.#parts.engine.close();
  }

  #judgePicture(
    picture: Picture,
    settings: DetectSettings,
    signal: AbortSignal,
    place: () => Place | null,
  ): Promise<Result & { events: TrackEvent[] }> {
    return this.#guarded(async () => {
      const begun = performance.now();
      await this.#loadFor(settings, signal);
      const decoding = performance.now();
      const { image, frames } = await loadCounted(this.#core, picture, this.#limits);
      try {
        const decode = performance.now() - decoding;
        throwIfAborted(signal);
        const result = await this.#judge(image, settings, signal, { begun, decode }, place());
        return { ...result, frames };
      } finally {
        image.delete();
      }
    });
  }

  async #judge(
    image: CoreImage,
    settings: DetectSettings,
    signal: AbortSignal,
    { begun, decode }: { begun: number; decode: number },
    place: Place | null,
  ): Promise<Result & { events: TrackEvent[] }> {
    const { models } = this.#parts;
    const found = await detectFaces(
      this.#core,
      this.#readyPipeline(),
      image,
      settings,
      (network, input) => models.run(network, input),
      signal,
      place,
    );
    const { width, height, faces, detect, classify, networks, events } = found;
    const total = performance.now() - begun;
    const timing = { decode, detect, classify, networks, total };
    return { width, height, frames: 1, faces, timing, events };
  }

  /** Fetches what a picture with these settings may need. */
  async #loadFor(settings: DetectSettings, signal: AbortSignal): Promise<void> {
    this.#parts.models.checkKnown(settings);
    const networks = networksFor(this.#readyPipeline(), settings);
    await this.#parts.models.load(networks, this.#parts.engine, signal);
  }

  #readyPipeline(): CorePipeline {
    const { manifest } = this.#parts.models;
    this.#pipeline ??= makePipeline(this.#core, manifest, coreThreads(this.threads));
    return this.#pipeline;
  }

  #dropPipeline(): void {
    this.#pipeline?.delete();
    this.#pipeline = null;
  }

  /** A crash ends the core, with its threads and its memory; where it has no threads a new one is made at once. */
  async #guarded<T>(job: () => Promise<T>): Promise<T> {
    try {
      return await job();
    } catch (error) {
      const crash = crashOf(error);
      if (!crash) throw error;
      this.#pipeline = null;
      this.#dead = endThreads(this.#core);
      if (!this.#dead) this.#core = await this.#parts.makeCore();
      throw crash;
    }
  }
}
