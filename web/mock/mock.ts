/**
 * `masklens/mock`: the package for other people's unit tests. Everything is the real thing (options,
 * pictures, order of calls, abort, close, errors) but for the networks: faces are made up, at once,
 * without a file fetched.
 */
import type { CreateOptions, Detector, Face, Result } from 'masklens';
import { textOf } from '../lib/api/errors.js';
import { callsOn } from '../lib/backend/calls.js';
import { createDetectorOn } from '../lib/page/opening.js';
import { MockBackend } from './mock-backend.js';

export * from 'masklens';

/** What a picture gets for an answer. What is left out is made up: `width` and `height` are the picture's own where they are known, else 640 and 480. */
export type MockAnswer = Partial<Result> | Error;

/** Asked for every picture (every frame of an animation). Default: one face in the middle, its mask worn well. */
export type Answering = MockAnswer | ((call: MockCall) => MockAnswer | Promise<MockAnswer>);

/** A picture that is to be answered. */
export interface MockCall {
  /** How many pictures were answered before, by all detectors since the last `answerWith`. */
  index: number;
  /** Pixels; null for files, which are not decoded. */
  width: number | null;
  height: number | null;
  /** The options of the call, with their defaults. */
  options: Readonly<Record<string, unknown>>;
}

let answering: Answering = {};
let index = 0;

/** Sets what pictures get for an answer from now on, in all detectors; without an argument, the default. */
export function answerWith(next: Answering = {}): void {
  answering = next;
  index = 0;
}

async function answer(call: Omit<MockCall, 'index'>): Promise<MockAnswer> {
  const now = { ...call, index: index++ };
  const given = typeof answering === 'function' ? await answering(now) : answering;
  if (typeof given === 'object' && given !== null) return given;
  throw new TypeError(`answerWith has ${textOf(given)} for an answer; it has to be an object.`);
}

/** As the real one, without fetching anything; `onProgress` hears of one made-up file. */
export function createDetector(options: CreateOptions = {}): Promise<Detector> {
  return createDetectorOn(async (open, _worker, report) => {
    report({ file: 'mock', loaded: 1, total: 1 });
    return callsOn(new MockBackend(open.threads, answer));
  }, options);
}

/** A face for answers: what is left out is made up. */
export function mockFace(face: Partial<Face> = {}): Face {
  return {
    box: { x: 240, y: 140, width: 160, height: 200 },
    score: 0.9,
    label: 'correct',
    probabilities: { correct: 0.9, incorrect: 0.06, unmasked: 0.04 },
    uncertain: false,
    landmarks: null,
    ...face,
  };
}
