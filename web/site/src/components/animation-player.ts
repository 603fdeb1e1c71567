/**
 * A GIF or a film frame by frame: play, step, and timelines of verdicts, of all and of each person.
 * Fires `frame` with the index and the frame's pixels, where the browser has `ImageDecoder`; elsewhere
 * the pixels are null and the stage shows the GIF itself.
 */
import type { AnimationResult, Label, TimedResult } from '@masklens';
import { html, nothing, svg } from 'lit';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import { FilmView } from '../film.ts';
import { formatOf } from '../format.ts';
import { icons } from '../icons.ts';
import { place } from '../place.ts';
import { number, t } from '../strings/index.ts';
import { countFaces, GROUPS, type Group, noCounts } from '../verdict.ts';

/** Browsers show a delay of 10 ms or less as 100 ms. */
const shownDelay = (delayMs: number): number => (delayMs <= 10 ? 100 : delayMs);
const HEIGHT = 48;
/** Columns of a timeline at most, and people with a line of their own. */
const COLUMNS = 400;
const PEOPLE = 12;

class AnimationPlayer extends SiteElement {
  protected static override readonly inTurn = true;
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
  private film: FilmView | null = null;
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
    this.film?.close();
    this.film = null;
    this.image?.close();
    this.image = null;
    this.playing = false;
    this.index = 0;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('file') && this.file) {
      this.release();
      void this.open(this.file);
    }
  }

  private async open(file: Blob): Promise<void> {
    const format = await formatOf(file);
    if (file !== this.file || !this.isConnected) return;
    if (format === 'film') this.film = new FilmView(file);
    else if ('ImageDecoder' in globalThis) {
      const whole = await this.withoutGaps(file);
      if (file !== this.file || !this.isConnected) return;
      const type = `image/${format.toLowerCase()}`;
      this.decoder = new ImageDecoder({ data: whole.stream(), type });
    }
    await this.show(0);
  }

  /** Browsers do not get past a damaged frame of a GIF: then a copy that has the others alone. */
  private async withoutGaps(file: Blob): Promise<Blob> {
    const results = this.animation.frames.map(({ result }) => result as TimedResult);
    if (results.every(({ index }, at) => index === at)) return file;
    const detector = await engine.get();
    return detector.annotate(file, results, { boxes: false, labels: false }).catch(() => file);
  }

  private async show(index: number): Promise<void> {
    const turn = ++this.turn;
    let image: VideoFrame | null = null;
    try {
      image = this.film
        ? await this.film.at((this.animation.frames[index]!.result as TimedResult).time)
        : ((await this.decoder?.decode({ frameIndex: index }))?.image ?? null);
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

  private get step(): number {
    return Math.max(1, Math.ceil(this.animation.frames.length / COLUMNS));
  }

  private jumpTo(event: PointerEvent): void {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const { length } = this.animation.frames;
    const across = (event.clientX - left) / width;
    const from = document.documentElement.dir === 'rtl' ? 1 - across : across;
    const at = Math.floor(from * length);
    this.jump(Math.max(0, Math.min(length - 1, at)));
  }

  /** Bars of verdicts, one column a frame, or a few frames, stacked in the fixed order of groups. */
  private timeline() {
    const { frames } = this.animation;
    const { step } = this;
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
      @click=${(event: PointerEvent) => this.jumpTo(event)}
      aria-label="${t().animation.timeline}: ${t().animation.timelineText(frames.length, peaks.join(', '))}"
    >
      ${counts.map((count, frame) => {
        if (frame % step > 0) return nothing;
        let y = HEIGHT;
        return GROUPS.map((group) => {
          const height = (count[group] / most) * HEIGHT;
          y -= height;
          return svg`<rect class=${group} x=${frame} y=${y} width=${step} height=${height} />`;
        });
      })}
      <rect class="now" x=${this.index} y="0" width=${step} height=${HEIGHT} />
    </svg>`;
  }

  /** Of each person, those seen longest first: the spans of frames with one verdict. */
  private spans(): [id: number, spans: { label: Label; from: number; to: number }[]][] {
    const people = new Map<number, { label: Label; from: number; to: number }[]>();
    this.animation.frames.forEach(({ result }, frame) => {
      for (const { trackId, label, score } of result.faces) {
        if (trackId === undefined || score < this.minScore) continue;
        const spans = people.get(trackId) ?? [];
        const last = spans.at(-1);
        if (last?.label === label && frame - last.to < 5) last.to = frame + 1;
        else spans.push({ label, from: frame, to: frame + 1 });
        people.set(trackId, spans);
      }
    });
    const length = (spans: { from: number; to: number }[]): number =>
      spans.reduce((sum, { from, to }) => sum + to - from, 0);
    return [...people].sort((a, b) => length(b[1]) - length(a[1])).slice(0, PEOPLE);
  }

  private people() {
    const people = this.spans();
    if (people.length === 0) return nothing;
    const { live, short } = t();
    const { length } = this.animation.frames;
    return html`<ul class="animation-people">
      ${people.map(
        ([id, spans]) =>
          html`<li>
            <span class="small">${live.person(id)}</span>
            <svg
              class="timeline person"
              viewBox="0 0 ${length} 1"
              preserveAspectRatio="none"
              role="img"
              aria-label="${live.person(id)}: ${[...new Set(spans.map(({ label }) => short[label]))].join(', ')}"
              @click=${(event: PointerEvent) => this.jumpTo(event)}
            >
              ${spans.map(
                ({ label, from, to }) =>
                  svg`<rect class=${label} x=${from} y="0" width=${to - from} height="1" />`,
              )}
            </svg>
          </li>`,
      )}
    </ul>`;
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
      ${this.people()}
    </section>`;
  }
}

customElements.define('animation-player', AnimationPlayer);
