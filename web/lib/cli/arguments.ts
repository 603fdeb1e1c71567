/** What the command line takes, as its help says and as the parser knows it. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { checkChoices, checkThreads } from '../api/create-options.js';
import { nearest } from '../api/nearest.js';
import { checkDetectOptions } from '../api/options.js';
import type {
  Box,
  ClassifierName,
  DetectOptions,
  DetectorName,
  Quality,
  Refine,
  Turn,
} from '../api/types.js';
import { UsageError } from './usage-error.js';

export const USAGE = `masklens detect [options] PATH...     find faces and say how each mask is worn
masklens detect [options] -           the same for paths that come on stdin, one a line
masklens copy-assets [--only NAMES] DIR   copy the files that a web page needs

Each PATH is a picture or a folder, which is walked; links to folders are not followed. One line of
JSON per picture on stdout, in the order of the paths.
  --detector NAME, --classifier NAME  other ones than usual, by their names in manifest.json
  --quality accurate|fast             size of the detector; default accurate
  --min-score N                       leave out faces below this score, 0 to 1
  --min-face N                        leave out faces with a shorter side under N pixels
  --max-side N                        longer side of the picture that the detector works on
  --tiles                             overlapping tiles, for large group photos
  --turn auto|never                   also look at the picture turned, where upright nothing is found;
                                      default auto, with --frames never
  --roi X,Y,WIDTH,HEIGHT              look at this part alone, in pixels of the upright picture
  --refine auto|always|never          whether the classifier has a say in the detector's labels
  --frames                            judge every frame of animations: a line each, with frame
                                      (from 1), frames, time (seconds) and events; faces keep
                                      their trackId; GIFs are annotated as such
  --jobs N                            judge N pictures at once, each on a thread, but no more than
                                      there are processors; default 1
  --threads N                         threads for one picture; default 1
  --annotate DIR                      write the pictures with boxes and labels there
  --csv FILE                          write one line per face there as well
  --overwrite                         replace annotated pictures and the CSV file of an earlier run;
                                      without it nothing that is there is touched, and pictures to
                                      judge are never
  --resume FILE                       leave out pictures that have a line in FILE, the stdout of a run
                                      that was ended: masklens detect --resume out.jsonl DIR >> out.jsonl
  --null                              paths on stdin end with a zero byte instead of a line break
copy-assets copies what the default detector needs, 10 MB. --only takes names with commas between: default,
all, detectors, classifiers, networks, and runtime (the whole ONNX Runtime, which networks of your own may
need). Files of an earlier version are replaced, others never.
The exit status is 1 when a picture failed, 2 when the arguments are wrong.
`;

const DETECT_OPTIONS = {
  detector: { type: 'string' },
  classifier: { type: 'string' },
  quality: { type: 'string' },
  'min-score': { type: 'string' },
  'min-face': { type: 'string' },
  'max-side': { type: 'string' },
  tiles: { type: 'boolean' },
  turn: { type: 'string' },
  roi: { type: 'string' },
  refine: { type: 'string' },
  frames: { type: 'boolean' },
  jobs: { type: 'string' },
  threads: { type: 'string' },
  annotate: { type: 'string' },
  csv: { type: 'string' },
  overwrite: { type: 'boolean' },
  resume: { type: 'string' },
  null: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

/** What `createDetector` is told. Plain data: it crosses to threads. */
export interface Start {
  detector?: DetectorName;
  classifier?: ClassifierName;
  quality?: Quality;
  threads: number;
}

/** Arguments of `detect` that make sense, each by itself and together. */
export interface DetectArguments {
  start: Start;
  detect: DetectOptions;
  frames: boolean;
  jobs: number;
  annotate?: string;
  csv?: string;
  overwrite: boolean;
  resume?: string;
  /** Paths, or where they come from. */
  paths: string[] | { stdin: 'lines' | 'zeros' };
}

type Values = {
  [K in keyof typeof DETECT_OPTIONS]?: (typeof DETECT_OPTIONS)[K]['type'] extends 'boolean'
    ? boolean
    : string;
};

/** @throws UsageError for everything that is none, before anything starts */
export function readDetectArguments(args: string[]): DetectArguments {
  const { values, positionals, tokens } = parse(args, DETECT_OPTIONS);
  for (const name of ['annotate', 'csv', 'resume'] as const) {
    if (values[name] === '') throw new UsageError(`--${name} takes a name, not nothing.`);
    const given = tokens.filter((token) => token.kind === 'option' && token.name === name);
    if (given.length > 1) throw new UsageError(`--${name} takes one name; it is there twice.`);
  }
  const { annotate, csv, overwrite = false, resume, frames = false } = values;
  const paths = pathsOf(values, positionals);
  if (!Array.isArray(paths) && overwrite && annotate !== undefined)
    throw new UsageError(
      '--annotate with --overwrite needs the paths on the command line: of those on stdin nobody ' +
        'knows beforehand which pictures must not be replaced.',
    );
  const jobs = numberOf(values, 'jobs') ?? 1;
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64)
    throw new UsageError(`--jobs is ${jobs}; it can be 1 to 64.`);
  return { ...optionsOf(values), frames, jobs, annotate, csv, overwrite, resume, paths };
}

/** @throws UsageError */
export function readCopyArguments(args: string[]): { folder: string; only: string[] } {
  const { values, positionals } = parse(args, { only: { type: 'string' } } as const);
  const [folder, ...more] = positionals;
  if (!folder || more.length > 0) throw new UsageError('copy-assets takes one folder.');
  return { folder, only: (values.only ?? 'default').split(',').map((name) => name.trim()) };
}

/** @throws UsageError which names the nearest option there is */
function parse<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  const { tokens } = parseArgs({ args, strict: false, tokens: true, allowPositionals: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue;
    // -5 after --roi.
    if (/^-[\d.]/.test(token.rawName))
      throw new UsageError('A value that begins with - stands behind =, as in --roi=-5,-5,20,20.');
    const near = nearest(token.name, Object.keys(options));
    throw new UsageError(
      `There is no option ${token.rawName}.${near === null ? '' : ` Did you mean --${near}?`}`,
    );
  }
  try {
    return parseArgs({ args, options, tokens: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function pathsOf(values: Values, positionals: string[]): DetectArguments['paths'] {
  if (positionals.length === 0)
    throw new UsageError('detect takes at least one picture or folder, or - for paths on stdin.');
  const fromStdin = positionals.includes('-');
  if (fromStdin && positionals.length > 1)
    throw new UsageError('- takes every path from stdin; name no others beside it.');
  if (values.null && !fromStdin) throw new UsageError('--null is for paths on stdin: name -.');
  return fromStdin ? { stdin: values.null ? 'zeros' : 'lines' } : positionals;
}

function optionsOf(values: Values): { start: Start; detect: DetectOptions } {
  const detect: DetectOptions = {
    minScore: numberOf(values, 'min-score'),
    minFace: numberOf(values, 'min-face'),
    maxSide: numberOf(values, 'max-side'),
    tiles: values.tiles ?? false,
    turn: values.turn as Turn | undefined,
    roi: boxOf(values.roi),
    refine: values.refine as Refine | undefined,
  };
  const start: Start = {
    detector: values.detector as DetectorName | undefined,
    classifier: values.classifier as ClassifierName | undefined,
    quality: values.quality as Quality | undefined,
    threads: numberOf(values, 'threads') ?? 1,
  };
  try {
    checkThreads(start.threads);
    checkDetectOptions(detect, checkChoices(start));
  } catch (error) {
    throw asUsageError(error);
  }
  return { start, detect };
}

function numberOf(
  values: Values,
  name: 'min-score' | 'min-face' | 'max-side' | 'threads' | 'jobs',
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new UsageError(`--${name} takes a number, not '${text}'.`);
}

function boxOf(text: string | undefined): Box | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [x, y, width, height] = numbers as [number, number, number, number];
  if (numbers.length === 4 && numbers.every(Number.isFinite)) return { x, y, width, height };
  throw new UsageError(`--roi takes X,Y,WIDTH,HEIGHT in pixels, not '${text}'.`);
}

/** What the package throws of options that are none is the user's fault here. */
export function asUsageError(error: unknown): unknown {
  const wrong = error instanceof TypeError || error instanceof RangeError;
  return wrong ? new UsageError(error.message) : error;
}
