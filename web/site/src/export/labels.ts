/**
 * Results as labels that training programs and the page Check read: one COCO file, or YOLO's text
 * files. Of stills; films and moving GIFs have no place in either.
 */
import { LABELS, safePath, uniquePaths } from '@masklens';
import { facesThatCount, type Picture } from '../batch.ts';
import { groupOf } from '../verdict.ts';

/** Digits that keep a hundredth of a pixel in any picture. */
const DIGITS = 6;

const stills = (pictures: readonly Picture[]) =>
  pictures.flatMap((picture) =>
    picture.result && !picture.animation ? [{ picture, result: picture.result }] : [],
  );

/**
 * COCO's object detection format. What nobody can rely on is `doubtful` until somebody corrected it:
 * those who measure leave it out.
 */
export function toCoco(pictures: readonly Picture[], minScore: number): string {
  const all = stills(pictures);
  const annotations = all.flatMap(({ picture }, index) =>
    facesThatCount(picture, minScore).map((face) => ({
      image_id: index + 1,
      category_id: LABELS.indexOf(face.label) + 1,
      bbox: [face.box.x, face.box.y, face.box.width, face.box.height],
      area: face.box.width * face.box.height,
      iscrowd: 0,
      score: face.score,
      ...(groupOf(face) === 'look' && { doubtful: 1 }),
      ...(face.corrected && { corrected: 1 }),
    })),
  );
  const coco = {
    images: all.map(({ picture, result }, index) => ({
      id: index + 1,
      file_name: picture.path,
      width: result.width,
      height: result.height,
    })),
    annotations: annotations.map((one, index) => ({ id: index + 1, ...one })),
    categories: LABELS.map((name, index) => ({ id: index + 1, name, supercategory: 'face' })),
  };
  return `${JSON.stringify(coco, null, 1)}\n`;
}

export interface TextFile {
  name: string;
  input: string;
}

/** A text file for each picture, a line a face: class, centre and size as shares of the picture. */
export function toYolo(pictures: readonly Picture[], minScore: number): TextFile[] {
  const unique = uniquePaths();
  const files = stills(pictures).map(({ picture, result }) => {
    const lines = facesThatCount(picture, minScore).map(({ box, label }) => {
      const shares = [
        (box.x + box.width / 2) / result.width,
        (box.y + box.height / 2) / result.height,
        box.width / result.width,
        box.height / result.height,
      ];
      return `${LABELS.indexOf(label)} ${shares.map((one) => one.toFixed(DIGITS)).join(' ')}\n`;
    });
    const stem = picture.path.replace(/\.[^./]+$/, '');
    return { name: unique(safePath(`labels/${stem}.txt`)), input: lines.join('') };
  });
  const names = LABELS.map((name, index) => `  ${index}: ${name}\n`).join('');
  return [
    { name: 'classes.txt', input: LABELS.map((name) => `${name}\n`).join('') },
    { name: 'data.yaml', input: `names:\n${names}` },
    ...files,
  ];
}
