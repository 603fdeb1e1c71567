/** Counts over all pictures, the slider that recounts them, and how far the queue is. */
import { LABELS } from '@masklens';
import { html, nothing } from 'lit';
import type { Batch } from '../batch.ts';
import { SiteElement } from '../element.ts';
import { LOWEST_SCORE } from '../engine.ts';
import { icons, mark } from '../icons.ts';
import { number, percent, t } from '../strings/index.ts';
import type { Counts } from '../verdict.ts';

class SummaryBar extends SiteElement {
  static override properties = {
    batch: { attribute: false },
    counts: { attribute: false },
    minScore: { attribute: false },
  };
  declare batch: Batch;
  declare counts: Counts;
  declare minScore: number;

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

  private figure(
    name: keyof Counts | 'pictures',
    value: number,
    words: string,
    sign: unknown = nothing,
  ) {
    return html`<div class="count ${name}">
      <dt>${words}</dt>
      <dd data-count=${name}>${sign}${number(value)}</dd>
    </div>`;
  }

  private queue() {
    const { batch } = this;
    const words = t().batch;
    const failed = batch.pictures.filter(({ status }) => status === 'failed').length;
    const cancelled = batch.pictures.filter(({ status }) => status === 'cancelled').length;
    if (batch.running) {
      return html`<div class="queue">
        <progress aria-label=${words.progress} max=${batch.planned} .value=${batch.done}></progress>
        <span>${words.line(batch.done, batch.planned)}</span>
        <span class="quiet">${this.timeLeft()}</span>
        <button class="button small" data-do="cancel" @click=${() => batch.cancel()}>${words.cancel}</button>
      </div>`;
    }
    // The line keeps its place when the work is done, so that nothing below it moves. Those who do
    // not see it are told below.
    if (failed + cancelled === 0) {
      return html`<p class="queue done quiet" aria-hidden="true">
        ${batch.done > 0 ? words.finished(batch.done, this.counts.people) : ''}
      </p>`;
    }
    return html`<div class="queue done">
      ${
        failed > 0
          ? html`<span class="bad">${icons.warning}${words.failed(failed)}</span>
            <button class="button small" data-do="retry" @click=${() => batch.retry(({ status }) => status === 'failed')}>
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

  override render() {
    const { summary, batch: words } = t();
    const { counts, batch } = this;
    return html`
      <section class="summary" aria-label=${summary.heading}>
        <dl class="counts">
          ${this.figure('pictures', batch.pictures.length, summary.pictures(batch.pictures.length))}
          ${this.figure('people', counts.people, summary.people(counts.people))}
          ${LABELS.map((label) => this.figure(label, counts[label], summary[label], mark(label)))}
          ${this.figure('uncertain', counts.uncertain, summary.uncertain)}
          ${this.figure('small', counts.small, summary.small)}
        </dl>
        <label class="threshold">
          <span>${summary.threshold} <output>${percent(this.minScore)}</output></span>
          <input
            type="range"
            name="threshold"
            min=${LOWEST_SCORE}
            max="0.99"
            step="0.01"
            .value=${String(this.minScore)}
            title=${summary.thresholdHint}
            @input=${(event: Event) =>
              this.dispatchEvent(
                new CustomEvent('threshold', {
                  detail: Number((event.target as HTMLInputElement).value),
                }),
              )}
          />
        </label>
        ${this.queue()}
        <p class="unseen" role="status">
          ${!batch.running && batch.done > 0 ? words.finished(batch.done, counts.people) : ''}
        </p>
      </section>
    `;
  }
}

customElements.define('summary-bar', SummaryBar);
