/** What is being downloaded, and how far it is. */
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import { explain, failureOf } from '../failure.ts';
import { bytes, t } from '../strings/index.ts';

class LoadLine extends SiteElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(engine, 'change');
  }

  override render() {
    const { load } = t();
    const { phase, loaded, total } = engine;
    if (phase === 'failed') {
      const why = engine.error ? explain(failureOf(engine.error), '') : '';
      return html`<p class="notice bad" role="alert">
        ${load.failed} ${why}
        <button class="link" @click=${() => void engine.get().catch(() => {})}>${load.retry}</button>
      </p>`;
    }
    const line =
      phase === 'idle'
        ? load.waiting
        : phase === 'ready'
          ? load.ready(bytes(total))
          : total > 0 && loaded < total
            ? load.loading(bytes(loaded), bytes(total))
            : load.starting;
    return html`<div class="load-line" data-phase=${phase}>
      <span role="status" class="quiet">${line}</span>
      ${
        phase === 'loading'
          ? html`<progress
            aria-label=${load.progress}
            max=${total || 1}
            .value=${total ? loaded : 0}
          ></progress>`
          : nothing
      }
    </div>`;
  }
}

customElements.define('load-line', LoadLine);
