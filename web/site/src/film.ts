/** Films to look at: the browser's own player, asked for one frame after the other. */
const heard = (target: EventTarget, type: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const ending = new AbortController();
    const { signal } = ending;
    const end = (act: () => void) => () => {
      ending.abort();
      act();
    };
    target.addEventListener(type, end(resolve), { signal });
    const fail = () => reject(new Error('The film cannot be shown.'));
    target.addEventListener('error', end(fail), { signal });
  });

export class FilmView {
  private readonly video = document.createElement('video');
  private readonly url: string;
  private readonly ready: Promise<void>;

  constructor(file: Blob) {
    this.url = URL.createObjectURL(file);
    this.video.muted = true;
    this.video.preload = 'auto';
    this.ready = heard(this.video, 'loadeddata');
    this.ready.catch(() => undefined);
    this.video.src = this.url;
  }

  /** The frame at a time in seconds, which is the caller's to close; null where it cannot be shown. */
  async at(time: number): Promise<VideoFrame | null> {
    try {
      await this.ready;
      // Into the frame, not onto its edge.
      const wanted = time + 0.001;
      if (Math.abs(this.video.currentTime - wanted) > 0.0005) {
        const sought = heard(this.video, 'seeked');
        this.video.currentTime = wanted;
        await sought;
      }
      return await this.shown(time);
    } catch {
      return null;
    }
  }

  /** A film says that it has a frame before the frame can be read: some 10 ms, on busy machines more. */
  private async shown(time: number): Promise<VideoFrame> {
    const until = performance.now() + 2000;
    for (;;)
      try {
        return new VideoFrame(this.video, { timestamp: Math.round(time * 1e6) });
      } catch (error) {
        if (performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
  }

  close(): void {
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.url);
  }
}

/** The film's first frame, its longer side at most `side` pixels. The caller closes it. */
export async function firstFrame(file: Blob, side: number): Promise<ImageBitmap> {
  const view = new FilmView(file);
  try {
    const frame = await view.at(0);
    if (!frame) throw new Error('The film cannot be shown.');
    const { displayWidth: width, displayHeight: height } = frame;
    const scale = Math.min(1, side / Math.max(width, height));
    try {
      return await createImageBitmap(frame, {
        resizeWidth: Math.max(1, Math.round(width * scale)),
        resizeHeight: Math.max(1, Math.round(height * scale)),
      });
    } finally {
      frame.close();
    }
  } finally {
    view.close();
  }
}
