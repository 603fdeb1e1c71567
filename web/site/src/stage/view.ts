/** Where a picture lies on the stage: zoom and offset, kept within bounds. Knows no elements. */
import type { Box } from '@masklens';

export interface Size {
  width: number;
  height: number;
}

export const MAX_ZOOM = 16;
/** Small pictures are enlarged to fill the stage, but not beyond this. */
const MAX_FIT = 3;
/** Share of the stage that a face takes when it is looked at. */
const FACE_SHARE = 0.4;

export class View {
  zoom = 1;
  /** Offset of the sheet's centre from the stage's, in CSS pixels. */
  pan = { x: 0, y: 0 };
  #before: { zoom: number; pan: { x: number; y: number } } | null = null;
  /** The scale that showed all of the picture when it was laid out last. */
  #fit = 0;

  reset(): void {
    this.zoom = 1;
    this.pan = { x: 0, y: 0 };
    this.#before = null;
    this.#fit = 0;
  }

  /** A stage of another size has the same in its middle. */
  #fitted(fit: number): void {
    const by = this.#fit > 0 ? fit / this.#fit : 1;
    this.#fit = fit;
    if (by === 1 || !(by > 0)) return;
    const grown = ({ x, y }: { x: number; y: number }) => ({ x: x * by, y: y * by });
    this.pan = grown(this.pan);
    if (this.#before) this.#before = { ...this.#before, pan: grown(this.#before.pan) };
  }

  /** CSS pixels to one of the picture's, and the size of the whole picture in CSS pixels. */
  lay(stage: Size, size: Size): { scale: number; sheet: Size } {
    const fit = Math.min(stage.width / size.width, stage.height / size.height, MAX_FIT);
    this.#fitted(fit);
    const scale = fit * this.zoom;
    const sheet = { width: size.width * scale, height: size.height * scale };
    // The sheet may be moved until its edge meets the stage's.
    const slack = {
      x: Math.max(0, (sheet.width - stage.width) / 2),
      y: Math.max(0, (sheet.height - stage.height) / 2),
    };
    this.pan = {
      x: Math.max(-slack.x, Math.min(slack.x, this.pan.x)),
      y: Math.max(-slack.y, Math.min(slack.y, this.pan.y)),
    };
    return { scale, sheet };
  }

  /** Zooms by `factor` so that the point at (x, y) from the stage's centre stays where it is; 0 shows all. */
  zoomBy(factor: number, x = 0, y = 0): void {
    const next = Math.max(1, Math.min(MAX_ZOOM, this.zoom * factor));
    const real = next / this.zoom;
    this.pan = { x: x - (x - this.pan.x) * real, y: y - (y - this.pan.y) * real };
    this.zoom = next;
  }

  move(x: number, y: number): void {
    this.pan = { x: this.pan.x + x, y: this.pan.y + y };
  }

  /** Brings the box to the middle, large enough to be looked at; {@link back} undoes it. */
  show(box: Box, stage: Size, size: Size): void {
    this.#before ??= { zoom: this.zoom, pan: this.pan };
    this.zoom = 1;
    const { scale: fit } = this.lay(stage, size);
    const wanted =
      (FACE_SHARE * Math.min(stage.width, stage.height)) / Math.max(box.width, box.height) / fit;
    this.zoom = Math.max(1, Math.min(MAX_ZOOM, wanted));
    const scale = fit * this.zoom;
    this.pan = {
      x: (size.width / 2 - box.x - box.width / 2) * scale,
      y: (size.height / 2 - box.y - box.height / 2) * scale,
    };
  }

  /** To where it was before boxes were shown. */
  back(): void {
    if (!this.#before) return;
    this.zoom = this.#before.zoom;
    this.pan = this.#before.pan;
    this.#before = null;
  }
}

/** The box between two corners, cut to the picture. */
export function boxBetween(
  a: { x: number; y: number },
  b: { x: number; y: number },
  size: Size,
): Box {
  const cut = (value: number, most: number) => Math.max(0, Math.min(most, value));
  const [left, right] = [cut(Math.min(a.x, b.x), size.width), cut(Math.max(a.x, b.x), size.width)];
  const [top, bottom] = [
    cut(Math.min(a.y, b.y), size.height),
    cut(Math.max(a.y, b.y), size.height),
  ];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The face at the point, or the one nearest to it within `reach`, all in the picture's pixels; -1 where there is none. */
export function faceAt(
  faces: readonly { box: Box }[],
  x: number,
  y: number,
  reach: number,
): number {
  let best = -1;
  let least = reach;
  let smallest = Number.POSITIVE_INFINITY;
  faces.forEach(({ box }, index) => {
    const dx = Math.max(box.x - x, 0, x - box.x - box.width);
    const dy = Math.max(box.y - y, 0, y - box.y - box.height);
    const distance = Math.hypot(dx, dy);
    const area = box.width * box.height;
    if (distance > least || (distance === least && area >= smallest)) return;
    [best, least, smallest] = [index, distance, area];
  });
  return best;
}
