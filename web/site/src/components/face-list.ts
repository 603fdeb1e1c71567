/**
 * The faces of one picture with cut-outs and verdicts, numbered as on the stage; of the one that is
 * pinned everything that is known, and ways to correct it. Fires `face` and `pin` as the stage does,
 * `label` (detail: the right label) and `remove` for the pinned face.
 */
import { type Box, LABELS, type Label } from '@masklens';
import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { ShownFace } from '../corrections.ts';
import { SiteElement } from '../element.ts';
import { icons, mark } from '../icons.ts';
import { place } from '../place.ts';
import { number, t } from '../strings/index.ts';
import { cropsOf } from '../thumbnails.ts';
import { confidence, groupOf, isSmall, surely } from '../verdict.ts';

/** Side of a cut-out in pixels: twice what is shown, for dense screens. */
const CROP_SIDE = 112;
/** More faces than this are listed without cut-outs, to keep memory small. */
const CROPS_AT_MOST = 200;

/** What is said of a face; where somebody has to look for themselves, that comes first. */
export function verdictWords(face: ShownFace): { first: string; second: string } {
  const { label, short, faces, look, byHand } = t();
  if (face.corrected) return { first: label[face.label], second: byHand };
  if (groupOf(face) !== 'look')
    return { first: label[face.label], second: faces.sure(surely(confidence(face))) };
  return {
    first: look.yourself,
    second: isSmall(face) ? look.tooSmall : look.perhaps(short[face.label]),
  };
}

class FaceList extends SiteElement {
  protected static override readonly inTurn = true;
  static override properties = {
    picture: { attribute: false },
    width: { attribute: false },
    faces: { attribute: false },
    active: { attribute: false },
    pinned: { attribute: false },
    fainter: { attribute: false },
    editable: { type: Boolean },
  };
  /** To cut the faces out of; owned by whoever set it. */
  declare picture: ImageBitmap | VideoFrame | null;
  /** Of the picture that the boxes belong to, in pixels. */
  declare width: number;
  declare faces: readonly ShownFace[];
  declare active: number;
  declare pinned: number;
  /** How many faces there are below the threshold. */
  declare fainter: number;
  /** Whether verdicts can be corrected. */
  declare editable: boolean;
  private crops = new Map<Box, ImageBitmap>();
  /** What each canvas shows: a list of a hundred is not painted anew because one is pointed at. */
  private shown = new WeakMap<HTMLCanvasElement, ImageBitmap | null>();
  private cut = 0;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('picture')) this.drop();
    if (changed.has('picture') || changed.has('faces')) void this.cutFaces();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.drop();
  }

  private drop(): void {
    this.cut++;
    for (const bitmap of this.crops.values()) bitmap.close();
    this.crops.clear();
  }

  /** Those that are not cut out yet, whatever the threshold was. */
  private async cutFaces(): Promise<void> {
    const { picture } = this;
    if (!picture) return;
    const boxes = this.faces
      .slice(0, CROPS_AT_MOST)
      .map(({ box }) => box)
      .filter((box) => !this.crops.has(box));
    if (boxes.length === 0) return;
    const turn = this.cut;
    try {
      const bitmaps = await cropsOf(picture, this.width, boxes, CROP_SIDE);
      bitmaps.forEach((bitmap, index) => {
        const box = boxes[index]!;
        if (turn !== this.cut || this.crops.has(box)) bitmap.close();
        else this.crops.set(box, bitmap);
      });
      this.requestUpdate();
    } catch {
      // The picture was closed meanwhile: another one is on its way.
    }
  }

  protected override updated(changed: Map<string, unknown>): void {
    for (const canvas of this.querySelectorAll<HTMLCanvasElement>('canvas[data-face]')) {
      const face = this.faces[Number(canvas.dataset.face)];
      const bitmap = (face && this.crops.get(face.box)) ?? null;
      if (this.shown.get(canvas) === bitmap) continue;
      this.shown.set(canvas, bitmap);
      const context = canvas.getContext('2d');
      // The margin of a face at the border holds nothing, not what was there before.
      context?.clearRect(0, 0, CROP_SIDE, CROP_SIDE);
      if (bitmap) context?.drawImage(bitmap, 0, 0);
    }
    const wanted = this.active >= 0 ? this.active : this.pinned;
    if (wanted < 0 || !(changed.has('active') || changed.has('pinned'))) return;
    const row = this.querySelector<HTMLElement>(`[data-row="${wanted}"]`);
    const list = row?.closest<HTMLElement>('.face-rows');
    // Only the list itself scrolls, never the page under a hovering pointer.
    if (!row || !list || list.matches(':hover')) return;
    list.scrollTop = row.offsetTop - list.clientHeight / 2 + row.clientHeight / 2;
    list.scrollLeft = row.offsetLeft - list.clientWidth / 2 + row.clientWidth / 2;
  }

  private point(index: number): void {
    this.dispatchEvent(new CustomEvent('face', { detail: index }));
  }

  private pin(index: number): void {
    this.dispatchEvent(new CustomEvent('pin', { detail: index }));
  }

  private row(face: ShownFace, index: number) {
    const words = t();
    const { first, second } = verdictWords(face);
    const pinned = index === this.pinned;
    return html`<li>
      <button
        class="face-row ${index === this.active || pinned ? 'active' : ''}"
        data-row=${index}
        aria-pressed=${pinned ? 'true' : 'false'}
        @pointerenter=${() => this.point(index)}
        @pointerleave=${() => this.point(-1)}
        @focus=${() => this.point(index)}
        @blur=${() => this.point(-1)}
        @click=${() => this.pin(pinned ? -1 : index)}
      >
        <canvas
          data-face=${index}
          width=${CROP_SIDE}
          height=${CROP_SIDE}
          role="img"
          aria-label=${words.faces.crop(index + 1)}
        ></canvas>
        <span class="face-number" aria-hidden="true">${mark(groupOf(face))}${number(index + 1)}</span>
        <span class="face-words">
          <span class="face-verdict">${first}</span>
          <span class="quiet">${second}</span>
          ${
            face.corrected
              ? nothing
              : html`<span class="bars" title=${words.faces.probabilities} aria-hidden="true"
                  >${LABELS.map(
                    (label) =>
                      html`<i class=${label} ${place({ width: `${100 * face.probabilities[label]}%` })}></i>`,
                  )}</span
                >`
          }
        </span>
      </button>
    </li>`;
  }

  private correct(label: Label): void {
    this.dispatchEvent(new CustomEvent<Label>('label', { detail: label }));
  }

  /**
   * All that is known of the pinned face, and what can be done about it. Parts in a row keep apart
   * where text runs from the right: their figures would change places.
   */
  private detail(face: ShownFace) {
    const { faces, short, label: labels, edit } = t();
    const { first, second } = verdictWords(face);
    const { width, height } = face.box;
    return html`<section class="face-detail" aria-label=${faces.face(this.pinned + 1)}>
      <div class="face-detail-head">
        <p class="face-verdict">${mark(groupOf(face))}<span>${faces.face(this.pinned + 1)}: ${first}</span></p>
        <button class="tool" aria-label=${faces.unpin} title=${faces.unpin} @click=${() => this.pin(-1)}>${icons.close}</button>
      </div>
      <p class="quiet small">
        <bdi>${second}</bdi> · <bdi>${faces.dimensions(Math.round(width), Math.round(height))}</bdi>
        ${face.corrected ? nothing : html` · <bdi data-score=${face.score}>${faces.score(surely(face.score))}</bdi>`}
      </p>
      ${
        this.editable
          ? html`<div class="row" role="group" aria-label=${edit.heading}>
              ${LABELS.map(
                (label, index) =>
                  html`<button
                    class="button small ${groupOf(face) === label ? 'chosen' : ''}"
                    data-label=${label}
                    title=${labels[label]}
                    aria-pressed=${groupOf(face) === label ? 'true' : 'false'}
                    aria-keyshortcuts=${index + 1}
                    @click=${() => this.correct(label)}
                  >
                    ${mark(label)}${short[label]}
                  </button>`,
              )}
              <button class="button small" data-do="remove-face" aria-keyshortcuts="Delete" @click=${() => this.dispatchEvent(new CustomEvent('remove'))}>
                ${edit.remove}
              </button>
            </div>`
          : nothing
      }
    </section>`;
  }

  override render() {
    const { faces } = t();
    const pinned = this.faces[this.pinned];
    if (this.faces.length === 0) {
      return html`<div class="none">
        <p>${faces.none}</p>
        ${this.fainter > 0 ? html`<p class="quiet">${faces.noneHint}</p>` : nothing}
      </div>`;
    }
    return html`${pinned ? this.detail(pinned) : nothing}
      <ul class="face-rows" aria-label=${faces.list}>
        ${this.faces.map((face, index) => {
          const [active, pinned] = [index === this.active, index === this.pinned];
          return guard([face, index, active, pinned, t()], () => this.row(face, index));
        })}
      </ul>`;
  }
}

customElements.define('face-list', FaceList);
