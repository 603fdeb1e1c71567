/** What the page does with the network and the machine, and what a verdict does not mean. */
import { environment } from '@masklens';
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import { offline } from '../offline.ts';
import { bytes, number, t } from '../strings/index.ts';
import { traffic } from '../traffic.ts';

class SiteFooter extends SiteElement {
  private useIt = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(traffic, 'change');
    this.follow(offline, 'change');
    this.follow(engine, 'change');
    offline.start();
  }

  override render() {
    const { trust } = t();
    const here = environment();
    const threadsNote = here.threads
      ? ''
      : !here.simd
        ? t().errors['no-simd']()
        : offline.state === 'ready' && !here.isolated
          ? trust.willIsolate
          : here.isolated
            ? here.reason
            : trust.noIsolation;
    const offlineWord = {
      pending: trust.offlinePending,
      ready: trust.offlineReady,
      full: trust.offlineFull,
      no: trust.offlineNo,
    }[offline.state];
    return html`
      <footer class="site-footer">
        <dl class="trust" aria-label=${trust.label}>
          <div title=${trust.sentHint}>
            <dt>${trust.sent}</dt>
            <dd class="figure" data-sent=${traffic.sent}>${bytes(traffic.sent)}</dd>
          </div>
          <div>
            <dt>${trust.elsewhere}</dt>
            <dd class="figure" data-elsewhere=${traffic.elsewhere}>${number(traffic.elsewhere)}</dd>
          </div>
          ${
            engine.phase === 'ready'
              ? html`<div>
                <dt>${trust.detector}</dt>
                <dd data-detector=${engine.detectorName}>${(t().compare.names as Record<string, string>)[engine.detectorName] ?? engine.detectorName}</dd>
              </div>`
              : nothing
          }
          <div>
            <dt>${trust.simd}</dt>
            <dd>${here.simd ? trust.on : trust.off}</dd>
          </div>
          <div>
            <dt>${trust.threads}</dt>
            <dd data-threads=${here.threads ? 'on' : 'off'}>${here.threads ? trust.on : trust.off}</dd>
          </div>
          <div title=${offline.state === 'ready' && !offline.spare ? trust.offlineSpare : nothing}>
            <dt>${trust.offline}</dt>
            <dd data-offline=${offline.state} ?data-spare=${offline.spare}>${offlineWord}</dd>
          </div>
        </dl>
        ${threadsNote ? html`<p class="quiet">${threadsNote}</p>` : nothing}
        <details class="fold" data-fold="sent">
          <summary>${trust.how.heading}</summary>
          <ul class="sentences">
            ${trust.how.list.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>
        </details>
        <details
          class="fold"
          data-fold="use"
          @toggle=${(event: Event) => {
            if (!(event.target as HTMLDetailsElement).open || this.useIt) return;
            this.useIt = true;
            void import('./use-it.ts').then(() => this.requestUpdate());
          }}
        >
          <summary>${t().use.heading}</summary>
          ${this.useIt ? html`<use-it></use-it>` : nothing}
        </details>
        <p>${trust.disclaimer} <a href="./model.html">${trust.card}</a></p>
        ${
          offline.update
            ? html`<p class="notice">
              ${trust.update}
              <button class="link" @click=${() => void offline.takeUpdate()}>${trust.reload}</button>
            </p>`
            : nothing
        }
      </footer>
    `;
  }
}

customElements.define('site-footer', SiteFooter);
