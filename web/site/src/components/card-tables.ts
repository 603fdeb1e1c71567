/** The figures that the model card tells first: ours beside others, detectors, classifiers. */
import { html, nothing, type TemplateResult } from 'lit';
import '../charts/line-chart.ts';
import { SiteElement } from '../element.ts';
import {
  classifierRows,
  detectorRows,
  type Peers,
  peersOf,
  plainFigures,
  type Share,
} from '../evaluation/published.ts';
import { bytes, inMilliseconds, milliseconds, number, percent, t } from '../strings/index.ts';

const share = (value: Share | null): string => {
  if (!value) return '–';
  const [middle, low, high] = value;
  const whole = percent(middle, 1);
  return low === undefined || high === undefined
    ? whole
    : `${whole} (${number(100 * low, 1)}–${number(100 * high, 1)})`;
};
const part = (value: number | null): string => (value === null ? '–' : percent(value, 1));
const time = (value: number | null): string =>
  value === null ? '–' : milliseconds(value, value < 100 ? 1 : 0);

class CardTables extends SiteElement {
  static override properties = {
    reports: { attribute: false },
  };
  /** Name of the file without its kind -> content. */
  declare reports: ReadonlyMap<string, unknown>;

  private section(
    id: string,
    heading: string,
    note: string,
    columns: readonly string[],
    rows: readonly { name: string; cells: readonly string[]; ours?: boolean }[],
    below: TemplateResult | typeof nothing = nothing,
  ): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing;
    return html`<section class="panel" data-figures=${id} aria-labelledby="${id}-heading">
      <h2 id="${id}-heading">${heading}</h2>
      <p class="quiet small">${note}</p>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="${id}-heading">
        <table>
          <thead>
            <tr>
              <td></td>
              ${columns.map((name) => html`<th scope="col" class="number">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ name, cells, ours }) =>
                html`<tr class=${ours ? 'ours' : nothing}>
                  <th scope="row">${name}</th>
                  ${cells.map((cell) => html`<td class="number">${cell}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${below}
    </section>`;
  }

  /** What somebody asks first, in sentences. */
  private plain(): TemplateResult | typeof nothing {
    const { plain } = t().model;
    const { incorrect, correct, unmasked, foundMasked } = plainFigures(this.reports);
    const sentence = (value: Share | null, words: (n: string, range: string) => string) => {
      if (!value) return nothing;
      const [middle, low, high] = value;
      const range =
        low === undefined || high === undefined
          ? ''
          : ` (${number(100 * low)}–${number(100 * high)})`;
      return html`<li>${words(number(100 * middle), range)}</li>`;
    };
    if (!incorrect && !correct && !unmasked) return nothing;
    return html`<section class="panel" data-figures="plain" aria-labelledby="plain-heading">
      <h2 id="plain-heading">${plain.heading}</h2>
      <ul class="sentences plain">
        ${sentence(incorrect, plain.incorrect)} ${sentence(correct, plain.correct)}
        ${sentence(unmasked, plain.unmasked)}
        ${foundMasked === null ? nothing : html`<li>${plain.found(number(100 * foundMasked))}</li>`}
      </ul>
      <p class="quiet small">${plain.note}</p>
    </section>`;
  }

  private peers({ rows, chromium, cores, timed, scored }: Peers) {
    const { peers: words } = t().model;
    const dots = rows.flatMap((row) =>
      row.one === null || row.ap50 === null
        ? []
        : [{ name: row.name, points: [[row.one, row.ap50]] as const, ours: row.ours }],
    );
    const others = ['--strong-line', '--incorrect', '--unmasked', '--look', '--correct', '--quiet'];
    // Ours have one colour, and take none of the others'.
    let other = 0;
    const picture = html`<line-chart
      .lines=${dots.map(({ name, points, ours }) => ({
        name,
        points,
        colour: ours ? '--accent' : others[other++ % others.length]!,
        dots: true,
      }))}
      .label=${words.picture}
      .xLabel=${`${words.columns[3]} (${inMilliseconds()})`}
      .yLabel=${words.columns[0]}
      .range=${null}
    ></line-chart>`;
    return this.section(
      'peers',
      words.heading,
      words.note(number(timed ?? 0), number(scored ?? 0), chromium, number(cores ?? 0)),
      words.columns,
      rows.map((row) => ({
        name: row.name,
        ours: row.ours,
        cells: [
          part(row.ap50),
          part(row.ap50From16),
          part(row.recallMasked),
          time(row.one),
          time(row.two),
          time(row.coldStartMs),
          row.bytes === null ? '–' : bytes(row.bytes),
        ],
      })),
      picture,
    );
  }

  override render() {
    const { classifiers, detectors } = t().model;
    const { names } = t().compare;
    const named = (name: string) => (names as Record<string, string>)[name] ?? name;
    const peers = peersOf(this.reports.get('bench'));
    return html`
      ${this.plain()}
      ${this.section(
        'detectors',
        detectors.heading,
        detectors.note,
        detectors.columns,
        detectorRows(this.reports.get('detector_report')).map(
          ({ set, figure, accurate, fast }) => ({
            name: `${(detectors.sets as Record<string, string>)[set] ?? set}: ${detectors.figures[figure]}`,
            cells: [part(accurate), part(fast)],
          }),
        ),
      )}
      ${this.section(
        'classifiers',
        classifiers.heading,
        classifiers.note,
        classifiers.columns,
        classifierRows(this.reports).map((row) => ({
          name: named(row.name),
          ours: row.name === 'masklens',
          cells: [
            share(row.official),
            share(row.honest),
            share(row.incorrectRecall),
            share(row.incorrectPrecision),
            row.calibration === null ? '–' : part(row.calibration),
          ],
        })),
      )}
      ${peers ? this.peers(peers) : nothing}
    `;
  }
}

customElements.define('card-tables', CardTables);
