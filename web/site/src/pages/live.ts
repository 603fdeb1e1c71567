/** The camera, or a film file, judged as it plays. */
import { drawOverlay, LABELS, type Label, type LiveResult, type Watch } from '@masklens';
import { html, nothing } from 'lit';
import '../components/load-line.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import { icons, mark } from '../icons.ts';
import { place } from '../place.ts';
import { number, t } from '../strings/index.ts';

type State = 'idle' | 'starting' | 'running';
/** A failure by kind, so that it can be said in the language spoken at the time. */
type Trouble =
  | { kind: 'denied' | 'none' | 'busy' | 'insecure' }
  | { kind: 'film' | 'other' | 'detector'; detail: string };

/** What `getUserMedia` rejects with, by name: W3C Media Capture and Streams, 10.2. */
function troubleOf(error: unknown): Trouble {
  const { name, message } = error as DOMException;
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return { kind: 'denied' };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return { kind: 'none' };
    case 'NotReadableError':
    case 'AbortError':
      return { kind: 'busy' };
    default:
      return { kind: 'other', detail: message };
  }
}

class LivePage extends SiteElement {
  private state: State = 'idle';
  private trouble: Trouble | null = null;
  private result: LiveResult | null = null;
  private source: 'camera' | 'film' = 'camera';
  private cameras: MediaDeviceInfo[] = [];
  private cameraId = '';
  private mirrored = false;
  private stream: MediaStream | null = null;
  private filmUrl: string | null = null;
  private watching: Watch | null = null;
  /** Each start has a number; what comes late from an earlier one is dropped. */
  private turn = 0;
  /** Width over height of what plays. */
  private ratio = 16 / 9;
  private lastShown = 0;
  private spoken = '';
  private lastSpoken = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(engine, 'change');
    document.addEventListener('visibilitychange', this.seen);
    addEventListener('pagehide', this.leave);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.seen);
    removeEventListener('pagehide', this.leave);
    this.stop();
  }

  private seen = (): void => {
    if (document.hidden) this.watching?.pause();
    else this.watching?.resume();
  };

  private leave = (): void => this.stop();

  private get video(): HTMLVideoElement {
    return this.querySelector('video')!;
  }

  private async startCamera(): Promise<void> {
    this.stop();
    const turn = ++this.turn;
    this.trouble = null;
    this.source = 'camera';
    if (!navigator.mediaDevices?.getUserMedia) {
      this.trouble = { kind: isSecureContext ? 'none' : 'insecure' };
      this.requestUpdate();
      return;
    }
    this.state = 'starting';
    this.requestUpdate();
    // The networks load while the person answers the browser's question.
    void engine.get().catch(() => {});
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: {
          width: { ideal: 1280 },
          height: { ideal: 720 },
          ...(this.cameraId ? { deviceId: { exact: this.cameraId } } : { facingMode: 'user' }),
        },
      });
      if (turn !== this.turn) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.stream = stream;
      const [track] = stream.getVideoTracks();
      track?.addEventListener('ended', () => {
        if (turn !== this.turn) return;
        this.stop();
        this.trouble = { kind: 'none' };
        this.requestUpdate();
      });
      const facing = track?.getSettings().facingMode;
      this.mirrored = facing !== 'environment';
      // Names are told only once a camera is allowed.
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.cameras = devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId);
      this.cameraId = track?.getSettings().deviceId ?? this.cameraId;
      this.video.srcObject = stream;
      await this.play(turn);
    } catch (error) {
      if (turn !== this.turn) return;
      this.stop();
      this.trouble = troubleOf(error);
      this.requestUpdate();
    }
  }

  private async startFilm(file: File): Promise<void> {
    this.stop();
    const turn = ++this.turn;
    this.trouble = null;
    this.source = 'film';
    this.mirrored = false;
    this.state = 'starting';
    this.requestUpdate();
    try {
      this.filmUrl = URL.createObjectURL(file);
      this.video.src = this.filmUrl;
      this.video.loop = true;
      await this.play(turn);
    } catch {
      if (turn !== this.turn) return;
      this.stop();
      this.trouble = { kind: 'film', detail: file.name };
      this.requestUpdate();
    }
  }

  private async play(turn: number): Promise<void> {
    await this.video.play();
    let detector: Awaited<ReturnType<typeof engine.get>>;
    try {
      detector = await engine.get();
    } catch {
      // The line about loading says why.
      if (turn === this.turn) this.stop();
      return;
    }
    if (turn !== this.turn) return;
    this.state = 'running';
    this.watching = detector.watch(this.video, {
      onResult: (result) => turn === this.turn && this.show(result),
      onError: (error) => {
        if (turn !== this.turn) return;
        this.stop();
        this.trouble = { kind: 'detector', detail: error.message };
        this.requestUpdate();
      },
    });
    this.requestUpdate();
  }

  private sized(): void {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth > 0 && videoHeight > 0) this.ratio = videoWidth / videoHeight;
    this.requestUpdate();
  }

  private show(result: LiveResult): void {
    const canvas = this.querySelector('canvas')!;
    // As many pixels as the screen has there, so that words are crisp.
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d')!;
    drawOverlay(context, result, { texts: t().short, mirrored: this.mirrored });
    this.result = result;
    // Figures that change sixty times a second cannot be read.
    const now = performance.now();
    if (now - this.lastShown > 200) {
      this.lastShown = now;
      this.requestUpdate();
    }
  }

  private stop(): void {
    this.turn++;
    this.watching?.stop();
    this.watching = null;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    const video = this.querySelector('video');
    if (video) {
      video.pause();
      video.srcObject = null;
      video.removeAttribute('src');
      video.load();
    }
    if (this.filmUrl) URL.revokeObjectURL(this.filmUrl);
    this.filmUrl = null;
    this.result = null;
    this.state = 'idle';
    const canvas = this.querySelector('canvas');
    canvas?.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
    this.requestUpdate();
  }

  private counts(): Record<Label, number> {
    const counts = { correct: 0, incorrect: 0, unmasked: 0 };
    for (const { label } of this.result?.faces ?? []) counts[label]++;
    return counts;
  }

  /** For screen readers: what is seen, at most every three seconds. */
  private words(counts: Record<Label, number>): string {
    const now = performance.now();
    if (this.state !== 'running') this.spoken = '';
    else if (this.result && now - this.lastSpoken > 3000) {
      this.lastSpoken = now;
      const { correct, incorrect, unmasked } = counts;
      this.spoken = t().live.seen(this.result.faces.length, correct, incorrect, unmasked);
    }
    return this.spoken;
  }

  private explanation(): string {
    const { error } = t().live;
    const { trouble } = this;
    if (!trouble) return '';
    return 'detail' in trouble ? error[trouble.kind](trouble.detail) : error[trouble.kind];
  }

  override render() {
    const { live } = t();
    const { state, result } = this;
    const on = state === 'running';
    const counts = this.counts();
    return html`
      <div class="page-head">
        <h1>${live.heading}</h1>
        <p class="lead">${live.lead}</p>
      </div>
      <div class="live">
        <div>
          <div
            class="screen ${state === 'idle' ? '' : 'on'} ${this.mirrored ? 'mirrored' : ''}"
            role="img"
            aria-label=${live.view}
          >
            <div
              class="screen-sheet"
              ?hidden=${state === 'idle'}
              ${place({ width: `min(100%, 72vh * ${this.ratio})` })}
            >
              <video
                muted
                playsinline
                @resize=${() => this.sized()}
                @loadedmetadata=${() => this.sized()}
              ></video>
              <canvas></canvas>
            </div>
            ${
              state === 'idle'
                ? html`<div class="screen-idle">${icons.camera}<span>${live.idle}</span></div>`
                : state === 'starting'
                  ? html`<div class="screen-idle"><span class="spinner"></span></div>`
                  : nothing
            }
          </div>
          ${
            engine.phase === 'idle' || (engine.phase === 'ready' && state !== 'starting')
              ? nothing
              : html`<load-line></load-line>`
          }
        </div>
        <div class="live-side">
          <div class="live-actions">
            ${
              state === 'idle'
                ? html`<button class="button primary" data-do="start" @click=${() => void this.startCamera()}>
                    ${icons.camera}${live.start}
                  </button>
                  <button class="button" data-do="film" @click=${() => this.querySelector<HTMLInputElement>('input[type=file]')!.click()}>
                    ${icons.film}${live.film}
                  </button>`
                : html`<button class="button primary" data-do="stop" @click=${() => this.stop()}>
                  ${icons.stop}${live.stop}
                </button>`
            }
            <input
              type="file"
              name="film"
              accept="video/*"
              hidden
              @change=${(event: Event) => {
                const input = event.target as HTMLInputElement;
                const file = input.files?.[0];
                input.value = '';
                if (file) void this.startFilm(file);
              }}
            />
            ${
              this.cameras.length > 1
                ? html`<label class="check"
                  >${live.camera}
                  <select
                    name="camera"
                    @change=${(event: Event) => {
                      this.cameraId = (event.target as HTMLSelectElement).value;
                      if (state !== 'idle') void this.startCamera();
                    }}
                  >
                    ${this.cameras.map(
                      ({ deviceId, label }) =>
                        html`<option value=${deviceId} ?selected=${deviceId === this.cameraId}>${label}</option>`,
                    )}
                  </select></label
                >`
                : nothing
            }
            <label class="check" ?hidden=${state === 'idle'}
              ><input
                type="checkbox"
                name="mirror"
                .checked=${this.mirrored}
                @change=${(event: Event) => {
                  this.mirrored = (event.target as HTMLInputElement).checked;
                  this.requestUpdate();
                }}
              />${live.mirror}</label
            >
          </div>
          ${
            this.trouble
              ? html`<p class="notice bad" role="alert" data-trouble=${this.trouble.kind}>${this.explanation()}</p>`
              : state === 'starting'
                ? html`<p class="quiet" role="status">
                  ${this.source === 'camera' && !this.stream ? live.asking : live.starting}
                </p>`
                : nothing
          }
          ${
            on
              ? html`<section aria-labelledby="counts-heading">
                  <h2 id="counts-heading">${live.counts}</h2>
                  <dl class="live-counts">
                    ${LABELS.map(
                      (label) =>
                        html`<div>
                          ${mark(label)}
                          <dt>${t().label[label]}</dt>
                          <dd data-count=${label}>${counts[label]}</dd>
                        </div>`,
                    )}
                  </dl>
                </section>
                <dl class="live-figures">
                  <div>
                    <dt>${live.fps}</dt>
                    <dd data-fps=${result?.framesPerSecond ?? 0}>${number(result?.framesPerSecond ?? 0)}</dd>
                  </div>
                  <div>
                    <dt>${live.time}</dt>
                    <dd>${number(result?.timing.total ?? 0)}</dd>
                  </div>
                </dl>`
              : nothing
          }
          <p class="quiet small">${live.privacy}</p>
          <p class="unseen" role="status">${this.words(counts)}</p>
        </div>
      </div>
    `;
  }
}

customElements.define('live-page', LivePage);
