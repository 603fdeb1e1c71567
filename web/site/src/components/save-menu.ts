/** Everything that can be taken away: one picture or all, with options; tells how it went. */
import { html, nothing } from 'lit';
import type { Picture } from '../batch.ts';
import { SiteElement } from '../element.ts';
import { toCoco, toYolo } from '../export/labels.ts';
import { toCsv, toJson } from '../export/record.ts';
import {
  annotated,
  archive,
  canShare,
  copyPicture,
  isFilm,
  type Kind,
  type Saved,
  type SaveOptions,
  saveBlob,
  share,
  zipOf,
} from '../export/save.ts';
import { explain, failureOf, failureOfFile } from '../failure.ts';
import { icons } from '../icons.ts';
import { bytes, isolated, t } from '../strings/index.ts';

/** Quiet time before a picture is encoded ahead, so that its size can be told. */
const SETTLE_MS = 300;

/** Of pictures that a ZIP lacks. */
const MOST_TOLD = 5;

const TEXT_TYPES = {
  json: 'application/json',
  csv: 'text/csv;charset=utf-8',
} as const;

class SaveMenu extends SiteElement {
  protected static override readonly inTurn = true;
  static override properties = {
    picture: { attribute: false },
    pictures: { attribute: false },
    minScore: { attribute: false },
    hiding: { attribute: false },
    version: { attribute: false },
    quiet: { attribute: false },
    note: { state: true },
    busy: { state: true },
  };
  declare picture: Picture | null;
  declare pictures: readonly Picture[];
  declare minScore: number;
  declare hiding: SaveOptions['hiding'];
  /** Changes whenever a picture does, so that buttons follow. */
  declare version: number;
  /** Nothing else is going on: pictures may be encoded ahead. */
  declare quiet: boolean;
  declare private note: string;
  declare private busy: boolean;
  private options: Omit<SaveOptions, 'hiding'> = {
    kind: 'source',
    boxes: true,
    labels: true,
    landmarks: false,
  };
  /** Faces that are hidden are seldom to be labelled: then both need asking for. */
  private labelHidden = false;
  private aborter: AbortController | null = null;
  private ahead: {
    key: string;
    picture: Picture;
    saved: Promise<Saved>;
    done: Saved | null;
  } | null = null;
  private timer = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private wanted(): SaveOptions {
    const { hiding, options } = this;
    if (!hiding) return { ...options, hiding };
    const { labelHidden } = this;
    return { ...options, hiding, boxes: labelHidden, labels: labelHidden, landmarks: false };
  }

  /** What the encoded picture depends on. */
  private key(): string {
    const { picture } = this;
    const all = [picture?.id, picture?.corrections.revision, this.minScore, this.wanted()];
    return JSON.stringify([...all, t().short]);
  }

  protected override updated(): void {
    clearTimeout(this.timer);
    if (!this.quiet || this.picture?.status !== 'done' || this.picture.animation) return;
    if (this.ahead?.key === this.key()) return;
    this.timer = window.setTimeout(() => void this.encoded().catch(() => {}), SETTLE_MS);
  }

  /** The picture as it is to be saved; made ahead where there was time. */
  private encoded(): Promise<Saved> {
    const { picture } = this;
    if (!picture) return Promise.reject(new Error('no picture'));
    const key = this.key();
    if (this.ahead?.key !== key) {
      const ahead = {
        key,
        picture,
        saved: annotated(picture, this.minScore, this.wanted()),
        done: null as Saved | null,
      };
      this.ahead = ahead;
      ahead.saved.then(
        (saved) => {
          ahead.done = saved;
          this.requestUpdate();
        },
        () => {
          if (this.ahead === ahead) this.ahead = null;
        },
      );
    }
    return this.ahead!.saved;
  }

  private async doing(work: () => Promise<string>): Promise<void> {
    const { save } = t();
    this.busy = true;
    this.note = save.working;
    try {
      this.note = await work();
    } catch (error) {
      const { picture } = this;
      const failure = picture ? await failureOfFile(error, picture.file) : failureOf(error);
      this.note =
        failure.code === 'aborted' ? '' : save.failed(explain(failure, picture?.name ?? ''));
    } finally {
      this.busy = false;
    }
  }

  private saveOne(): Promise<void> {
    return this.doing(async () => {
      const { blob, name } = await this.encoded();
      saveBlob(blob, name);
      return t().save.saved(isolated(name));
    });
  }

  private shareOne(): Promise<void> {
    return this.doing(async () => {
      await share(await this.encoded());
      return '';
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
      const name = `${stem}.${kind}`;
      saveBlob(new Blob([text], { type: TEXT_TYPES[kind] }), name);
      return t().save.saved(isolated(name));
    });
  }

  private saveLabels(kind: 'coco' | 'yolo'): Promise<void> {
    return this.doing(async () => {
      const name = kind === 'coco' ? 'masklens-coco.json' : 'masklens-yolo.zip';
      const blob =
        kind === 'coco'
          ? new Blob([toCoco(this.pictures, this.minScore)], { type: TEXT_TYPES.json })
          : await zipOf(toYolo(this.pictures, this.minScore));
      saveBlob(blob, name);
      return t().save.saved(isolated(name));
    });
  }

  private saveAll(): Promise<void> {
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    const all = [...this.pictures];
    return this.doing(async () => {
      try {
        const { zip, missing } = await archive(
          all,
          this.minScore,
          this.wanted(),
          (done) => {
            this.note = t().save.zipping(done, all.length);
          },
          signal,
        );
        saveBlob(zip, 'masklens.zip');
        const told = missing.slice(0, MOST_TOLD);
        const why = told.map(({ name, failure }) => explain(failure, name));
        if (missing.length > told.length) why.push('…');
        return [t().save.saved('masklens.zip'), ...why].join(' ');
      } finally {
        this.aborter = null;
      }
    });
  }

  private copy(): Promise<void> {
    const { picture } = this;
    if (!picture) return Promise.resolve();
    return this.doing(async () => {
      try {
        await copyPicture(picture, this.minScore, this.wanted());
        return t().save.copied;
      } catch (error) {
        if (error instanceof DOMException) return t().save.copyFailed;
        throw error;
      }
    });
  }

  private set<K extends keyof SaveMenu['options']>(name: K, value: SaveMenu['options'][K]): void {
    this.options = { ...this.options, [name]: value };
    this.requestUpdate();
  }

  private check(name: 'boxes' | 'labels' | 'landmarks') {
    return html`<label class="check"
      ><input
        type="checkbox"
        name=${name}
        .checked=${this.options[name]}
        @change=${(event: Event) => this.set(name, (event.target as HTMLInputElement).checked)}
      />${t().save[name]}</label
    >`;
  }

  private optionList() {
    const { save, hide } = t();
    return html`<details class="options">
      <summary>${save.options}</summary>
      <div class="option-list">
        <label class="check"
          >${save.kind}
          <select
            name="kind"
            @change=${(event: Event) =>
              this.set('kind', (event.target as HTMLSelectElement).value as Kind)}
          >
            ${(['source', 'image/png', 'image/jpeg'] as const).map(
              (kind) =>
                html`<option value=${kind} ?selected=${this.options.kind === kind}>${save.kinds[kind]}</option>`,
            )}
          </select></label
        >
        ${
          this.hiding
            ? html`<label class="check"
                ><input
                  type="checkbox"
                  name="label-hidden"
                  .checked=${this.labelHidden}
                  @change=${(event: Event) => {
                    this.labelHidden = (event.target as HTMLInputElement).checked;
                    this.requestUpdate();
                  }}
                />${hide.label}</label
              >`
            : html`${this.check('boxes')} ${this.check('labels')} ${this.check('landmarks')}`
        }
        <p class="quiet small">${save.stripped}</p>
      </div>
    </details>`;
  }

  /** By the picture that was encoded last: how much larger or smaller it became. */
  private sizeOfAll(): string {
    const { ahead } = this;
    if (!ahead?.done) return '';
    const ratio = ahead.done.blob.size / ahead.picture.file.size;
    const all = this.pictures
      .filter(({ status }) => status === 'done')
      .reduce((sum, { file }) => sum + file.size, 0);
    return t().save.about(bytes(all * ratio));
  }

  override render() {
    const { save, batch, hide } = t();
    const { picture, busy, ahead } = this;
    const ready = picture?.status === 'done';
    const stem = picture ? picture.name.replace(/\.[^./]+$/, '') : '';
    const any = this.pictures.some(({ status }) => status === 'done');
    const saved = ahead?.key === this.key() ? ahead.done : null;
    const text = (kind: 'json' | 'csv', all: boolean) =>
      html`<button
        class="button"
        data-save=${all ? `all-${kind}` : kind}
        aria-label=${(all ? save.ofAll : save.ofOne)(save[kind])}
        ?disabled=${all ? !any : !ready}
        @click=${() =>
          all
            ? this.saveText(this.pictures, kind, 'masklens')
            : this.saveText([picture!], kind, stem)}
      >
        ${save[kind]}
      </button>`;
    const labels = (kind: 'coco' | 'yolo') =>
      html`<button class="button" data-save=${kind} title=${save.labelsHint} ?disabled=${!any} @click=${() => this.saveLabels(kind)}>${save[kind]}</button>`;
    const film = picture?.animation && isFilm(picture.animation);
    const shareable =
      ready &&
      canShare(`a.${saved?.name.split('.').at(-1) ?? 'jpg'}`, saved?.blob.type ?? 'image/jpeg');
    return html`
      <section class="save" aria-label=${save.heading}>
        <div class="row">
          <button class="button primary" data-save="picture" ?disabled=${!ready || busy} @click=${() => this.saveOne()}>
            ${icons.download}${this.hiding ? hide.save : film ? save.film : save.picture}
            ${saved ? html`<span class="figure" data-size=${saved.blob.size}>${save.sized(saved.name.split('.').at(-1)!.toUpperCase(), bytes(saved.blob.size))}</span>` : nothing}
          </button>
          ${shareable ? html`<button class="button" data-save="share" ?disabled=${busy} @click=${() => this.shareOne()}>${icons.share}${save.share}</button>` : nothing}
          <button class="button" data-save="copy" ?disabled=${!ready || busy} @click=${() => this.copy()}>${icons.copy}${save.copy}</button>
          ${text('json', false)} ${text('csv', false)}
        </div>
        ${this.optionList()}
        <div class="row all">
          <span class="row-label">${save.all}</span>
          ${
            this.pictures.length > 1
              ? html`<button class="button" data-save="zip" ?disabled=${!any || busy} @click=${() => this.saveAll()}>
                  ${save.zip} <span class="figure quiet">${this.sizeOfAll()}</span>
                </button>
                ${text('json', true)} ${text('csv', true)}`
              : nothing
          }
          ${labels('coco')} ${labels('yolo')}
        </div>
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
