// How long texts took in a simulated world, from being said to being shown, in virtual ms. Pure.

export class Delays {
  readonly #saidAt = new Map<string, number>();
  readonly #delays: number[] = [];

  said(text: string, now: number): void {
    this.#saidAt.set(text, now);
  }

  /** Counts the first time only. */
  shown(text: string, now: number): void {
    const saidAt = this.#saidAt.get(text);
    if (saidAt === undefined) return;
    this.#saidAt.delete(text);
    this.#delays.push(now - saidAt);
  }

  /** The shortest first. */
  get sorted(): readonly number[] {
    return this.#delays.toSorted((a, b) => a - b);
  }
}
