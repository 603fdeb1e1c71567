/**
 * A GIF frame by frame: play, step, and a timeline of verdicts. Fires `frame` with the index and
 * the frame's pixels, where the browser has `ImageDecoder`; elsewhere the pixels are null and the
 * stage shows the GIF itself.
 */
import type { AnimationResult } from '@masklens';
import { html, svg } from 'lit';
import { SiteElement } from '../element.ts';
import { icons } from '../icons.ts';
import { place } from '../place.ts';
import { number, t } from '../strings/index.ts';
import { countFaces, GROUPS, type Group, noCounts } from '../verdict.ts';

/** Browsers show a delay of 10 ms or less as 100 ms. */
const shownDelay = (delayMs: number): number => (delayMs <= 10 ? 100 : delayMs);
const HEIGHT = 48;

class AnimationPlayer extends SiteElement {
  static override properties = {
    file: { attribute: false },
    animation: { attribute: false },
    minScore: { attribute: false },
    index: { state: true },
    playing: { state: true },
  };
  declare file: Blob;
  declare animation: AnimationResult;
  declare minScore: number;
  declare private index: number;
  declare private playing: boolean;
  private decoder: ImageDecoder | null = null;
  private image: VideoFrame | null = null;
  private timer = 0;
  private turn = 0;

  constructor() {
    super();
    this.index = 0;
    this.playing = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.release();
  }

  private release(): void {
    this.turn++;
    clearTimeout(this.timer);
    this.decoder?.close();
    this.decoder = null;
    this.image?.close();
    this.image = null;
    this.playing = false;
    this.index = 0;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('file') && this.file) {
      this.release();
      if ('ImageDecoder' in globalThis) {
        this.decoder = new ImageDecoder({ data: this.file.stream(), type: 'image/gif' });
      }
      void this.show(0);
    }
  }

  private async show(index: number): Promise<void> {
    const turn = ++this.turn;
    let image: VideoFrame | null = null;
    try {
      image = (await this.decoder?.decode({ frameIndex: index }))?.image ?? null;
    } catch {
      // Closed meanwhile, or a frame this browser refuses: the stage shows the GIF itself.
    }
    if (turn !== this.turn) {
      image?.close();
      return;
    }
    const old = this.image;
    this.image = image;
    this.index = index;
    this.dispatchEvent(new CustomEvent('frame', { detail: { index, image } }));
    // The stage has drawn the new one by then.
    if (old) setTimeout(() => old.close(), 500);
    if (this.playing) {
      const { frames } = this.animation;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(
        () => void this.show((index + 1) % frames.length),
        shownDelay(frames[index]!.delayMs),
      );
    }
  }

  private jump(index: number): void {
    this.playing = false;
    clearTimeout(this.timer);
    void this.show(index);
  }

  private toggle(): void {
    this.playing = !this.playing;
    clearTimeout(this.timer);
    if (this.playing) void this.show((this.index + 1) % this.animation.frames.length);
  }

  /** What this frame holds, in words: the timeline for those who do not see it. */
  private verdicts(): string {
    const { faces } = this.animation.frames[this.index]!.result;
    const counts = countFaces(faces, this.minScore, noCounts());
    const { summary, faces: words } = t();
    const parts = GROUPS.filter((group) => counts[group] > 0).map(
      (group) => `${number(counts[group])} ${summary.groups[group]}`,
    );
    return [words.count(counts.people), ...parts].join(', ');
  }

  /** Bars of verdicts, one column a frame, stacked in the fixed order of groups. */
  private timeline() {
    const { frames } = this.animation;
    const counts = frames.map(({ result }) => countFaces(result.faces, this.minScore, noCounts()));
    const most = Math.max(1, ...counts.map(({ people }) => people));
    const peaks = GROUPS.map((group: Group) => {
      const peak = Math.max(...counts.map((count) => count[group]));
      return `${t().summary.groups[group]}: ${number(peak)}`;
    });
    return html`<svg
      class="timeline"
      viewBox="0 0 ${frames.length} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      @click=${(event: PointerEvent) => {
        const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
        const at = Math.floor(((event.clientX - left) / width) * frames.length);
        this.jump(Math.max(0, Math.min(frames.length - 1, at)));
      }}
      aria-label="${t().animation.timeline}: ${t().animation.timelineText(frames.length, peaks.join(', '))}"
    >
      ${counts.map((count, frame) => {
        let y = HEIGHT;
        return GROUPS.map((group) => {
          const height = (count[group] / most) * HEIGHT;
          y -= height;
          return svg`<rect class=${group} x=${frame} y=${y} width="1" height=${height} />`;
        });
      })}
      <rect class="now" x=${this.index} y="0" width="1" height=${HEIGHT} />
    </svg>`;
  }

  override render() {
    const { animation } = t();
    const { frames } = this.animation;
    return html`<section class="animation" aria-label=${animation.heading}>
      <button class="button" @click=${() => this.toggle()}>
        ${this.playing ? icons.pause : icons.play}${this.playing ? animation.pause : animation.play}
      </button>
      <div class="animation-time">
        ${this.timeline()}
        <input
          type="range"
          name="frame"
          aria-label=${animation.slider}
          aria-valuetext="${animation.frame(this.index + 1, frames.length)}. ${this.verdicts()}"
          min="0"
          max=${frames.length - 1}
          .value=${String(this.index)}
          ${
            // The thumb, 16 pixels wide, stands under the middle of its frame's column.
            place({
              width: `calc(100% - 100% / ${frames.length} + 16px)`,
              'margin-inline': `calc(50% / ${frames.length} - 8px)`,
            })
          }
          @input=${(event: Event) => this.jump(Number((event.target as HTMLInputElement).value))}
        />
      </div>
      <span class="figure quiet">${animation.frame(this.index + 1, frames.length)}</span>
    </section>`;
  }
}

customElements.define('animation-player', AnimationPlayer);
