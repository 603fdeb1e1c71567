/** The page people meet first: pictures in, labelled faces out. */
import type { Box, Label, Result } from '@masklens';
import { html, nothing } from 'lit';
import { Batch, canRetry, facesThatCount, type Picture } from '../batch.ts';
import '../components/animation-player.ts';
import '../components/drop-zone.ts';
import '../components/face-list.ts';
import '../components/load-line.ts';
import '../components/photo-stage.ts';
import { arranged, type Order } from '../components/picture-gallery.ts';
import '../components/sample-row.ts';
import '../components/save-menu.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import '../components/stage-modes.ts';
import { LABEL_KEYS, type Mode, NO_MODE } from '../components/stage-modes.ts';
import { scoreAt } from '../components/summary-bar.ts';
import type { ShownFace } from '../corrections.ts';
import { SiteElement } from '../element.ts';
import { engine, LOWEST_SCORE } from '../engine.ts';
import { explain } from '../failure.ts';
import type { Found } from '../files.ts';
import { takeHanded } from '../handed.ts';
import { icons } from '../icons.ts';
import { Session } from '../session.ts';
import { milliseconds, t } from '../strings/index.ts';
import { startThumbnails } from '../thumbnails.ts';
import { type Counts, countFaces, facesFrom, type Group, groupOf, noCounts } from '../verdict.ts';

/** Least time between two renders that follow the queue. */
const RENDER_EVERY_MS = 40;
const NO_FACES: readonly ShownFace[] = [];
const NO_BOXES: readonly Box[] = [];

class PicturesPage extends SiteElement {
  private batch = new Batch();
  private session = new Session(this.batch);
  private current: Picture | null = null;
  /** Of the slider. */
  private step = 0;
  private active = -1;
  private pointed = 0;
  private pinned = -1;
  private filter: Group | null = null;
  private order: Order = 'added';
  private mode: Mode = NO_MODE;
  private version = 0;
  private counts: Counts = noCounts();
  private countedAt = '';
  private frame = 0;
  private frameImage: VideoFrame | null = null;
  /** What the stage shows, to cut faces out of. */
  private shownPixels: ImageBitmap | VideoFrame | null = null;
  /** Kept while nothing that they depend on changes, so that plates and cut-outs are kept, too. */
  private visible: { key: unknown[]; faces: readonly ShownFace[]; covered: readonly Box[] } = {
    key: [],
    faces: NO_FACES,
    covered: NO_BOXES,
  };
  private pending = false;
  private tookIn = Number.NEGATIVE_INFINITY;

  override connectedCallback(): void {
    super.connectedCallback();
    this.batch.addEventListener('list', () => this.soon());
    this.batch.addEventListener('progress', () => this.soon());
    this.batch.addEventListener('picture', (event) => {
      const picture = (event as CustomEvent<Picture>).detail;
      this.querySelector<SiteElement>(`picture-card[data-id="${picture.id}"]`)?.requestUpdate();
      this.soon();
    });
    this.follow(this.session, 'change');
    this.follow(engine, 'change', () => {
      // Not before: until then the machine has enough to do.
      if (engine.phase === 'ready') startThumbnails();
    });
    const connection = (navigator as { connection?: { saveData?: boolean } }).connection;
    if (connection?.saveData) {
      // Then the networks wait for a sign that they are wanted.
      this.addEventListener('pointerover', () => void engine.get().catch(() => {}), { once: true });
    } else void engine.get().catch(() => {});
    // What was kept is counted by the same threshold as before.
    void engine
      .learn()
      .catch(() => {})
      .then(() => this.session.begin());
    takeHanded((found) => this.take(found));
  }

  /** A thousand events become a few renders; what comes after a pause is shown without delay. */
  private soon(): void {
    if (this.pending) return;
    this.pending = true;
    setTimeout(
      () => {
        this.pending = false;
        this.tookIn = performance.now();
        this.version++;
        if (this.current && !this.batch.pictures.includes(this.current)) this.current = null;
        if (!this.current && this.batch.pictures[0]) this.open(this.batch.pictures[0]);
        this.requestUpdate();
      },
      Math.max(0, this.tookIn + RENDER_EVERY_MS - performance.now()),
    );
  }

  private threshold(): number {
    return scoreAt(this.step, engine.defaultScore);
  }

  private recount(): void {
    const threshold = this.threshold();
    const at = `${this.version} ${threshold}`;
    if (at === this.countedAt) return;
    this.countedAt = at;
    this.counts = noCounts();
    for (const picture of this.batch.pictures)
      countFaces(facesThatCount(picture, threshold), threshold, this.counts);
    // A filter that nothing passes any more would leave an empty page.
    if (this.filter && this.counts[this.filter] === 0 && !this.batch.running) this.filter = null;
  }

  private shownResult(): Result | null {
    const { current } = this;
    return current?.animation?.frames[this.frame]?.result ?? current?.result ?? null;
  }

  /** Faces of the picture on the stage, and what hiding hides there. */
  private look() {
    const result = this.shownResult();
    const { current } = this;
    const minScore = this.threshold();
    const key = [result, minScore, current?.corrections.revision, this.mode.hiding];
    if (key.some((value, index) => value !== this.visible.key[index])) {
      const still = current && !current.animation;
      const faces = !result
        ? NO_FACES
        : still
          ? current.corrections.facesOf(result, minScore)
          : facesFrom(result.faces, minScore);
      const covered =
        !result || !this.mode.hiding
          ? NO_BOXES
          : still
            ? current.corrections.hiddenOf(result)
            : result.faces.map(({ box }) => box);
      this.visible = { key, faces, covered };
    }
    return this.visible;
  }

  /** Faces of the picture on the stage that the slider would show besides. */
  private fainter(): number {
    const all = facesFrom(this.shownResult()?.faces ?? [], LOWEST_SCORE);
    return Math.max(0, all.length - this.look().faces.length);
  }

  private take(found: Found[]): void {
    void this.batch.add(found);
  }

  private open(picture: Picture): void {
    this.current = picture;
    this.active = -1;
    this.pinned = -1;
    this.frame = 0;
    this.frameImage = null;
    this.shownPixels = null;
    this.requestUpdate();
  }

  private arranged(): Picture[] {
    const { filter, order } = this;
    return arranged(this.batch.pictures, { filter, order, minScore: this.threshold() });
  }

  private turn(by: number): void {
    const pictures = this.arranged();
    if (!this.current || pictures.length === 0) return;
    const at = pictures.indexOf(this.current);
    this.open(pictures[(at + by + pictures.length) % pictures.length]!);
  }

  /** From one face to the next is several events, and a click some more: shown once a frame. */
  private point(index: number): void {
    this.active = index;
    cancelAnimationFrame(this.pointed);
    this.pointed = requestAnimationFrame(() => this.requestUpdate());
  }

  private pin(index: number): void {
    this.pinned = index;
    this.requestUpdate();
  }

  /** To the next face of the filtered group: in this picture, then in those after it. */
  private next(): void {
    const { filter } = this;
    if (!filter) return;
    const pictures = this.arranged();
    const isOne = (face: ShownFace, index: number, after: number) =>
      index > after && groupOf(face) === filter;
    let at = this.current ? pictures.indexOf(this.current) : -1;
    let after = at < 0 ? -1 : this.pinned;
    for (let tries = 0; tries <= pictures.length; tries++) {
      const picture = pictures[Math.max(0, at) % pictures.length];
      if (!picture) return;
      const faces = facesThatCount(picture, this.threshold());
      const found = faces.findIndex((face, index) => isOne(face, index, after));
      if (found >= 0) {
        if (picture !== this.current) this.open(picture);
        // An animation's faces are of its fullest frame, which need not be the one on the stage.
        if (!picture.animation) this.pin(found);
        this.querySelector('.workbench')?.scrollIntoView({ block: 'nearest' });
        return;
      }
      after = -1;
      at = Math.max(0, at) + 1;
    }
  }

  /** Changes the picture on the stage by hand; what was pinned stays where it makes sense. */
  private change(work: (picture: Picture, result: Result) => void, pinned = this.pinned): void {
    const { current } = this;
    if (!current?.result || current.animation) return;
    work(current, current.result);
    this.batch.corrected(current);
    this.version++;
    this.pinned = pinned;
    this.requestUpdate();
  }

  private relabel(label: Label): void {
    const face = this.look().faces[this.pinned];
    if (face) this.change(({ corrections }) => corrections.setLabel(face, label));
  }

  private removeFace(): void {
    const face = this.look().faces[this.pinned];
    if (face) this.change(({ corrections }) => corrections.remove(face), -1);
  }

  private undo(): void {
    this.change(({ corrections }) => corrections.undo(), -1);
  }

  /** A box was drawn: a place to hide, or a face that was missed, whose label comes next. */
  private draw(box: Box): void {
    if (this.mode.hiding) this.change(({ corrections }) => corrections.hide(box));
    else {
      this.change(({ corrections }) => corrections.add(box, 'unmasked'));
      this.mode = { ...this.mode, adding: false };
      this.pin(this.look().faces.length - 1);
    }
  }

  private keys = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || (event.target as Element).matches('input, select, textarea'))
      return;
    const { key } = event;
    if (key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.undo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === 'Escape') {
      if (this.mode.adding) this.mode = { ...this.mode, adding: false };
      this.pin(-1);
    } else if (this.pinned >= 0 && key in LABEL_KEYS) this.relabel(LABEL_KEYS[key]!);
    else if (this.pinned >= 0 && (key === 'Delete' || key === 'Backspace')) this.removeFace();
    else return;
    event.preventDefault();
  };

  /** What can be put back; said where it was taken from, and in an empty page, too. */
  private removed() {
    const { batch } = this;
    const { gallery } = t();
    return batch.removable === 0
      ? nothing
      : html`<div class="notice undo" role="status">
          <span>${gallery.removed(batch.removable)}</span>
          <button class="button small" data-do="undo-remove" @click=${() => batch.undoRemove()}>${icons.undo}${gallery.undo}</button>
          <button
            class="tool"
            aria-label=${gallery.dismiss}
            title=${gallery.dismiss}
            @click=${() => {
              batch.forget();
              this.requestUpdate();
            }}
          >
            ${icons.close}
          </button>
        </div>`;
  }

  private empty() {
    const { hero } = t();
    return html`
      <div class="hero">
        <h1>${hero.heading}</h1>
        <p class="lead">${hero.lead}</p>
      </div>
      ${this.removed()}
      <drop-zone @files=${(event: CustomEvent<Found[]>) => this.take(event.detail)}></drop-zone>
      <load-line></load-line>
      <sample-row @files=${(event: CustomEvent<Found[]>) => this.take(event.detail)}></sample-row>
    `;
  }

  private side(picture: Picture) {
    const words = t();
    const result = this.shownResult();
    const { faces } = this.look();
    return html`<aside class="side" aria-label=${words.faces.heading}>
      <div class="side-head">
        <h2 title=${picture.path}><bdi>${picture.name}</bdi></h2>
        <button class="tool" aria-label=${words.gallery.remove} title=${words.gallery.remove} @click=${() => this.batch.remove([picture])}>
          ${icons.close}
        </button>
        ${
          result
            ? html`<p class="quiet small">
              ${words.faces.dimensions(result.width, result.height)} ·
              <span data-time=${result.timing.total}>${milliseconds(result.timing.total)}</span>
            </p>`
            : nothing
        }
      </div>
      ${picture.status === 'done' && picture.damaged ? html`<p class="notice" data-damaged>${words.animation.damaged}</p>` : nothing}
      ${
        picture.status === 'failed' && picture.failure
          ? html`<div class="notice bad" role="alert">
            <p>${explain(picture.failure, picture.name)}</p>
            ${
              canRetry(picture)
                ? html`<button class="button small" @click=${() => this.batch.retry((other) => other === picture)}>
                  ${icons.retry}${words.batch.retry}
                </button>`
                : nothing
            }
          </div>`
          : picture.status === 'done' && result
            ? html`<face-list
              .picture=${this.shownPixels}
              .width=${result.width}
              .faces=${faces}
              .fainter=${this.fainter()}
              .active=${this.active}
              .pinned=${this.pinned}
              ?editable=${!picture.animation}
              @face=${(event: CustomEvent<number>) => this.point(event.detail)}
              @pin=${(event: CustomEvent<number>) => this.pin(event.detail)}
              @label=${(event: CustomEvent<Label>) => this.relabel(event.detail)}
              @remove=${() => this.removeFace()}
            ></face-list>`
            : html`<p class="quiet">${words.status[picture.status]}</p>`
      }
    </aside>`;
  }

  private stage(picture: Picture) {
    const { mode } = this;
    const { faces, covered } = this.look();
    const result = this.shownResult();
    const still = picture.status === 'done' && !picture.animation;
    return html`<photo-stage
      .file=${picture.file}
      .name=${picture.name}
      .size=${result ? { width: result.width, height: result.height } : null}
      .faces=${faces}
      .active=${this.active}
      .pinned=${this.pinned}
      .frame=${this.frameImage}
      .faintBelow=${engine.defaultScore}
      .covered=${mode.original ? NO_BOXES : covered}
      .hiding=${mode.hiding ?? 'pixelate'}
      ?drawing=${still && !mode.original && (mode.adding || mode.hiding !== null)}
      ?bare=${mode.original || !mode.boxes || mode.hiding !== null}
      .busy=${picture.status === 'working'}
      .turns=${this.batch.pictures.length > 1}
      @face=${(event: CustomEvent<number>) => this.point(event.detail)}
      @pin=${(event: CustomEvent<number>) => this.pin(event.detail)}
      @turn=${(event: CustomEvent<number>) => this.turn(event.detail)}
      @picture=${(event: CustomEvent<ImageBitmap | VideoFrame>) => {
        this.shownPixels = event.detail;
        this.requestUpdate();
      }}
      @draw=${(event: CustomEvent<Box>) => this.draw(event.detail)}
      @free=${(event: CustomEvent<Box>) =>
        this.change(({ corrections }, shown) => corrections.free(event.detail, shown))}
    ></photo-stage>`;
  }

  private workbench(picture: Picture) {
    const { batch } = this;
    const { covered } = this.look();
    const states = `${batch.pictures.length > 1 ? 'several' : ''} ${picture.status}`;
    return html`<div class="workbench ${states}" @keydown=${this.keys}>
      <div class="stage-column">
        <div class="stage-holder">
          ${this.stage(picture)}
          <stage-modes
            .mode=${this.mode}
            .covered=${covered.length}
            ?still=${!picture.animation}
            ?ready=${picture.status === 'done'}
            ?undoable=${picture.corrections.canUndo}
            @mode=${(event: CustomEvent<Mode>) => {
              this.mode = event.detail;
              if (this.mode.hiding) this.pinned = -1;
              this.requestUpdate();
            }}
            @undo=${() => this.undo()}
          ></stage-modes>
        </div>
        ${
          picture.animation
            ? html`<animation-player
              .file=${picture.file}
              .animation=${picture.animation}
              .minScore=${this.threshold()}
              @frame=${(event: CustomEvent<{ index: number; image: VideoFrame | null }>) => {
                this.frame = event.detail.index;
                this.frameImage = event.detail.image;
                this.active = -1;
                this.pinned = -1;
                this.requestUpdate();
              }}
            ></animation-player>`
            : nothing
        }
        <save-menu
          .picture=${picture}
          .pictures=${batch.pictures}
          .minScore=${this.threshold()}
          .hiding=${this.mode.hiding}
          .version=${this.version}
          .quiet=${!batch.running && engine.phase === 'ready'}
        ></save-menu>
      </div>
      ${this.side(picture)}
    </div>`;
  }

  private full() {
    const words = t();
    const { batch, session } = this;
    const picture = this.current;
    return html`
      <h1 class="unseen">${words.nav.pictures}</h1>
      ${this.removed()}
      <div class="bar">
        <summary-bar
          .batch=${batch}
          .counts=${{ ...this.counts }}
          .step=${this.step}
          .fainter=${this.fainter()}
          .filter=${this.filter}
          @threshold=${(event: CustomEvent<number>) => {
            this.step = event.detail;
            this.active = -1;
            this.pinned = -1;
            this.requestUpdate();
          }}
          @filter=${(event: CustomEvent<Group | null>) => {
            this.filter = event.detail;
            this.pinned = -1;
            const first = this.arranged()[0];
            if (first && this.current && !this.arranged().includes(this.current)) this.open(first);
            this.requestUpdate();
          }}
          @next=${() => this.next()}
        ></summary-bar>
        <div class="row bar-actions">
          <drop-zone compact folders @files=${(event: CustomEvent<Found[]>) => this.take(event.detail)}></drop-zone>
          <button class="button" data-do="clear" @click=${() => batch.remove(batch.pictures)}>${words.batch.clear}</button>
        </div>
      </div>
      ${engine.phase === 'ready' ? nothing : html`<load-line></load-line>`}
      ${picture ? this.workbench(picture) : nothing}
      ${
        batch.pictures.length > 1
          ? html`<picture-gallery
            .pictures=${this.arranged()}
            .all=${batch.pictures.length}
            .current=${picture}
            .minScore=${this.threshold()}
            .filter=${this.filter}
            .order=${this.order}
            .version=${this.version}
            @order=${(event: CustomEvent<Order>) => {
              this.order = event.detail;
              this.requestUpdate();
            }}
            @unfilter=${() => {
              this.filter = null;
              this.requestUpdate();
            }}
            @open=${(event: CustomEvent<Picture>) => {
              this.open(event.detail);
              const bench = this.querySelector('.workbench');
              // Of one that is taller than the window its beginning is what was asked for.
              const block = (bench?.clientHeight ?? 0) > innerHeight ? 'start' : 'nearest';
              bench?.scrollIntoView({ block });
            }}
            @retry=${(event: CustomEvent<Picture>) => batch.retry((other) => other === event.detail)}
          ></picture-gallery>`
          : nothing
      }
      <label class="check keep" data-kept=${session.settled ? 'yes' : 'no'}
        ><input
          type="checkbox"
          name="keep"
          .checked=${session.keeping}
          @change=${(event: Event) => session.setKeeping((event.target as HTMLInputElement).checked)}
        /><span>${words.keep.label} <span class="quiet small">${session.full ? words.keep.full : words.keep.hint}</span></span></label
      >
    `;
  }

  override render() {
    this.recount();
    return this.batch.pictures.length === 0 ? this.empty() : this.full();
  }
}

customElements.define('pictures-page', PicturesPage);
