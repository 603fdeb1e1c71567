/** The step loop: hands what the core asks for to the networks, until it has the faces. */

import { throwIfAborted } from '../api/errors.js';
import type { DetectSettings } from '../api/options.js';
import type { Face, TrackEvent } from '../api/types.js';
import type { Tensor } from '../runtime/ort-wasm.js';
import { unflattenFaces } from './faces.js';
import type { CoreImage, CoreModule, CorePipeline, CoreSequence } from './module.js';
import { coreError } from './module.js';
import { coreDetectOptions } from './settings.js';

/** Runs a network by the core's name for it. */
export type RunNetwork = (network: string, input: Tensor) => Promise<Tensor[]>;

export interface Detection {
  width: number;
  height: number;
  faces: Face[];
  /** Milliseconds; `networks` is a part of the other two. */
  detect: number;
  classify: number;
  networks: number;
  /** Of a frame at its place. */
  events: TrackEvent[];
}

// One run blocks its thread. Between runs, messages (an abort) are let in this often.
const BREATH_MS = 16;

/** The place of a frame among others. */
export interface Place {
  sequence: CoreSequence;
  /** Seconds. */
  time: number;
  /** As in `Following`. */
  maxLooks: number | undefined;
}

/**
 * The faces of a picture, or of a frame at its place.
 * @throws MasklensError `aborted`, `model-mismatch`, `out-of-memory`
 */
export async function detectFaces(
  core: CoreModule,
  pipeline: CorePipeline,
  image: CoreImage,
  settings: DetectSettings,
  run: RunNetwork,
  signal: AbortSignal,
  place: Place | null = null,
): Promise<Detection> {
  let networks = 0;
  let breath = performance.now();
  const options = coreDetectOptions(settings);
  if (place) {
    const { sequence, time, maxLooks } = place;
    sequence.start(pipeline, image, time, { ...options, maxLooks });
  } else pipeline.start(image, options);
  for (let request = pipeline.next(); request !== null; request = pipeline.next()) {
    const { network, shape, data } = request;
    const begun = performance.now();
    const outputs = await run(network, { shape, data });
    const ended = performance.now();
    networks += ended - begun;
    pipeline.feed(outputs);
    if (ended - breath > BREATH_MS) {
      await nextTask();
      breath = performance.now();
    }
    throwIfAborted(signal);
  }
  const result = place ? place.sequence.finish(pipeline) : pipeline.result();
  if ('error' in result) throw coreError(result);
  const { width, height, faces, detectMs, classifyMs } = result;
  return {
    width,
    height,
    faces: unflattenFaces(core, faces),
    detect: detectMs,
    classify: classifyMs,
    networks,
    events: result.events ?? [],
  };
}

/** Lets waiting events be handled first. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    // setTimeout would wait 4 ms when nested; a message does not, but would keep Node alive.
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
