/** How fast live video is judged: counts it, and holds it to what was asked for. */
import type { LiveSettings } from '../api/options.js';

// Over how long frames a second are counted, milliseconds.
const RATE_WINDOW_MS = 1000;

/** Results a second: intervals within the window, over the time that they span. */
export class Rate {
  #times: number[] = [];

  reset(): void {
    this.#times = [];
  }

  /** Counts one at `now`, milliseconds. 0 until there are two to measure between. */
  count(now: number): number {
    this.#times.push(now);
    while (this.#times.length > 2 && now - (this.#times[0] as number) > RATE_WINDOW_MS)
      this.#times.shift();
    const span = now - (this.#times[0] as number);
    return span > 0 ? ((this.#times.length - 1) * 1000) / span : 0;
  }
}

// Working sides, as shares of the one asked for; with a multiple of 32 nothing is wasted.
const SHARES = [1, 0.8, 0.6, 0.5];
// Results between two changes, of which the median counts.
const JUDGED_BY = 15;
// Larger again only when there is this much room.
const ROOM = 0.5;
// A camera's clock and ours differ by less than this, milliseconds.
const SLACK_MS = 3;

export class Pace {
  #settings: LiveSettings;
  #step = 0;
  #latencies: number[] = [];
  #lastStart = Number.NEGATIVE_INFINITY;
  #rest = 0;

  constructor(settings: LiveSettings) {
    this.#settings = settings;
  }

  set(settings: LiveSettings): void {
    this.#settings = settings;
    this.#step = 0;
    this.#rest = 0;
    this.#latencies = [];
  }

  /** Whether a frame may be taken at `now`, milliseconds. */
  isTime(now: number): boolean {
    const gap = Math.max(1000 / this.#settings.maxFps - SLACK_MS, this.#rest);
    return now - this.#lastStart >= gap;
  }

  started(now: number): void {
    this.#lastStart = now;
  }

  /** Of the longer side that the network would work at, where it has a choice. */
  get sideShare(): number {
    return SHARES[this.#step] as number;
  }

  /** A result came `latency` milliseconds after its frame. */
  finished(latency: number): void {
    this.#latencies.push(latency);
    if (this.#latencies.length < JUDGED_BY) return;
    const median = this.#latencies.sort((a, b) => a - b)[JUDGED_BY >> 1] as number;
    this.#latencies = [];
    const { maxLatency } = this.#settings;
    const smallest = this.#step === SHARES.length - 1;
    if (median > maxLatency) {
      // What is left to do is to leave the machine time between two frames.
      if (smallest) this.#rest = Math.min(1000, Math.max(2 * this.#rest, median));
      else this.#step++;
    } else if (median < ROOM * maxLatency) {
      if (this.#rest > 0) this.#rest = this.#rest > 50 ? this.#rest / 2 : 0;
      else if (this.#step > 0) this.#step--;
    }
  }
}
