// So many times a second, on average, whatever the ticks are.

export class Pace {
  readonly #perMs: number;
  #due = 0;

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1000;
  }

  /** How often it is due after that time. */
  take(elapsedMs: number): number {
    this.#due += elapsedMs * this.#perMs;
    const times = Math.floor(this.#due);
    this.#due -= times;
    return times;
  }
}
