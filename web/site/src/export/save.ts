/** Files out: annotated pictures, one or a ZIP of all, to the disk or the clipboard. */
import { type AnnotateOptions, type LabelTexts, safePath, uniquePaths } from '@masklens';
import { downloadZip } from 'client-zip';
import type { Picture } from '../batch.ts';
import { engine } from '../engine.ts';
import { t } from '../strings/index.ts';
import { facesFrom } from '../verdict.ts';
import { toCsv, toJson } from './record.ts';

export interface SaveOptions {
  type: 'image/png' | 'image/jpeg';
  labels: boolean;
  landmarks: boolean;
  privacy: NonNullable<AnnotateOptions['privacy']>;
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

/** The picture at full resolution with what the options ask for; a moving GIF stays one. */
export async function annotated(
  picture: Picture,
  minScore: number,
  options: SaveOptions,
): Promise<{ blob: Blob; name: string }> {
  const detector = await engine.get();
  const { labels, landmarks, privacy } = options;
  const common = { labels, landmarks, privacy, texts: texts() };
  if (picture.animation) {
    const frames = picture.animation.frames.map(({ result, delayMs }) => ({
      delayMs,
      result: { ...result, faces: facesFrom(result.faces, minScore) },
    }));
    const blob = await detector.annotateAnimation(
      picture.file,
      { ...picture.animation, frames },
      common,
    );
    return { blob, name: `${stem(picture.name)}-masklens.gif` };
  }
  const faces = facesFrom(picture.result?.faces ?? [], minScore);
  const blob = await detector.annotate(picture.file, { faces }, { ...common, type: options.type });
  return {
    blob,
    name: `${stem(picture.name)}-masklens.${options.type === 'image/png' ? 'png' : 'jpg'}`,
  };
}

/** Every annotated picture, with the results as JSON and CSV. Made one after the other, so memory stays small. */
export async function archive(
  pictures: readonly Picture[],
  minScore: number,
  options: SaveOptions,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const unique = uniquePaths();
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
        const { blob, name } = await annotated(picture, minScore, options);
        const folder = picture.path.includes('/') ? picture.path.replace(/[^/]*$/, '') : '';
        yield { name: unique(safePath(folder + name)), input: blob, lastModified: new Date() };
      }
      onProgress(++done);
    }
  }
  return downloadZip(entries()).blob();
}

/** Copies the annotated picture as PNG, the one format every clipboard takes. */
export async function copyPicture(
  picture: Picture,
  minScore: number,
  options: SaveOptions,
): Promise<void> {
  // The promise goes in unawaited: Safari forgets the click by the time a picture is drawn.
  const png = annotated({ ...picture, animation: null }, minScore, {
    ...options,
    type: 'image/png',
  }).then(({ blob }) => blob);
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
}
