/** What stands beside the live picture: counts, people, events, figures over time, technical details. */
import { LABELS, type LiveResult } from '@masklens';
import { html, nothing } from 'lit';
import { mark } from '../icons.ts';
import { number, percent, t } from '../strings/index.ts';
import type { Crowd, LoggedEvent } from './crowd.ts';

const SHOWN_EVENTS = 50;

export function countsNow(crowd: Crowd) {
  const counts = crowd.counts();
  const { live, label: labels } = t();
  return html`<section aria-labelledby="counts-heading">
    <h2 id="counts-heading">${live.counts}</h2>
    <dl class="live-counts">
      ${LABELS.map(
        (label) =>
          html`<div>
            ${mark(label)}
            <dt>${labels[label]}</dt>
            <dd data-count=${label}>${counts[label]}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

export function people(crowd: Crowd) {
  const { live, short } = t();
  const now = performance.now();
  return html`<section aria-labelledby="people-heading">
    <h2 id="people-heading">${live.people}</h2>
    <ul class="live-people">
      ${[...crowd.people.values()]
        .sort((a, b) => a.id - b.id)
        .slice(0, 20)
        .map(
          ({ id, label, uncertain, since }) =>
            html`<li data-person=${id}>
              ${mark(uncertain ? 'look' : label)}<span>${live.person(id)}</span
              ><span>${short[label]}</span
              ><span class="figure quiet">${live.seconds(Math.round((now - since) / 1000))}</span>
            </li>`,
        )}
    </ul>
  </section>`;
}

function wordsOf({ kind, trackId, from, to }: LoggedEvent): string {
  const { live, short } = t();
  const who = live.person(trackId);
  switch (kind) {
    case 'enter':
      return live.eventWords.enter(who, short[to]);
    case 'leave':
      return live.eventWords.leave(who, short[to]);
    case 'change':
      return live.eventWords.change(who, short[from], short[to]);
  }
}

export function events(crowd: Crowd, save: () => void, clear: () => void) {
  const { live } = t();
  return html`<details class="live-more" data-part="events">
    <summary>${live.events} (${number(crowd.events.length)})</summary>
    <ol class="live-events" reversed>
      ${crowd.events
        .slice(-SHOWN_EVENTS)
        .reverse()
        .map(
          (event) =>
            html`<li>
              <time datetime=${event.at.toISOString()}>${event.at.toLocaleTimeString(document.documentElement.lang)}</time>
              ${wordsOf(event)}
            </li>`,
        )}
    </ol>
    <div class="live-buttons">
      <button class="button" data-do="csv" ?disabled=${crowd.events.length === 0} @click=${save}>${live.saveEvents}</button>
      <button class="button" data-do="clear" @click=${clear}>${live.clear}</button>
    </div>
  </details>`;
}

/** `drawn`: the chart's program has arrived. */
export function overTime(crowd: Crowd, drawn: boolean, opened: (open: boolean) => void) {
  const { live, label: labels } = t();
  const share = crowd.compliance();
  return html`<details
    class="live-more"
    data-part="time"
    @toggle=${(event: Event) => opened((event.target as HTMLDetailsElement).open)}
  >
    <summary>${live.overTime}</summary>
    <p data-compliance>${share === null ? live.noneYet : live.compliance(percent(share))}</p>
    <p class="quiet small">${number(crowd.total)} ${live.total}</p>
    ${
      drawn && crowd.moments.length > 1
        ? html`<line-chart
          .label=${live.chart}
          .xLabel=${live.chartTime}
          .yLabel=${live.people}
          .range=${null}
          .lines=${LABELS.map((label) => ({
            name: labels[label],
            colour: `--${label}`,
            points: crowd.moments.map(({ time, counts }) => [time, counts[label]] as const),
          }))}
        ></line-chart>`
        : nothing
    }
  </details>`;
}

export function technical(result: LiveResult | null, threads: number) {
  const { live } = t();
  const rows: [string, number, string?][] = [
    [live.fps, result?.framesPerSecond ?? 0, 'fps'],
    [live.time, result?.timing.total ?? 0],
    [live.latency, result?.latency ?? 0, 'latency'],
    [live.threads, threads],
  ];
  return html`<details class="live-more" data-part="technical">
    <summary>${live.technical}</summary>
    <dl class="live-figures">
      ${rows.map(
        ([name, value, key]) =>
          html`<div>
            <dt>${name}</dt>
            <dd data-fps=${key === 'fps' ? value : nothing} data-latency=${key === 'latency' ? value : nothing}>${number(value)}</dd>
          </div>`,
      )}
    </dl>
  </details>`;
}
