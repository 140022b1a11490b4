// Events for an application that takes them when it likes: one reader, in order, ending when closed.

/** Events that wait for their reader; whoever feeds the queue keeps the rest. */
const MOST_WAITING = 1024;

/** An async iterable that is fed from outside. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  readonly #onRoom: () => void;
  #wake: (() => void) | undefined;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;

  /** `onRoom`: a full queue has room again. */
  constructor(onRoom: () => void = () => {}) {
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

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
      for (let event = this.#take(); event !== undefined; event = this.#take()) yield event;
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isClosed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
    }
  }

  #take(): T | undefined {
    const wasFull = this.isFull;
    const event = this.#waiting.shift();
    if (wasFull && !this.isFull) this.#onRoom();
    return event;
  }
}
