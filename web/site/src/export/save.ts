/** Files out: annotated pictures, one or a ZIP of all, to the disk or the clipboard. */
import {
  type AnimationResult,
  type LabelTexts,
  safePath,
  type TimedResult,
  uniquePaths,
} from '@masklens';
import { downloadZip } from 'client-zip';
import type { Picture } from '../batch.ts';
import type { ShownFace } from '../corrections.ts';
import { engine } from '../engine.ts';
import { type Failure, failureOfFile } from '../failure.ts';
import { formatOf } from '../format.ts';
import { t } from '../strings/index.ts';
import { facesFrom, groupOf } from '../verdict.ts';
import type { TextFile } from './labels.ts';
import { toCsv, toJson } from './record.ts';

/** How a picture leaves: as its source's kind, or as somebody wants it. */
export type Kind = 'source' | 'image/png' | 'image/jpeg';

export interface SaveOptions {
  kind: Kind;
  boxes: boolean;
  labels: boolean;
  landmarks: boolean;
  /** How faces are hidden, all of them, apart from those that count; null: they are not. */
  hiding: 'blur' | 'pixelate' | null;
}

const EXTENSIONS = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
} as const;
type SavedKind = keyof typeof EXTENSIONS;

/** Formats without loss; of all others JPEG comes closest. */
const LOSSLESS = ['PNG', 'GIF', 'BMP', 'TIFF'];

/** Only films do not say how many frames they have. */
export const isFilm = ({ frames }: AnimationResult): boolean =>
  (frames[0]?.result as Partial<TimedResult> | undefined)?.total === null;

/** What a picture is saved as; a film in the container that this browser writes. */
export async function kindOf({ file, animation }: Picture, kind: Kind): Promise<SavedKind> {
  if (animation) return isFilm(animation) ? 'video/mp4' : 'image/gif';
  if (kind !== 'source') return kind;
  return LOSSLESS.includes(await formatOf(file)) ? 'image/png' : 'image/jpeg';
}

/** Hands a file to the browser's downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = safePath(name);
  document.body.append(link);
  link.click();
  link.remove();
  // The download holds the data by then; the address alone is let go.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const stem = (name: string): string => name.replace(/\.[^./]+$/, '') || name;

const texts = (): LabelTexts => t().short;

/** Faces that are too small to judge are drawn as doubtful, as on the page. */
const asShown = (faces: readonly ShownFace[]): ShownFace[] =>
  faces.map((face) => (groupOf(face) === 'look' ? { ...face, uncertain: true } : face));

export interface Saved {
  blob: Blob;
  name: string;
}

/** The picture at full resolution with what the options ask for; a moving GIF stays one. */
export async function annotated(
  picture: Picture,
  minScore: number,
  options: SaveOptions,
  given: { signal?: AbortSignal } = {},
): Promise<Saved> {
  const detector = await engine.get();
  const { boxes, labels, landmarks, hiding } = options;
  const type = await kindOf(picture, options.kind);
  const common = { boxes, labels, landmarks, privacy: hiding ?? 'none', texts: texts() } as const;
  const name = `${stem(picture.name)}-masklens.${EXTENSIONS[type]}`;
  const { animation, result, corrections } = picture;
  if (animation) {
    // Hidden is what may be a face at all, in every frame; labels would name them all.
    const frames = animation.frames.map(({ result: shown }) => ({
      ...(shown as TimedResult),
      faces: hiding ? shown.faces : asShown(facesFrom(shown.faces, minScore)),
    }));
    const words = hiding ? { ...common, boxes: false, labels: false } : common;
    const player = document.createElement('video');
    const blob = await detector.annotate(picture.file, frames, { ...words, ...given, player });
    const kind = blob.type in EXTENSIONS ? (blob.type as SavedKind) : type;
    return { blob, name: `${stem(picture.name)}-masklens.${EXTENSIONS[kind]}` };
  }
  const faces = result ? asShown(corrections.facesOf(result, minScore)) : [];
  const hidden = result && hiding ? { hidden: corrections.hiddenOf(result) } : {};
  const drawn = { ...common, ...hidden, type: type === 'image/jpeg' ? type : 'image/png' } as const;
  return { blob: await detector.annotate(picture.file, { faces }, { ...drawn, ...given }), name };
}

export interface Archive {
  zip: Blob;
  /** Pictures that could not be drawn, and are left out. */
  missing: { name: string; failure: Failure }[];
}

/** Every annotated picture, with the results as JSON and CSV. Made one after the other, so memory stays small. */
export async function archive(
  pictures: readonly Picture[],
  minScore: number,
  options: SaveOptions,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Archive> {
  const unique = uniquePaths();
  const missing: Archive['missing'] = [];
  async function* entries() {
    yield {
      name: unique('results.json'),
      input: toJson(pictures, minScore),
      lastModified: new Date(),
    };
    yield {
      name: unique('results.csv'),
      input: toCsv(pictures, minScore),
      lastModified: new Date(),
    };
    let done = 0;
    for (const picture of pictures) {
      signal.throwIfAborted();
      if (picture.status === 'done') {
        try {
          const { blob, name } = await annotated(picture, minScore, options, { signal });
          const folder = picture.path.includes('/') ? picture.path.replace(/[^/]*$/, '') : '';
          yield { name: unique(safePath(folder + name)), input: blob, lastModified: new Date() };
        } catch (error) {
          signal.throwIfAborted();
          missing.push({
            name: picture.name,
            failure: await failureOfFile(error, picture.file),
          });
        }
      }
      onProgress(++done);
    }
  }
  try {
    return { zip: await downloadZip(entries()).blob(), missing };
  } catch (error) {
    // Through a stream every error becomes one of the network.
    signal.throwIfAborted();
    throw error;
  }
}

/** Small texts in a ZIP of their own. */
export const zipOf = (files: readonly TextFile[]): Promise<Blob> =>
  downloadZip(files.map((file) => ({ ...file, lastModified: new Date() }))).blob();

/** Copies the annotated picture as PNG, the one format every clipboard takes. */
export async function copyPicture(
  picture: Picture,
  minScore: number,
  options: SaveOptions,
): Promise<void> {
  // The promise goes in unawaited: Safari forgets the click by the time a picture is drawn.
  const still = { ...picture, animation: null };
  const png = annotated(still, minScore, { ...options, kind: 'image/png' }).then(
    ({ blob }) => blob,
  );
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
}

/** Whether this browser can hand files of this kind to other programs. */
export const canShare = (name: string, type: string): boolean =>
  typeof navigator.canShare === 'function' &&
  navigator.canShare({ files: [new File([''], name, { type })] });

/** Hands the picture to another program of the device; nothing goes over the line here. */
export const share = ({ blob, name }: Saved): Promise<void> =>
  navigator.share({ files: [new File([blob], safePath(name), { type: blob.type })] });
