/** The camera, or a film file, judged as it plays. */
import {
  drawOverlay,
  type Face,
  type Label,
  type LiveResult,
  MasklensError,
  type Watch,
} from '@masklens';
import { html, nothing } from 'lit';
import '../components/load-line.ts';
import '../components/site-footer.ts';
import '../components/site-header.ts';
import { SiteElement } from '../element.ts';
import { engine } from '../engine.ts';
import { saveBlob } from '../export/save.ts';
import { handOver } from '../handed.ts';
import { icons } from '../icons.ts';
import { Alert } from '../live/alert.ts';
import {
  AwakeScreen,
  openCamera,
  RESOLUTIONS,
  type Resolution,
  type Trouble,
  troubleOf,
} from '../live/camera.ts';
import { Crowd } from '../live/crowd.ts';
import { Guidance, type Hint } from '../live/guidance.ts';
import { countsNow, events, overTime, people, technical } from '../live/panel.ts';
import { Recorder, snapshot } from '../live/recorder.ts';
import { place } from '../place.ts';
import { isolated, language, percent, t } from '../strings/index.ts';

type State = 'idle' | 'starting' | 'running';

/** Failures one after the other until it is told and stopped: the worker restarts by itself. */
const MOST_FAILURES = 3;

/** A camera that was allowed and has given no picture by then is told of, in milliseconds. */
const SILENT_AFTER = 5000;

const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(':', '-');

class LivePage extends SiteElement {
  private state: State = 'idle';
  private trouble: Trouble | null = null;
  private result: LiveResult | null = null;
  private source: 'camera' | 'film' = 'camera';
  private cameras: MediaDeviceInfo[] = [];
  private cameraId = '';
  private facing: 'user' | 'environment' = 'user';
  private resolution: Resolution = RESOLUTIONS[1];
  private mirrored = false;
  private frozen = false;
  private kiosk = false;
  private rested = false;
  private restarted = false;
  /** The camera gives no pictures: covered, switched off, muted. */
  private silent = false;
  private minScore: number | null = null;
  private stream: MediaStream | null = null;
  private filmUrl: string | null = null;
  private watching: Watch | null = null;
  private threads = 1;
  private failures = 0;
  /** Each start has a number; what comes late from an earlier one is dropped. */
  private turn = 0;
  /** Width over height of what plays. */
  private ratio = 16 / 9;
  private lastShown = 0;
  private spoken = '';
  private lastSpoken = 0;
  private hint: Hint = null;
  private recorder: Recorder | null = null;
  private charts = false;
  private readonly crowd = new Crowd();
  private readonly guidance = new Guidance();
  private readonly alert = new Alert();
  private readonly awake = new AwakeScreen();
  private leaving = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(engine, 'change');
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    document.addEventListener('visibilitychange', () => this.seen(), { signal });
    document.addEventListener('fullscreenchange', () => this.fullscreen(), { signal });
    addEventListener('pagehide', () => this.stop(), { signal });
    // Without this the browser leaves the page for what is dropped.
    document.addEventListener('dragover', (event) => event.preventDefault(), { signal });
    document.addEventListener('drop', (event) => void this.drop(event), { signal });
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.plugged(), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.leaving.abort();
    this.stop();
    this.alert.close();
  }

  private seen(): void {
    this.awake.seen();
    if (document.hidden) this.rested = this.state === 'running';
    this.requestUpdate();
  }

  private fullscreen(): void {
    this.kiosk = document.fullscreenElement !== null;
    this.requestUpdate();
  }

  /** Films and pictures are judged on their own page, as if they were dropped there. */
  private async drop(event: DragEvent): Promise<void> {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files[0] && !(await handOver(files))) void this.startFilm(files[0]);
  }

  /** A camera that was unplugged is back: it goes on by itself. */
  private async plugged(): Promise<void> {
    if (this.trouble?.kind !== 'ended' || this.state !== 'idle') return;
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (this.trouble && devices.some(({ kind }) => kind === 'videoinput')) void this.startCamera();
  }

  private get video(): HTMLVideoElement {
    return this.querySelector('video')!;
  }

  private get overlay(): HTMLCanvasElement {
    return this.querySelector('canvas')!;
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
      const { cameraId: deviceId, facing, resolution } = this;
      const stream = await openCamera({ deviceId, facing, resolution });
      if (turn !== this.turn) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.stream = stream;
      const [track] = stream.getVideoTracks();
      if (!track) throw new DOMException('no picture', 'NotFoundError');
      track.addEventListener('ended', () => {
        if (turn !== this.turn) return;
        this.stop();
        this.trouble = { kind: 'ended' };
        this.requestUpdate();
      });
      this.listen(track, turn);
      const settings = track.getSettings();
      this.mirrored = settings.facingMode !== 'environment';
      // Names are told only once a camera is allowed.
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.cameras = devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId);
      this.cameraId = settings.deviceId ?? this.cameraId;
      this.video.srcObject = stream;
      await this.play(turn);
    } catch (error) {
      if (turn !== this.turn) return;
      this.stop();
      this.trouble = troubleOf(error);
      this.requestUpdate();
    }
  }

  /** Whether the camera gives pictures: browsers tell of later silence, not of one from the start. */
  private listen(track: MediaStreamTrack, turn: number): void {
    const say = (silent: boolean) => {
      if (turn !== this.turn) return;
      this.silent = silent;
      this.requestUpdate();
    };
    track.addEventListener('mute', () => say(true));
    track.addEventListener('unmute', () => say(false));
    this.video.addEventListener('loadeddata', () => say(track.muted), { once: true });
    setTimeout(() => say(this.video.videoWidth === 0 || track.muted), SILENT_AFTER);
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
    this.threads = detector.threads;
    this.failures = 0;
    this.crowd.clear();
    void this.awake.hold();
    this.watching = detector.watch(this.video, {
      ...(this.minScore !== null && { minScore: this.minScore }),
      onResult: (result) => turn === this.turn && this.show(result),
      onEvent: (event) => turn === this.turn && this.alert.hear(event, t().live.alert),
      onError: (error) => turn === this.turn && this.failed(error),
    });
    this.requestUpdate();
  }

  /** What can be mended by the next frame is not told. */
  private failed(error: Error): void {
    const over = error instanceof MasklensError && error.code === 'closed';
    if (!over && ++this.failures < MOST_FAILURES) return;
    this.stop();
    this.trouble = { kind: 'detector', detail: error.message };
    this.requestUpdate();
  }

  private sized(): void {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth > 0 && videoHeight > 0) this.ratio = videoWidth / videoHeight;
    this.requestUpdate();
  }

  private show(result: LiveResult): void {
    this.failures = 0;
    this.restarted ||= result.restarted;
    this.crowd.add(result);
    this.result = result;
    this.draw(result);
    this.recorder?.draw();
    // Figures that change sixty times a second cannot be read.
    const now = performance.now();
    if (now - this.lastShown > 250) {
      this.lastShown = now;
      this.hint = this.guidance.hint(this.video, result, this.kiosk);
      this.requestUpdate();
    }
  }

  private draw(result: LiveResult): void {
    const canvas = this.overlay;
    // As many pixels as the screen has there, so that words are crisp.
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const now = performance.now();
    drawOverlay(canvas.getContext('2d')!, result, {
      texts: t().short,
      locale: language(),
      mirrored: this.mirrored,
      pixelRatio: devicePixelRatio,
      note: ({ trackId = 0 }: Face) => {
        const person = this.crowd.people.get(trackId);
        return person ? `· ${t().live.seconds(Math.round((now - person.since) / 1000))}` : '';
      },
    });
  }

  private stop(): void {
    this.turn++;
    void this.endRecording();
    this.watching?.stop();
    this.watching = null;
    this.awake.release();
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
    this.hint = null;
    this.frozen = false;
    this.rested = false;
    this.restarted = false;
    this.silent = false;
    this.state = 'idle';
    if (document.fullscreenElement) void document.exitFullscreen();
    const canvas = this.querySelector('canvas');
    canvas?.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
    this.requestUpdate();
  }

  private freeze(): void {
    this.frozen = !this.frozen;
    if (this.frozen) {
      this.watching?.pause();
      this.video.pause();
    } else {
      this.watching?.resume();
      void this.video.play();
    }
    this.requestUpdate();
  }

  private async saveSnapshot(): Promise<void> {
    const picture = await snapshot(this.video, this.overlay, this.mirrored);
    if (picture) saveBlob(picture, `masklens-${stamp()}.png`);
  }

  private record(): void {
    if (this.recorder) void this.endRecording();
    else this.recorder = new Recorder(this.video, this.overlay, () => this.mirrored);
    this.requestUpdate();
  }

  private async endRecording(): Promise<void> {
    const { recorder } = this;
    this.recorder = null;
    if (!recorder) return;
    const film = await recorder.finish();
    const kind = film.type.includes('mp4') ? 'mp4' : 'webm';
    if (film.size > 0) saveBlob(film, `masklens-${stamp()}.${kind}`);
  }

  private setMinScore(value: number): void {
    this.minScore = value;
    this.watching?.set({ minScore: value });
    this.requestUpdate();
  }

  private saveEvents(): void {
    saveBlob(new Blob([this.crowd.csv()], { type: 'text/csv' }), `masklens-${stamp()}.csv`);
  }

  private openedChart(open: boolean): void {
    if (open && !this.charts)
      void import('../charts/line-chart.ts').then(() => {
        this.charts = true;
        this.requestUpdate();
      });
  }

  /** For screen readers: what is seen, at most every three seconds. */
  private words(counts: Record<Label, number>): string {
    const now = performance.now();
    if (this.state !== 'running') this.spoken = '';
    else if (this.result && now - this.lastSpoken > 3000) {
      this.lastSpoken = now;
      const { correct, incorrect, unmasked } = counts;
      this.spoken = t().live.seen(this.crowd.people.size, correct, incorrect, unmasked);
    }
    return this.spoken;
  }

  private explanation(): string {
    const { error } = t().live;
    const { trouble } = this;
    if (!trouble) return '';
    return 'detail' in trouble
      ? error[trouble.kind](isolated(trouble.detail))
      : error[trouble.kind];
  }

  /** What somebody who stands before the screen is told. */
  private largeWords() {
    const { kioskWords } = t().live;
    const [person, ...more] = this.crowd.people.values();
    const kind = !person
      ? 'nobody'
      : more.length > 0
        ? 'single'
        : person.uncertain
          ? 'look'
          : person.label;
    return html`<p class="kiosk-words" data-kiosk=${kind} role="status">${kioskWords[kind]}</p>`;
  }

  private check(name: 'sound' | 'speech', words: string) {
    return html`<label class="check"
      ><input
        type="checkbox"
        name=${name}
        .checked=${this.alert[name]}
        @change=${(event: Event) => {
          this.alert[name] = (event.target as HTMLInputElement).checked;
        }}
      />${words}</label
    >`;
  }

  private choice(
    name: string,
    words: string,
    value: string,
    options: [string, string][],
    chosen: (value: string) => void,
  ) {
    return html`<label class="check"
      >${words}
      <select name=${name} @change=${(event: Event) => chosen((event.target as HTMLSelectElement).value)}>
        ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
      </select></label
    >`;
  }

  private again(): void {
    if (this.state !== 'idle' && this.source === 'camera') void this.startCamera();
  }

  private screen() {
    const { live } = t();
    const { state } = this;
    return html`<div
      class="screen ${state === 'idle' ? '' : 'on'} ${this.mirrored ? 'mirrored' : ''} ${this.kiosk ? 'kiosk' : ''}"
      role="img"
      aria-label=${live.view}
    >
      <div
        class="screen-sheet"
        ?hidden=${state === 'idle'}
        ${place({ width: this.kiosk ? `min(100vw, 100vh * ${this.ratio})` : `min(100%, 72vh * ${this.ratio})` })}
      >
        <video muted playsinline @resize=${() => this.sized()} @loadedmetadata=${() => this.sized()}></video>
        <canvas></canvas>
      </div>
      ${
        state === 'idle'
          ? html`<div class="screen-idle">${icons.camera}<span>${live.idle}</span><span class="quiet small">${live.dropped}</span></div>`
          : state === 'starting'
            ? html`<div class="screen-idle"><span class="spinner"></span></div>`
            : nothing
      }
      ${this.kiosk && state === 'running' ? this.largeWords() : nothing}
    </div>`;
  }

  private actions() {
    const { live } = t();
    const { state } = this;
    const running = state === 'running';
    return html`<div class="live-actions">
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
      <div class="live-buttons" ?hidden=${!running}>
        <button class="button" data-do="freeze" aria-pressed=${this.frozen} @click=${() => this.freeze()}>
          ${this.frozen ? icons.play : icons.pause}${this.frozen ? live.unfreeze : live.freeze}
        </button>
        <button class="button" data-do="snapshot" @click=${() => void this.saveSnapshot()}>${icons.download}${live.snapshot}</button>
        ${
          Recorder.possible
            ? html`<button class="button" data-do="record" @click=${() => this.record()}>
              ${this.recorder ? icons.stop : icons.film}${this.recorder ? live.recordEnd : live.record}
            </button>`
            : nothing
        }
        <button class="button" data-do="kiosk" @click=${() => void this.querySelector('.screen')!.requestFullscreen()}>
          ${icons.fit}${live.kiosk}
        </button>
      </div>
      ${this.recorder ? html`<p class="quiet small" role="status">${live.recording}</p>` : nothing}
    </div>`;
  }

  private settings() {
    const { live } = t();
    const score = this.minScore ?? engine.defaultScore;
    return html`<div class="live-settings">
      ${
        this.cameras.length > 1
          ? this.choice(
              'camera',
              live.camera,
              this.cameraId,
              this.cameras.map(({ deviceId, label }) => [deviceId, label]),
              (id) => {
                this.cameraId = id;
                this.again();
              },
            )
          : nothing
      }
      ${
        this.cameras.length > 1 && matchMedia('(pointer: coarse)').matches
          ? html`<button
            class="button"
            data-do="facing"
            @click=${() => {
              this.facing = this.facing === 'user' ? 'environment' : 'user';
              this.cameraId = '';
              this.again();
            }}
          >
            ${live.front}
          </button>`
          : nothing
      }
      ${this.choice(
        'resolution',
        live.resolution,
        this.resolution,
        // Width first, where text runs from the right, too.
        RESOLUTIONS.map((name) => [name, `\u2066${name}\u2069`]),
        (value) => {
          this.resolution = value as Resolution;
          this.again();
        },
      )}
      <label class="check"
        ><input
          type="checkbox"
          name="mirror"
          .checked=${this.mirrored}
          @change=${(event: Event) => {
            this.mirrored = (event.target as HTMLInputElement).checked;
            if (this.result) this.draw(this.result);
            this.requestUpdate();
          }}
        />${live.mirror}</label
      >
      <label class="live-score"
        >${live.minScore}: ${percent(score)}
        <input
          type="range"
          name="min-score"
          min="10"
          max="95"
          step="5"
          .value=${String(Math.round(score * 100))}
          @input=${(event: Event) => this.setMinScore(Number((event.target as HTMLInputElement).value) / 100)}
        />
      </label>
      ${this.check('sound', live.sound)}${this.check('speech', live.speech)}
    </div>`;
  }

  private notices() {
    const { live } = t();
    if (this.trouble)
      return html`<p class="notice bad" role="alert" data-trouble=${this.trouble.kind}>${this.explanation()}</p>`;
    if (this.silent) return html`<p class="notice" role="status" data-silent>${live.silent}</p>`;
    if (this.state === 'starting')
      return html`<p class="quiet" role="status">
        ${this.source === 'camera' && !this.stream ? live.asking : live.starting}
      </p>`;
    if (this.state === 'running' && this.hint)
      return html`<p class="notice" role="status" data-hint=${this.hint}>${live.hints[this.hint]}</p>`;
    if (this.state === 'running' && this.restarted)
      return html`<p class="quiet small" role="status" data-restarted>${live.restarted}</p>`;
    if (this.state === 'running' && this.rested)
      return html`<p class="quiet small" role="status" data-rested>${live.paused}</p>`;
    return nothing;
  }

  override render() {
    const { live } = t();
    const { state } = this;
    return html`
      <div class="page-head">
        <h1>${live.heading}</h1>
        <p class="lead">${live.lead}</p>
      </div>
      <div class="live">
        <div>
          ${this.screen()}
          ${
            engine.phase === 'idle' || (engine.phase === 'ready' && state !== 'starting')
              ? nothing
              : html`<load-line></load-line>`
          }
          <div class="live-notices">${this.notices()}</div>
          ${state === 'running' ? this.settings() : nothing}
        </div>
        <div class="live-side">
          ${this.actions()}
          ${
            state === 'running'
              ? html`${countsNow(this.crowd)}${people(this.crowd)}${overTime(this.crowd, this.charts, (open) => this.openedChart(open))}
                ${events(
                  this.crowd,
                  () => this.saveEvents(),
                  () => {
                    this.crowd.clear();
                    this.requestUpdate();
                  },
                )}
                ${technical(this.result, this.threads)}`
              : nothing
          }
          <p class="quiet small">${live.privacy}</p>
          <p class="unseen" role="status">${this.words(this.crowd.counts())}</p>
        </div>
      </div>
    `;
  }
}

customElements.define('live-page', LivePage);
