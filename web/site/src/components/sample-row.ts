/** Sample pictures to try with one click. Fires `files`. */
import { html } from 'lit';
import { SiteElement } from '../element.ts';
import type { Found } from '../files.ts';
import { SAMPLES } from '../samples.ts';
import { t } from '../strings/index.ts';

class SampleRow extends SiteElement {
  private urls: string[] = [];
  private files: File[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.fetchAll();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const url of this.urls) URL.revokeObjectURL(url);
    this.urls = [];
  }

  /** Fetched once for show and for use, so that trying one needs no further request. */
  private async fetchAll(): Promise<void> {
    const blobs = await Promise.all(
      SAMPLES.map((address) => fetch(address).then((answer) => answer.blob())),
    ).catch((): Blob[] => []);
    if (!this.isConnected) return;
    this.files = blobs.map(
      (blob, index) => new File([blob], t().samples.file(index + 1), { type: blob.type }),
    );
    this.urls = this.files.map((file) => URL.createObjectURL(file));
    this.requestUpdate();
  }

  private take(index: number): void {
    const file = this.files[index];
    if (!file) return;
    const detail: Found[] = [{ file, path: file.name }];
    this.dispatchEvent(new CustomEvent('files', { detail }));
  }

  override render() {
    const { samples } = t();
    return html`<section class="samples" aria-labelledby="samples-heading">
      <h2 id="samples-heading">${samples.heading}</h2>
      <ul>
        ${SAMPLES.map(
          (_, index) => html`<li>
            <button aria-label=${samples.open(index + 1)} data-sample=${index} ?disabled=${!this.urls[index]} @click=${() => this.take(index)}>
              ${this.urls[index] ? html`<img src=${this.urls[index]} alt="" />` : ''}
            </button>
          </li>`,
        )}
      </ul>
      <p class="quiet small">${samples.licence}</p>
    </section>`;
  }
}

customElements.define('sample-row', SampleRow);
