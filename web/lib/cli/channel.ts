/** Values from one that makes them to one that takes them, and work that is begun ahead and ends in order. */

/** What is pushed comes out of the iteration, which waits for more until `end` or `fail`. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #ended = false;
  #failure: { error: unknown } | null = null;
  #wake: () => void = () => undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The iteration throws once it has given what came before. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift() as T;
      if (this.#failure) throw this.#failure.error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/**
 * The results of `start` for every item, in the order of the items, however the work overlaps. At
 * most `window` items are begun and not yet given out; the next is asked for only then.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  start: (item: T) => AsyncIterable<R>,
  window: number,
): AsyncGenerator<R> {
  const begun = new Channel<AsyncIterable<R>>();
  let free = window;
  let wake = () => {};
  const feed = async () => {
    for await (const item of items) {
      begun.push(start(item));
      if (--free > 0) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    begun.end();
  };
  feed().catch((error: unknown) => begun.fail(error));
  for await (const results of begun) {
    yield* results;
    free++;
    wake();
  }
}
