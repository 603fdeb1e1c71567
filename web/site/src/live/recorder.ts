/** The picture with its boxes as a file, when a button asks for it: one frame, or a film. */

/** Video and overlay on one canvas, as they are seen. */
function compose(
  video: HTMLVideoElement,
  overlay: HTMLCanvasElement,
  mirrored: boolean,
  onto: HTMLCanvasElement,
): void {
  const context = onto.getContext('2d')!;
  const { width, height } = onto;
  context.save();
  if (mirrored) {
    context.translate(width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(video, 0, 0, width, height);
  context.restore();
  // Its boxes are mirrored already, its words never.
  if (overlay.width > 0) context.drawImage(overlay, 0, 0, width, height);
}

const canvasFor = (video: HTMLVideoElement): HTMLCanvasElement =>
  Object.assign(document.createElement('canvas'), {
    width: video.videoWidth,
    height: video.videoHeight,
  });

export function snapshot(
  video: HTMLVideoElement,
  overlay: HTMLCanvasElement,
  mirrored: boolean,
): Promise<Blob | null> {
  const canvas = canvasFor(video);
  compose(video, overlay, mirrored, canvas);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

export class Recorder {
  private readonly canvas: HTMLCanvasElement;
  private readonly recorder: MediaRecorder;
  private readonly parts: Blob[] = [];
  private readonly over: Promise<void>;

  /** Whether the browser can. */
  static readonly possible = 'MediaRecorder' in globalThis;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly overlay: HTMLCanvasElement,
    private readonly mirrored: () => boolean,
  ) {
    this.canvas = canvasFor(video);
    this.draw();
    this.recorder = new MediaRecorder(this.canvas.captureStream());
    this.recorder.ondataavailable = ({ data }) => this.parts.push(data);
    this.over = new Promise((resolve) => {
      this.recorder.onstop = () => resolve();
    });
    this.recorder.start(1000);
  }

  /** After every result. */
  draw(): void {
    compose(this.video, this.overlay, this.mirrored(), this.canvas);
  }

  async finish(): Promise<Blob> {
    this.recorder.stop();
    await this.over;
    return new Blob(this.parts, { type: this.recorder.mimeType });
  }
}
