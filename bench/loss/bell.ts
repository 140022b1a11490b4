// A bell: whoever waits for it goes on at its next ring. Pure.

export class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /** Fulfilled at the next ring. */
  rung(): Promise<void> {
    return this.#next.promise;
  }
}
