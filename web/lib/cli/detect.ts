/** `masklens detect`: what is asked for is checked first, then every picture is judged. */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { csvHeader, csvRows, jsonLine, toFailure } from '../api/report.js';
import type { DetectArguments } from './arguments.js';
import { inOrder } from './channel.js';
import { type Input, identityOf, inputsUnder } from './inputs.js';
import type { Line } from './judge.js';
import { type Judges, openJudges } from './judges.js';
import {
  checkCsvTarget,
  checkOutputFolder,
  checkTargets,
  NewFile,
  type Target,
  targetOf,
  targetsIn,
} from './outputs.js';
import { EarlierRun } from './resume.js';
import { pathsOfStdin } from './stdin.js';
import { ProgressLine, print } from './terminal.js';

/** A picture, and where its annotated copy goes. */
interface Task {
  input: Input;
  target: Target | null;
}

/** Tasks one after the other; `total` is null when nobody knows how many will come. */
interface Plan {
  tasks: AsyncIterable<Task>;
  total: number | null;
}

/** Resolves to the exit status. */
export async function detectCommand(args: DetectArguments): Promise<number> {
  const { detect, frames, overwrite } = args;
  const earlier = args.resume === undefined ? null : await EarlierRun.read(args.resume);
  const plan = await planOf(args, earlier);
  if (args.annotate !== undefined) await checkOutputFolder(args.annotate, '--annotate');
  if (args.csv !== undefined) await checkOutputFolder(dirname(args.csv), '--csv');
  const csv = args.csv === undefined ? null : await NewFile.create(args.csv);
  let judges: Judges | null = null;
  try {
    const jobs = jobsFor(args.jobs, plan.total);
    judges = await openJudges(args.start, { detect, frames, overwrite }, jobs);
    await csv?.write(csvHeader());
    if (csv && earlier) for await (const line of earlier.lines()) await csv.write(csvRows(line));
    const failures = await judgeAll(judges, plan, jobs, csv);
    await csv?.finish(overwrite);
    return failures > 0 ? 1 : 0;
  } catch (error) {
    await csv?.discard();
    throw error;
  } finally {
    await judges?.close();
    if (!Array.isArray(args.paths)) process.stdin.destroy();
  }
}

/** More threads than pictures would start for nothing; more than processors take memory alone. */
function jobsFor(wanted: number, total: number | null): number {
  const most = Math.max(2, availableParallelism());
  return Math.max(1, Math.min(wanted, most, total ?? wanted));
}

/** @throws UsageError when anything that may not be replaced would be */
async function planOf(args: DetectArguments, earlier: EarlierRun | null): Promise<Plan> {
  const { annotate, csv, frames, overwrite, paths } = args;
  const wanted = ({ input }: Task) => !earlier?.has(input.path);
  if (!Array.isArray(paths)) {
    if (csv !== undefined) await checkCsvTarget(csv, [], [], overwrite);
    return { tasks: tasksOfStdin(args, paths.stdin, wanted), total: null };
  }
  // What was written there by an earlier run is no picture to judge.
  const without = annotate === undefined ? null : await identityOf(annotate);
  const inputs: Input[] = [];
  for await (const input of inputsUnder(paths, without)) inputs.push(input);
  const target = annotate === undefined ? () => null : targetsIn(annotate, frames);
  // Also for those that are done, so that the rest get the names that they would have had.
  const all: Task[] = [];
  for (const input of inputs) all.push({ input, target: await target(input) });
  const tasks = all.filter(wanted);
  const targets = tasks.flatMap((task) => task.target ?? []);
  await checkTargets(targets, inputs, overwrite);
  if (csv !== undefined) await checkCsvTarget(csv, inputs, targets, overwrite);
  return { tasks: oneByOne(tasks), total: tasks.length };
}

async function* oneByOne<T>(values: T[]): AsyncGenerator<T> {
  yield* values;
}

/** Annotated copies keep the folders of their paths. A file that is in the way costs its picture's line. */
async function* tasksOfStdin(
  { annotate, frames }: DetectArguments,
  end: 'lines' | 'zeros',
  wanted: (task: Task) => boolean,
): AsyncGenerator<Task> {
  for await (const path of pathsOfStdin(end)) {
    const input = { path, relative: path };
    const task = {
      input,
      target: annotate === undefined ? null : await targetOf(annotate, input, frames),
    };
    if (wanted(task)) yield task;
  }
}

/** Resolves to the number of failures. */
async function judgeAll(
  judges: Judges,
  { tasks, total }: Plan,
  jobs: number,
  csv: NewFile | null,
): Promise<number> {
  const progress = new ProgressLine();
  let [failures, begun] = [0, 0];
  const start = ({ input, target }: Task): AsyncIterable<Line> => {
    const { path, error } = input;
    progress.show(`${++begun}${total === null ? '' : `/${total}`} ${path}`);
    return error ? oneByOne([toFailure(path, error)]) : judges.judge({ path, target });
  };
  try {
    // One who judges takes the next when the last is said; several work ahead of a slow one.
    for await (const line of inOrder(tasks, start, jobs === 1 ? 1 : 4 * jobs)) {
      if ('error' in line) failures++;
      progress.clear();
      await print(jsonLine(line));
      await csv?.write(csvRows(line));
    }
  } finally {
    progress.clear();
  }
  return failures;
}
