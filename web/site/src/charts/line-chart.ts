/** A small line chart: uPlot drawn in the page's colours, with a summary in words for screen readers. */
import { html } from 'lit';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { SiteElement } from '../element.ts';

export interface Line {
  name: string;
  /** A CSS colour, or the name of a custom property such as `--correct`. */
  colour: string;
  /** Points in any number; x need not be the same among lines. */
  points: readonly (readonly [x: number, y: number])[];
  dashed?: boolean;
  /** Marks every point. */
  dots?: boolean;
}

const HEIGHT = 280;

/** uPlot wants one list of x for all lines: gaps are null, and joined over. */
function align(lines: readonly Line[]): uPlot.AlignedData {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort(
    (a, b) => a - b,
  );
  const place = new Map(xs.map((x, index) => [x, index]));
  const columns = lines.map(({ points }) => {
    const column: (number | null)[] = Array(xs.length).fill(null);
    // Where a curve is vertical the last of its points stands.
    for (const [x, y] of points) column[place.get(x)!] = y;
    return column;
  });
  return [xs, ...columns] as uPlot.AlignedData;
}

class LineChart extends SiteElement {
  static override properties = {
    lines: { attribute: false },
    label: {},
    xLabel: {},
    yLabel: {},
    range: { attribute: false },
  };
  declare lines: readonly Line[];
  /** What the chart shows, in words. */
  declare label: string;
  declare xLabel: string;
  declare yLabel: string;
  /** Both axes' range; null lets the data decide. */
  declare range: [number, number] | null;
  private plot: uPlot | null = null;
  private width = 0;
  private scheme = matchMedia('(prefers-color-scheme: dark)');
  private observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry!.contentRect.width);
    if (width === this.width) return;
    this.width = width;
    this.draw();
  });
  private themes = new MutationObserver(() => this.draw());

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
    this.themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.follow(this.scheme, 'change');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.themes.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  protected override updated(): void {
    this.draw();
  }

  /** Custom properties may hold light-dark(); the browser resolves them on a real colour. */
  private colour(value: string): string {
    const probe = this.querySelector<HTMLElement>('.chart')!;
    probe.style.color = value.startsWith('--') ? `var(${value})` : value;
    const { color } = getComputedStyle(probe);
    probe.style.color = '';
    return color;
  }

  private draw(): void {
    const place = this.querySelector<HTMLElement>('.chart');
    if (!place || this.width < 80) return;
    this.plot?.destroy();
    const axis = (label: string): uPlot.Axis => ({
      label,
      labelSize: 20,
      labelFont: '13px system-ui, sans-serif',
      font: '13px system-ui, sans-serif',
      stroke: this.colour('--quiet'),
      grid: { stroke: this.colour('--line'), width: 1 },
      ticks: { stroke: this.colour('--line'), width: 1 },
    });
    const range = this.range ?? undefined;
    this.plot = new uPlot(
      {
        width: this.width,
        height: HEIGHT,
        scales: { x: { time: false, range }, y: { range } },
        axes: [axis(this.xLabel), axis(this.yLabel)],
        cursor: { drag: { x: false, y: false } },
        legend: { live: false },
        series: [
          {},
          ...this.lines.map(({ name, colour, dashed, dots }) => ({
            label: name,
            stroke: this.colour(colour),
            width: 2,
            spanGaps: true,
            points: { show: dots ?? false, size: 7 },
            ...(dashed ? { dash: [6, 5] } : {}),
          })),
        ],
      },
      align(this.lines),
      place,
    );
  }

  override render() {
    return html`<div class="chart" role="img" aria-label=${this.label}></div>`;
  }
}

customElements.define('line-chart', LineChart);
