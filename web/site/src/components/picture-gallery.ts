/**
 * All pictures as cards, filtered by a group and in the order that was asked for; grows in small
 * steps, so that thousands hold up nothing. Fires `open` (detail: a picture), `retry` and `unfilter`.
 */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { facesThatCount, type Picture } from '../batch.ts';
import { SiteElement } from '../element.ts';
import { language, number, t } from '../strings/index.ts';
import { doubt, type Group, groupOf } from '../verdict.ts';
import './picture-card.ts';

/** Cards shown at first and at each step further down. */
const PAGE = 60;
/** Cards made in one turn; more would hold up the page. */
const CARDS_AT_ONCE = 8;

export const ORDERS = ['added', 'name', 'doubt', 'faces'] as const;
export type Order = (typeof ORDERS)[number];

/** Of doubt the most doubtful face of a picture counts: that is the one to look at. */
const mostDoubt = (picture: Picture, minScore: number): number =>
  Math.max(-1, ...facesThatCount(picture, minScore).map(doubt));

/** The pictures that have a face of the group, in the order asked for. */
export function arranged(
  pictures: readonly Picture[],
  { filter, order, minScore }: { filter: Group | null; order: Order; minScore: number },
): Picture[] {
  const kept = filter
    ? pictures.filter((picture) =>
        facesThatCount(picture, minScore).some((face) => groupOf(face) === filter),
      )
    : [...pictures];
  if (order === 'added') return kept;
  if (order === 'name') {
    const { compare } = new Intl.Collator(language(), { numeric: true });
    return kept.sort((a, b) => compare(a.path, b.path));
  }
  const weigh = (picture: Picture) =>
    order === 'doubt' ? mostDoubt(picture, minScore) : facesThatCount(picture, minScore).length;
  const weights = new Map(kept.map((picture) => [picture, weigh(picture)]));
  return kept.sort((a, b) => weights.get(b)! - weights.get(a)!);
}

class PictureGallery extends SiteElement {
  protected static override readonly inTurn = true;
  static override properties = {
    pictures: { attribute: false },
    all: { attribute: false },
    current: { attribute: false },
    minScore: { attribute: false },
    filter: { attribute: false },
    order: { attribute: false },
    version: { attribute: false },
  };
  /** As {@link arranged}. */
  declare pictures: readonly Picture[];
  /** How many there are without the filter. */
  declare all: number;
  declare current: Picture | null;
  declare minScore: number;
  declare filter: Group | null;
  declare order: Order;
  /** Changes whenever a picture does. */
  declare version: number;
  /** Cards wanted, and cards there are; the second follows the first in small steps. */
  private wanted = PAGE;
  private shown = CARDS_AT_ONCE;
  private growing = false;
  private sentinel = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) this.showMore();
  });

  private showMore(): void {
    if (this.shown < this.wanted || this.shown >= this.pictures.length) return;
    this.wanted += PAGE;
    this.requestUpdate();
  }

  protected override willUpdate(): void {
    const at = this.current ? this.pictures.indexOf(this.current) : -1;
    while (at >= this.wanted) this.wanted += PAGE;
  }

  protected override updated(): void {
    const more = this.querySelector('.more');
    this.sentinel.disconnect();
    if (more) this.sentinel.observe(more);
    if (this.growing || this.shown >= Math.min(this.wanted, this.pictures.length)) return;
    this.growing = true;
    requestAnimationFrame(() => {
      this.growing = false;
      this.shown += CARDS_AT_ONCE;
      this.requestUpdate();
    });
  }

  private fire(type: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  override render() {
    const { gallery, summary } = t();
    const { pictures, filter } = this;
    const hidden = pictures.length - Math.min(this.wanted, pictures.length);
    return html`<section class="gallery" aria-labelledby="gallery-heading">
      <div class="gallery-head">
        <h2 id="gallery-heading">${gallery.heading}</h2>
        ${
          filter
            ? html`<p class="filtered">
              ${gallery.filtered(number(pictures.length), number(this.all), summary.groups[filter])}
              <button class="link" data-do="unfilter" @click=${() => this.fire('unfilter')}>${gallery.unfilter}</button>
            </p>`
            : nothing
        }
        <label class="check"
          >${gallery.order}
          <select
            name="order"
            @change=${(event: Event) => this.fire('order', (event.target as HTMLSelectElement).value)}
          >
            ${ORDERS.map((order) => html`<option value=${order} ?selected=${order === this.order}>${gallery.orders[order]}</option>`)}
          </select></label
        >
      </div>
      <ul class="cards">
        ${repeat(
          pictures.slice(0, this.shown),
          ({ id }) => id,
          (item) => html`<li>
            <picture-card
              data-id=${item.id}
              .picture=${item}
              ?current=${item === this.current}
              .minScore=${this.minScore}
              @open=${() => this.fire('open', item)}
              @retry=${() => this.fire('retry', item)}
            ></picture-card>
          </li>`,
        )}
      </ul>
      ${
        hidden > 0
          ? html`<button class="button more" @click=${() => this.showMore()}>
            ${gallery.more(Math.min(PAGE, hidden))}
          </button>`
          : nothing
      }
    </section>`;
  }
}

customElements.define('picture-gallery', PictureGallery);
