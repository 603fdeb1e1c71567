// What the library's tests share: the built package, the photos, and how boxes are compared.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/run.mjs';

export const fixtures = join(root, 'tests/fixtures');
export const photos = join(fixtures, 'photos');
export const assets = join(root, 'dist/assets');
export const cli = join(root, 'dist/cli.js');

/** The content of a fixture. */
export const fixture = (name) => readFileSync(join(fixtures, name));

/** Paths of the photos, sorted. */
export const photoPaths = readdirSync(photos)
  .filter((name) => name.endsWith('.jpg'))
  .sort()
  .map((name) => join(photos, name));

/** A photo with several faces of different sizes and scores. */
export const crowd = join(photos, 'maksssksksss96.jpg');

/** The photos of facemask853 where the data is at hand, or null. */
export const facemask853 = ['../shared/data/facemask853/images', 'shared/data/facemask853/images']
  .map((path) => join(root, path))
  .find((path) => existsSync(path));

/** The networks of the manifest that was built. */
export const manifest = JSON.parse(readFileSync(join(assets, 'manifest.json'), 'utf8'));

/** Intersection over union of two boxes {x, y, width, height}. */
export function iou(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

/** The greatest distance between an edge of one box and the same edge of another, pixels. */
export function edgeDistance(a, b) {
  const edges = ({ x, y, width, height }) => [x, y, x + width, y + height];
  const others = edges(b);
  return Math.max(...edges(a).map((edge, index) => Math.abs(edge - others[index])));
}

/** Faces from left to right, so that two results can be compared. */
export const leftToRight = (faces) => [...faces].sort((a, b) => a.box.x - b.box.x);

/** The code of the error that a promise rejects with, or null. */
export const codeOf = (promise) =>
  promise.then(
    () => null,
    (error) => error.code ?? error.name,
  );
