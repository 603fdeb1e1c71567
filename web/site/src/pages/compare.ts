/** One picture through every detector and classifier that this build ships, side by side with times. */
import type { ClassifierName, DetectorName, Face, Result } from '@masklens';
import { html, nothing } from 'lit';
import '../components/drop-zone.ts';
import '../components/load-line.ts';
import '../components/photo-stage.ts';
import '../components/sample-row.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import { SiteElement } from '../element.ts';
import { engine, type Manifest, type ManifestEntry, readManifest } from '../engine.ts';
import { explain, failureOfFile } from '../failure.ts';
import type { Found } from '../files.ts';
import { icons, mark } from '../icons.ts';
import { bytes, milliseconds, t } from '../strings/index.ts';
import { faceCrops, thumbnail } from '../thumbnails.ts';
import { confidence, groupOf, surely } from '../verdict.ts';

/** Runs whose median counts. */
const RUNS = 3;
/** Classifiers with more bytes are fetched only when they are asked for. */
const LARGE = 5_000_000;

/** A classifier beside ours. The manifest alone says which there are: those that judge crops with a margin. */
interface Choice {
  name: ClassifierName;
  bytes: number;
  wanted: boolean;
  /** Mask or none: it cannot say how a mask is worn. */
  twoClass: boolean;
}

/** Side of a cut-out in pixels: twice what is shown, for dense screens. */
const CROP_SIDE = 96;

const choicesOf = ({ classifiers, defaults, networks }: Manifest): Choice[] =>
  Object.entries(classifiers)
    .filter(([name]) => name !== defaults.classifier)
    .map(([name, { network }]) => {
      const { bytes: size = 0, classes }: Partial<ManifestEntry> = networks[network] ?? {};
      const twoClass = Array.isArray(classes) && classes.length === 2;
      return { name, bytes: size, wanted: size <= LARGE, twoClass };
    })
    .sort((a, b) => a.bytes - b.bytes);

/** What a network is called; by its own name where the words have none for it. */
const nameOf = (name: string): string =>
  (t().compare.names as Record<string, string>)[name] ?? name;
const noteOf = (name: string): string => (t().compare.notes as Record<string, string>)[name] ?? '';

const ms = (value: number): string => milliseconds(Math.max(0, value), 1);

interface Contender {
  detector: DetectorName;
  classifier: ClassifierName;
  state: 'waiting' | 'working' | 'done' | 'failed';
  result: Result | null;
  /** Medians, in milliseconds. */
  times: { detect: number; classify: number; rest: number; total: number } | null;
  error: string;
}

/** The face of `faces` that overlaps `face` most, by at least a third. */
function sameFace(face: Face, faces: readonly Face[]): Face | null {
  let best: Face | null = null;
  let bestOverlap = 1 / 3;
  for (const other of faces) {
    const a = face.box;
    const b = other.box;
    const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
    const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
    if (width <= 0 || height <= 0) continue;
    const both = width * height;
    const overlap = both / (a.width * a.height + b.width * b.height - both);
    if (overlap > bestOverlap) {
      best = other;
      bestOverlap = overlap;
    }
  }
  return best;
}

class ComparePage extends SiteElement {
  private files: { file: File; url: string }[] = [];
  private file: File | null = null;
  private crops: ImageBitmap[] = [];
  private detectors: Contender[] = [];
  private classifiers: Contender[] = [];
  private choices: Choice[] = [];
  private running = false;
  private turn = 0;
  private active = { of: '', index: -1 };

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(engine, 'change');
    void engine.get().catch(() => {});
    void readManifest()
      .then((manifest) => {
        this.choices = choicesOf(manifest);
        this.requestUpdate();
      })
      .catch(() => {
        // The line about loading says why.
      });
  }

  private choose(choice: Choice, wanted: boolean): void {
    choice.wanted = wanted;
    this.requestUpdate();
    if (this.file) void this.run();
  }

  /** Which classifiers run, with what each would have the page fetch. */
  private choice() {
    const { compare } = t();
    if (this.choices.length === 0) return nothing;
    return html`<fieldset class="choice">
      <legend>${compare.choice}</legend>
      ${this.choices.map(
        (choice) =>
          html`<label class="check"
            ><input
              type="checkbox"
              name=${choice.name}
              .checked=${choice.wanted}
              @change=${(event: Event) => this.choose(choice, (event.target as HTMLInputElement).checked)}
            />${nameOf(choice.name)} (${bytes(choice.bytes)})</label
          >`,
      )}
    </fieldset>`;
  }

  private take(found: Found[]): void {
    for (const { url } of this.files) if (url) URL.revokeObjectURL(url);
    this.files = found.map(({ file }) => ({ file, url: '' }));
    const first = this.files[0];
    if (first) this.choosePicture(first.file);
  }

  private choosePicture(file: File): void {
    this.file = file;
    this.active = { of: '', index: -1 };
    void this.run();
  }

  /** Small pictures for the strip, once nothing else is to be done. */
  private async drawStrip(): Promise<void> {
    for (const one of this.files) {
      if (one.url || this.files.length < 2) continue;
      try {
        one.url = URL.createObjectURL(await thumbnail(one.file));
      } catch {
        // It has its name.
      }
      this.requestUpdate();
    }
  }

  /** All pictures that were given: each can be compared. */
  private strip() {
    if (this.files.length < 2) return nothing;
    return html`<ul class="strip" aria-label=${t().compare.pictures}>
      ${this.files.map(
        ({ file, url }) =>
          html`<li>
            <button
              class="strip-picture"
              aria-current=${file === this.file ? 'true' : nothing}
              aria-label=${file.name}
              title=${file.name}
              @click=${() => this.choosePicture(file)}
            >
              ${url ? html`<img src=${url} alt="" />` : html`<bdi class="card-name">${file.name}</bdi>`}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  private async cutFaces(file: File): Promise<void> {
    const result = this.detectors[0]?.result;
    for (const bitmap of this.crops) bitmap.close();
    this.crops = [];
    if (!result) return;
    try {
      const boxes = result.faces.map(({ box }) => box);
      const crops = await faceCrops(file, result.width, boxes, CROP_SIDE);
      if (file === this.file) this.crops = crops;
    } catch {
      // The rows have their numbers.
    }
    this.requestUpdate();
  }

  protected override updated(): void {
    for (const canvas of this.querySelectorAll<HTMLCanvasElement>('canvas[data-crop]')) {
      const bitmap = this.crops[Number(canvas.dataset.crop)];
      const context = canvas.getContext('2d');
      context?.clearRect(0, 0, CROP_SIDE, CROP_SIDE);
      if (bitmap) context?.drawImage(bitmap, 0, 0);
    }
  }

  private async run(): Promise<void> {
    const { file } = this;
    if (!file) return;
    const turn = ++this.turn;
    const contender = (detector: DetectorName, classifier: ClassifierName): Contender => ({
      detector,
      classifier,
      state: 'waiting',
      result: null,
      times: null,
      error: '',
    });
    this.running = true;
    this.detectors = [];
    this.classifiers = [];
    this.requestUpdate();
    try {
      const manifest = await readManifest();
      const { detector: usual, classifier: ours } = manifest.defaults;
      const others = Object.keys(manifest.detectors).filter((name) => name !== usual);
      this.detectors = [usual, ...others].map((name) => contender(name, ours));
      // The classifiers judge the same boxes: those of the detector that is used everywhere.
      if (this.choices.length === 0) this.choices = choicesOf(manifest);
      this.classifiers = this.choices
        .filter(({ wanted }) => wanted)
        .map(({ name }) => contender(usual, name));
      this.requestUpdate();
      for (const one of [...this.detectors, ...this.classifiers]) {
        await this.time(one, file);
        if (turn !== this.turn) return;
        if (one === this.detectors[0]) void this.cutFaces(file);
      }
    } catch {
      // The line about loading says why.
    }
    if (turn !== this.turn) return;
    this.running = false;
    this.requestUpdate();
    void this.drawStrip();
  }

  /** One run to load and warm up, then the timed ones. */
  private async time(one: Contender, file: File): Promise<void> {
    one.state = 'working';
    this.requestUpdate();
    try {
      const detector = await engine.get();
      const options = {
        detector: one.detector,
        classifier: one.classifier,
        // A classifier that was chosen judges every face.
        ...(this.classifiers.includes(one) && { refine: 'always' as const }),
      };
      one.result = await detector.detect(file, options);
      const timings = [];
      for (let run = 0; run < RUNS; run++)
        timings.push((await detector.detect(file, options)).timing);
      // The run in the middle as a whole: medians of parts would not add up.
      const { detect, classify, total } = timings.sort((a, b) => a.total - b.total)[
        Math.floor(RUNS / 2)
      ]!;
      one.times = { detect, classify, rest: total - detect - classify, total };
      one.state = 'done';
    } catch (error) {
      one.state = 'failed';
      one.error = explain(await failureOfFile(error, file), file.name);
    }
    this.requestUpdate();
  }

  private state(one: Contender, name: string) {
    const { compare } = t();
    if (one.state === 'failed')
      return html`<p class="notice bad" role="alert">${compare.failed(one.error)}</p>`;
    if (one.state === 'done') return nothing;
    return html`<p class="quiet">
      ${one.state === 'working' ? html`<span class="spinner"></span> ${compare.working(name)}` : compare.waiting}
    </p>`;
  }

  private detectorFigure(one: Contender) {
    const { compare } = t();
    const name = nameOf(one.detector);
    const faces = one.result?.faces ?? [];
    return html`<figure class="panel" data-detector=${one.detector}>
      <figcaption>
        <h2>${name}</h2>
        <p class="quiet small">${noteOf(one.detector)}</p>
      </figcaption>
      <photo-stage
        plain
        .file=${this.file}
        .name=${`${this.file?.name ?? ''}, ${name}`}
        .size=${one.result}
        .faces=${faces}
        .active=${this.active.of === one.detector ? this.active.index : -1}
        .frame=${null}
        @face=${(event: CustomEvent<number>) => {
          this.active = { of: one.detector, index: event.detail };
          this.requestUpdate();
        }}
      ></photo-stage>
      ${this.state(one, name)}
      ${
        one.times
          ? html`<dl class="live-figures">
              <div><dt>${t().summary.people(faces.length)}</dt><dd data-faces>${faces.length}</dd></div>
              <div><dt>${compare.total}</dt><dd data-total=${one.times.total}>${milliseconds(one.times.total, 1)}</dd></div>
            </dl>
            <p class="quiet small" data-sum=${one.times.total}>
              ${compare.sum(ms(one.times.rest), ms(one.times.detect), ms(one.times.classify), ms(one.times.total))}
              ${one.times.classify < 0.05 ? compare.oneLook : ''}
            </p>`
          : nothing
      }
    </figure>`;
  }

  /** What knows two classes says so in two words: nothing of how a mask is worn. */
  private verdict(face: Face | null, twoClass: boolean) {
    if (!face) return html`<td>–</td>`;
    const { short, compare } = t();
    const words = !twoClass
      ? short[face.label]
      : face.label === 'unmasked'
        ? compare.noMask
        : compare.mask;
    const group = groupOf(face);
    return html`<td>
      <span class="face-verdict">${mark(group)}${group === 'look' ? '? ' : ''}${words} ${surely(confidence(face))}</span>
    </td>`;
  }

  private classifierTable() {
    const { compare, faces: words } = t();
    const base = this.detectors[0];
    if (!base?.result || this.classifiers.length === 0) return nothing;
    const columns = [base, ...this.classifiers];
    const faces = base.result.faces;
    return html`<section class="panel" aria-labelledby="classifiers-heading">
      <h2 id="classifiers-heading">${compare.classifier}</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="classifiers-heading">
        <table>
          <thead>
            <tr>
              <td></td>
              ${columns.map(
                ({ classifier }) =>
                  html`<th scope="col">
                    ${nameOf(classifier)}<br /><span class="quiet small">${noteOf(classifier)}</span>
                  </th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${faces.map(
              (face, index) =>
                html`<tr>
                  <th scope="row">
                    <span class="crop-row"
                      ><canvas data-crop=${index} width=${CROP_SIDE} height=${CROP_SIDE} role="img" aria-label=${words.crop(index + 1)}></canvas
                      >${words.face(index + 1)}</span
                    >
                  </th>
                  ${columns.map((column) =>
                    this.verdict(
                      column === base ? face : sameFace(face, column.result?.faces ?? []),
                      this.choices.some(
                        ({ name, twoClass }) =>
                          twoClass && name === column.classifier && column !== base,
                      ),
                    ),
                  )}
                </tr>`,
            )}
            <tr>
              <th scope="row">${compare.classify}</th>
              ${columns.map(
                (one) =>
                  html`<td data-classify=${one.classifier}>
                    ${one.times ? milliseconds(one.times.classify, 1) : this.state(one, nameOf(one.classifier))}
                  </td>`,
              )}
            </tr>
          </tbody>
        </table>
      </div>
    </section>`;
  }

  override render() {
    const { compare } = t();
    const take = (event: CustomEvent<Found[]>) => this.take(event.detail);
    return html`
      <div class="page-head">
        <h1>${compare.heading}</h1>
        <p class="lead">${compare.lead}</p>
      </div>
      ${
        this.file
          ? html`<div class="stack">
            ${this.strip()}
            <div class="row">
              <drop-zone compact .words=${compare.choose} @files=${take}></drop-zone>
              <button class="button" ?disabled=${this.running} @click=${() => void this.run()}>
                ${icons.retry}${compare.run}
              </button>
              <span class="quiet small">${compare.median}</span>
            </div>
            ${this.choice()}
            ${engine.phase === 'ready' ? nothing : html`<load-line></load-line>`}
            <div class="pair">${this.detectors.map((one) => this.detectorFigure(one))}</div>
            ${this.detectors.length === 1 ? html`<p class="quiet">${compare.oneOnly}</p>` : nothing}
            ${this.classifierTable()}
          </div>`
          : html`<drop-zone @files=${take}></drop-zone>
            <load-line></load-line>
            ${this.choice()}
            <sample-row @files=${take}></sample-row>`
      }
    `;
  }
}

customElements.define('compare-page', ComparePage);
