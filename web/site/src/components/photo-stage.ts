/**
 * One picture with its faces boxed and labelled; zooms and pans. The boxes are elements over the
 * picture, so they stay crisp at any zoom; the picture is what the detector judged. Fires `face`
 * (hover, detail: index or -1), `pin` (chosen, detail: likewise), `turn` (detail: -1 or 1, the
 * picture before or after), `draw` (detail: a box drawn by hand) and `free` (detail: a hidden box).
 */
import type { Box } from '@masklens';
import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ShownFace } from '../corrections.ts';
import { SiteElement } from '../element.ts';
import { engine, LOWEST_SCORE } from '../engine.ts';
import { icons, mark } from '../icons.ts';
import { judgedPixels } from '../pixels.ts';
import { place } from '../place.ts';
import { COVERS_LONGEST, Covers, grown } from '../stage/covers.ts';
import {
  drawPart,
  drawWhole,
  type Part,
  type Pixels,
  partSeen,
  shownSize,
} from '../stage/picture.ts';
import { Plates, platesWords } from '../stage/plates.ts';
import { boxBetween, faceAt, MAX_ZOOM, type Size, View } from '../stage/view.ts';
import { t } from '../strings/index.ts';
import { groupOf } from '../verdict.ts';

/** Stages at least this wide are equally high for all pictures. */
const FIXED_FROM = 560;
/** What fingers hit around a face, and how far a pointer may stray in a click, CSS pixels. */
const REACH = 22;
const STRAY = 5;
/** Boxes drawn smaller than this are slips, CSS pixels. */
const LEAST_BOX = 6;

class PhotoStage extends SiteElement {
  protected static override readonly inTurn = true;
  static override properties = {
    file: { attribute: false },
    name: {},
    size: { attribute: false },
    faces: { attribute: false },
    active: { attribute: false },
    pinned: { attribute: false },
    frame: { attribute: false },
    covered: { attribute: false },
    hiding: {},
    faintBelow: { attribute: false },
    drawing: { type: Boolean },
    bare: { type: Boolean },
    busy: { type: Boolean },
    turns: { type: Boolean },
    plain: { type: Boolean },
  };
  declare file: Blob | null;
  declare name: string;
  /** Of the upright picture, in pixels; null until the detector said so. */
  declare size: Size | null;
  declare faces: readonly ShownFace[];
  declare active: number;
  /** The face that is looked at, or -1. */
  declare pinned: number;
  /** Shown instead of the file: one frame of an animation. Owned by whoever set it. */
  declare frame: ImageBitmap | VideoFrame | null;
  /** Places that are shown hidden. */
  declare covered: readonly Box[];
  declare hiding: 'blur' | 'pixelate';
  /** Faces with a lower score are drawn dotted. */
  declare faintBelow: number;
  /** Dragging draws a box. */
  declare drawing: boolean;
  /** Without boxes and words. */
  declare bare: boolean;
  declare busy: boolean;
  /** Whether there are other pictures to turn to. */
  declare turns: boolean;
  /** Without the row of buttons below. */
  declare plain: boolean;

  private url: string | null = null;
  private natural: Size | null = null;
  /** The browser cannot show the file by itself. */
  private broken = false;
  /** It was judged, and yet its pixels did not come. */
  private lost = false;
  private width = 0;
  private view = new View();
  private painter = new Covers();
  private plates = new Plates(() => this.requestUpdate());
  private picture: ImageBitmap | null = null;
  private aborter: AbortController | null = null;
  private pointers = new Map<number, { x: number; y: number }>();
  private pressed: { x: number; y: number } | null = null;
  private draft: Box | null = null;
  private observer = new ResizeObserver(([entry]) => {
    this.width = entry!.contentRect.width;
    this.requestUpdate();
  });

  constructor() {
    super();
    this.pinned = -1;
    this.covered = [];
    this.hiding = 'pixelate';
    this.faintBelow = LOWEST_SCORE;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const stage = this.querySelector('.stage');
    if (stage) this.observer.observe(stage);
    this.follow(engine, 'change');
    // Its height is a share of the window's: of that alone the observer hears nothing.
    this.follow(window, 'resize');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.release();
  }

  private release(): void {
    this.painter.stop();
    this.aborter?.abort();
    this.aborter = null;
    this.picture?.close();
    this.picture = null;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('file')) {
      this.release();
      this.url = this.file ? URL.createObjectURL(this.file) : null;
      this.natural = null;
      this.broken = false;
      this.lost = false;
      this.view.reset();
    }
    // Boxes are shown over what was judged and nothing else: it comes with them.
    if (this.size && this.file && !this.frame && !this.aborter) void this.fetchPicture(this.file);
    if (changed.has('drawing')) this.draft = null;
    if (changed.has('pinned') && this.size) {
      const face = this.faces[this.pinned];
      if (face) this.view.show(face.box, this.stageSize(), this.size);
      else this.view.back();
    }
  }

  private async fetchPicture(file: Blob): Promise<void> {
    const aborter = new AbortController();
    this.aborter = aborter;
    try {
      const picture = await judgedPixels(file, { signal: aborter.signal });
      if (this.aborter !== aborter) {
        picture.close();
        return;
      }
      this.picture = picture;
      this.requestUpdate();
    } catch {
      // Another picture was chosen; else the browser's own view of the file stays.
      if (this.aborter !== aborter) return;
      this.lost = true;
      this.requestUpdate();
    }
  }

  protected override firstUpdated(): void {
    this.observer.observe(this.querySelector('.stage')!);
  }

  protected override updated(changed: Map<string, unknown>): void {
    const source = this.frame ?? this.picture;
    const canvas = this.querySelector<HTMLCanvasElement>('canvas.picture');
    if (canvas && source && this.drawn !== source) {
      this.drawn = source;
      drawWhole(canvas, source);
      this.dispatchEvent(new CustomEvent('picture', { detail: source }));
    }
    const sharp = this.querySelector<HTMLCanvasElement>('canvas.sharp');
    const part = this.seen();
    if (sharp && source && part) {
      const { size, scale } = this.geometry();
      drawPart(sharp, source, size, part, scale * devicePixelRatio);
    }
    if (
      source &&
      (changed.has('covered') || changed.has('hiding') || this.coveredFrom !== source)
    ) {
      this.coveredFrom = source;
      this.cover(source);
    }
    if (this.size && this.faces.length > 0 && !this.bare) {
      const { scale } = this.geometry();
      void this.plates.ask(this.faces, this.size, scale);
    }
  }

  private drawn: Pixels | null = null;
  private coveredFrom: Pixels | null = null;

  /** What is seen, where it is drawn by itself. */
  private seen(): Part | null {
    const { size, stage, scale } = this.geometry();
    return partSeen(size, stage, scale, this.view.pan, devicePixelRatio);
  }

  private cover(source: Pixels): void {
    const canvas = this.querySelector<HTMLCanvasElement>('canvas.covers');
    if (canvas && this.size)
      void this.painter.paint(canvas, source, this.covered, this.size, this.hiding);
  }

  private stageSize(): Size {
    const size = this.size ?? this.natural ?? { width: 4, height: 3 };
    const tallest = Math.max(200, Math.min(innerHeight * (innerWidth < 900 ? 0.46 : 0.66), 820));
    // Wide stages keep their height, so that nothing moves when pictures come in or are turned.
    const fixed = this.width >= FIXED_FROM && !this.plain;
    const natural = fixed ? tallest : (this.width * size.height) / size.width;
    return { width: this.width, height: Math.max(160, Math.min(tallest, natural)) };
  }

  private geometry() {
    const size = this.size ?? this.natural ?? { width: 4, height: 3 };
    const stage = this.stageSize();
    return { size, stage, ...this.view.lay(stage, size) };
  }

  private zoomBy(factor: number, x = 0, y = 0): void {
    this.view.zoomBy(factor, x, y);
    this.requestUpdate();
  }

  private fromCentre(event: { clientX: number; clientY: number }) {
    const rect = this.querySelector('.stage')!.getBoundingClientRect();
    return {
      x: event.clientX - rect.left - rect.width / 2,
      y: event.clientY - rect.top - rect.height / 2,
    };
  }

  /** The point in the picture's pixels. */
  private inPicture(event: { clientX: number; clientY: number }) {
    const { size, scale } = this.geometry();
    const { x, y } = this.fromCentre(event);
    return {
      x: size.width / 2 + (x - this.view.pan.x) / scale,
      y: size.height / 2 + (y - this.view.pan.y) / scale,
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
    const at = { x: event.clientX, y: event.clientY };
    this.pointers.set(event.pointerId, at);
    this.pressed = this.pointers.size === 1 ? at : null;
  };

  private move = (event: PointerEvent): void => {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    const { pressed } = this;
    const strayed = !pressed || Math.hypot(now.x - pressed.x, now.y - pressed.y) > STRAY;
    // Not from the start: a click belongs to what is under the pointer.
    if (strayed && (this.view.zoom > 1 || this.drawing || this.pointers.size > 1))
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    if (this.pointers.size === 1) {
      if (this.drawing && pressed && this.size) {
        if (!strayed) return;
        const corners = [pressed, now].map(({ x, y }) =>
          this.inPicture({ clientX: x, clientY: y }),
        );
        this.draft = boxBetween(corners[0]!, corners[1]!, this.size);
        this.requestUpdate();
      } else if (this.view.zoom > 1) {
        this.view.move(now.x - last.x, now.y - last.y);
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
    const { pressed, draft } = this;
    this.pressed = null;
    if (!pressed || event.type !== 'pointerup') return;
    const stray = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    if (draft) {
      const { scale } = this.geometry();
      if (Math.min(draft.width, draft.height) * scale >= LEAST_BOX) this.finish(draft);
      this.draft = null;
      this.requestUpdate();
    } else if (stray <= STRAY && !this.bare && !this.plain && !this.drawing) {
      const { scale } = this.geometry();
      const { x, y } = this.inPicture(event);
      const reach = event.pointerType === 'mouse' ? 0 : REACH / scale;
      const index = faceAt(this.faces, x, y, reach);
      if (index >= 0 || this.pinned >= 0) this.pin(index);
    }
  };

  private finish(box: Box): void {
    this.dispatchEvent(new CustomEvent<Box>('draw', { detail: box }));
  }

  private key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.drawing && this.drawByKey(event)) {
      event.preventDefault();
      this.requestUpdate();
      return;
    }
    const step = 80;
    const zoomed = this.view.zoom > 1;
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

  /** Enter begins in the middle of what is seen and finishes; arrows move, with Shift they size. */
  private drawByKey({ key, shiftKey }: KeyboardEvent): boolean {
    const { size, stage, scale } = this.geometry();
    const { draft } = this;
    if (!draft) {
      if (key !== 'Enter') return false;
      const side = Math.min(stage.width, stage.height) / 4 / scale;
      const x = size.width / 2 - this.view.pan.x / scale - side / 2;
      const y = size.height / 2 - this.view.pan.y / scale - side / 2;
      this.draft = boxBetween({ x, y }, { x: x + side, y: y + side }, size);
      return true;
    }
    const step = 8 / scale;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    if (key === 'Escape') this.draft = null;
    else if (key === 'Enter') {
      this.draft = null;
      this.finish(draft);
    } else if (moves[key]) {
      const [dx, dy] = moves[key];
      const from = { x: draft.x + (shiftKey ? 0 : dx), y: draft.y + (shiftKey ? 0 : dy) };
      const width = Math.max(step, draft.width + (shiftKey ? dx : 0));
      const height = Math.max(step, draft.height + (shiftKey ? dy : 0));
      this.draft = boxBetween(from, { x: from.x + width, y: from.y + height }, size);
    } else return false;
    return true;
  }

  private shift(x: number, y: number): void {
    this.view.move(x, y);
    this.requestUpdate();
  }

  private turn(by: number): void {
    if (this.turns) this.dispatchEvent(new CustomEvent('turn', { detail: by }));
  }

  private point(index: number): void {
    this.dispatchEvent(new CustomEvent('face', { detail: index }));
  }

  private pin(index: number): void {
    this.dispatchEvent(new CustomEvent('pin', { detail: index }));
  }

  private loaded = (event: Event): void => {
    const { naturalWidth, naturalHeight } = event.target as HTMLImageElement;
    this.natural = { width: naturalWidth, height: naturalHeight };
    this.requestUpdate();
  };

  /** Faces that are pointed at or pinned; the others are dimmed together. */
  private told(): number[] {
    return [...new Set([this.pinned, this.active])].filter((index) => this.faces[index]);
  }

  private face(face: ShownFace, index: number, size: Size) {
    const states = [
      groupOf(face),
      index === this.active || index === this.pinned ? 'active' : '',
      face.score < this.faintBelow ? 'faint' : '',
    ].join(' ');
    return guard(
      [face, index, states, size.width, size.height],
      () => html`<div
        class="face ${states}"
        data-index=${index}
        @pointerenter=${() => this.point(index)}
        @pointerleave=${() => this.point(-1)}
        ${place(percentOf(face.box, size))}
      ></div>`,
    );
  }

  /** Over the dimmed faces, what this one's box and all its words look like. */
  private highlight(face: ShownFace, index: number, size: Size, scale: number) {
    const faint = face.score < this.faintBelow ? 'faint' : '';
    return html`<div class="halo ${groupOf(face)} ${faint}" ${place(percentOf(face.box, size))}></div>
      ${this.plate(face, index, size, scale, true)}`;
  }

  /** Words where the core found space for them; pointing and zooming make no others. */
  private words(face: ShownFace, index: number, size: Size, told: readonly number[]) {
    const found = told.includes(index) ? null : this.plates.placeOf(face);
    return guard([face, index, found, this.faces.length > 1, size.width, size.height, t()], () =>
      found ? this.plate(face, index, size, 1, false) : nothing,
    );
  }

  /** Of a face that is pointed at always all words. */
  private plate(face: ShownFace, index: number, size: Size, scale: number, active: boolean) {
    const found = this.plates.placeOf(face);
    const numbered = this.faces.length > 1;
    const words = platesWords(face, numbered ? index + 1 : null);
    const form = active ? 0 : found!.form;
    const at = found ?? { x: face.box.x, y: Math.max(0, face.box.y - 22 / scale) };
    // Words that were not placed grow to the left on the right half, so that they stay in the picture.
    const right = form !== found?.form && at.x > 0.6 * size.width;
    return html`<span
      class="plate ${groupOf(face)} ${active ? 'active' : ''}"
      data-plate=${index}
      data-form=${form}
      ${place({
        top: `${(100 * at.y) / size.height}%`,
        ...(right
          ? { right: `${100 - (100 * (face.box.x + face.box.width)) / size.width}%` }
          : { left: `${(100 * at.x) / size.width}%` }),
      })}
      >${form === 2 || (active && numbered) ? html`${mark(groupOf(face))}<b>${words[2]}</b>` : nothing}${
        form < 2 ? html`<span>${words[form]}</span>` : nothing
      }</span
    >`;
  }

  /** What is hidden, and a button over each place. */
  private covers(size: Size) {
    if (this.covered.length === 0) return nothing;
    const { hide } = t();
    const { width, height } = shownSize(size, COVERS_LONGEST);
    // Of a hundred, only those that are new: zooming and pointing change none.
    const buttons = this.covered.map((box, index) =>
      guard([box, size.width, size.height, hide], () => {
        const words = hide.free(index + 1);
        return html`<button
          class="cover"
          aria-label=${words}
          title=${words}
          @click=${(event: Event) => {
            event.stopPropagation();
            this.dispatchEvent(new CustomEvent<Box>('free', { detail: box }));
          }}
          ${place(percentOf(grown(box), size))}
        ></button>`;
      }),
    );
    return html`<canvas class="covers ${this.hiding}" width=${width} height=${height}></canvas>${buttons}`;
  }

  private tools() {
    const { stage } = t();
    const { zoom } = this.view;
    return html`
      <div class="stage-tools">
      ${
        this.turns
          ? html`<button class="tool" aria-label=${stage.previous} title=${stage.previous} @click=${() => this.turn(-1)}>${icons.left}</button>
            <button class="tool" aria-label=${stage.next} title=${stage.next} @click=${() => this.turn(1)}>${icons.right}</button>`
          : nothing
      }
      <button class="tool" aria-label=${stage.zoomOut} title=${stage.zoomOut} ?disabled=${zoom <= 1} @click=${() => this.zoomBy(1 / 1.5)}>${icons.minus}</button>
      <button class="tool" aria-label=${stage.zoomIn} title=${stage.zoomIn} ?disabled=${zoom >= MAX_ZOOM || this.empty()} @click=${() => this.zoomBy(1.5)}>${icons.plus}</button>
      <button class="tool" aria-label=${stage.fit} title=${stage.fit} ?disabled=${zoom <= 1} @click=${() => this.zoomBy(0)}>${icons.fit}</button>
    </div>
    `;
  }

  private content(size: Size) {
    if (this.frame || this.picture) {
      const { width, height } = shownSize(this.frame ? size : this.picture!);
      const part = this.seen();
      return html`<canvas class="picture" width=${width} height=${height}></canvas>${
        part ? html`<canvas class="sharp" ${place(percentOf(part, size))}></canvas>` : nothing
      }`;
    }
    // Of a broken one browsers show a sign of their own; words say more.
    return this.url && !this.broken
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
      : nothing;
  }

  /** There is nothing to look at, nor will there be. */
  private empty(): boolean {
    return this.broken && this.frame === null && this.picture === null;
  }

  /** Why a file is no picture is said beside the stage, in one sentence; here, what nobody else says. */
  private nothingToSee() {
    if (this.lost) return html`<p class="stage-note">${t().stage.noPreview}</p>`;
    return this.busy ? nothing : html`<div class="stage-blank">${icons.warning}</div>`;
  }

  override render() {
    const { stage: words } = t();
    const { size, stage, scale, sheet } = this.geometry();
    const { pan, zoom } = this.view;
    // Until the judged picture is here, boxes would lie over another decoder's.
    const ready = this.frame !== null || this.picture !== null;
    const faces = this.bare || !ready ? [] : this.faces;
    const told = faces.length > 0 ? this.told() : [];
    const pointing = told.length > 0 ? 'pointing' : '';
    return html`
      <div
        class="stage ${zoom > 1 ? 'zoomed' : ''} ${this.drawing ? 'drawing' : ''}"
        role="group"
        tabindex="0"
        aria-label=${words.label(this.name)}
        aria-description=${this.drawing ? words.drawHelp : words.help}
        ${place({ height: `${stage.height}px` })}
        @wheel=${{ handleEvent: this.wheel, passive: false }}
        @pointerdown=${this.down}
        @pointermove=${this.move}
        @pointerup=${this.up}
        @pointercancel=${this.up}
        @dblclick=${(event: MouseEvent) => {
          // On a face the first click has zoomed already.
          if (this.pinned >= 0 || this.drawing) return;
          const { x, y } = this.fromCentre(event);
          this.zoomBy(zoom > 1 ? 0 : 2.5, x, y);
        }}
        @keydown=${this.key}
      >
        <div
          class="sheet ${pointing}"
          ${place({
            width: `${sheet.width}px`,
            height: `${sheet.height}px`,
            left: `calc(50% + ${pan.x - sheet.width / 2}px)`,
            top: `calc(50% + ${pan.y - sheet.height / 2}px)`,
          })}
        >
          ${this.content(size)} ${ready ? this.covers(size) : nothing}
          <div class="marks">
            ${faces.map((face, index) => this.face(face, index, size))}
          </div>
          ${repeat(
            faces.map((face, index) => ({ face, index })),
            ({ index }) => index,
            ({ face, index }) => this.words(face, index, size, told),
          )}
          ${told.map((index) => this.highlight(faces[index]!, index, size, scale))}
          ${this.draft ? html`<div class="draft" ${place(percentOf(this.draft, size))}></div>` : nothing}
        </div>
        ${this.empty() ? this.nothingToSee() : nothing}
        ${this.busy ? html`<p class="stage-note"><span class="spinner"></span>${words.working}</p>` : nothing}
      </div>
      ${this.plain ? nothing : this.tools()}
    `;
  }
}

const percentOf = ({ x, y, width, height }: Box, size: Size) => ({
  left: `${(100 * x) / size.width}%`,
  top: `${(100 * y) / size.height}%`,
  width: `${(100 * width) / size.width}%`,
  height: `${(100 * height) / size.height}%`,
});

customElements.define('photo-stage', PhotoStage);
