/**
 * What is done with the picture on the stage: boxes shown or not, the picture as it was, faces added
 * by hand, faces hidden. Fires `mode` (detail: the next mode) and `undo`.
 */
import { LABELS, type Label } from '@masklens';
import { html, nothing } from 'lit';
import { SiteElement } from '../element.ts';
import { icons } from '../icons.ts';
import { t } from '../strings/index.ts';

export interface Mode {
  boxes: boolean;
  /** While it is held: the picture as it came. */
  original: boolean;
  /** A face that was missed is being drawn. */
  adding: boolean;
  /** How faces are hidden; null: they are not. */
  hiding: 'blur' | 'pixelate' | null;
}

export const NO_MODE: Mode = { boxes: true, original: false, adding: false, hiding: null };

/** Keys that give the pinned face its label. */
export const LABEL_KEYS: Readonly<Record<string, Label>> = Object.fromEntries(
  LABELS.map((label, index) => [String(index + 1), label]),
);

class StageModes extends SiteElement {
  protected static override readonly inTurn = true;
  static override properties = {
    mode: { attribute: false },
    covered: { attribute: false },
    still: { type: Boolean },
    ready: { type: Boolean },
    undoable: { type: Boolean },
  };
  declare mode: Mode;
  /** How many places are hidden. */
  declare covered: number;
  /** Moving pictures can be hidden as a whole, not face by face. */
  declare still: boolean;
  declare ready: boolean;
  declare undoable: boolean;

  private set(change: Partial<Mode>): void {
    this.dispatchEvent(new CustomEvent<Mode>('mode', { detail: { ...this.mode, ...change } }));
  }

  private hold(down: boolean): void {
    if (this.mode.original !== down) this.set({ original: down });
  }

  private toggle(
    name: string,
    icon: unknown,
    pressed: boolean,
    words: string,
    change: Partial<Mode>,
  ) {
    return html`<button
      class="button small mode ${pressed ? 'chosen' : ''}"
      data-mode=${name}
      aria-pressed=${pressed ? 'true' : 'false'}
      ?disabled=${!this.ready}
      @click=${() => this.set(change)}
    >
      ${icon}${words}
    </button>`;
  }

  private hidePanel() {
    const { hide } = t();
    const { hiding } = this.mode;
    return html`<div class="notice hide-panel">
      <p role="status"><strong data-hidden=${this.covered}>${hide.count(this.covered)}</strong> ${hide.missed}</p>
      <label class="check"
        >${hide.how}
        <select
          name="hiding"
          @change=${(event: Event) =>
            this.set({ hiding: (event.target as HTMLSelectElement).value as Mode['hiding'] })}
        >
          ${(['pixelate', 'blur'] as const).map(
            (name) =>
              html`<option value=${name} ?selected=${hiding === name}>${hide.ways[name]}</option>`,
          )}
        </select></label
      >
      <p class="quiet small">${this.still ? hide.help : hide.moving}</p>
    </div>`;
  }

  override render() {
    const { modes, edit, hide } = t();
    const { mode } = this;
    return html`
      <div class="modes" role="group" aria-label=${modes.heading}>
        ${this.toggle('hide', icons.hide, mode.hiding !== null, hide.heading, {
          hiding: mode.hiding ? null : 'pixelate',
          adding: false,
        })}
        ${
          mode.hiding
            ? nothing
            : html`${this.toggle('boxes', icons.boxes, mode.boxes, modes.boxes, { boxes: !mode.boxes })}
              ${this.still ? this.toggle('add', icons.plus, mode.adding, edit.add, { adding: !mode.adding }) : nothing}`
        }
        <button
          class="button small mode ${mode.original ? 'chosen' : ''}"
          data-mode="original"
          title=${modes.originalHint}
          aria-pressed=${mode.original ? 'true' : 'false'}
          ?disabled=${!this.ready}
          @pointerdown=${() => this.hold(true)}
          @pointerup=${() => this.hold(false)}
          @pointerleave=${() => this.hold(false)}
          @pointercancel=${() => this.hold(false)}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key !== ' ' && event.key !== 'Enter') return;
            event.preventDefault();
            this.hold(true);
          }}
          @keyup=${() => this.hold(false)}
          @blur=${() => this.hold(false)}
          @contextmenu=${(event: Event) => event.preventDefault()}
        >
          ${icons.eye}${modes.original}
        </button>
        ${
          this.undoable
            ? html`<button class="button small mode" data-do="undo" aria-keyshortcuts="Control+Z" @click=${() => this.dispatchEvent(new CustomEvent('undo'))}>
                ${icons.undo}${edit.undo}
              </button>`
            : nothing
        }
      </div>
      ${mode.hiding ? this.hidePanel() : nothing}
      ${mode.adding ? html`<p class="notice" role="status">${edit.addHelp}</p>` : nothing}
    `;
  }
}

customElements.define('stage-modes', StageModes);
