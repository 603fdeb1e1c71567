/** How often the verdict is right on the visitor's own pictures, measured by the shipped pipeline. */
import { LABELS, type Label } from '@masklens';
import { html, nothing } from 'lit';
import '../charts/line-chart.ts';
import type { Line } from '../charts/line-chart.ts';
import '../components/drop-zone.ts';
import '../components/load-line.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import type { Interval } from '../evaluation/metrics.ts';
import { reportJson, reportPicture } from '../evaluation/report.ts';
import { check, type Mistake, type Outcome } from '../evaluation/run.ts';
import { readTruth, type Truth } from '../evaluation/truth.ts';
import { saveBlob } from '../export/save.ts';
import { explain, failureOf } from '../failure.ts';
import type { Found } from '../files.ts';
import { icons, mark } from '../icons.ts';
import { LABELLED_SAMPLES, SAMPLE_LABELS } from '../samples.ts';
import { isolated, number, percent, t } from '../strings/index.ts';
import { faceCrops, thumbnail } from '../thumbnails.ts';
import { surely } from '../verdict.ts';

const DIAGONAL: Line['points'] = [
  [0, 0],
  [1, 1],
];

/** "(74–91)", in per cent. */
const range = ([, low, high]: Interval): string => `(${number(100 * low)}–${number(100 * high)})`;

class CheckPage extends SiteElement {
  private truth: Truth | null = null;
  private nothing = false;
  private outcome: Outcome | null = null;
  private trouble = '';
  private done = 0;
  private fetching = false;
  private aborter: AbortController | null = null;
  private crops: string[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(engine, 'change');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.reset();
  }

  private reset(): void {
    this.aborter?.abort();
    this.aborter = null;
    this.truth = null;
    this.nothing = false;
    this.outcome = null;
    this.trouble = '';
    for (const url of this.crops) URL.revokeObjectURL(url);
    this.crops = [];
    this.requestUpdate();
  }

  private async take(found: Found[]): Promise<void> {
    this.reset();
    void engine.get().catch(() => {});
    this.truth = await readTruth(found);
    this.nothing = !this.truth;
    const lost = found.find(({ unreadable }) => unreadable);
    if (lost) this.trouble = explain({ code: 'unreadable', message: '', format: '' }, lost.path);
    this.requestUpdate();
  }

  /** A dozen pictures whose answers are known, to see what the page does. */
  private async trySamples(): Promise<void> {
    this.fetching = true;
    this.trouble = '';
    this.requestUpdate();
    try {
      const addresses = [SAMPLE_LABELS, ...LABELLED_SAMPLES];
      const files = await Promise.all(
        addresses.map(async ({ name, url }) => {
          const answer = await fetch(url);
          if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
          const blob = await answer.blob();
          return { file: new File([blob], name, { type: blob.type }), path: name };
        }),
      );
      await this.take(files);
    } catch (error) {
      this.trouble = explain(failureOf(error), '');
    }
    this.fetching = false;
    this.requestUpdate();
  }

  private async run(): Promise<void> {
    const { truth } = this;
    if (!truth) return;
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    this.done = 0;
    this.outcome = null;
    this.trouble = '';
    this.requestUpdate();
    try {
      const detector = await engine.get();
      const outcome = await check(
        truth,
        detector,
        engine.defaultScore,
        (done) => {
          this.done = done;
          this.requestUpdate();
        },
        signal,
      );
      if (signal.aborted) return;
      this.outcome = outcome;
      void this.cutMistakes(outcome.worst);
    } catch (error) {
      if (!signal.aborted) this.trouble = explain(failureOf(error), '');
    }
    if (this.aborter?.signal === signal) this.aborter = null;
    this.requestUpdate();
  }

  private async cutMistakes(worst: Mistake[]): Promise<void> {
    const urls: string[] = [];
    for (const { file, box, width } of worst) {
      let url = '';
      try {
        const [bitmap] = box ? await faceCrops(file, width, [box], 160) : [];
        if (!box) url = URL.createObjectURL(await thumbnail(file));
        else if (bitmap) {
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          canvas.getContext('bitmaprenderer')!.transferFromImageBitmap(bitmap);
          url = URL.createObjectURL(await canvas.convertToBlob({ type: 'image/png' }));
        }
      } catch {
        // The words beside it say what went wrong.
      }
      urls.push(url);
    }
    this.crops = urls;
    this.requestUpdate();
  }

  private how() {
    const { check: words } = t();
    return html`<section class="panel" aria-labelledby="how-heading">
      <h2 id="how-heading">${words.how}</h2>
      <ul class="sentences">
        <li>${words.folders}</li>
        <li>${words.coco}</li>
        <li>${words.voc}</li>
        <li>${words.yolo}</li>
      </ul>
    </section>`;
  }

  private ready(truth: Truth) {
    const { check: words, batch } = t();
    const all = truth.pictures.length;
    return html`<section class="panel" aria-live="polite">
      <p data-found=${truth.kind}>${words.found(all, truth.boxes, words.kinds[truth.kind])}</p>
      ${
        truth.unknown.length > 0
          ? html`<p class="notice">${words.unknownClass(truth.unknown.map(isolated).join(', '))}</p>`
          : nothing
      }
      ${engine.phase === 'ready' ? nothing : html`<load-line></load-line>`}
      ${
        this.aborter
          ? html`<div class="queue">
            <progress aria-label=${words.progress} max=${all} .value=${this.done}></progress>
            <span>${batch.line(this.done, all)}</span>
            <button class="button small" @click=${() => this.reset()}>${batch.cancel}</button>
          </div>`
          : html`<div class="row">
            <button class="button primary" data-do="check" @click=${() => void this.run()}>${words.run(all)}</button>
            <button class="button" @click=${() => this.reset()}>${words.another}</button>
          </div>`
      }
      ${this.trouble ? html`<p class="notice bad" role="alert">${this.trouble}</p>` : nothing}
    </section>`;
  }

  private confusionTable({ evaluation }: Outcome) {
    const { check: words, short } = t();
    const most = Math.max(1, ...evaluation.confusion.flat());
    // Four steps of tint: the numbers carry the meaning, the tint helps the eye.
    const tint = (value: number) => `tint-${value === 0 ? 0 : Math.ceil((value / most) * 4)}`;
    return html`<section class="panel" aria-labelledby="confusion-heading">
      <h2 id="confusion-heading">${words.confusion}</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="confusion-heading">
        <table class="confusion">
          <caption>${words.confusionNote}</caption>
          <thead>
            <tr>
              <td></td>
              ${LABELS.map((name) => html`<th scope="col">${mark(name)} ${short[name]}</th>`)}
              <th scope="col">${words.notFound}</th>
            </tr>
          </thead>
          <tbody>
            ${LABELS.map(
              (name, row) =>
                html`<tr>
                  <th scope="row">${mark(name)} ${short[name]}</th>
                  ${evaluation.confusion[row]!.map(
                    (value, column) =>
                      html`<td class="number ${tint(value)}" data-cell="${row}-${column}">${number(value)}</td>`,
                  )}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  private classTable({ evaluation }: Outcome) {
    const { check: words, short } = t();
    const share = (value: number | null) => (value === null ? '–' : percent(value, 1));
    const spread = (value: Interval | null) =>
      value ? html`${percent(value[0], 1)} <span class="quiet small">${range(value)}</span>` : '–';
    return html`<section class="panel" aria-labelledby="class-heading">
      <h2 id="class-heading">${words.perClass}</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="class-heading">
        <table class="by-class">
          <thead>
            <tr>
              <td></td>
              <th scope="col" class="number">${words.precision}</th>
              <th scope="col" class="number">${words.recall}</th>
              <th scope="col" class="number">${words.f1}</th>
              <th scope="col" class="number">${words.auc}</th>
              <th scope="col" class="number">${words.support}</th>
            </tr>
          </thead>
          <tbody>
            ${LABELS.map((name) => {
              const { precisionInterval, recallInterval, f1, support } = evaluation.byClass[name];
              const roc = evaluation.roc[name];
              return html`<tr>
                <th scope="row">${mark(name)} ${short[name]}</th>
                <td class="number">${spread(precisionInterval)}</td>
                <td class="number">${spread(recallInterval)}</td>
                <td class="number">${share(f1)}</td>
                <td class="number">${
                  roc
                    ? html`<bdi dir="ltr">${number(roc.auc, 3)} <span class="quiet small">(${number(roc.interval[1], 2)}–${number(roc.interval[2], 2)})</span></bdi>`
                    : '–'
                }</td>
                <td class="number">${number(support)}</td>
              </tr>`;
            })}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  private charts({ evaluation }: Outcome) {
    const { check: words, label } = t();
    const ideal: Line = {
      name: words.ideal,
      colour: '--strong-line',
      points: DIAGONAL,
      dashed: true,
    };
    const curves = LABELS.flatMap((name: Label): Line[] => {
      const curve = evaluation.roc[name];
      return curve ? [{ name: label[name], colour: `--${name}`, points: curve.curve }] : [];
    });
    const { bins, error } = evaluation.calibration;
    return html`<div class="pair">
      ${
        curves.length > 0
          ? html`<section class="panel">
            <h2>${words.roc}</h2>
            <p class="quiet small">${words.rocNote}</p>
            <line-chart
              .lines=${[...curves, ideal]}
              .label=${`${words.roc}: ${LABELS.filter((name) => evaluation.roc[name])
                .map(
                  (name) => `${label[name]}, ${words.auc} ${number(evaluation.roc[name]!.auc, 3)}`,
                )
                .join('; ')}`}
              .xLabel=${words.falsePositive}
              .yLabel=${words.truePositive}
              .range=${[0, 1]}
            ></line-chart>
          </section>`
          : nothing
      }
      ${
        evaluation.precisionRecall
          ? html`<section class="panel">
            <h2>${words.pr}</h2>
            <p class="quiet small">${words.ap} <strong data-ap=${evaluation.precisionRecall.ap}>${percent(evaluation.precisionRecall.ap, 1)}</strong></p>
            <line-chart
              .lines=${[{ name: words.precision, colour: '--accent', points: evaluation.precisionRecall.curve }]}
              .label=${`${words.pr}: ${words.ap} ${percent(evaluation.precisionRecall.ap, 1)}`}
              .xLabel=${words.recall}
              .yLabel=${words.precision}
              .range=${[0, 1]}
            ></line-chart>
          </section>`
          : nothing
      }
      ${
        bins.length > 0
          ? html`<section class="panel">
            <h2>${words.calibration}</h2>
            <p class="quiet small">${words.calibrationNote} ${words.ece} <strong>${percent(error, 1)}</strong></p>
            <line-chart
              .lines=${[
                {
                  name: words.correctShare,
                  colour: '--accent',
                  points: bins.map(({ said, right }) => [said, right] as const),
                  dots: true,
                },
                ideal,
              ]}
              .label=${`${words.calibration}: ${words.ece} ${percent(error, 1)}`}
              .xLabel=${words.confidence}
              .yLabel=${words.correctShare}
              .range=${[0, 1]}
            ></line-chart>
          </section>`
          : nothing
      }
    </div>`;
  }

  private worst({ worst }: Outcome) {
    const { check: words, label } = t();
    return html`<section class="panel" aria-labelledby="worst-heading">
      <h2 id="worst-heading">${words.worst}</h2>
      ${
        worst.length === 0
          ? html`<p class="quiet">${words.worstNone}</p>`
          : html`<ul class="cards">
            ${worst.map(
              ({ path, truth, verdict, confidence }, index) =>
                html`<li class="mistake">
                  ${this.crops[index] ? html`<img src=${this.crops[index]} alt="" />` : html`<span class="blank">${icons.pictures}</span>`}
                  <span class="small">${
                    verdict
                      ? words.worstItem(label[truth], label[verdict], surely(confidence))
                      : words.worstLost(label[truth])
                  }</span>
                  <span class="quiet small card-name" title=${path}>${path}</span>
                </li>`,
            )}
          </ul>`
      }
    </section>`;
  }

  private report(outcome: Outcome) {
    const { check: words } = t();
    const { evaluation } = outcome;
    return html`
      <section class="panel">
        <h2>${words.accuracy}</h2>
        <p class="headline" data-accuracy=${evaluation.accuracy}>
          ${percent(evaluation.accuracy, 1)}
          ${evaluation.accuracyInterval ? html`<span class="interval">${range(evaluation.accuracyInterval)}</span>` : nothing}
        </p>
        <p class="quiet">${words.accuracyNote(evaluation.right, evaluation.faces)}</p>
        <p class="quiet small">${words.intervalNote} ${this.truth?.kind === 'folders' ? '' : words.boxesNote}</p>
        ${outcome.missed > 0 ? html`<p class="notice">${words.missed(outcome.missed)}</p>` : nothing}
        ${
          outcome.unreadable.length > 0
            ? html`<p class="notice" title=${outcome.unreadable.join('\n')}>${words.skipped(outcome.unreadable.length)}</p>`
            : nothing
        }
        <div class="row">
          <button
            class="button"
            data-save="report"
            @click=${() =>
              saveBlob(
                new Blob([reportJson(this.truth!.kind, outcome)], { type: 'application/json' }),
                'masklens-check.json',
              )}
          >
            ${icons.download}${words.saveJson}
          </button>
          <button
            class="button"
            data-save="report-picture"
            @click=${() =>
              void reportPicture(outcome, [
                ...this.querySelectorAll<HTMLElement>('line-chart'),
              ]).then((blob) => saveBlob(blob, 'masklens-check.png'))}
          >
            ${icons.pictures}${words.savePicture}
          </button>
        </div>
      </section>
      <div class="pair">${this.confusionTable(outcome)} ${this.classTable(outcome)}</div>
      ${this.charts(outcome)} ${this.worst(outcome)}
    `;
  }

  override render() {
    const { check: words } = t();
    return html`
      <div class="page-head">
        <h1>${words.heading}</h1>
        <p class="lead">${words.lead}</p>
      </div>
      <div class="stack">
        ${
          this.truth
            ? html`${this.ready(this.truth)} ${this.outcome ? this.report(this.outcome) : nothing}`
            : html`<drop-zone labelled @files=${(event: CustomEvent<Found[]>) => void this.take(event.detail)}></drop-zone>
              <p>
                <button class="button" data-do="samples" ?disabled=${this.fetching} @click=${() => void this.trySamples()}>${icons.pictures}${words.samples(LABELLED_SAMPLES.length)}</button>
                <span class="quiet small">${words.samplesNote}</span>
              </p>
              ${this.trouble ? html`<p class="notice bad" role="alert">${this.trouble}</p>` : nothing}
              ${this.nothing ? html`<p class="notice bad" role="alert">${words.nothing}</p>` : nothing} ${this.how()}`
        }
      </div>
    `;
  }
}

customElements.define('check-page', CheckPage);
