/** One picture in the gallery: thumbnail, state, counts; an error says why. */
import { html, nothing } from 'lit';
import { canRetry, facesThatCount, type Picture } from '../batch.ts';
import { SiteElement } from '../element.ts';
import { explain } from '../failure.ts';
import { icons, mark } from '../icons.ts';
import { place } from '../place.ts';
import { percent, t } from '../strings/index.ts';
import { countFaces, GROUPS, groupOf, noCounts } from '../verdict.ts';

class PictureCard extends SiteElement {
  static override properties = {
    picture: { attribute: false },
    current: { type: Boolean },
    minScore: { attribute: false },
  };
  declare picture: Picture;
  declare current: boolean;
  declare minScore: number;

  private ask(type: string): void {
    this.dispatchEvent(new CustomEvent(type, { detail: this.picture, bubbles: true }));
  }

  /** Of an animation, whose first frame is shown, that frame's. */
  private boxes() {
    const { result, corrections } = this.picture;
    if (!result) return nothing;
    return corrections.facesOf(result, this.minScore).map((face) => {
      const { box } = face;
      return html`<i
          class=${groupOf(face)}
          ${place({
            left: `${(100 * box.x) / result.width}%`,
            top: `${(100 * box.y) / result.height}%`,
            width: `${(100 * box.width) / result.width}%`,
            height: `${(100 * box.height) / result.height}%`,
          })}
        ></i>`;
    });
  }

  override render() {
    const { picture } = this;
    const words = t();
    const counts = picture.result
      ? countFaces(facesThatCount(picture, this.minScore), this.minScore, noCounts())
      : null;
    const ratio = picture.result ? picture.result.width / picture.result.height : 0;
    return html`
      <button
        class="card ${picture.status}"
        aria-current=${this.current ? 'true' : nothing}
        @click=${() => this.ask('open')}
      >
        <span class="card-picture">
          ${
            picture.thumbnail
              ? html`<span class="fit" ${place(ratio ? { 'aspect-ratio': String(ratio), [ratio > 4 / 3 ? 'width' : 'height']: '100%' } : { height: '100%' })}>
                <img src=${picture.thumbnail} alt="" decoding="async" draggable="false" />
                ${this.boxes()}
              </span>`
              : html`<span class="blank">${picture.status === 'failed' ? icons.warning : icons.pictures}</span>`
          }
          ${picture.status === 'working' ? html`<span class="working-bar"></span>` : nothing}
        </span>
        <span class="card-words">
          <bdi class="card-name">${picture.name}</bdi>
          ${
            picture.status === 'failed' && picture.failure
              ? html`<span class="card-error">${explain(picture.failure, picture.name)}</span>`
              : picture.status === 'done' && counts
                ? counts.people === 0
                  ? html`<span class="quiet">${words.gallery.noFaces}</span>`
                  : html`<span class="tally"
                    >${GROUPS.filter((group) => counts[group] > 0).map(
                      (group) => html`<span
                          >${mark(group)}${counts[group]}<span class="unseen"> ${words.summary.groups[group]}</span></span
                        >`,
                    )}</span
                  >`
                : html`<span class="quiet"
                  >${
                    picture.status === 'working' && picture.progress > 0
                      ? percent(picture.progress)
                      : words.status[picture.status]
                  }</span
                >`
          }
        </span>
      </button>
      ${
        canRetry(picture)
          ? html`<button class="card-again" @click=${() => this.ask('retry')}>
            ${icons.retry}<span>${words.batch.retry}</span
            ><span class="unseen">: ${picture.name}</span>
          </button>`
          : nothing
      }
    `;
  }
}

customElements.define('picture-card', PictureCard);
