/** Who is and was before the camera: counts now and over time, and what happened. Nothing of it outlives the page. */
import { LABELS, type Label, type LiveResult, type TrackEvent } from '@masklens';

export interface Person {
  id: number;
  label: Label;
  uncertain: boolean;
  /** Since when, `performance.now()`. */
  since: number;
}

export interface LoggedEvent extends TrackEvent {
  /** When it was seen. */
  at: Date;
}

/** Counts of one second. */
export interface Moment {
  /** Seconds since the start. */
  time: number;
  counts: Record<Label, number>;
}

const MOST_EVENTS = 2000;
const MOST_MOMENTS = 3600;

export class Crowd {
  readonly people = new Map<number, Person>();
  events: LoggedEvent[] = [];
  moments: Moment[] = [];
  /** People seen in all. */
  total = 0;
  private begun = performance.now();

  clear(): void {
    this.people.clear();
    this.events = [];
    this.moments = [];
    this.total = 0;
    this.begun = performance.now();
  }

  add({ faces, events }: LiveResult): void {
    const now = performance.now();
    for (const event of events) {
      this.events.push({ ...event, at: new Date() });
      if (event.kind === 'enter') this.total++;
    }
    if (this.events.length > MOST_EVENTS) this.events.splice(0, this.events.length - MOST_EVENTS);
    const here = new Set<number>();
    for (const { trackId: id = 0, label, uncertain } of faces) {
      here.add(id);
      const known = this.people.get(id);
      if (known?.label === label) known.uncertain = uncertain;
      else this.people.set(id, { id, label, uncertain, since: now });
    }
    for (const id of this.people.keys()) if (!here.has(id)) this.people.delete(id);
    const time = Math.floor((now - this.begun) / 1000);
    if (this.moments.at(-1)?.time !== time) {
      this.moments.push({ time, counts: this.counts() });
      if (this.moments.length > MOST_MOMENTS) this.moments.shift();
    }
  }

  counts(): Record<Label, number> {
    const counts = { correct: 0, incorrect: 0, unmasked: 0 };
    for (const { label } of this.people.values()) counts[label]++;
    return counts;
  }

  /** Of those seen so far, weighted by the seconds they were seen, the share who wore it correctly; null before anyone was. */
  compliance(): number | null {
    let [correct, all] = [0, 0];
    for (const { counts } of this.moments) {
      correct += counts.correct;
      all += LABELS.reduce((sum, label) => sum + counts[label], 0);
    }
    return all > 0 ? correct / all : null;
  }

  csv(): string {
    const rows = this.events.map(({ at, kind, trackId, from, to }) =>
      [at.toISOString(), kind, trackId, from, to].join(','),
    );
    return ['time,event,person,from,to', ...rows, ''].join('\r\n');
  }
}
