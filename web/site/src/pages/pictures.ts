/** The page people meet first: pictures in, labelled faces out. */
import type { Face, Result } from '@masklens';
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Batch, type Picture } from '../batch.ts';
import '../components/animation-player.ts';
import '../components/drop-zone.ts';
import '../components/face-list.ts';
import '../components/load-line.ts';
import '../components/photo-stage.ts';
import '../components/picture-card.ts';
import '../components/sample-row.ts';
import '../components/save-menu.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import '../components/summary-bar.ts';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import { explain } from '../failure.ts';
import type { Found } from '../files.ts';
import { icons } from '../icons.ts';
import { number, t } from '../strings/index.ts';
import { startThumbnails } from '../thumbnails.ts';
import { type Counts, countFaces, facesFrom, facesThatCount, noCounts } from '../verdict.ts';

/** Cards shown at first and at each step further down. */
const PAGE = 60;
/** Cards made in one turn; more would hold up the page. */
const CARDS_AT_ONCE = 8;
/** Least time between two renders that follow the queue. */
const RENDER_EVERY_MS = 40;
const NO_FACES: Face[] = [];

class PicturesPage extends SiteElement {
  private batch = new Batch();
  private current: Picture | null = null;
  private minScore: number | null = null;
  private active = -1;
  /** Cards wanted, and cards there are; the second follows the first in small steps. */
  private wanted = PAGE;
  private shown = CARDS_AT_ONCE;
  private growing = false;
  private version = 0;
  private counts: Counts = noCounts();
  private countedAt = '';
  private frame = 0;
  private frameImage: VideoFrame | null = null;
  /** Kept while neither result nor threshold changes, so that the list keeps its cut-outs. */
  private visible: { result: Result | null; minScore: number; faces: Face[] } = {
    result: null,
    minScore: -1,
    faces: NO_FACES,
  };
  private sentinel = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) this.showMore();
  });
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
    this.follow(engine, 'change', () => {
      // Not before: until then the machine has enough to do.
      if (engine.phase === 'ready') startThumbnails();
    });
    const connection = (navigator as { connection?: { saveData?: boolean } }).connection;
    if (connection?.saveData) {
      // Then the networks wait for a sign that they are wanted.
      this.addEventListener('pointerover', () => void engine.get().catch(() => {}), { once: true });
    } else void engine.get().catch(() => {});
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
    return this.minScore ?? engine.defaultScore;
  }

  private recount(): void {
    const threshold = this.threshold();
    const at = `${this.version} ${threshold}`;
    if (at === this.countedAt) return;
    this.countedAt = at;
    this.counts = noCounts();
    for (const picture of this.batch.pictures) {
      countFaces(facesThatCount(picture, threshold), threshold, this.counts);
    }
  }

  private shownResult(): Result | null {
    const { current } = this;
    return current?.animation?.frames[this.frame]?.result ?? current?.result ?? null;
  }

  private visibleFaces(): Face[] {
    const result = this.shownResult();
    const minScore = this.threshold();
    if (this.visible.result !== result || this.visible.minScore !== minScore) {
      this.visible = {
        result,
        minScore,
        faces: result ? facesFrom(result.faces, minScore) : NO_FACES,
      };
    }
    return this.visible.faces;
  }

  private take(found: Found[]): void {
    void this.batch.add(found);
  }

  private open(picture: Picture): void {
    this.current = picture;
    this.active = -1;
    this.frame = 0;
    this.frameImage = null;
    this.requestUpdate();
  }

  private turn(by: number): void {
    const { pictures } = this.batch;
    if (!this.current || pictures.length === 0) return;
    const at = pictures.indexOf(this.current);
    const next = pictures[(at + by + pictures.length) % pictures.length]!;
    while (pictures.indexOf(next) >= this.wanted) this.wanted += PAGE;
    this.open(next);
  }

  private point(index: number): void {
    this.active = index;
    this.requestUpdate();
  }

  private showMore(): void {
    if (this.shown < this.wanted || this.shown >= this.batch.pictures.length) return;
    this.wanted += PAGE;
    this.requestUpdate();
  }

  protected override updated(): void {
    const more = this.querySelector('.more');
    this.sentinel.disconnect();
    if (more) this.sentinel.observe(more);
    if (!this.growing && this.shown < Math.min(this.wanted, this.batch.pictures.length)) {
      this.growing = true;
      requestAnimationFrame(() => {
        this.growing = false;
        this.shown += CARDS_AT_ONCE;
        this.requestUpdate();
      });
    }
  }

  private empty() {
    const { hero } = t();
    return html`
      <div class="hero">
        <h1>${hero.heading}</h1>
        <p class="lead">${hero.lead}</p>
      </div>
      <drop-zone @files=${(event: CustomEvent<Found[]>) => this.take(event.detail)}></drop-zone>
      <load-line></load-line>
      <sample-row @files=${(event: CustomEvent<Found[]>) => this.take(event.detail)}></sample-row>
    `;
  }

  private side(picture: Picture, faces: Face[]) {
    const words = t();
    const result = this.shownResult();
    return html`<aside class="side" aria-label=${words.faces.heading}>
      <div class="side-head">
        <h2 title=${picture.path}>${picture.name}</h2>
        <button class="tool" aria-label=${words.gallery.remove} title=${words.gallery.remove} @click=${() => this.batch.remove(picture)}>
          ${icons.close}
        </button>
        ${
          result
            ? html`<p class="quiet small">
              ${words.faces.dimensions(result.width, result.height)} ·
              <span data-time=${result.timing.total}>${words.faces.time(number(result.timing.total))}</span>
            </p>`
            : nothing
        }
      </div>
      ${
        picture.status === 'failed' && picture.failure
          ? html`<div class="notice bad" role="alert">
            <p>${explain(picture.failure, picture.name)}</p>
            <button class="button small" @click=${() => this.batch.retry((other) => other === picture)}>
              ${icons.retry}${words.batch.retry}
            </button>
          </div>`
          : picture.status === 'done'
            ? html`<face-list
              .file=${this.frame > 0 ? null : picture.file}
              .frame=${this.frameImage}
              .faces=${faces}
              .cropsFrom=${result?.faces ?? NO_FACES}
              .active=${this.active}
              @face=${(event: CustomEvent<number>) => this.point(event.detail)}
            ></face-list>`
            : html`<p class="quiet">${words.status[picture.status]}</p>`
      }
    </aside>`;
  }

  private full() {
    const words = t();
    const { batch } = this;
    const { pictures } = batch;
    const picture = this.current;
    const faces = this.visibleFaces();
    const result = this.shownResult();
    const hidden = pictures.length - Math.min(this.wanted, pictures.length);
    return html`
      <h1 class="unseen">${words.nav.pictures}</h1>
      <div class="bar">
        <summary-bar
          .batch=${batch}
          .counts=${{ ...this.counts }}
          .minScore=${this.threshold()}
          .version=${this.version}
          @threshold=${(event: CustomEvent<number>) => {
            this.minScore = event.detail;
            this.active = -1;
            this.requestUpdate();
          }}
        ></summary-bar>
        <div class="row bar-actions">
          <drop-zone compact folders @files=${(event: CustomEvent<Found[]>) => this.take(event.detail)}></drop-zone>
          <button class="button" data-do="clear" @click=${() => batch.clear()}>${words.batch.clear}</button>
        </div>
      </div>
      ${engine.phase === 'ready' ? nothing : html`<load-line></load-line>`}
      ${
        picture
          ? html`<div class="workbench ${pictures.length > 1 ? 'several' : ''}">
            <div class="stage-column">
              <photo-stage
                .file=${picture.file}
                .name=${picture.name}
                .size=${result ? { width: result.width, height: result.height } : null}
                .faces=${faces}
                .active=${this.active}
                .frame=${this.frameImage}
                .busy=${picture.status === 'working'}
                .turns=${pictures.length > 1}
                @face=${(event: CustomEvent<number>) => this.point(event.detail)}
                @turn=${(event: CustomEvent<number>) => this.turn(event.detail)}
              ></photo-stage>
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
                      this.requestUpdate();
                    }}
                  ></animation-player>`
                  : nothing
              }
              <save-menu
                .picture=${picture}
                .pictures=${pictures}
                .minScore=${this.threshold()}
                .version=${this.version}
              ></save-menu>
            </div>
            ${this.side(picture, faces)}
          </div>`
          : nothing
      }
      ${
        pictures.length > 1
          ? html`<section class="gallery" aria-labelledby="gallery-heading">
            <h2 id="gallery-heading">${words.gallery.heading}</h2>
            <ul class="cards">
              ${repeat(
                pictures.slice(0, this.shown),
                ({ id }) => id,
                (item) => html`<li>
                  <picture-card
                    data-id=${item.id}
                    .picture=${item}
                    ?current=${item === picture}
                    .minScore=${this.threshold()}
                    @open=${() => {
                      this.open(item);
                      this.querySelector('.workbench')?.scrollIntoView({ block: 'nearest' });
                    }}
                    @retry=${() => batch.retry((other) => other === item)}
                  ></picture-card>
                </li>`,
              )}
            </ul>
            ${
              hidden > 0
                ? html`<button class="button more" @click=${() => this.showMore()}>
                  ${words.gallery.more(Math.min(PAGE, hidden))}
                </button>`
                : nothing
            }
          </section>`
          : nothing
      }
    `;
  }

  override render() {
    this.recount();
    return this.batch.pictures.length === 0 ? this.empty() : this.full();
  }
}

customElements.define('pictures-page', PicturesPage);
