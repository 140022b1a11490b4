// Events for an application that takes them when it likes: one reader, in order, ending when closed.

/** An async iterable that is fed from outside. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;

  push(event: T): void {
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** The iteration ends after what was pushed before. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** The iteration throws after what was pushed before. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) yield event;
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isClosed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
    }
  }
}
