/** Who was seen so far, kept for each source of frames under the number that its page gave it. */
import type { CoreModule, CoreSequence } from '../core/module.js';

export class Sequences {
  readonly #open = new Map<number, CoreSequence>();
  #core: CoreModule | null = null;

  /** `fresh`: it begins now. After a crash the core is another one, and everything begins anew. */
  at(core: CoreModule, number: number): { sequence: CoreSequence; fresh: boolean } {
    if (core !== this.#core) {
      this.#open.clear();
      this.#core = core;
    }
    const known = this.#open.get(number);
    if (known) return { sequence: known, fresh: false };
    const sequence = new core.Sequence();
    this.#open.set(number, sequence);
    return { sequence, fresh: true };
  }

  end(core: CoreModule, number: number): void {
    if (core === this.#core) this.#open.get(number)?.delete();
    this.#open.delete(number);
  }
}
