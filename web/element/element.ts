/**
 * `<mask-lens>`: one picture with its faces labelled, for other people's pages. Importing this
 * file defines the element; where there is no page, as on a server, it does nothing.
 *
 * The picture is drawn on a canvas and styles are set by script, so that the strictest policy will
 * do: `script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'`.
 */
import {
  type AnnotateOptions,
  type ClassifierName,
  type CreateOptions,
  type DetectorName,
  type Face,
  type Label,
  type LoadProgress,
  MasklensError,
  MOST_SURE,
  type Quality,
  type Result,
} from 'masklens';
import { withDetector } from './element-detector.js';
import { elementSheet } from './element-style.js';
import { type ElementErrorCode, type ElementTexts, textsOf } from './element-texts.js';

export type { ElementErrorCode, ElementTexts };

/** Detail of the event `masklens-error`. */
export interface MaskLensFailure {
  code: ElementErrorCode;
  /** As the package says it, in English, for logs; the element shows its own words. */
  message: string;
}

/** The events of the element; they bubble, also out of shadow trees. */
export interface MaskLensEvents {
  /** The picture has been judged. */
  'masklens-result': CustomEvent<Result>;
  /** It could not be, or the networks are not there. */
  'masklens-error': CustomEvent<MaskLensFailure>;
  /** Networks are being fetched. */
  'masklens-progress': CustomEvent<LoadProgress>;
}

declare global {
  interface HTMLElementTagNameMap {
    'mask-lens': MaskLens;
  }
  interface HTMLElementEventMap extends MaskLensEvents {}
}

/** Longer side of the picture as it is shown, in pixels: enough for a wide screen, little enough for a phone. */
const SHOWN_SIDE = 2048;
/** Width of a box's line, CSS pixels. */
const LINE = 2;

// On servers there are no elements; the class then only has to be there.
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** Colour is never alone: tick, exclamation mark, cross. */
const SIGNS: Readonly<Record<Label, string>> = { correct: '✓', incorrect: '!', unmasked: '✕' };

/** Attributes that decide what is found; another value asks again. */
const ASKING = ['src', 'detector', 'classifier', 'quality', 'assets', 'threads', 'min-score'];

/** Made once for every element: the parts that stay, filled in as things happen. */
interface Parts {
  frame: HTMLElement;
  empty: HTMLElement;
  choose: HTMLButtonElement;
  input: HTMLInputElement;
  drop: HTMLElement;
  stage: HTMLElement;
  canvas: HTMLCanvasElement;
  boxes: HTMLElement;
  progress: HTMLProgressElement;
  status: HTMLElement;
  error: HTMLElement;
  retry: HTMLButtonElement;
  faces: HTMLElement;
  another: HTMLButtonElement;
}

/**
 * Attributes, each with a property of the same name: `src` (fetched from the page's own origin or
 * one that allows it), `alt`, `detector`, `classifier`, `quality`, `assets`, `threads`, `min-score`
 * (`minScore`), `choose` (people may choose or drop a picture of their own) and `lang` (`en`, `de`;
 * otherwise that of the nearest parent that has one). Meaning and defaults of the options are those
 * of `createDetector` and `detect`. Of an animation the first frame is judged.
 *
 * Parts to style: `frame`, `picture`, `box`, `plate`, `summary`, `error`, `faces`, `face`, `button`,
 * `progress`, `empty`; the property `--mask-lens-width` sets how wide the picture is.
 */
export class MaskLens extends Base {
  static readonly observedAttributes: readonly string[] = [...ASKING, 'alt', 'choose', 'lang'];

  #parts: Parts | null = null;
  #file: Blob | null = null;
  #texts: Partial<ElementTexts> = {};
  #shown: Blob | null = null;
  #result: Result | null = null;
  #failure: MaskLensFailure | null = null;
  #active = -1;
  #pressed = -1;
  #aborter: AbortController | null = null;
  #planned = false;
  #settled = false;

  /** A picture file; comes before `src`. Null shows `src` again. */
  get file(): Blob | null {
    return this.#file;
  }
  set file(file: Blob | null) {
    this.#file = file;
    this.#ask();
  }

  /** What was found; null until it is. */
  get result(): Result | null {
    return this.#result;
  }

  /** Words of the page's own, in any language; what is missing is the element's. */
  get texts(): Partial<ElementTexts> {
    return this.#texts;
  }
  set texts(texts: Partial<ElementTexts>) {
    this.#texts = texts;
    this.#render();
  }

  get src(): string | null {
    return this.getAttribute('src');
  }
  set src(value: string | null) {
    this.#set('src', value);
  }
  get alt(): string | null {
    return this.getAttribute('alt');
  }
  set alt(value: string | null) {
    this.#set('alt', value);
  }
  get detector(): DetectorName | null {
    return this.getAttribute('detector') as DetectorName | null;
  }
  set detector(value: DetectorName | null) {
    this.#set('detector', value);
  }
  get classifier(): ClassifierName | null {
    return this.getAttribute('classifier') as ClassifierName | null;
  }
  set classifier(value: ClassifierName | null) {
    this.#set('classifier', value);
  }
  get quality(): Quality | null {
    return this.getAttribute('quality') as Quality | null;
  }
  set quality(value: Quality | null) {
    this.#set('quality', value);
  }
  get assets(): string | null {
    return this.getAttribute('assets');
  }
  set assets(value: string | null) {
    this.#set('assets', value);
  }
  get threads(): 'auto' | number | null {
    const value = this.getAttribute('threads');
    return value === null || value === 'auto' ? value : Number(value);
  }
  set threads(value: 'auto' | number | null) {
    this.#set('threads', value);
  }
  get minScore(): number | null {
    const value = this.getAttribute('min-score');
    return value === null ? null : Number(value);
  }
  set minScore(value: number | null) {
    this.#set('min-score', value);
  }
  get choose(): boolean {
    return this.hasAttribute('choose');
  }
  set choose(value: boolean) {
    this.toggleAttribute('choose', value);
  }

  #set(name: string, value: string | number | null): void {
    if (value === null) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  connectedCallback(): void {
    // Set before the element was defined, they lie on the element and hide the accessors.
    for (const name of ['file', 'texts'] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Partial<Record<typeof name, unknown>>)[name];
      Object.assign(this, { [name]: value });
    }
    this.#parts ??= this.#build();
    if (!this.#settled) this.#ask();
    this.#render();
  }

  disconnectedCallback(): void {
    this.#aborter?.abort();
    this.#aborter = null;
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    if (ASKING.includes(name)) this.#ask();
    else this.#render();
  }

  /**
   * The picture with boxes and labels, encoded, at full size; metadata is not carried over.
   * @throws MasklensError as `Detector.annotate` does; DOMException `InvalidStateError` while there is no result
   */
  async annotate(options: AnnotateOptions = {}): Promise<Blob> {
    const picture = this.#shown;
    const result = this.#result;
    if (!picture || !result)
      throw new DOMException('No picture is judged yet', 'InvalidStateError');
    const { short } = this.#words();
    return withDetector(
      this.#creation(),
      () => {},
      (detector) => detector.annotate(picture, result, { texts: short, ...options }),
    );
  }

  #words(): ElementTexts {
    let node: Element | null = this;
    while (node && !node.getAttribute('lang')) {
      const parent: Node = node.parentElement ?? node.getRootNode();
      node = parent instanceof Element ? parent : parent instanceof ShadowRoot ? parent.host : null;
    }
    return { ...textsOf(node?.getAttribute('lang') ?? ''), ...this.#texts };
  }

  /** What is asked of the detector, without what was not said. */
  #choices(): Pick<CreateOptions, 'detector' | 'classifier' | 'quality'> {
    const { detector, classifier, quality } = this;
    return {
      ...(detector && { detector }),
      ...(classifier && { classifier }),
      ...(quality && { quality }),
    };
  }

  #creation(): CreateOptions {
    const { assets, threads } = this;
    return {
      ...this.#choices(),
      ...(assets !== null && { assets: new URL(assets, this.baseURI) }),
      ...(threads !== null && { threads }),
    };
  }

  /** Several changes in one turn ask once. */
  #ask(): void {
    this.#settled = false;
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.isConnected) void this.#judge();
    });
  }

  async #judge(): Promise<void> {
    this.#aborter?.abort();
    this.#result = null;
    this.#failure = null;
    this.#active = -1;
    this.#pressed = -1;
    if (!this.#file && !this.src) {
      this.#shown = null;
      this.#settled = true;
      this.#render();
      return;
    }
    const aborter = new AbortController();
    const { signal } = aborter;
    this.#aborter = aborter;
    this.#render();
    try {
      const picture = this.#file ?? (await fetched(new URL(this.src!, this.baseURI), signal));
      // A picture that this browser cannot show may still be judged, and the other way round.
      const painted = this.#paint(picture, signal).catch(() => false);
      const { minScore } = this;
      const result = await withDetector(
        this.#creation(),
        (progress) => {
          if (signal.aborted) return;
          this.#load(progress);
          this.#tell('masklens-progress', progress);
        },
        (detector) =>
          detector.detect(picture, {
            ...this.#choices(),
            ...(minScore !== null && { minScore }),
            signal,
          }),
      );
      await painted;
      // Boxes belong on the pixels that were judged: the browser's own may be turned or cut otherwise.
      const judged = await withDetector(
        this.#creation(),
        () => {},
        (detector) => detector.pixels(picture, { maxSide: SHOWN_SIDE, signal }),
      ).catch(() => null);
      if (judged instanceof ImageBitmap) this.#draw(judged, signal);
      if (signal.aborted) return;
      this.#result = result;
      this.#finish(aborter);
      this.#tell('masklens-result', result);
    } catch (error) {
      if (signal.aborted) return;
      this.#failure = failureOf(error);
      this.#finish(aborter);
      this.#tell('masklens-error', this.#failure);
    }
  }

  #finish(aborter: AbortController): void {
    if (this.#aborter === aborter) this.#aborter = null;
    this.#settled = true;
    this.#render();
  }

  #tell<Name extends keyof MaskLensEvents>(
    name: Name,
    detail: MaskLensEvents[Name]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  async #paint(picture: Blob, signal: AbortSignal): Promise<boolean> {
    this.#shown = picture;
    return this.#draw(await createImageBitmap(picture), signal);
  }

  /** Closes the bitmap. */
  #draw(bitmap: ImageBitmap, signal: AbortSignal): boolean {
    try {
      const { canvas } = this.#parts!;
      if (signal.aborted) return false;
      const scale = Math.min(1, SHOWN_SIDE / Math.max(bitmap.width, bitmap.height));
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      const context = canvas.getContext('2d')!;
      context.imageSmoothingQuality = 'high';
      context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      this.#parts!.stage.hidden = false;
      return true;
    } finally {
      bitmap.close();
    }
  }

  #build(): Parts {
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [elementSheet()];
    const make = <Tag extends keyof HTMLElementTagNameMap>(
      tag: Tag,
      parent: Node,
      part = '',
      kind = part,
    ): HTMLElementTagNameMap[Tag] => {
      const element = this.ownerDocument.createElement(tag);
      if (part) element.setAttribute('part', part);
      if (kind) element.className = kind;
      parent.appendChild(element);
      return element;
    };
    const frame = make('div', root, 'frame');
    const stage = make('div', frame, '', 'stage');
    const canvas = make('canvas', stage, 'picture');
    canvas.setAttribute('role', 'img');
    const boxes = make('div', stage, '', 'boxes');
    // The list below says the same in words.
    boxes.setAttribute('aria-hidden', 'true');
    const empty = make('div', frame, 'empty');
    const choose = make('button', empty, 'button');
    const drop = make('p', empty);
    const input = make('input', frame);
    input.type = 'file';
    input.accept = 'image/*';
    input.hidden = true;
    const progress = make('progress', frame, 'progress');
    const status = make('p', frame, 'summary');
    status.setAttribute('role', 'status');
    const error = make('p', frame, 'error');
    error.setAttribute('role', 'alert');
    const retry = make('button', frame, 'button');
    const faces = make('ul', frame, 'faces');
    const another = make('button', frame, 'button');
    for (const button of [choose, retry, another]) button.type = 'button';

    choose.addEventListener('click', () => input.click());
    another.addEventListener('click', () => input.click());
    retry.addEventListener('click', () => this.#ask());
    input.addEventListener('change', () => {
      const chosen = input.files?.[0];
      // Emptied so that the same file can be chosen again.
      if (chosen) this.file = chosen;
      input.value = '';
    });
    const carries = (event: DragEvent) =>
      this.choose && (event.dataTransfer?.types.includes('Files') ?? false);
    frame.addEventListener('dragover', (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      frame.classList.add('over');
    });
    frame.addEventListener('dragleave', () => frame.classList.remove('over'));
    frame.addEventListener('drop', (event) => {
      frame.classList.remove('over');
      const dropped = event.dataTransfer?.files[0];
      if (!carries(event) || !dropped) return;
      event.preventDefault();
      this.file = dropped;
    });
    stage.hidden = true;
    return {
      ...{ frame, empty, choose, input, drop, stage, canvas, boxes, progress, status, error },
      ...{ retry, faces, another },
    };
  }

  #load({ loaded, total }: LoadProgress): void {
    const { progress, status } = this.#parts!;
    progress.hidden = loaded >= total;
    progress.max = total || 1;
    progress.value = loaded;
    const words = this.#words();
    const line = loaded >= total ? words.working : words.loading;
    // Said once, not at every piece that arrives.
    if (status.textContent !== line) status.textContent = line;
  }

  #render(): void {
    const parts = this.#parts;
    if (!parts) return;
    const words = this.#words();
    const result = this.#result;
    const failure = this.#failure;
    const idle = !this.#file && !this.src;
    const busy = this.#aborter !== null;
    const counts = { correct: 0, incorrect: 0, unmasked: 0 };
    for (const { label } of result?.faces ?? []) counts[label]++;

    parts.empty.hidden = !idle || !this.choose;
    parts.choose.textContent = words.choose;
    parts.drop.textContent = words.drop;
    parts.another.textContent = words.choose;
    parts.another.hidden = idle || !this.choose;
    if (idle) parts.stage.hidden = true;
    parts.progress.setAttribute('aria-label', words.loading);
    if (!busy) parts.progress.hidden = true;
    const summary = result ? words.summary(counts) : busy ? words.working : '';
    parts.status.textContent = summary;
    parts.status.hidden = summary === '';
    parts.frame.setAttribute('aria-busy', String(busy));
    parts.canvas.setAttribute(
      'aria-label',
      [this.alt || words.picture, result && summary].filter(Boolean).join('. '),
    );
    parts.error.textContent = failure ? words.error(failure.code, failure.message) : '';
    parts.error.hidden = !failure;
    parts.retry.textContent = words.retry;
    parts.retry.hidden = !failure;
    parts.faces.setAttribute('aria-label', words.faces);
    this.#renderFaces(parts, words, result);
  }

  #renderFaces(parts: Parts, words: ElementTexts, result: Result | null): void {
    const faces = result?.faces ?? [];
    parts.faces.hidden = faces.length === 0;
    parts.faces.replaceChildren(...faces.map((face, index) => this.#row(face, index, words)));
    parts.boxes.replaceChildren(
      ...(result ? faces.map((face, index) => this.#box(face, index, result, words)) : []),
    );
    this.#mark();
    if (result && faces.length > 0) void this.#placePlates(result);
  }

  /** Words where the core finds space for them, numbers where not: as in annotated pictures. */
  async #placePlates(result: Result): Promise<void> {
    const { canvas, boxes } = this.#parts!;
    const scale = canvas.getBoundingClientRect().width / result.width;
    if (!(scale > 0)) return;
    const plates = [...boxes.querySelectorAll<HTMLElement>('.plate')];
    const forms = plates.map((plate) => {
      const sizes = [0, 1, 2].map((form) => {
        plate.dataset.form = String(form);
        const { width, height } = plate.getBoundingClientRect();
        return { width: width / scale, height: height / scale };
      });
      plate.dataset.form = '0';
      return sizes;
    });
    const places = await withDetector(
      this.#creation(),
      () => {},
      (detector) =>
        detector.layoutLabels(
          result.faces.map(({ box }, index) => ({ box, sizes: forms[index]! })),
          { width: result.width, height: result.height },
        ),
    ).catch(() => null);
    if (!places || this.#result !== result) return;
    places.forEach((place, index) => {
      const plate = plates[index]!;
      const { box } = result.faces[index]!;
      plate.classList.toggle('nowhere', place === null);
      if (!place) return;
      plate.dataset.form = String(place.form);
      plate.classList.add('placed');
      // From the inner edge of the box's line.
      plate.style.left = `${(place.x - box.x) * scale - LINE}px`;
      plate.style.top = `${(place.y - box.y) * scale - LINE}px`;
    });
  }

  #percent(face: Face): string {
    return `${Math.round(100 * Math.min(MOST_SURE, face.probabilities[face.label]))} %`;
  }

  #box(face: Face, index: number, result: Result, words: ElementTexts): HTMLElement {
    const { width, height, faces } = result;
    const { box } = face;
    const element = this.ownerDocument.createElement('div');
    element.className = `box ${face.label}`;
    element.setAttribute('part', `box ${face.label}`);
    element.classList.toggle('uncertain', face.uncertain);
    element.style.left = `${(100 * box.x) / width}%`;
    element.style.top = `${(100 * box.y) / height}%`;
    element.style.width = `${(100 * box.width) / width}%`;
    element.style.height = `${(100 * box.height) / height}%`;
    const plate = this.ownerDocument.createElement('span');
    plate.className = 'plate';
    plate.setAttribute('part', 'plate');
    plate.dataset.form = '2';
    const part = (name: string, text: string) => {
      const span = this.ownerDocument.createElement('span');
      span.className = name;
      span.textContent = text;
      plate.append(span);
    };
    part('sign', face.uncertain ? '?' : SIGNS[face.label]);
    part('number', faces.length > 1 ? String(index + 1) : '');
    part('words', words.short[face.label]);
    part('percent', this.#percent(face));
    element.append(plate);
    return element;
  }

  #row(face: Face, index: number, words: ElementTexts): HTMLElement {
    const row = this.ownerDocument.createElement('li');
    const button = this.ownerDocument.createElement('button');
    button.type = 'button';
    button.setAttribute('part', 'face');
    const dot = this.ownerDocument.createElement('span');
    dot.className = `dot ${face.label}`;
    const says = [words.label[face.label], words.sure(this.#percent(face))];
    if (face.uncertain) says.push(words.uncertain);
    button.append(dot, `${words.face(index + 1)}: ${says.join(', ')}`);
    const point = (at: number) => () => {
      this.#active = at;
      this.#mark();
    };
    for (const name of ['pointerenter', 'focus']) button.addEventListener(name, point(index));
    for (const name of ['pointerleave', 'blur']) button.addEventListener(name, point(-1));
    button.addEventListener('click', () => {
      this.#pressed = this.#pressed === index ? -1 : index;
      this.#mark();
    });
    row.append(button);
    return row;
  }

  /** Shows which face is pointed at, or was pressed. */
  #mark(): void {
    const { boxes, faces } = this.#parts!;
    const shown = this.#active >= 0 ? this.#active : this.#pressed;
    boxes.classList.toggle('pointing', shown >= 0);
    [...boxes.children].forEach((box, index) => {
      box.classList.toggle('active', index === shown);
    });
    [...faces.children].forEach((row, index) => {
      row.firstElementChild?.setAttribute('aria-pressed', String(index === this.#pressed));
    });
  }
}

class Unreachable extends Error {}

/** A server that sends nothing for so many milliseconds will not go on. */
const STALLED = 30_000;

async function fetched(url: URL, signal: AbortSignal): Promise<Blob> {
  const own = new AbortController();
  const giveUp = () => own.abort(signal.reason);
  const stall = () => own.abort(new Error(`nothing came for ${STALLED / 1000} seconds`));
  let timer = setTimeout(stall, STALLED);
  signal.addEventListener('abort', giveUp);
  try {
    const answer = await fetch(url, { signal: own.signal });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    const reader = answer.body?.getReader();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      parts.push(part.value);
      clearTimeout(timer);
      timer = setTimeout(stall, STALLED);
    }
    return new Blob(parts, { type: answer.headers.get('content-type') ?? '' });
  } catch (error) {
    throw new Unreachable(`${url}: ${error instanceof Error ? error.message : error}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

function failureOf(error: unknown): MaskLensFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof MasklensError) return { code: error.code, message };
  return { code: error instanceof Unreachable ? 'unreachable' : 'other', message };
}

/**
 * Defines the element, under another name where `mask-lens` is taken; importing has defined
 * `mask-lens` already. A name that is defined stays as it is.
 */
export function defineMaskLens(name = 'mask-lens'): void {
  const registry = globalThis.customElements;
  if (!registry || registry.get(name)) return;
  registry.define(name, name === 'mask-lens' ? MaskLens : class extends MaskLens {});
}

defineMaskLens();
