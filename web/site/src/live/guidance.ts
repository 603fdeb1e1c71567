/** What would help the detector: more light, coming closer, one person at a time. */
import type { LiveResult } from '@masklens';

export type Hint = 'dark' | 'closer' | 'single' | null;

// Mean brightness, 0 to 255, and the shorter side of a face as a share of the frame's.
const DARK = 45;
const FAR = 0.07;
const WIDTH = 32;
const HEIGHT = 18;

export class Guidance {
  private canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  private context = this.canvas.getContext('2d', { willReadFrequently: true });
  private measured = 0;
  private brightness = 255;

  /** `kiosk`: somebody stands before the camera, and only that one is meant. */
  hint(video: HTMLVideoElement, { faces, width, height }: LiveResult, kiosk: boolean): Hint {
    const now = performance.now();
    if (now - this.measured > 1000) {
      this.measured = now;
      this.brightness = this.measure(video);
    }
    if (this.brightness < DARK) return 'dark';
    if (kiosk && faces.length > 1) return 'single';
    const largest = Math.max(0, ...faces.map(({ box }) => Math.min(box.width, box.height)));
    return faces.length > 0 && largest < FAR * Math.min(width, height) ? 'closer' : null;
  }

  private measure(video: HTMLVideoElement): number {
    if (!this.context) return 255;
    try {
      this.context.drawImage(video, 0, 0, WIDTH, HEIGHT);
    } catch {
      return this.brightness;
    }
    const { data } = this.context.getImageData(0, 0, WIDTH, HEIGHT);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4)
      sum += 0.3 * data[at]! + 0.59 * data[at + 1]! + 0.11 * data[at + 2]!;
    return (4 * sum) / data.length;
  }
}
