/** Words beside faces on the stage: what they say, and where the core puts them. */
import type { Face, PlatePlace } from '@masklens';
import type { ShownFace } from '../corrections.ts';
import { engine } from '../engine.ts';
import { t } from '../strings/index.ts';
import { confidence, groupOf, surely } from '../verdict.ts';
import type { Size } from './view.ts';

/** CSS pixels: nothing on the picture is smaller. */
const TEXT = 13;
export const PLATE_HEIGHT = 20;
const PADDING = 5;
const SIGN = 16;
/** Of the outline, around the box. */
const LINE = 2;
/** Scales that differ by less have the same places. */
const SAME_SCALE = 0.02;

/** What a plate says in its three forms: words and percent, words, number beside the sign. */
export function platesWords(face: ShownFace, number: number | null): [string, string, string] {
  const { short, byHand } = t();
  const label = groupOf(face) === 'look' ? `? ${short[face.label]}` : short[face.label];
  // Without a sign between them "worn well by hand" would be one thing.
  const sure = face.corrected ? `· ${byHand}` : surely(confidence(face));
  return [`${label} ${sure}`, label, number === null ? '' : String(number)];
}

let context: CanvasRenderingContext2D | null = null;
/** Measured once: a hundred faces have few different words. */
const widths = new Map<string, number>();

function widthOf(text: string): number {
  let width = widths.get(text);
  if (width === undefined) {
    context ??= document.createElement('canvas').getContext('2d')!;
    context.font = `620 ${TEXT}px ${getComputedStyle(document.body).fontFamily}`;
    width = Math.ceil(context.measureText(text).width);
    widths.set(text, width);
  }
  return width;
}

/** Asks for places when faces or scale have changed; one question at a time, the latest wins. */
export class Plates {
  #places = new Map<Face, PlatePlace | null>();
  #asked: { faces: readonly Face[]; scale: number; words: unknown } | null = null;
  #busy = false;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** In the picture's pixels; undefined while it is not known, null where there is no space. */
  placeOf(face: Face): PlatePlace | null | undefined {
    return this.#places.get(face);
  }

  /** `scale`: CSS pixels to one of the picture's. */
  async ask(faces: readonly ShownFace[], size: Size, scale: number): Promise<void> {
    const asked = this.#asked;
    const same =
      asked?.faces === faces &&
      asked.words === t() &&
      Math.abs(asked.scale / scale - 1) < SAME_SCALE;
    // Before the stage has been laid out there is no scale.
    if (same || this.#busy || !(scale > 0) || engine.phase !== 'ready') return;
    this.#asked = { faces, scale, words: t() };
    this.#busy = true;
    try {
      const plates = faces.map((face, index) => {
        const { x, y, width, height } = face.box;
        const line = LINE / scale;
        const box = {
          x: x - line,
          y: y - line,
          width: width + 2 * line,
          height: height + 2 * line,
        };
        const words = platesWords(face, faces.length > 1 ? index + 1 : null);
        const widths = words.map((text) => widthOf(text) + 2 * PADDING);
        widths[2] = SIGN + (words[2] ? widths[2]! - PADDING : PADDING);
        const sizes = widths.map((wide) => ({
          width: wide / scale,
          height: PLATE_HEIGHT / scale,
        }));
        return { box, sizes };
      });
      const detector = await engine.get();
      const places = await detector.layoutLabels(plates, size);
      this.#places = new Map(faces.map((face, index) => [face, places[index] ?? null]));
    } catch {
      // The detector is gone: its own line says why, and the list has all words.
    } finally {
      this.#busy = false;
      this.#changed();
    }
  }
}
