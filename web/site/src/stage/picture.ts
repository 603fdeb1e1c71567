/**
 * The pixels on the stage. A canvas is copied whenever anything around it changes: of a large picture
 * it has no more pixels than screens do, and what is zoomed into is drawn anew on one as large as the stage.
 */
import type { Size } from './view.ts';

export type Pixels = ImageBitmap | VideoFrame;

/** Longer side of the canvas of the whole picture, in pixels. */
const LONGEST = 1600;

export function widthOf(source: Pixels): number {
  return 'displayWidth' in source ? source.displayWidth : source.width;
}

/** Of the canvas of the whole picture: that of the picture itself, or what is enough for screens. */
export function shownSize({ width, height }: Size, longest = LONGEST): Size {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

export function drawWhole(canvas: HTMLCanvasElement, source: Pixels): void {
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return;
  // Down to half of its size two neighbours are all there is to average.
  context.imageSmoothingQuality = widthOf(source) > 2 * canvas.width ? 'medium' : 'low';
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
}

/** A part of the picture that is seen, in its pixels. */
export interface Part extends Size {
  x: number;
  y: number;
}

/**
 * What is seen of a picture that is zoomed into further than its canvas has pixels, else null.
 * `scale`: CSS pixels to one of the picture's; `dense`: pixels of the screen to one of CSS.
 */
export function partSeen(
  size: Size,
  stage: Size,
  scale: number,
  pan: { x: number; y: number },
  dense: number,
): Part | null {
  if (scale * dense <= shownSize(size).width / size.width || shownSize(size).width === size.width)
    return null;
  const along = (whole: number, visible: number, shift: number) => {
    const middle = whole / 2 - shift / scale;
    const from = Math.max(0, middle - visible / 2 / scale);
    return { from, length: Math.min(whole, middle + visible / 2 / scale) - from };
  };
  const across = along(size.width, stage.width, pan.x);
  const down = along(size.height, stage.height, pan.y);
  return { x: across.from, y: down.from, width: across.length, height: down.length };
}

/** `scale`: pixels of the canvas to one of the picture's. */
export function drawPart(
  canvas: HTMLCanvasElement,
  source: Pixels,
  size: Size,
  part: Part,
  scale: number,
): void {
  const [width, height] = [Math.round(part.width * scale), Math.round(part.height * scale)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const from = widthOf(source) / size.width;
  canvas
    .getContext('2d', { alpha: false })
    ?.drawImage(
      source,
      part.x * from,
      part.y * from,
      part.width * from,
      part.height * from,
      0,
      0,
      width,
      height,
    );
}
