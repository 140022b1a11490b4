// The one counter of everything that the books keep: letters, receipts and posts. Pure. PROTOCOL §8.7.

/** Numbers in the order in which the server takes things; never set back, and not without holes. */
export class Numbers {
  #last: number;

  /** Goes on after the highest number that anything in the books ever had. */
  constructor(last: number) {
    this.#last = last;
  }

  /** The highest number given; what it was given to may not be durable yet. */
  get last(): number {
    return this.#last;
  }

  take(): number {
    return ++this.#last;
  }
}
