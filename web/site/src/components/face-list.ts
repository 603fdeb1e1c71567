/** The faces of one picture with cut-outs and percentages. Fires `face` as the stage does. */
import { type Face, LABELS } from '@masklens';
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { mark } from '../icons.ts';
import { place } from '../place.ts';
import { percent, t } from '../strings/index.ts';
import { faceCrops, frameCrops } from '../thumbnails.ts';
import { confidence, isSmall } from '../verdict.ts';

/** Side of a cut-out in pixels: twice what is shown, for dense screens. */
const CROP_SIDE = 112;
/** More faces than this are listed without cut-outs, to keep memory small. */
const CROPS_AT_MOST = 200;

class FaceList extends SiteElement {
  static override properties = {
    file: { attribute: false },
    frame: { attribute: false },
    faces: { attribute: false },
    active: { attribute: false },
    cropsFrom: { attribute: false },
  };
  declare file: Blob | null;
  /** One frame of an animation, to cut the faces out of instead. Owned by whoever set it. */
  declare frame: ImageBitmap | VideoFrame | null;
  /** Faces that pass the threshold. */
  declare faces: Face[];
  /** Every face of the picture: cut out once, whatever the threshold. */
  declare cropsFrom: Face[];
  declare active: number;
  private crops = new Map<Face, ImageBitmap>();
  private cut = 0;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('file') || changed.has('frame') || changed.has('cropsFrom'))
      void this.cutFaces();
  }

  private async cutFaces(): Promise<void> {
    const turn = ++this.cut;
    for (const bitmap of this.crops.values()) bitmap.close();
    this.crops.clear();
    const faces = this.cropsFrom.slice(0, CROPS_AT_MOST);
    const { file, frame } = this;
    if ((!file && !frame) || faces.length === 0) return;
    const boxes = faces.map((face) => face.box);
    try {
      const bitmaps = await (frame
        ? frameCrops(frame, boxes, CROP_SIDE)
        : faceCrops(file!, boxes, CROP_SIDE));
      if (turn !== this.cut) {
        for (const bitmap of bitmaps) bitmap.close();
        return;
      }
      faces.forEach((face, index) => {
        const bitmap = bitmaps[index];
        if (bitmap) this.crops.set(face, bitmap);
      });
      this.requestUpdate();
    } catch {
      // The browser cannot show this format; the list does without cut-outs.
    }
  }

  protected override updated(): void {
    for (const canvas of this.querySelectorAll<HTMLCanvasElement>('canvas[data-face]')) {
      const face = this.faces[Number(canvas.dataset.face)];
      const bitmap = face && this.crops.get(face);
      const context = canvas.getContext('2d');
      // The margin of a face at the border holds nothing, not what was there before.
      context?.clearRect(0, 0, CROP_SIDE, CROP_SIDE);
      if (bitmap) context?.drawImage(bitmap, 0, 0);
    }
    if (this.active >= 0) {
      const row = this.querySelector<HTMLElement>(`[data-row="${this.active}"]`);
      const list = row?.closest<HTMLElement>('.face-rows');
      // Only the list itself scrolls, never the page under a hovering pointer.
      if (row && list && list.scrollHeight > list.clientHeight && !list.matches(':hover')) {
        list.scrollTop = row.offsetTop - list.clientHeight / 2 + row.clientHeight / 2;
      }
    }
  }

  private point(index: number): void {
    this.dispatchEvent(new CustomEvent('face', { detail: index }));
  }

  private row(face: Face, index: number) {
    const words = t();
    const sure = percent(confidence(face));
    return html`<li>
      <button
        class="face-row ${index === this.active ? 'active' : ''}"
        data-row=${index}
        @pointerenter=${() => this.point(index)}
        @pointerleave=${() => this.point(-1)}
        @focus=${() => this.point(index)}
        @blur=${() => this.point(-1)}
      >
        <canvas
          data-face=${index}
          width=${CROP_SIDE}
          height=${CROP_SIDE}
          role="img"
          aria-label=${words.faces.crop(index + 1)}
        ></canvas>
        <span class="face-words">
          <span class="face-verdict">${mark(face.label)}${words.label[face.label]}</span>
          <span class="quiet"
            >${words.faces.sure(sure)}${
              isSmall(face)
                ? html` · <strong class="doubt">${words.tooSmall}</strong>`
                : face.uncertain
                  ? html` · <strong class="doubt" title=${words.faces.uncertainHint}>${words.uncertain}</strong>`
                  : nothing
            }</span
          >
          <span class="bars" title=${words.faces.probabilities} aria-hidden="true"
            >${LABELS.map(
              (label) =>
                html`<i class=${label} ${place({ width: `${100 * face.probabilities[label]}%` })}></i>`,
            )}</span
          >
        </span>
      </button>
    </li>`;
  }

  override render() {
    const { faces } = t();
    if (this.faces.length === 0) {
      return html`<div class="none">
        <p>${faces.none}</p>
        ${this.cropsFrom.length > 0 ? html`<p class="quiet">${faces.noneHint}</p>` : nothing}
      </div>`;
    }
    return html`<ul class="face-rows" aria-label=${faces.list}>
      ${this.faces.map((face, index) => this.row(face, index))}
    </ul>`;
  }
}

customElements.define('face-list', FaceList);
