/** Reads the right answers out of what was dropped: class folders, a COCO file, or Pascal VOC files. */
import type { Box, Label } from '@masklens';
import type { Found } from '../files.ts';

export interface TrueFace {
  /** Null where the picture as a whole has the label. */
  box: Box | null;
  label: Label | null;
  /** Neither face nor background: a detection there counts for nothing. */
  ignore: boolean;
}

export interface Labelled {
  file: File;
  path: string;
  faces: TrueFace[];
  /** Boxes are shares of the picture's width and height, not pixels. */
  shares?: true;
}

export type Kind = 'folders' | 'coco' | 'voc' | 'yolo';

export interface Truth {
  kind: Kind;
  pictures: Labelled[];
  boxes: number;
  /** Class names that mean nothing here. */
  unknown: string[];
}

const NAMES: Record<Label, readonly string[]> = {
  correct: [
    'correct',
    'withmask',
    'mask',
    'masked',
    'maskcorrect',
    'correctmask',
    'wornmask',
    'facemask',
    'good',
  ],
  incorrect: [
    'incorrect',
    'incorrectmask',
    'maskincorrect',
    'maskwearedincorrect',
    'maskwornincorrect',
    'maskwornincorrectly',
    'incorrectlyworn',
    'wrong',
    'improper',
    'bad',
  ],
  unmasked: ['unmasked', 'withoutmask', 'nomask', 'without', 'bare', 'none', 'face'],
};

/** What a class is called here; null when it is not one of the three. */
export function labelOf(name: string): Label | null {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  for (const [label, names] of Object.entries(NAMES)) {
    if (names.includes(plain)) return label as Label;
  }
  return null;
}

const isPicture = ({ file, path }: Found): boolean =>
  file.type.startsWith('image/') || /\.(jpe?g|png|gif|bmp|webp|avif|hei[cf])$/i.test(path);

/** Empty of a file that cannot be read: then it says nothing. */
const textOf = (file: File): Promise<string> => file.text().catch(() => '');

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

interface Coco {
  images: { id: number | string; file_name: string }[];
  annotations: {
    image_id: number | string;
    category_id: number;
    bbox: [number, number, number, number];
    ignore?: number;
    iscrowd?: number;
    doubtful?: number;
  }[];
  categories: { id: number; name: string }[];
}

function isCoco(value: unknown): value is Coco {
  const maybe = value as Partial<Coco> | null;
  return (
    Array.isArray(maybe?.images) &&
    Array.isArray(maybe.annotations) &&
    Array.isArray(maybe.categories)
  );
}

function readCoco(coco: Coco, pictures: Map<string, Found>, unknown: Set<string>): Labelled[] {
  const labels = new Map(
    coco.categories.map(({ id, name }) => [id, { name, label: labelOf(name) }]),
  );
  const byImage = new Map<number | string, TrueFace[]>();
  for (const one of coco.annotations) {
    const category = labels.get(one.category_id);
    const label = category?.label ?? null;
    if (!label && category) unknown.add(category.name);
    const [x, y, width, height] = one.bbox;
    const faces = byImage.get(one.image_id) ?? [];
    faces.push({
      box: { x, y, width, height },
      label,
      ignore: !label || Boolean(one.ignore) || Boolean(one.iscrowd) || Boolean(one.doubtful),
    });
    byImage.set(one.image_id, faces);
  }
  return coco.images.flatMap(({ id, file_name }) => {
    const found = pictures.get(baseName(file_name));
    return found ? [{ ...found, faces: byImage.get(id) ?? [] }] : [];
  });
}

function readVoc(
  text: string,
  path: string,
  pictures: Map<string, Found>,
  unknown: Set<string>,
): Labelled | null {
  const xml = new DOMParser().parseFromString(text, 'application/xml');
  if (xml.documentElement.nodeName !== 'annotation') return null;
  const stem = baseName(path).replace(/\.xml$/i, '');
  const named = xml.querySelector('filename')?.textContent ?? '';
  const found =
    pictures.get(baseName(named)) ??
    [...pictures.values()].find(
      (picture) => baseName(picture.path).replace(/\.[^.]+$/, '') === stem,
    );
  if (!found) return null;
  const faces = [...xml.querySelectorAll('object')].map((object): TrueFace => {
    const value = (name: string) => Number(object.querySelector(`bndbox > ${name}`)?.textContent);
    const name = object.querySelector('name')?.textContent ?? '';
    const label = labelOf(name);
    if (!label) unknown.add(name);
    const [x, y] = [value('xmin'), value('ymin')];
    return {
      box: { x, y, width: value('xmax') - x, height: value('ymax') - y },
      label,
      ignore: !label || object.querySelector('difficult')?.textContent?.trim() === '1',
    };
  });
  return { ...found, faces };
}

/** Names of YOLO's classes by their numbers, from `classes.txt` or `data.yaml`; none where neither is. */
async function yoloClasses(found: readonly Found[]): Promise<string[]> {
  for (const { file, path } of found) {
    if (/(^|\/)(classes|obj)\.(txt|names)$/i.test(path))
      return (await textOf(file)).split(/\r?\n/).map((name) => name.trim());
    if (!/\.ya?ml$/i.test(path)) continue;
    const text = await textOf(file);
    const list = /^names:\s*\[([^\]]*)\]/m.exec(text)?.[1];
    if (list) return list.split(',').map((name) => name.trim().replace(/^['"]|['"]$/g, ''));
    const names: string[] = [];
    for (const [, number, name] of text.matchAll(/^\s+(\d+):\s*['"]?([^'"\n]+?)['"]?\s*$/gm))
      names[Number(number)] = name!;
    if (names.length > 0) return names;
  }
  return [];
}

const stemOf = (path: string): string => baseName(path).replace(/\.[^.]+$/, '');

/** A text file for each picture: class, centre and size as shares of the picture, a line a face. */
async function readYolo(
  found: readonly Found[],
  pictures: ReadonlyMap<string, Found>,
  unknown: Set<string>,
): Promise<Labelled[]> {
  const classes = await yoloClasses(found);
  if (classes.length === 0) return [];
  const byStem = new Map([...pictures.values()].map((one) => [stemOf(one.path), one]));
  const list: Labelled[] = [];
  for (const { file, path } of found) {
    const picture = /\.txt$/i.test(path) ? byStem.get(stemOf(path)) : undefined;
    if (!picture) continue;
    const faces: TrueFace[] = [];
    for (const line of (await textOf(file)).split(/\r?\n/)) {
      const numbers = line.trim().split(/\s+/).map(Number);
      const [name, x, y, width, height] = numbers;
      if (numbers.length < 5 || numbers.some((one) => !Number.isFinite(one))) continue;
      const known = classes[name!] ?? String(name);
      const label = labelOf(known);
      if (!label) unknown.add(known);
      const box = { x: x! - width! / 2, y: y! - height! / 2, width: width!, height: height! };
      faces.push({ box, label, ignore: !label });
    }
    list.push({ ...picture, faces, shares: true });
  }
  return list;
}

/** Null when nothing says what is right. */
export async function readTruth(found: readonly Found[]): Promise<Truth | null> {
  const pictures = new Map(found.filter(isPicture).map((one) => [baseName(one.path), one]));
  const unknown = new Set<string>();
  const count = (list: Labelled[]) => list.reduce((sum, { faces }) => sum + faces.length, 0);

  for (const { file, path } of found) {
    if (!/\.json$/i.test(path)) continue;
    let content: unknown;
    try {
      content = JSON.parse(await file.text());
    } catch {
      continue;
    }
    if (!isCoco(content)) continue;
    const list = readCoco(content, pictures, unknown);
    if (list.length > 0)
      return { kind: 'coco', pictures: list, boxes: count(list), unknown: [...unknown] };
  }

  const list: Labelled[] = [];
  for (const { file, path } of found) {
    if (!/\.xml$/i.test(path)) continue;
    const one = readVoc(await textOf(file), path, pictures, unknown);
    if (one) list.push(one);
  }
  if (list.length > 0)
    return { kind: 'voc', pictures: list, boxes: count(list), unknown: [...unknown] };

  const yolo = await readYolo(found, pictures, unknown);
  if (yolo.length > 0)
    return { kind: 'yolo', pictures: yolo, boxes: count(yolo), unknown: [...unknown] };

  // Of nested folders the innermost that names a class counts.
  for (const one of found.filter(isPicture)) {
    const folders = one.path.split('/').slice(0, -1).reverse();
    const label = folders.map(labelOf).find((name) => name !== null);
    if (label) list.push({ ...one, faces: [{ box: null, label, ignore: false }] });
    else if (folders[0]) unknown.add(folders[0]);
  }
  return list.length > 0
    ? { kind: 'folders', pictures: list, boxes: 0, unknown: [...unknown] }
    : null;
}
