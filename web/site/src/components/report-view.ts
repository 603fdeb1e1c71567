/**
 * A report of `models/reports`, whatever it holds: single figures as a list, alike things as a
 * table, series with a running number as curves. Commands of the project write the reports; this
 * page only shows them.
 */
import { html, nothing, type TemplateResult } from 'lit';
import '../charts/line-chart.ts';
import type { Line } from '../charts/line-chart.ts';
import { SiteElement } from '../element.ts';
import { number, t } from '../strings/index.ts';

type Value = null | boolean | number | string | Value[] | { [name: string]: Value };
type Things = { [name: string]: Value };

const isThings = (value: Value | undefined): value is Things =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSingle = (value: Value): value is null | boolean | number | string =>
  typeof value !== 'object' || value === null;

/** Names of the running number of a series. */
const RUNNING = ['step', 'epoch', 'threshold'];
const COLOURS = ['--accent', '--correct', '--incorrect', '--unmasked', '--quiet'];
/** Longer lists are cut in the page; the data itself is a click away. */
const ROWS_AT_MOST = 60;

const words = (name: string): string => name.replaceAll('_', ' ');

function show(value: Value | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return number(value);
    const size = Math.abs(value);
    return size !== 0 && size < 0.001 ? value.toExponential(1) : number(value, size < 10 ? 3 : 1);
  }
  if (Array.isArray(value)) return value.map(show).join(', ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, inner]) => `${words(name)} ${show(inner)}`)
      .join(', ');
  return String(value);
}

class ReportView extends SiteElement {
  static override properties = {
    name: {},
    content: { attribute: false },
    address: {},
    pictures: { attribute: false },
  };
  declare name: string;
  declare content: Value;
  declare address: string;
  /** SVG files that belong to the report. */
  declare pictures: string[];

  private table(name: string, rows: [string | null, Things][]): TemplateResult {
    const columns = [...new Set(rows.flatMap(([, row]) => Object.keys(row)))];
    const shown = rows.slice(0, ROWS_AT_MOST);
    const named = rows.some(([row]) => row !== null);
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${words(name)}>
      <table>
        <thead>
          <tr>
            ${named ? html`<td></td>` : nothing}
            ${columns.map((column) => html`<th scope="col">${words(column)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            ([row, cells]) =>
              html`<tr>
                ${named ? html`<th scope="row">${words(row ?? '')}</th>` : nothing}
                ${columns.map((column) => html`<td>${show(cells[column])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  /** Curves of every figure between 0 and 1, which share an axis; the rest stays in the data. */
  private curves(name: string, rows: Things[], running: string): TemplateResult {
    const figures = Object.keys(rows[0]!).filter(
      (figure) =>
        figure !== running &&
        rows.every(
          (row) => typeof row[figure] === 'number' && row[figure] >= 0 && row[figure] <= 1,
        ),
    );
    const lines: Line[] = figures.slice(0, COLOURS.length).map((figure, index) => ({
      name: words(figure),
      colour: COLOURS[index]!,
      points: rows.map((row) => [row[running] as number, row[figure] as number] as const),
    }));
    return html`<line-chart
      .lines=${lines}
      .label=${`${words(name)}: ${figures.map(words).join(', ')}`}
      .xLabel=${words(running)}
      .yLabel=${''}
      .range=${null}
    ></line-chart>`;
  }

  private section(name: string, value: Value, depth: number): TemplateResult | typeof nothing {
    if (isSingle(value)) return nothing;
    let body: TemplateResult;
    if (Array.isArray(value)) {
      if (value.length > 0 && value.every(isThings)) {
        const rows = value as Things[];
        const running = RUNNING.find((key) => typeof rows[0]![key] === 'number');
        body =
          running && rows.length > 3
            ? this.curves(name, rows, running)
            : this.table(
                name,
                rows.map((row) => [null, row]),
              );
      } else if (
        value.length > 0 &&
        value.every((row) => Array.isArray(row) && row.every(isSingle))
      ) {
        const rows = (value as Value[][]).map(
          (row): Things => Object.fromEntries(row.map((cell, at) => [String(at + 1), cell])),
        );
        body = this.table(
          name,
          rows.map((row) => [null, row]),
        );
      } else body = html`<p>${show(value)}</p>`;
    } else {
      const inner = Object.entries(value);
      if (
        inner.length > 1 &&
        inner.every(([, row]) => isThings(row) && Object.values(row).every(isSingle))
      ) {
        body = this.table(name, inner as [string, Things][]);
      } else return this.things(name, value, depth);
    }
    return html`<section class="panel">
      <h3>${words(name)}</h3>
      ${body}
    </section>`;
  }

  /** Children with the same figures, such as `float` and `int8`, stand below each other in one table. */
  private things(path: string, value: Things, depth: number): TemplateResult {
    const entries = Object.entries(value).filter(([key]) => depth > 0 || key !== 'what');
    const singles = entries.filter(([, inner]) => isSingle(inner));
    const alike = new Map<string, [string, Things][]>();
    for (const [key, inner] of entries) {
      if (!isThings(inner) || !Object.values(inner).every(isSingle)) continue;
      const figures = Object.keys(inner).sort().join();
      alike.set(figures, [...(alike.get(figures) ?? []), [key, inner]]);
    }
    const tables = [...alike.values()];
    const tabled = new Set(tables.flat().map(([key]) => key));
    return html`${
      depth > 0 && (singles.length > 0 || tables.length > 0)
        ? html`<h3>${words(path)}</h3>`
        : nothing
    }
      ${
        singles.length > 0
          ? html`<dl class="facts">
            ${singles.map(
              ([key, inner]) => html`<div><dt>${words(key)}</dt><dd>${show(inner)}</dd></div>`,
            )}
          </dl>`
          : nothing
      }
      ${tables.map((rows) => this.table(path, rows))}
      ${entries
        .filter(([key]) => !tabled.has(key))
        .map(([key, inner]) =>
          this.section(depth > 0 ? `${path} · ${key}` : key, inner, depth + 1),
        )}`;
  }

  override render() {
    const title = words(this.name.replace(/\.json$/, ''));
    const what =
      isThings(this.content) && typeof this.content.what === 'string' ? this.content.what : '';
    return html`<details class="report" ?open=${!this.name.includes('training')}>
      <summary><h3>${title}</h3></summary>
      <div class="panel">
        ${what ? html`<p class="quiet" lang="en">${what}</p>` : nothing}
        ${this.pictures.map((picture) => html`<img src=${`./reports/${picture}`} alt=${words(picture)} loading="lazy" />`)}
        ${isThings(this.content) ? this.things(title, this.content, 0) : this.section(title, this.content, 1)}
        <p><a href=${this.address} download>${t().model.raw}</a></p>
      </div>
    </details>`;
  }
}

customElements.define('report-view', ReportView);
