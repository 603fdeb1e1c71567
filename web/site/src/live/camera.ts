/** The camera: asking for it, and what goes wrong, by kind, so that it can be said in any language. */

export type Trouble =
  | { kind: 'denied' | 'none' | 'busy' | 'insecure' | 'ended' }
  | { kind: 'film' | 'other' | 'detector'; detail: string };

/** What `getUserMedia` rejects with, by name: W3C Media Capture and Streams, 10.2. */
export function troubleOf(error: unknown): Trouble {
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

export const RESOLUTIONS = ['640 × 480', '1280 × 720', '1920 × 1080'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface Wanted {
  /** Empty for the browser's choice. */
  deviceId: string;
  facing: 'user' | 'environment';
  resolution: Resolution;
}

export function openCamera({ deviceId, facing, resolution }: Wanted): Promise<MediaStream> {
  const [width, height] = resolution.split(' × ').map(Number);
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      width: { ideal: width! },
      height: { ideal: height! },
      frameRate: { ideal: 60 },
      ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: facing }),
    },
  });
}

/** Keeps the screen on while somebody is watching; browsers without it go dark as they do. */
export class AwakeScreen {
  private lock: WakeLockSentinel | null = null;
  private wanted = false;

  async hold(): Promise<void> {
    this.wanted = true;
    if (!('wakeLock' in navigator) || document.hidden) return;
    const lock = await navigator.wakeLock.request('screen').catch(() => null);
    if (this.wanted) this.lock = lock;
    else void lock?.release();
  }

  /** A hidden page loses it. */
  seen(): void {
    if (this.wanted && !document.hidden && (!this.lock || this.lock.released)) void this.hold();
  }

  release(): void {
    this.wanted = false;
    void this.lock?.release();
    this.lock = null;
  }
}
