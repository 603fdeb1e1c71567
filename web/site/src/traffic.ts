/**
 * What went over the line. Where requests went is read from the browser's own records; bytes sent
 * are counted by the service worker, which sees every request of the page and its workers.
 */
export class Traffic extends EventTarget {
  /** Bodies of requests, in bytes. */
  sent = 0;
  /** Requests to another origin. */
  elsewhere = 0;
  private pending = false;

  constructor() {
    super();
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceResourceTiming[]) this.record(entry);
      this.changed();
    }).observe({ type: 'resource', buffered: true });
    navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent) => {
      if (typeof data?.sent === 'number') {
        this.sent += data.sent;
        this.changed();
      }
    });
  }

  private record(entry: PerformanceResourceTiming): void {
    if (!/^https?:/.test(entry.name)) return;
    if (new URL(entry.name).origin !== location.origin) this.elsewhere++;
  }

  private changed(): void {
    if (this.pending) return;
    this.pending = true;
    setTimeout(() => {
      this.pending = false;
      this.dispatchEvent(new Event('change'));
    }, 250);
  }
}

export const traffic = new Traffic();
