/** `masklens detect`: what is asked for is checked first, then every picture is judged. */

import { checkChoices, checkDetectOptions, checkThreads } from '../api/options.js';
import { csvHeader, csvRows, jsonLine } from '../api/report.js';
import type {
  ClassifierName,
  DetectOptions,
  Detector,
  DetectorName,
  Quality,
  Refine,
} from '../api/types.js';
import { createDetector } from '../page/create.js';
import { type Input, identityOf, inputsUnder } from './inputs.js';
import { type Job, judge } from './judge.js';
import { checkCsvTarget, checkTargets, NewFile, targetsIn } from './outputs.js';
import { ProgressLine, print } from './terminal.js';
import { UsageError } from './usage-error.js';

export const DETECT_OPTIONS = {
  detector: { type: 'string' },
  classifier: { type: 'string' },
  quality: { type: 'string' },
  'min-score': { type: 'string' },
  'min-face': { type: 'string' },
  'max-side': { type: 'string' },
  tiles: { type: 'boolean' },
  refine: { type: 'string' },
  threads: { type: 'string' },
  annotate: { type: 'string' },
  csv: { type: 'string' },
  overwrite: { type: 'boolean' },
} as const;

type DetectArguments = {
  [K in keyof typeof DETECT_OPTIONS]?: (typeof DETECT_OPTIONS)[K]['type'] extends 'boolean'
    ? boolean
    : string;
};

/** Resolves to the exit status. */
export async function detectCommand(args: DetectArguments, paths: string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError('detect takes at least one picture or folder.');
  const detect = detectOptions(args);
  const overwrite = args.overwrite ?? false;
  const jobs = await plan(args, paths, overwrite);
  const csv = args.csv === undefined ? null : await NewFile.create(args.csv);
  let detector: Detector | null = null;
  try {
    detector = await openDetector(args);
    await csv?.write(csvHeader());
    const failures = await judgeAll(detector, jobs, { detect, overwrite }, csv);
    await csv?.finish(overwrite);
    return failures > 0 ? 1 : 0;
  } catch (error) {
    await csv?.discard();
    throw error;
  } finally {
    await detector?.close();
  }
}

/**
 * Every picture and where its annotated copy goes.
 * @throws UsageError when anything that may not be replaced would be
 */
async function plan(args: DetectArguments, paths: string[], overwrite: boolean): Promise<Job[]> {
  const { annotate, csv } = args;
  // What was written there by an earlier run is no picture to judge.
  const without = annotate === undefined ? null : await identityOf(annotate);
  const inputs: Input[] = [];
  for await (const input of inputsUnder(paths, without)) inputs.push(input);
  const targetOf = annotate === undefined ? () => null : targetsIn(annotate);
  const jobs = inputs.map((input) => ({ input, target: targetOf(input) }));
  const targets = jobs.flatMap(({ target }) => target ?? []);
  await checkTargets(targets, inputs, overwrite);
  if (csv !== undefined) await checkCsvTarget(csv, inputs, targets, overwrite);
  return jobs;
}

/** Resolves to the number of failures. */
async function judgeAll(
  detector: Detector,
  jobs: Job[],
  options: { detect: DetectOptions; overwrite: boolean },
  csv: NewFile | null,
): Promise<number> {
  const progress = new ProgressLine();
  let failures = 0;
  try {
    for (const [index, job] of jobs.entries()) {
      progress.show(`${index + 1}/${jobs.length} ${job.input.path}`);
      const record = await judge(detector, job, options);
      if ('error' in record) failures++;
      progress.clear();
      await print(jsonLine(record));
      await csv?.write(csvRows(record));
    }
  } finally {
    progress.clear();
  }
  return failures;
}

async function openDetector(args: DetectArguments): Promise<Detector> {
  try {
    return await createDetector({ ...choices(args), threads: numberOf(args, 'threads') ?? 1 });
  } catch (error) {
    throw asUsageError(error);
  }
}

function choices(args: DetectArguments) {
  return {
    detector: args.detector as DetectorName | undefined,
    classifier: args.classifier as ClassifierName | undefined,
    quality: args.quality as Quality | undefined,
  };
}

/** @throws UsageError for every value that is none, before anything starts */
function detectOptions(args: DetectArguments): DetectOptions {
  const options: DetectOptions = {
    minScore: numberOf(args, 'min-score'),
    minFace: numberOf(args, 'min-face'),
    maxSide: numberOf(args, 'max-side'),
    tiles: args.tiles ?? false,
    refine: args.refine as Refine | undefined,
  };
  try {
    checkDetectOptions(options, checkChoices(choices(args)));
    checkThreads(numberOf(args, 'threads'));
  } catch (error) {
    throw asUsageError(error);
  }
  return options;
}

function numberOf(
  args: DetectArguments,
  name: 'min-score' | 'min-face' | 'max-side' | 'threads',
): number | undefined {
  const text = args[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new UsageError(`--${name} takes a number, not '${text}'.`);
}

function asUsageError(error: unknown): unknown {
  const wrong = error instanceof TypeError || error instanceof RangeError;
  return wrong ? new UsageError(error.message) : error;
}
