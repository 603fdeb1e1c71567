/**
 * What hiding leaves of faces, as the core does it: at most 8 x 8 averages. All are painted on one
 * canvas over the picture: a canvas for each of a hundred faces would be a layer for each.
 */
import { type Box, HIDING } from '@masklens';
import { type Pixels, widthOf } from './picture.ts';
import type { Size } from './view.ts';

/** Longer side of the canvas, in pixels: it is copied with every slice that is painted. */
export const COVERS_LONGEST = 1280;
/** Cells across. */
const CELLS = 8;
/** Larger faces are averaged from so many pixels across. */
const SAMPLED = 256;
/** Colour of what is not known. */
const NOTHING = '#808080';
/** More are painted from the next frame on: the click that asked has styled and laid them out. */
const AT_ONCE = 12;
/** Of a frame so much goes into painting, in milliseconds. */
const SLICE_MS = 6;
/** Of the cover's sides; as `.cover` in the style sheet. */
const ROUND = 0.14;

/** What is hidden for a face: its box and a margin. */
export const grown = ({ x, y, width, height }: Box): Box => ({
  x: x - HIDING.margin * width,
  y: y - HIDING.margin * height,
  width: width * (1 + 2 * HIDING.margin),
  height: height * (1 + 2 * HIDING.margin),
});

function scratch(width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  // Small and read at once: nothing for a graphics card.
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true })!;
  context.imageSmoothingQuality = 'medium';
  return { canvas, context };
}

type Place = readonly [number, number, number, number];

function outline(context: CanvasRenderingContext2D, place: Place): void {
  context.roundRect(...place, { x: ROUND * place[2], y: ROUND * place[3] });
}

function clipped(context: CanvasRenderingContext2D, place: Place, paint: () => void): void {
  context.save();
  context.beginPath();
  outline(context, place);
  context.clip();
  paint();
  context.restore();
}

/** Paints one set of covers after the other; a new one ends the one before. */
export class Covers {
  #turn = 0;

  /**
   * Hides the places at once, and shows what hiding leaves of them as the frames have time for it:
   * then `painted` is in the canvas's data. `source` is the picture, of whatever size; `size` that
   * of the boxes' picture.
   */
  async paint(
    canvas: HTMLCanvasElement,
    source: Pixels,
    boxes: readonly Box[],
    size: Size,
    hiding: 'blur' | 'pixelate',
  ): Promise<void> {
    const turn = ++this.#turn;
    delete canvas.dataset.painted;
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = hiding === 'blur';
    context.fillStyle = NOTHING;
    const to = canvas.width / size.width;
    const placeOf = ({ x, y, width, height }: Box): Place => [
      x * to,
      y * to,
      width * to,
      height * to,
    ];
    const all = boxes.map(grown);
    context.beginPath();
    for (const box of all) outline(context, placeOf(box));
    context.fill();
    const averages = new Averages(source, size);
    let since = performance.now();
    for (const box of all) {
      const late = performance.now() - since > SLICE_MS;
      if (late || (box === all[0] && all.length > AT_ONCE)) {
        await new Promise(requestAnimationFrame);
        // A frame that plays is closed by its owner when the next one is shown.
        if (turn !== this.#turn || widthOf(source) === 0) return;
        since = performance.now();
      }
      const cells = averages.of(box);
      clipped(context, placeOf(box), () => context.drawImage(...cells, ...placeOf(box)));
    }
    canvas.dataset.painted = 'yes';
  }

  /** The picture is gone. */
  stop(): void {
    this.#turn++;
  }
}

/** The averages of places of one picture. */
class Averages {
  readonly #source: Pixels;
  /** Pixels of the source to one of the boxes' picture. */
  readonly #scale: number;
  // Scaling a part of the picture down directly would scale the whole one down before.
  readonly #part = scratch(SAMPLED, SAMPLED);
  readonly #cells = scratch(CELLS, CELLS);

  constructor(source: Pixels, size: Size) {
    this.#source = source;
    this.#scale = widthOf(source) / size.width;
  }

  /** A canvas and the part of it that has them, until the next call. */
  of({ x, y, width, height }: Box): [OffscreenCanvas, number, number, number, number] {
    const [part, cells] = [this.#part, this.#cells];
    const across = (side: number) =>
      Math.max(1, Math.round((CELLS * side) / Math.max(width, height)));
    const [columns, rows] = [across(width), across(height)];
    const region = [x, y, width, height].map((value) => value * this.#scale) as unknown as Place;
    const sampled = (side: number) => Math.max(1, Math.min(SAMPLED, Math.round(side)));
    const [w, h] = [sampled(region[2]), sampled(region[3])];
    // Beyond the picture's edge there is nothing to average.
    part.context.fillStyle = NOTHING;
    part.context.fillRect(0, 0, w, h);
    part.context.drawImage(this.#source, ...region, 0, 0, w, h);
    cells.context.drawImage(part.canvas, 0, 0, w, h, 0, 0, columns, rows);
    return [cells.canvas, 0, 0, columns, rows];
  }
}
