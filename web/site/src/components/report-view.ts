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
const isNumbers = (value: Value): value is number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');
/** What fits in one cell: a word, a figure, a figure with its interval. */
const isSingle = (value: Value): boolean =>
  typeof value !== 'object' || value === null || (isNumbers(value) && value.length <= 4);
const isCurve = (value: Value): value is [number, number][] =>
  Array.isArray(value) &&
  value.length > 3 &&
  value.every((one) => isNumbers(one) && one.length === 2);

/** How many figures there are; big parts start folded. */
function figures(value: Value): number {
  if (isSingle(value) || isCurve(value)) return 1;
  const inner = Array.isArray(value) ? value : Object.values(value as Things);
  return inner.reduce((sum: number, one) => sum + figures(one), 0);
}
const FOLD_FROM = 24;
/** The report that stands open at first. */
const OPEN = 'masklens_report';

/** Names of the running number of a series. */
const RUNNING = ['step', 'epoch', 'threshold'];
const COLOURS = ['--accent', '--correct', '--incorrect', '--unmasked', '--quiet'];
/** Longer lists are cut in the page; the data itself is a click away. */
const ROWS_AT_MOST = 60;

/** Losses begin a little over 1; what is larger has an axis of its own. */
const MOST = 2;

/** Figures of a row, those of things in it under both names. */
function flattened(row: Things): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'number') figures[name] = value;
    else if (isThings(value))
      for (const [inner, figure] of Object.entries(value))
        if (typeof figure === 'number') figures[`${name} ${inner}`] = figure;
  }
  return figures;
}

/** "medianMs" and "mean_ap" are two words each; names such as YuNet stay as they are. */
const words = (name: string): string =>
  /^[a-z]+([A-Z][a-z]+)+$/.test(name)
    ? name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    : name.replaceAll('_', ' ');

function show(value: Value | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return number(value);
    const size = Math.abs(value);
    return size !== 0 && size < 0.001 ? value.toExponential(1) : number(value, size < 10 ? 3 : 1);
  }
  if (
    isNumbers(value) &&
    value.length === 3 &&
    value[1]! >= 0 &&
    value[1]! <= value[0]! &&
    value[0]! <= value[2]!
  )
    return `${show(value[0])} (${show(value[1])}–${show(value[2])})`;
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
  };
  declare name: string;
  declare content: Value;
  declare address: string;
  /** Thousands of cells that nobody may ever look at are made when a report is opened. */
  private seen = false;

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

  /** Curves of every figure that is a share or a loss, as many to a chart as there are colours; the rest stays in the data. */
  private curves(name: string, rows: Things[], running: string): TemplateResult {
    const flat = rows.map((row) => flattened(row));
    const figures = Object.keys(flat[0]!).filter(
      (figure) =>
        figure !== running &&
        flat.every((row) => row[figure] !== undefined && row[figure] >= 0 && row[figure] <= MOST),
    );
    const charts: string[][] = [];
    for (let from = 0; from < figures.length; from += COLOURS.length)
      charts.push(figures.slice(from, from + COLOURS.length));
    return html`<div class="pair">
      ${charts.map(
        (some) =>
          html`<line-chart
            .lines=${some.map(
              (figure, index): Line => ({
                name: words(figure),
                colour: COLOURS[index]!,
                points: flat.map((row) => [row[running]!, row[figure]!] as const),
              }),
            )}
            .label=${`${words(name)}: ${some.map(words).join(', ')}`}
            .xLabel=${words(running)}
            .yLabel=${''}
            .range=${null}
          ></line-chart>`,
      )}
    </div>`;
  }

  private section(path: string, value: Value, depth: number): TemplateResult | typeof nothing {
    if (isSingle(value)) return nothing;
    const body = this.body(path, value, depth);
    if (depth > 2 || figures(value) < FOLD_FROM)
      return html`<section class="panel"><h3>${words(path)}</h3>${body}</section>`;
    return html`<details class="report">
      <summary><h3>${words(path)}</h3></summary>
      <div class="panel">${body}</div>
    </details>`;
  }

  private body(path: string, value: Value, depth: number): TemplateResult {
    if (isCurve(value)) {
      const inUnit = value.every((point) => point.every((one) => one >= 0 && one <= 1));
      return html`<line-chart
        .lines=${[{ name: words(path), colour: '--accent', points: value }]}
        .label=${words(path)}
        .xLabel=${''}
        .yLabel=${''}
        .range=${inUnit ? [0, 1] : null}
      ></line-chart>`;
    }
    if (isThings(value)) {
      const { order, rows } = value;
      if (Array.isArray(order) && Array.isArray(rows)) {
        const cells = (row: Value): Things =>
          Object.fromEntries(
            (row as Value[]).map((cell, at) => [String(order[at] ?? at + 1), cell]),
          );
        return this.table(
          path,
          rows.map((row, at): [string, Things] => [String(order[at]), cells(row)]),
        );
      }
      return this.things(path, value, depth);
    }
    const list = value as Value[];
    if (list.length === 0 || !list.every(isThings)) return html`<p>${show(value)}</p>`;
    const running = RUNNING.find((key) => typeof list[0]![key] === 'number');
    return running && list.length > 3
      ? this.curves(path, list, running)
      : this.table(
          path,
          list.map((row) => [null, row]),
        );
  }

  /** Children with the same figures, such as `float` and `int8`, stand below each other in one table. */
  private things(path: string, value: Things, depth: number): TemplateResult {
    const entries = Object.entries(value).filter(([key]) => depth > 0 || key !== 'what');
    const isSentence = (inner: Value) => typeof inner === 'string' && inner.length > 40;
    const sentences = entries.filter(([, inner]) => isSentence(inner));
    const singles = entries.filter(([, inner]) => isSingle(inner) && !isSentence(inner));
    const alike = new Map<string, [string, Things][]>();
    for (const [key, inner] of entries) {
      if (!isThings(inner) || !Object.values(inner).every(isSingle)) continue;
      const figures = Object.keys(inner).sort().join();
      alike.set(figures, [...(alike.get(figures) ?? []), [key, inner]]);
    }
    const tables = [...alike.values()];
    const tabled = new Set(tables.flat().map(([key]) => key));
    return html`
      ${sentences.map(([key, inner]) => html`<p>${words(key)}: ${show(inner)}</p>`)}
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
        .map(([key, inner]) => this.section(key, inner, depth + 1))}`;
  }

  override render() {
    const title = t().model.reportNames[this.name] ?? words(this.name);
    const what =
      isThings(this.content) && typeof this.content.what === 'string' ? this.content.what : '';
    return html`<details class="report" ?open=${this.name === OPEN} @toggle=${this.look}>
      <summary><h3>${title}</h3></summary>
      ${this.seen || this.name === OPEN ? this.all(title, what) : nothing}
    </details>`;
  }

  private look(): void {
    this.seen = true;
    this.requestUpdate();
  }

  private all(title: string, what: string): TemplateResult {
    // The commands that write reports speak English: so do names and sentences in them.
    return html`<div class="panel">
      <div class="panel" lang="en" dir="ltr">
        ${what ? html`<p class="quiet">${what}</p>` : nothing}
        ${isThings(this.content) ? this.things(title, this.content, 0) : this.section(title, this.content, 1)}
      </div>
      <p><a href=${this.address} download>${t().model.raw}</a></p>
    </div>`;
  }
}

customElements.define('report-view', ReportView);
