/**
 * The figures of `models/reports` that the model card tells first, read out of whatever the reports
 * hold: what is not there is left out.
 */

/** A share, and its interval at 95 % where the report has one. */
export type Share = readonly [value: number, low: number, high: number] | readonly [value: number];

export interface ClassifierRow {
  name: string;
  /** Masked or not: accuracy on the published test, balanced accuracy on photos kept apart. */
  official: Share | null;
  honest: Share | null;
  /** Of the label `incorrect`, on faces that the default detector found. */
  incorrectRecall: Share | null;
  incorrectPrecision: Share | null;
  calibration: number | null;
}

/** Figures of the two sizes of the default detector; shares of one. */
export interface DetectorRow {
  set: string;
  figure: 'faces' | 'facesFrom16' | 'labels' | 'maskedFrom16' | 'bareFrom16';
  accurate: number | null;
  fast: number | null;
}

export interface PeerRow {
  name: string;
  ours: boolean;
  /** Median milliseconds a photo, with one thread and with two. */
  one: number | null;
  two: number | null;
  coldStartMs: number | null;
  /** Bytes fetched, as a host that compresses sends them. */
  bytes: number | null;
  ap50: number | null;
  ap50From16: number | null;
  recallMasked: number | null;
}

export interface Peers {
  rows: PeerRow[];
  chromium: string;
  cores: number | null;
  timed: number | null;
  scored: number | null;
}

/** The value at the end of the path, or undefined. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

const figure = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function share(value: unknown): Share | null {
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'number')) return null;
  return value.length === 3 ? (value as unknown as Share) : null;
}

/** `reports`: name of the file without its kind -> content. */
export function classifierRows(reports: ReadonlyMap<string, unknown>): ClassifierRow[] {
  const rows: ClassifierRow[] = [];
  for (const [file, content] of reports) {
    const sets = at(content, 'sets');
    if (!file.endsWith('_report') || !sets) continue;
    const wrong = (what: string) => share(at(sets, 'one_stage', 'classes', 'incorrect', what));
    rows.push({
      name: file.replace(/_report$/, ''),
      official: share(at(sets, 'official', 'masked_or_not', 'accuracy')),
      honest: share(at(sets, 'honest', 'masked_or_not', 'balanced')),
      incorrectRecall: wrong('recall'),
      incorrectPrecision: wrong('precision'),
      calibration: figure(at(sets, 'honest', 'calibration', 'error')),
    });
  }
  return rows.sort((a, b) => (b.honest?.[0] ?? 0) - (a.honest?.[0] ?? 0));
}

/** Of a hundred such faces, about how many the page gets right, each with its interval at 95 %. */
export interface PlainFigures {
  incorrect: Share | null;
  correct: Share | null;
  unmasked: Share | null;
  /** Of masked faces from 16 pixels, how many are found at all. */
  foundMasked: number | null;
}

export function plainFigures(reports: ReadonlyMap<string, unknown>): PlainFigures {
  const classes = at(reports.get('masklens_report'), 'sets', 'one_stage_auto', 'classes');
  const recall = (label: string) => share(at(classes, label, 'recall'));
  const accurate = at(reports.get('detector_report'), 'accurate');
  const [first] = Object.values((accurate as object | undefined) ?? {});
  return {
    incorrect: recall('incorrect'),
    correct: recall('correct'),
    unmasked: recall('unmasked'),
    foundMasked: figure(at(first, 'at_half_a_false_box', 'masked_from_16', 'recall')),
  };
}

const DETECTOR_FIGURES: readonly (readonly [DetectorRow['figure'], ...string[]])[] = [
  ['faces', 'strict', 'face_ap'],
  ['facesFrom16', 'strict_ge16', 'face_ap'],
  ['labels', 'strict', 'mean_ap'],
  ['maskedFrom16', 'at_half_a_false_box', 'masked_from_16', 'recall'],
  ['bareFrom16', 'at_half_a_false_box', 'bare_from_16', 'recall'],
];

export function detectorRows(report: unknown): DetectorRow[] {
  const sets = Object.keys((at(report, 'accurate') as object | undefined) ?? {});
  return sets.flatMap((set) =>
    DETECTOR_FIGURES.flatMap(([name, ...path]): DetectorRow[] => {
      const accurate = figure(at(report, 'accurate', set, ...path));
      const fast = figure(at(report, 'fast', set, ...path));
      return accurate === null && fast === null ? [] : [{ set, figure: name, accurate, fast }];
    }),
  );
}

/** Ours beside other detectors, from `bench.json`; null where it was not measured. */
export function peersOf(bench: unknown): Peers | null {
  const peers = at(bench, 'peers');
  const list = at(peers, 'detectors');
  if (!Array.isArray(list) || list.length === 0) return null;
  return {
    chromium: String(at(peers, 'machine', 'chromium') ?? ''),
    cores: figure(at(peers, 'machine', 'cores')),
    timed: figure(at(peers, 'timedPhotos', 'count')),
    scored: figure(at(peers, 'scoredPhotos', 'count')),
    rows: list
      .map((one): PeerRow => {
        const name = String(at(one, 'name'));
        return {
          name,
          ours: name.startsWith('masklens'),
          one: figure(at(one, 'times', '1', 'medianMs')),
          two: figure(at(one, 'times', '2', 'medianMs')),
          coldStartMs: figure(at(one, 'coldStartMs')),
          bytes: figure(at(one, 'bytes', 'brotli')),
          ap50: figure(at(one, 'accuracy', 'ap50')),
          ap50From16: figure(at(one, 'accuracy', 'ap50From16')),
          recallMasked: figure(at(one, 'accuracy', 'recallMaskedFrom16')),
        };
      })
      .sort((a, b) => (b.ap50 ?? 0) - (a.ap50 ?? 0)),
  };
}
