/** Everything that can be taken away: one picture or all, with options; tells how it went. */
import { html, nothing } from 'lit';
import type { Picture } from '../batch.ts';
import { SiteElement } from '../element.ts';
import { toCsv, toJson } from '../export/record.ts';
import { annotated, archive, copyPicture, type SaveOptions, saveBlob } from '../export/save.ts';
import { explain, failureOf } from '../failure.ts';
import { icons } from '../icons.ts';
import { t } from '../strings/index.ts';

class SaveMenu extends SiteElement {
  static override properties = {
    picture: { attribute: false },
    pictures: { attribute: false },
    minScore: { attribute: false },
    version: { attribute: false },
    note: { state: true },
    busy: { state: true },
  };
  declare picture: Picture | null;
  declare pictures: readonly Picture[];
  declare minScore: number;
  /** Changes whenever a picture does, so that buttons follow. */
  declare version: number;
  declare private note: string;
  declare private busy: boolean;
  private options: SaveOptions = {
    type: 'image/png',
    labels: true,
    landmarks: false,
    privacy: 'none',
  };
  private aborter: AbortController | null = null;

  private async doing(work: () => Promise<string>): Promise<void> {
    const { save } = t();
    this.busy = true;
    this.note = save.working;
    try {
      this.note = await work();
    } catch (error) {
      const failure = failureOf(error);
      this.note =
        failure.code === 'aborted' ? '' : save.failed(explain(failure, this.picture?.name ?? ''));
    } finally {
      this.busy = false;
    }
  }

  private saveOne(type: SaveOptions['type']): Promise<void> {
    const { picture } = this;
    if (!picture) return Promise.resolve();
    return this.doing(async () => {
      const { blob, name } = await annotated(picture, this.minScore, { ...this.options, type });
      saveBlob(blob, name);
      return t().save.saved(name);
    });
  }

  private saveText(
    pictures: readonly Picture[],
    kind: 'json' | 'csv',
    stem: string,
  ): Promise<void> {
    return this.doing(async () => {
      const text =
        kind === 'json' ? toJson(pictures, this.minScore) : toCsv(pictures, this.minScore);
      const type = kind === 'json' ? 'application/json' : 'text/csv;charset=utf-8';
      const name = `${stem}.${kind}`;
      saveBlob(new Blob([text], { type }), name);
      return t().save.saved(name);
    });
  }

  private saveAll(): Promise<void> {
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    const all = [...this.pictures];
    return this.doing(async () => {
      const zip = await archive(
        all,
        this.minScore,
        this.options,
        (done) => {
          this.note = t().save.zipping(done, all.length);
        },
        signal,
      );
      saveBlob(zip, 'masklens.zip');
      return t().save.saved('masklens.zip');
    }).finally(() => {
      this.aborter = null;
    });
  }

  private copy(): Promise<void> {
    const { picture } = this;
    if (!picture) return Promise.resolve();
    return this.doing(async () => {
      try {
        await copyPicture(picture, this.minScore, this.options);
        return t().save.copied;
      } catch (error) {
        if (error instanceof DOMException) return t().save.copyFailed;
        throw error;
      }
    });
  }

  private check(name: 'labels' | 'landmarks') {
    return html`<label class="check"
      ><input
        type="checkbox"
        name=${name}
        .checked=${this.options[name]}
        @change=${(event: Event) => {
          this.options[name] = (event.target as HTMLInputElement).checked;
        }}
      />${t().save[name]}</label
    >`;
  }

  override render() {
    const { save, batch } = t();
    const { picture, busy } = this;
    const ready = picture?.status === 'done';
    const stem = picture ? picture.name.replace(/\.[^./]+$/, '') : '';
    const any = this.pictures.some(({ status }) => status === 'done');
    return html`
      <section class="save" aria-label=${save.heading}>
        <div class="row">
          <button class="button primary" data-save="picture" ?disabled=${!ready || busy} @click=${() => this.saveOne('image/png')}>
            ${icons.download}${picture?.animation ? save.gif : save.png}
          </button>
          ${
            picture?.animation
              ? nothing
              : html`<button class="button" data-save="jpeg" ?disabled=${!ready || busy} @click=${() => this.saveOne('image/jpeg')}>${save.jpeg}</button>`
          }
          <button class="button" data-save="copy" ?disabled=${!ready || busy} @click=${() => this.copy()}>${icons.copy}${save.copy}</button>
          <button class="button" data-save="json" ?disabled=${!ready} @click=${() => this.saveText([picture!], 'json', stem)}>${save.json}</button>
          <button class="button" data-save="csv" ?disabled=${!ready} @click=${() => this.saveText([picture!], 'csv', stem)}>${save.csv}</button>
        </div>
        <details class="options">
          <summary>${save.options}</summary>
          <div class="option-list">
            ${this.check('labels')} ${this.check('landmarks')}
            <label class="check"
              >${save.privacy}
              <select
                name="privacy"
                @change=${(event: Event) => {
                  this.options.privacy = (event.target as HTMLSelectElement)
                    .value as SaveOptions['privacy'];
                }}
              >
                ${(['none', 'blur', 'pixelate'] as const).map(
                  (name) =>
                    html`<option value=${name} ?selected=${this.options.privacy === name}>
                      ${save.privacyNames[name]}
                    </option>`,
                )}
              </select></label
            >
            <p class="quiet small">${save.stripped}</p>
          </div>
        </details>
        ${
          this.pictures.length > 1
            ? html`<div class="row all">
              <span class="row-label">${save.all}</span>
              <button class="button" data-save="zip" ?disabled=${!any || busy} @click=${() => this.saveAll()}>${save.zip}</button>
              <button class="button" data-save="all-json" ?disabled=${!any} @click=${() => this.saveText(this.pictures, 'json', 'masklens')}>${save.json}</button>
              <button class="button" data-save="all-csv" ?disabled=${!any} @click=${() => this.saveText(this.pictures, 'csv', 'masklens')}>${save.csv}</button>
            </div>`
            : nothing
        }
        <p class="save-note" role="status">
          ${this.note}
          ${
            this.aborter
              ? html`<button class="link" @click=${() => this.aborter?.abort()}>${batch.cancel}</button>`
              : nothing
          }
        </p>
      </section>
    `;
  }
}

customElements.define('save-menu', SaveMenu);
