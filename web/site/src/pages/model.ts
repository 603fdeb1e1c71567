/** The networks as the manifest tells of them, and every report that the build ships. */
import { html, nothing } from 'lit';
import '../components/report-view.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import { SiteElement } from '../element.ts';
import { type Manifest, readManifest } from '../engine.ts';
import { explain, failureOf } from '../failure.ts';
import { bytes, t } from '../strings/index.ts';

interface Report {
  name: string;
  content: unknown;
}

const REPORTS = new URL('./reports/', document.baseURI);

class ModelPage extends SiteElement {
  private manifest: Manifest | null = null;
  private reports: Report[] | null = null;
  private pictures: string[] = [];
  private trouble = '';

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      this.manifest = await readManifest();
    } catch (error) {
      this.trouble = explain(failureOf(error), 'manifest.json');
    }
    this.requestUpdate();
    // The build lists what it ships, as a static host cannot.
    const index = await fetch(new URL('index.json', REPORTS));
    const names: string[] = index.ok ? await index.json() : [];
    // How a network was trained interests fewer people than how good it is.
    const later = (name: string) => Number(name.includes('training'));
    names.sort((a, b) => later(a) - later(b) || a.localeCompare(b));
    this.pictures = names.filter((name) => name.endsWith('.svg'));
    this.reports = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map(async (name) => ({
          name,
          content: await (await fetch(new URL(name, REPORTS))).json(),
        })),
    );
    this.requestUpdate();
  }

  private networks() {
    const { model } = t();
    if (!this.manifest) return nothing;
    return html`<section class="panel" aria-labelledby="networks-heading">
      <h2 id="networks-heading">${model.networks}</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="networks-heading">
        <table>
          <thead>
            <tr>
              <th scope="col">${model.network}</th>
              <th scope="col" class="number">${model.size}</th>
              <th scope="col">${model.source}</th>
              <th scope="col">${model.data}</th>
              <th scope="col">${model.licence}</th>
            </tr>
          </thead>
          <tbody>
            ${Object.entries(this.manifest.networks).map(
              ([name, entry]) =>
                html`<tr>
                  <th scope="row">${name}</th>
                  <td class="number">${bytes(entry.bytes)}</td>
                  <td>${entry.source}</td>
                  <td>${entry.data}</td>
                  <td>${entry.licence}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  override render() {
    const { model } = t();
    return html`
      <div class="page-head">
        <h1>${model.heading}</h1>
        <p class="lead">${model.lead}</p>
      </div>
      <div class="stack">
        <section class="panel" aria-labelledby="limits-heading">
          <h2 id="limits-heading">${model.limits}</h2>
          <ul class="sentences">
            ${model.limitList.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>
        </section>
        ${this.trouble ? html`<p class="notice bad" role="alert">${this.trouble}</p>` : nothing}
        ${this.networks()}
        <section class="stack" aria-labelledby="reports-heading">
          <h2 id="reports-heading">${model.reports}</h2>
          ${this.reports?.length === 0 ? html`<p class="quiet">${model.noReports}</p>` : nothing}
          ${this.reports?.map(
            ({ name, content }) =>
              html`<report-view
                .name=${name}
                .content=${content}
                .address=${`./reports/${name}`}
                .pictures=${this.pictures.filter((picture) => picture.startsWith(name.replace(/\.json$/, '')))}
              ></report-view>`,
          )}
        </section>
      </div>
    `;
  }
}

customElements.define('model-page', ModelPage);
