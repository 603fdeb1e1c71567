/** Numbers for the people of one source that go on counting where whoever follows them had to begin anew. */
import type { Followed } from '../api/crossing.js';
import type { Label, MovingResult, TrackEvent } from '../api/types.js';

export class Identities {
  #base = 0;
  #highest = 0;
  readonly #present = new Map<number, Label>();

  /** The result as callers see it. */
  numbered({ fresh, ...result }: Followed): MovingResult {
    const left = fresh ? this.#leave(result.time) : [];
    const shifted = (id: number) => {
      this.#highest = Math.max(this.#highest, this.#base + id);
      return this.#base + id;
    };
    const faces = result.faces.map((face) =>
      face.trackId === undefined ? face : { ...face, trackId: shifted(face.trackId) },
    );
    const events = result.events.map((event) => ({ ...event, trackId: shifted(event.trackId) }));
    for (const { kind, trackId, to } of events)
      if (kind === 'leave') this.#present.delete(trackId);
      else this.#present.set(trackId, to);
    return { ...result, faces, events: [...left, ...events] };
  }

  #leave(time: number): TrackEvent[] {
    const events = [...this.#present].map(
      ([trackId, label]): TrackEvent => ({ kind: 'leave', trackId, time, from: label, to: label }),
    );
    this.#present.clear();
    this.#base = this.#highest;
    return events;
  }
}
