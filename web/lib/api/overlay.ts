/** Boxes and labels on a canvas over live video. Pictures that leave are drawn by the core instead: `annotate`. */
import type { CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D } from './platform.js';
import type { Face, Label, LabelTexts, Result } from './types.js';

/** Okabe and Ito's palette, which people with colour-vision deficiencies can tell apart; as in `draw.cpp`. */
export const LABEL_COLOURS: Readonly<Record<Label, string>> = {
  correct: '#009e73',
  incorrect: '#e69f00',
  unmasked: '#d55e00',
};

/** Of faces whose verdict is `uncertain`, whatever their label. */
export const DOUBT_COLOUR = '#56b4e9';

const colourOf = ({ label, uncertain }: Face): string =>
  uncertain ? DOUBT_COLOUR : LABEL_COLOURS[label];

/** No network is certain: of a verdict's probability at most this is told, on saved pictures too (`draw.cpp`). */
export const MOST_SURE = 0.99;

/** Words on these colours: black stands out more than white on all four (WCAG 2.2), at least 5.4 to 1. */
export const LABEL_INK = '#000000';

export interface OverlayOptions {
  /** Default: correct, incorrect, no mask. */
  texts?: Partial<LabelTexts>;
  /** Plates with text and percent. Default true. */
  labels?: boolean;
  /** Language in which percentages are written, a BCP 47 tag. Default `en`. */
  locale?: string;
  /** Faces below this score are not drawn, 0 to 1. Default 0. */
  minScore?: number;
  /** Pixels of the canvas to one of the page: words are at least 13 pixels of the page high. Default 1. */
  pixelRatio?: number;
  /** Further words on a face's plate, after the percent. */
  note?: (face: Face) => string;
  /** The video is shown mirrored, as cameras that face the visitor are. Boxes are, words are not. Default false. */
  mirrored?: boolean;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** In pixels of the canvas. */
interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Clears the canvas and draws the faces, scaled from the frame to the canvas. Colour is never
 * alone: the plate says the label, after a question mark where it is `uncertain`; such boxes are dashed.
 * Plates keep clear of each other: where there is no room for words, a sign stands.
 */
export function drawOverlay(
  context: Context,
  result: Pick<Result, 'width' | 'height' | 'faces'>,
  options: OverlayOptions = {},
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const stroke = Math.max(2, Math.round(Math.min(width, height) / 240));
  // Who came first keeps the place: order by score would have plates jump from frame to frame.
  const shown = result.faces
    .filter(({ score }) => score >= (options.minScore ?? 0))
    .sort((a, b) => (a.trackId ?? 0) - (b.trackId ?? 0))
    .map((face) => ({
      face,
      box: onCanvas(face, result, context.canvas, options.mirrored ?? false),
    }));
  for (const { face, box } of shown) drawBox(context, box, face, stroke);
  if (!(options.labels ?? true)) return;
  const plates: Rectangle[] = [];
  for (const { face, box } of shown)
    plates.push(drawPlate(context, box, face, options, stroke, plates));
}

function onCanvas(
  { box }: Face,
  frame: { width: number; height: number },
  canvas: { width: number; height: number },
  mirrored: boolean,
): Rectangle {
  const scaleX = canvas.width / frame.width;
  const scaleY = canvas.height / frame.height;
  const left = mirrored ? frame.width - box.x - box.width : box.x;
  return {
    x: left * scaleX,
    y: box.y * scaleY,
    width: box.width * scaleX,
    height: box.height * scaleY,
  };
}

function drawBox(context: Context, box: Rectangle, face: Face, stroke: number): void {
  context.lineWidth = stroke;
  context.strokeStyle = colourOf(face);
  context.setLineDash(face.uncertain ? [stroke * 3, stroke * 2] : []);
  context.strokeRect(box.x, box.y, box.width, box.height);
  context.setLineDash([]);
}

const DEFAULT_TEXTS: LabelTexts = {
  correct: 'correct',
  incorrect: 'incorrect',
  unmasked: 'no mask',
};

const LEAST_TEXT = 13;

/** Figures that change from frame to frame cannot be read, and no vote over time is ever certain. */
function percentOf({ trackId, probabilities, label }: Face, locale: string): string {
  const share = probabilities[label];
  const followed = Math.min(0.95, Math.round(share * 20) / 20);
  return formatOf(locale).format(trackId === undefined ? Math.min(MOST_SURE, share) : followed);
}

let format: { locale: string; of: Intl.NumberFormat } | null = null;

/** Making one takes longer than drawing a face. */
function formatOf(locale: string): Intl.NumberFormat {
  if (format?.locale !== locale)
    format = { locale, of: new Intl.NumberFormat(locale, { style: 'percent' }) };
  return format.of;
}

const SIGNS: LabelTexts = { correct: '\u2713', incorrect: '!', unmasked: '\u2715' };

/** Draws the longest words that fit where no other plate is, above the box or below it; gives their plate. */
function drawPlate(
  context: Context,
  box: Rectangle,
  face: Face,
  { texts = {}, locale = 'en', pixelRatio = 1, note }: OverlayOptions,
  stroke: number,
  others: readonly Rectangle[],
): Rectangle {
  const doubt = face.uncertain ? '? ' : '';
  const label = texts[face.label] ?? DEFAULT_TEXTS[face.label];
  const further = note?.(face) ?? '';
  const size = Math.max(stroke * 7, LEAST_TEXT * pixelRatio);
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  // A page that is read from the right would have them end where they are to begin.
  context.textAlign = 'left';
  // Beside small faces less is said, so that plates do not hide the neighbours.
  const percent = `${doubt}${label} ${percentOf(face, locale)}`;
  const forms = further ? [`${percent} ${further}`, percent, `${doubt}${label}`] : [percent];
  const sign = face.uncertain ? '?' : SIGNS[face.label];
  const widthOf = (words: string) => context.measureText(words).width + size;
  const room = Math.max(box.width * 1.5, size * 4);
  const fitting = forms.filter((form) => widthOf(form) <= room);
  const height = size * 1.5;
  const place = (form: string, left: number, top: number) => {
    const width = widthOf(form);
    const x = clamp(left, 0, context.canvas.width - width);
    const y = clamp(top, 0, context.canvas.height - height);
    return { form, plate: { x, y, width, height } };
  };
  const left = box.x - stroke / 2;
  const right = box.x + box.width - widthOf(sign);
  const above = box.y >= height ? box.y - height : box.y;
  const below = box.y + box.height;
  const words = fitting.length > 0 ? fitting : [forms.at(-1) as string];
  const choices = [
    ...words.flatMap((form) => [place(form, left, above), place(form, left, below)]),
    ...[above, below, box.y].flatMap((y) => [place(sign, left, y), place(sign, right, y)]),
  ];
  const isFree = ({ plate }: { plate: Rectangle }) => !others.some((other) => meet(plate, other));
  const { form, plate } = choices.find(isFree) ?? place(sign, left, above);
  context.fillStyle = colourOf(face);
  context.fillRect(plate.x, plate.y, plate.width, plate.height);
  context.fillStyle = LABEL_INK;
  context.fillText(form, plate.x + size / 2, plate.y + height / 2);
  return plate;
}

function meet(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
