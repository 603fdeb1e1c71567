/** The networks as the manifest tells of them, what was measured, and every report that the build ships. */
import type { Label } from '@masklens';
import { html, nothing } from 'lit';
import '../components/card-tables.ts';
import '../components/report-view.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import { SiteElement } from '../element.ts';
import { type Manifest, readManifest } from '../engine.ts';
import { explain, failureOf } from '../failure.ts';
import { bytes, number, t } from '../strings/index.ts';
import { surely } from '../verdict.ts';

/** What the build lists, as a static host cannot. */
interface Listed {
  name: string;
}

/** The report of faces that are labelled wrongly; it is shown as pictures, not as figures. */
const FAILURES = 'failures';
interface Failures {
  faces: number;
  wrong: number;
  shown: readonly {
    /** The cut-out, a data address. */
    crop: string;
    label: Label;
    verdict: Label;
    confidence: number;
    /** The shorter side of the face's box in pixels. */
    side: number;
    uncertain: boolean;
  }[];
}

interface Report {
  name: string;
  content: unknown;
}

const REPORTS = new URL('./reports/', document.baseURI);

/** What people ask first comes first; how a network was trained interests fewer of them. */
const FIRST = ['masklens_report', 'detector_report', 'bench', 'conditions', 'refinement'];
const rank = (name: string): number => {
  const at = FIRST.indexOf(name);
  if (at >= 0) return at;
  return FIRST.length + Number(!name.endsWith('_report')) + Number(name.endsWith('_training'));
};

class ModelPage extends SiteElement {
  private manifest: Manifest | null = null;
  private reports: Report[] | null = null;
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
    const index = await fetch(new URL('index.json', REPORTS));
    const listed: Listed[] = index.ok ? await index.json() : [];
    const reports = await Promise.all(
      listed
        .filter(({ name }) => name.endsWith('.json'))
        .map(async ({ name }) => ({
          name: name.replace(/\.json$/, ''),
          content: await (await fetch(new URL(name, REPORTS))).json(),
        })),
    );
    this.reports = reports.sort(
      (a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name),
    );
    // All at once: what came later would push away what is being read.
    this.requestUpdate();
  }

  private networks() {
    const { model } = t();
    if (!this.manifest) return nothing;
    return html`<section class="panel" aria-labelledby="networks-heading">
      <h2 id="networks-heading">${model.networks}</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="networks-heading">
        <table data-networks>
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
                  <td lang="en" dir="ltr">${entry.source}</td>
                  <td lang="en" dir="ltr">${entry.data}</td>
                  <td lang="en" dir="ltr">${entry.licence}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  private wrong() {
    const { model, check, label, summary } = t();
    const content = this.reports?.find(({ name }) => name === FAILURES)?.content as
      | Failures
      | undefined;
    if (!content || content.shown.length === 0) return nothing;
    return html`<section class="panel" aria-labelledby="wrong-heading">
      <h2 id="wrong-heading">${model.wrong}</h2>
      <p class="quiet small">${model.wrongNote} ${model.wrongOf(number(content.wrong), number(content.faces))}</p>
      <ul class="cards" data-figures="failures">
        ${content.shown.map(
          (face) =>
            html`<li class="mistake">
              <img src=${face.crop} alt="" width="96" height="96" loading="lazy" />
              <span class="small">${check.worstItem(label[face.label], label[face.verdict], surely(face.confidence))}</span>
              <span class="quiet small">${model.side(face.side)}${face.uncertain ? ` · ${summary.groups.look}` : ''}</span>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  /** Of the benchmark the table stands above already. */
  private shown({ name, content }: Report): unknown {
    if (name !== 'bench') return content;
    const { peers: _, ...rest } = content as Record<string, unknown>;
    return rest;
  }

  private all(reports: Report[]) {
    const { model } = t();
    return html`<section class="panel" aria-labelledby="reports-heading">
          <h2 id="reports-heading">${model.reports}</h2>
          ${reports.length === 0 ? html`<p class="quiet">${model.noReports}</p>` : nothing}
          ${reports
            .filter(({ name }) => name !== FAILURES)
            .map(
              (report) =>
                html`<report-view
                .name=${report.name}
                .content=${this.shown(report)}
                .address=${`./reports/${report.name}.json`}
              ></report-view>`,
            )}
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
        ${
          this.reports
            ? html`<card-tables
              class="stack"
              .reports=${new Map(this.reports.map(({ name, content }) => [name, content]))}
            ></card-tables>`
            : nothing
        }
        ${this.wrong()} ${this.networks()}
        ${this.reports ? this.all(this.reports) : nothing}
      </div>
    `;
  }
}

customElements.define('model-page', ModelPage);
