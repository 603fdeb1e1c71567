/** Registers the service worker once the page has nothing more urgent to do. */
import { engine } from './engine.ts';

export type OfflineState = 'pending' | 'ready' | 'no';

export class Offline extends EventTarget {
  state: OfflineState = 'serviceWorker' in navigator ? 'pending' : 'no';
  /** A newer build is waiting to take over at the next load. */
  update = false;

  /** After the networks are here, or a few seconds, so that the first picture comes first. */
  start(): void {
    if (this.state === 'no' || import.meta.env.DEV) return;
    const soon = new Promise<void>((resolve) => {
      setTimeout(resolve, 6000);
      const listen = () => {
        if (engine.phase === 'ready' || engine.phase === 'failed') setTimeout(resolve, 1500);
      };
      engine.addEventListener('change', listen);
      listen();
    });
    void soon.then(() => this.register());
  }

  private async register(): Promise<void> {
    try {
      const registration = await navigator.serviceWorker.register('./service-worker.js');
      const look = () => {
        // Beside an active one, a finished one is a newer build.
        if (registration.waiting && registration.active) {
          this.update = true;
          this.changed();
        }
      };
      look();
      registration.addEventListener('updatefound', () => {
        registration.installing?.addEventListener('statechange', look);
      });
      await navigator.serviceWorker.ready;
      this.state = 'ready';
    } catch {
      this.state = 'no';
    }
    this.changed();
  }

  /** Lets the newer build take over and loads the page again. */
  async takeUpdate(): Promise<void> {
    const registration = await navigator.serviceWorker.getRegistration();
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {
      once: true,
    });
    registration?.waiting?.postMessage('take over');
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

export const offline = new Offline();
