/**
 * One picture with its faces boxed and labelled; zooms and pans. The boxes are elements over the
 * photo, so they stay crisp at any zoom. Fires `face` (hover, detail: index or -1) and `turn`
 * (detail: -1 or 1, the picture before or after).
 */
import type { Face } from '@masklens';
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { icons, mark } from '../icons.ts';
import { place } from '../place.ts';
import { percent, t } from '../strings/index.ts';
import { confidence } from '../verdict.ts';

const MAX_ZOOM = 16;
/** Small pictures are enlarged to fill the stage, but not beyond this. */
const MAX_FIT = 3;
/** Stages at least this wide are equally high for all pictures. */
const FIXED_FROM = 560;
/** A box narrower than this on screen carries its sign only; the words come when it is pointed at. */
const WORDS_FROM = 76;
/** Height of a plate, to see whether it fits above its box. */
const PLATE = 24;

class PhotoStage extends SiteElement {
  static override properties = {
    file: { attribute: false },
    name: {},
    size: { attribute: false },
    faces: { attribute: false },
    active: { attribute: false },
    frame: { attribute: false },
    busy: { type: Boolean },
    turns: { type: Boolean },
    plain: { type: Boolean },
  };
  declare file: Blob | null;
  declare name: string;
  /** Of the upright picture, in pixels; null until the detector said so. */
  declare size: { width: number; height: number } | null;
  declare faces: Face[];
  declare active: number;
  /** Shown instead of the file: one frame of an animation. Owned by whoever set it. */
  declare frame: ImageBitmap | VideoFrame | null;
  declare busy: boolean;
  /** Whether there are other pictures to turn to. */
  declare turns: boolean;
  /** Without the row of buttons below. */
  declare plain: boolean;

  private url: string | null = null;
  private natural: { width: number; height: number } | null = null;
  private broken = false;
  private width = 0;
  private zoom = 1;
  /** Offset of the sheet's centre from the stage's, in CSS pixels. */
  private pan = { x: 0, y: 0 };
  private pointers = new Map<number, { x: number; y: number }>();
  private observer = new ResizeObserver(([entry]) => {
    this.width = entry!.contentRect.width;
    this.requestUpdate();
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.release();
  }

  private release(): void {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('file')) {
      this.release();
      this.url = this.file ? URL.createObjectURL(this.file) : null;
      this.natural = null;
      this.broken = false;
      this.zoom = 1;
      this.pan = { x: 0, y: 0 };
    }
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has('frame') && this.frame) {
      const canvas = this.querySelector('canvas');
      canvas?.getContext('2d')?.drawImage(this.frame, 0, 0, canvas.width, canvas.height);
    }
  }

  private geometry() {
    const size = this.size ?? this.natural ?? { width: 4, height: 3 };
    const tallest = Math.max(240, Math.min(innerHeight * 0.66, 820));
    // Wide stages keep their height, so that nothing moves when pictures come in or are turned.
    const fixed = this.width >= FIXED_FROM && !this.plain;
    const natural = fixed ? tallest : (this.width * size.height) / size.width;
    const height = Math.max(200, Math.min(tallest, natural));
    const fit = Math.min(this.width / size.width, height / size.height, MAX_FIT);
    const scale = fit * this.zoom;
    const sheet = { width: size.width * scale, height: size.height * scale };
    // The sheet may be moved until its edge meets the stage's.
    const slack = {
      x: Math.max(0, (sheet.width - this.width) / 2),
      y: Math.max(0, (sheet.height - height) / 2),
    };
    this.pan = {
      x: Math.max(-slack.x, Math.min(slack.x, this.pan.x)),
      y: Math.max(-slack.y, Math.min(slack.y, this.pan.y)),
    };
    return { size, height, scale, sheet };
  }

  /** Zooms by `factor` so that the point at (x, y) from the stage's centre stays where it is. */
  private zoomBy(factor: number, x = 0, y = 0): void {
    const next = Math.max(1, Math.min(MAX_ZOOM, this.zoom * factor));
    const real = next / this.zoom;
    this.pan = { x: x - (x - this.pan.x) * real, y: y - (y - this.pan.y) * real };
    this.zoom = next;
    this.requestUpdate();
  }

  private fromCentre(event: { clientX: number; clientY: number }) {
    const rect = this.querySelector('.stage')!.getBoundingClientRect();
    return {
      x: event.clientX - rect.left - rect.width / 2,
      y: event.clientY - rect.top - rect.height / 2,
    };
  }

  private wheel = (event: WheelEvent): void => {
    // A plain wheel scrolls the page; with Ctrl, which a trackpad's pinch sends, it zooms.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { x, y } = this.fromCentre(event);
    this.zoomBy(Math.exp(-event.deltaY / 200), x, y);
  };

  private down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.zoom > 1 || this.pointers.size > 1) {
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    }
  };

  private move = (event: PointerEvent): void => {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    if (this.pointers.size === 1) {
      if (this.zoom > 1) {
        this.pan = { x: this.pan.x + now.x - last.x, y: this.pan.y + now.y - last.y };
        this.requestUpdate();
      }
    } else {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const before = Math.hypot(last.x - other.x, last.y - other.y);
        const after = Math.hypot(now.x - other.x, now.y - other.y);
        const middle = this.fromCentre({
          clientX: (now.x + other.x) / 2,
          clientY: (now.y + other.y) / 2,
        });
        if (before > 0) this.zoomBy(after / before, middle.x, middle.y);
      }
    }
    this.pointers.set(event.pointerId, now);
  };

  private up = (event: PointerEvent): void => {
    this.pointers.delete(event.pointerId);
  };

  private key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 80;
    const zoomed = this.zoom > 1;
    const actions: Record<string, () => void> = {
      '+': () => this.zoomBy(1.5),
      '=': () => this.zoomBy(1.5),
      '-': () => this.zoomBy(1 / 1.5),
      '0': () => this.zoomBy(0),
      ArrowLeft: () => (zoomed ? this.shift(step, 0) : this.turn(-1)),
      ArrowRight: () => (zoomed ? this.shift(-step, 0) : this.turn(1)),
      ArrowUp: () => zoomed && this.shift(0, step),
      ArrowDown: () => zoomed && this.shift(0, -step),
    };
    const action = actions[event.key];
    if (!action || (event.key.startsWith('Arrow') && !zoomed && !event.key.match(/Left|Right/)))
      return;
    event.preventDefault();
    action();
  };

  private shift(x: number, y: number): void {
    this.pan = { x: this.pan.x + x, y: this.pan.y + y };
    this.requestUpdate();
  }

  private turn(by: number): void {
    if (this.turns) this.dispatchEvent(new CustomEvent('turn', { detail: by }));
  }

  private point(index: number): void {
    this.dispatchEvent(new CustomEvent('face', { detail: index }));
  }

  private loaded = (event: Event): void => {
    const { naturalWidth, naturalHeight } = event.target as HTMLImageElement;
    this.natural = { width: naturalWidth, height: naturalHeight };
    this.requestUpdate();
  };

  private face(face: Face, index: number, scale: number, size: { width: number; height: number }) {
    const { short, uncertain } = t();
    const active = index === this.active;
    const { box } = face;
    const wide = box.width * scale >= WORDS_FROM;
    const above = box.y * scale >= PLATE;
    // On the right half words grow to the left, so that they stay in the picture.
    const right = box.x + box.width > 0.72 * size.width;
    const words = `${short[face.label]} ${percent(confidence(face))}${face.uncertain ? ` · ${uncertain}` : ''}`;
    return html`<div
      class="face ${face.label} ${active ? 'active' : ''} ${face.uncertain ? 'uncertain' : ''}"
      data-index=${index}
      @pointerenter=${() => this.point(index)}
      @pointerleave=${() => this.point(-1)}
      ${place({
        left: `${(100 * box.x) / size.width}%`,
        top: `${(100 * box.y) / size.height}%`,
        width: `${(100 * box.width) / size.width}%`,
        height: `${(100 * box.height) / size.height}%`,
      })}
    >
      <span class="plate ${above ? 'above' : 'inside'} ${right ? 'right' : ''}"
        >${mark(face.label)}${wide || active ? html`<span>${words}</span>` : nothing}</span
      >
    </div>`;
  }

  private tools() {
    const { stage } = t();
    return html`
      <div class="stage-tools">
      ${
        this.turns
          ? html`<button class="tool" aria-label=${stage.previous} title=${stage.previous} @click=${() => this.turn(-1)}>${icons.left}</button>
            <button class="tool" aria-label=${stage.next} title=${stage.next} @click=${() => this.turn(1)}>${icons.right}</button>`
          : nothing
      }
      <span class="tool-gap"></span>
      <button class="tool" aria-label=${stage.zoomOut} title=${stage.zoomOut} ?disabled=${this.zoom <= 1} @click=${() => this.zoomBy(1 / 1.5)}>${icons.minus}</button>
      <button class="tool" aria-label=${stage.zoomIn} title=${stage.zoomIn} ?disabled=${this.zoom >= MAX_ZOOM} @click=${() => this.zoomBy(1.5)}>${icons.plus}</button>
      <button class="tool" aria-label=${stage.fit} title=${stage.fit} ?disabled=${this.zoom <= 1} @click=${() => this.zoomBy(0)}>${icons.fit}</button>
    </div>
    `;
  }

  override render() {
    const { stage } = t();
    const { size, height, scale, sheet } = this.geometry();
    const dimmed = this.active >= 0 ? 'pointing' : '';
    return html`
      <div
        class="stage ${this.zoom > 1 ? 'zoomed' : ''}"
        role="group"
        tabindex="0"
        aria-label=${stage.label(this.name)}
        aria-description=${stage.help}
        ${place({ height: `${height}px` })}
        @wheel=${{ handleEvent: this.wheel, passive: false }}
        @pointerdown=${this.down}
        @pointermove=${this.move}
        @pointerup=${this.up}
        @pointercancel=${this.up}
        @dblclick=${(event: MouseEvent) => {
          const { x, y } = this.fromCentre(event);
          this.zoomBy(this.zoom > 1 ? 0 : 2.5, x, y);
        }}
        @keydown=${this.key}
      >
        <div
          class="sheet ${dimmed}"
          ${place({
            width: `${sheet.width}px`,
            height: `${sheet.height}px`,
            left: `calc(50% + ${this.pan.x - sheet.width / 2}px)`,
            top: `calc(50% + ${this.pan.y - sheet.height / 2}px)`,
          })}
        >
          ${
            this.frame
              ? html`<canvas width=${size.width} height=${size.height}></canvas>`
              : this.url
                ? html`<img
                  src=${this.url}
                  alt=""
                  decoding="async"
                  draggable="false"
                  @load=${this.loaded}
                  @error=${() => {
                    this.broken = true;
                    this.requestUpdate();
                  }}
                />`
                : nothing
          }
          ${this.faces.map((face, index) => this.face(face, index, scale, size))}
        </div>
        ${this.broken ? html`<p class="stage-note">${stage.noPreview}</p>` : nothing}
        ${this.busy ? html`<p class="stage-note"><span class="spinner"></span>${stage.working}</p>` : nothing}
      </div>
      ${this.plain ? nothing : this.tools()}
    `;
  }
}

customElements.define('photo-stage', PhotoStage);
