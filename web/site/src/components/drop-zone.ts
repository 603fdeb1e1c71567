/**
 * Where pictures come in: the big target of an empty page, or a small button beside a full one.
 * Drops and pastes are taken anywhere on the page. Fires `files` with what was found.
 */
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import {
  type Found,
  filesOfInput,
  filesOfTransfer,
  picturesAndLabels,
  picturesOnly,
} from '../files.ts';
import { icons } from '../icons.ts';
import { t } from '../strings/index.ts';

class DropZone extends SiteElement {
  static override properties = {
    compact: { type: Boolean },
    labelled: { type: Boolean },
    folders: { type: Boolean },
    words: {},
    over: { state: true },
    none: { state: true },
  };
  declare compact: boolean;
  /** Whether files that say what is on the pictures are wanted too. */
  declare labelled: boolean;
  /** Whether the compact form has a button for folders too. */
  declare folders: boolean;
  /** What the compact button says. Default: add more. */
  declare words: string | undefined;
  declare private over: boolean;
  declare private none: boolean;
  private aborter: AbortController | null = null;
  private depth = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    addEventListener(
      'dragenter',
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        this.depth++;
        this.over = true;
      },
      { signal },
    );
    addEventListener(
      'dragleave',
      () => {
        // One leave for each enter, of children too: over ends with the last.
        this.depth = Math.max(0, this.depth - 1);
        if (this.depth === 0) this.over = false;
      },
      { signal },
    );
    addEventListener('dragover', (event) => carriesFiles(event) && event.preventDefault(), {
      signal,
    });
    addEventListener(
      'drop',
      (event) => {
        this.depth = 0;
        this.over = false;
        if (!event.dataTransfer || !carriesFiles(event)) return;
        event.preventDefault();
        void filesOfTransfer(event.dataTransfer, this.wanted()).then((found) => this.give(found));
      },
      { signal },
    );
    addEventListener(
      'paste',
      (event) => {
        if (!event.clipboardData?.types.includes('Files')) return;
        event.preventDefault();
        void filesOfTransfer(event.clipboardData, this.wanted()).then((found) => this.give(found));
      },
      { signal },
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.aborter?.abort();
  }

  private wanted() {
    return this.labelled ? picturesAndLabels : picturesOnly;
  }

  private give(found: Found[]): void {
    this.none = found.length === 0;
    if (found.length > 0) this.dispatchEvent(new CustomEvent<Found[]>('files', { detail: found }));
  }

  private chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    const found = filesOfInput(input, this.wanted());
    // Emptied so that the same file can be chosen again.
    input.value = '';
    this.give(found);
  }

  private open(name: string): void {
    this.querySelector<HTMLInputElement>(`input[name=${name}]`)?.click();
  }

  override render() {
    const { drop, check } = t();
    // The inputs stay hidden; buttons open them, so that every browser shows the same control.
    const inputs = html`
      <input name="files" type="file" multiple hidden accept=${this.labelled ? nothing : 'image/*,video/*,.heic,.heif,.avif,.mkv'} @change=${this.chosen} />
      <input name="folder" type="file" webkitdirectory hidden @change=${this.chosen} />
      <input name="camera" type="file" accept="image/*" capture="environment" hidden @change=${this.chosen} />
    `;
    const curtain = this.over
      ? html`<div class="curtain" aria-hidden="true"><span>${drop.over}</span></div>`
      : nothing;
    if (this.compact) {
      return html`${inputs}${curtain}
        <button class="button" @click=${() => this.open('files')}>${icons.plus}${this.words ?? drop.add}</button>
        ${
          this.folders
            ? html`<button class="button wide-only" aria-label=${drop.folder} title=${drop.folder} @click=${() => this.open('folder')}>${icons.folder}</button>`
            : nothing
        }
        ${this.none ? html`<p class="notice" role="alert">${drop.none}</p>` : nothing}`;
    }
    return html`${inputs}${curtain}
      <section class="drop-zone" aria-label=${drop.label}>
        <p class="drop-title mouse-only">${drop.title}</p>
        <p class="drop-title touch-only">${drop.label}</p>
        ${this.labelled ? nothing : html`<p class="quiet mouse-only">${drop.or}</p>`}
        <div class="row">
          <button class="button ${this.labelled ? '' : 'primary'}" @click=${() => this.open('files')}>
            ${icons.pictures}${this.labelled ? check.files : drop.choose}
          </button>
          <button
            class="button ${this.labelled ? 'primary' : 'wide-only'}"
            @click=${() => this.open('folder')}
          >
            ${icons.folder}${drop.folder}
          </button>
          <button class="button touch-only" ?hidden=${this.labelled} @click=${() => this.open('camera')}>
            ${icons.camera}${drop.camera}
          </button>
        </div>
        ${this.labelled ? nothing : html`<p class="quiet small">${drop.formats}</p>`}
        ${this.none ? html`<p class="notice" role="alert">${drop.none}</p>` : nothing}
      </section>`;
  }
}

customElements.define('drop-zone', DropZone);
