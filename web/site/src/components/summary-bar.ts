/**
 * Counts over all pictures in four groups that add up, each a button that filters; the slider that
 * recounts them, and how far the queue is. Fires `filter` (detail: a group or null), `next` and
 * `threshold` (detail: a score).
 */
import { html, nothing } from 'lit';
import { type Batch, canRetry } from '../batch.ts';
import { SiteElement } from '../element.ts';
import { engine, LOWEST_SCORE } from '../engine.ts';
import { icons, mark } from '../icons.ts';
import { number, t } from '../strings/index.ts';
import { type Counts, GROUPS, type Group } from '../verdict.ts';

/** Steps from the default to each end of the slider. */
const STEPS = 10;
/** Where fewer faces end: what is left are those that nobody would miss. */
const HIGHEST_SCORE = 0.95;

/** Steps towards more faces, negative towards fewer; 0 is the detector's own threshold. */
export function scoreAt(step: number, usual: number): number {
  const share = Math.abs(step) / STEPS;
  return usual + (step > 0 ? LOWEST_SCORE - usual : HIGHEST_SCORE - usual) * share;
}

class SummaryBar extends SiteElement {
  protected static override readonly inTurn = true;
  static override properties = {
    batch: { attribute: false },
    counts: { attribute: false },
    step: { attribute: false },
    fainter: { attribute: false },
    filter: { attribute: false },
  };
  declare batch: Batch;
  declare counts: Counts;
  /** Of the slider; see {@link scoreAt}. */
  declare step: number;
  /** Faces of the picture on the stage that only more would show. */
  declare fainter: number;
  declare filter: Group | null;

  private timeLeft(): string {
    const words = t().batch;
    const seconds = this.batch.secondsLeft();
    if (seconds === null) return '';
    const time =
      seconds < 90
        ? words.seconds(Math.max(1, Math.round(seconds)))
        : words.minutes(Math.round(seconds / 60));
    return words.left(time);
  }

  private group(group: Group) {
    const { summary } = t();
    const pressed = this.filter === group;
    return html`<button
      class="group ${group}"
      data-group=${group}
      aria-pressed=${pressed ? 'true' : 'false'}
      title=${summary.filter}
      @click=${() =>
        this.dispatchEvent(new CustomEvent('filter', { detail: pressed ? null : group }))}
    >
      ${mark(group)}<strong data-count=${group}>${number(this.counts[group])}</strong>
      <span>${summary.groups[group]}</span>
    </button>`;
  }

  private queue() {
    const { batch } = this;
    const words = t().batch;
    const failed = batch.pictures.filter(({ status }) => status === 'failed').length;
    const again = batch.pictures.some((one) => one.status === 'failed' && canRetry(one));
    const cancelled = batch.pictures.filter(({ status }) => status === 'cancelled').length;
    if (batch.running) {
      return html`<div class="queue">
        <progress aria-label=${words.progress} max="1" .value=${batch.share}></progress>
        <span>${words.line(batch.done, batch.planned)}</span>
        <span class="quiet">${this.timeLeft()}</span>
        <button class="button small" data-do="cancel" @click=${() => batch.cancel()}>${words.cancel}</button>
      </div>`;
    }
    // The line keeps its place when the work is done, so that nothing below it moves. Those who do
    // not see it are told below.
    if (failed + cancelled === 0) {
      return html`<p class="queue done quiet" aria-hidden="true">${this.finished()}</p>`;
    }
    return html`<div class="queue done">
      ${
        failed > 0
          ? html`<span class="bad">${icons.warning}${words.failed(failed)}</span>`
          : nothing
      }
      ${
        again
          ? html`<button class="button small" data-do="retry" @click=${() => batch.retry(({ status }) => status === 'failed')}>
              ${words.retryAll}
            </button>`
          : nothing
      }
      ${
        cancelled > 0
          ? html`<span>${words.cancelled(cancelled)}</span>
            <button class="button small" data-do="resume" @click=${() => batch.retry(({ status }) => status === 'cancelled')}>
              ${words.resume}
            </button>`
          : nothing
      }
    </div>`;
  }

  /** Of all pictures, not of the last ones alone: the counts above are of all, too. */
  private finished(): string {
    const { batch, counts } = this;
    const done = batch.pictures.filter(({ status }) => status === 'done').length;
    return !batch.running && done > 0 ? t().batch.finished(done, counts.people) : '';
  }

  private slider() {
    const { more } = t();
    const { step } = this;
    const score = scoreAt(step, engine.defaultScore);
    return html`<div class="threshold" data-min-score=${score}>
      <label class="threshold-label" for="threshold">${more.heading}</label>
      <span class="threshold-ends" aria-hidden="true"><span>${more.fewer}</span><span>${more.usual}</span><span>${more.more}</span></span>
      <input
        id="threshold"
        type="range"
        name="threshold"
        min=${-STEPS}
        max=${STEPS}
        step="1"
        list="threshold-usual"
        .value=${String(step)}
        title=${more.hint}
        aria-valuetext=${step === 0 ? more.usual : step > 0 ? more.moreBy(step) : more.fewerBy(-step)}
        @input=${(event: Event) =>
          this.dispatchEvent(
            new CustomEvent('threshold', {
              detail: Number((event.target as HTMLInputElement).value),
            }),
          )}
      />
      <datalist id="threshold-usual"><option value="0"></option></datalist>
      <span class="threshold-note quiet"
        >${
          step === 0
            ? this.fainter > 0
              ? more.fainter(this.fainter)
              : ''
            : html`<button class="link" data-do="reset-threshold" @click=${() => this.dispatchEvent(new CustomEvent('threshold', { detail: 0 }))}>${more.reset}</button>`
        }</span
      >
    </div>`;
  }

  override render() {
    const { summary } = t();
    const { counts, batch } = this;
    const { length } = batch.pictures;
    return html`
      <section class="summary" aria-label=${summary.heading}>
        <p class="totals">
          <strong data-count="pictures">${number(length)}</strong> ${summary.pictures(length)} ·
          <strong data-count="people">${number(counts.people)}</strong> ${summary.people(counts.people)}
        </p>
        <div class="groups" role="group" aria-label=${summary.filter}>
          ${GROUPS.map((group) => this.group(group))}
          ${
            this.filter && counts[this.filter] > 0
              ? html`<button class="button small" data-do="next" @click=${() => this.dispatchEvent(new CustomEvent('next'))}>${summary.next}${icons.right}</button>`
              : nothing
          }
        </div>
        ${this.slider()} ${this.queue()}
        <p class="unseen" role="status">${this.finished()}</p>
      </section>
    `;
  }
}

customElements.define('summary-bar', SummaryBar);
