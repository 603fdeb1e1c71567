/** Registers the service worker once the page has nothing more urgent to do, and says what it keeps. */
import { engine } from './engine.ts';

/** `full`: it works, but this device has no room to keep it for use offline. */
export type OfflineState = 'pending' | 'ready' | 'full' | 'no';

/** How long the worker may take to answer, and to fetch what is missing. */
const ANSWER_WITHIN_MS = 120_000;
/** A first installation may fall into a deployment: tried again after these times. */
const TRY_AGAIN_MS = [20_000, 60_000, 300_000];

export class Offline extends EventTarget {
  state: OfflineState = 'serviceWorker' in navigator ? 'pending' : 'no';
  /** The stand-in for the runtime is kept, too, for the picture that needs what is cut out of ours. */
  spare = false;
  /** A newer build is waiting to take over at the next load. */
  update = false;
  /** The server has another build than this page: what it lacks from now on may not fit. */
  private other = false;
  /** The newer build is in control already. */
  private replaced = false;

  /** After the networks are here, or a few seconds, so that the first picture comes first. */
  start(): void {
    if (this.state === 'no' || import.meta.env.DEV) return;
    navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent) => {
      if (data?.otherBuild !== true) return;
      this.other = true;
      void this.look();
    });
    let { controller } = navigator.serviceWorker;
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      // Another tab has let a newer build take over: what this page lacks from now on is gone.
      this.replaced ||= controller !== null;
      controller = navigator.serviceWorker.controller;
      if (this.replaced) this.newer();
    });
    engine.addEventListener('change', () => this.recover());
    const soon = new Promise<void>((resolve) => {
      setTimeout(resolve, 6000);
      const listen = () => {
        if (engine.phase === 'ready' || engine.phase === 'failed') setTimeout(resolve, 1500);
      };
      engine.addEventListener('change', listen);
      listen();
    });
    void soon.then(() => this.register(0));
  }

  private async register(attempt: number): Promise<void> {
    try {
      const registration = await navigator.serviceWorker.register('./service-worker.js');
      await this.look();
      registration.addEventListener('updatefound', () => void this.look());
      const active = registration.active ?? (await activated(registration.installing));
      this.become(
        await keptBy(active, () => {
          this.spare = true;
          this.changed();
        }),
      );
    } catch {
      this.become('no');
      const wait = TRY_AGAIN_MS[attempt];
      if (wait) setTimeout(() => void this.register(attempt + 1), wait);
    }
  }

  /** Looks for a newer build, and listens to the one that is being installed. */
  private async look(): Promise<void> {
    const registration = await navigator.serviceWorker.getRegistration();
    if (!registration) return;
    registration.installing?.addEventListener('statechange', () => void this.look());
    // Beside an active one, a finished one is a newer build.
    if (!registration.waiting || !registration.active || this.update) return;
    this.newer();
  }

  private newer(): void {
    this.update = true;
    this.changed();
    this.recover();
  }

  /** A page that cannot start with what is left of its own build has nothing to lose. */
  private recover(): void {
    const lost = this.replaced || (this.other && this.update);
    if (lost && engine.phase === 'failed') void this.takeUpdate();
  }

  /** Lets the newer build take over and loads the page again. */
  async takeUpdate(): Promise<void> {
    const registration = await navigator.serviceWorker.getRegistration();
    if (!registration?.waiting) {
      location.reload();
      return;
    }
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {
      once: true,
    });
    registration.waiting.postMessage('take over');
  }

  private become(state: OfflineState): void {
    this.state = state;
    this.changed();
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

/** Resolves with the worker when it is active; rejects when its installation failed. */
function activated(installing: ServiceWorker | null): Promise<ServiceWorker> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!installing || installing.state === 'redundant') reject(new Error('not installed'));
      else if (installing.state === 'activated') resolve(installing);
    };
    installing?.addEventListener('statechange', look);
    look();
  });
}

/**
 * What the worker keeps, by its own account: it looks, and fetches what is missing. `onSpare` is
 * called when it has the spare files as well.
 */
function keptBy(active: ServiceWorker, onSpare: () => void): Promise<OfflineState> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => (data === 'spare' ? onSpare() : resolve(data));
    setTimeout(() => resolve('no'), ANSWER_WITHIN_MS);
    active.postMessage('kept?', [port2]);
  });
}

export const offline = new Offline();
