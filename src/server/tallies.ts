// Sums under names. Pure. What MemoryStore counts bounds by (PROTOCOL §8.6).

/** Whole numbers under names, 0 for every name that is not there; what comes down to 0 is forgotten. */
export class Tallies {
  readonly #amounts = new Map<string, number>();

  of(name: string): number {
    return this.#amounts.get(name) ?? 0;
  }

  add(name: string, amount: number): void {
    const sum = this.of(name) + amount;
    if (sum === 0) this.#amounts.delete(name);
    else this.#amounts.set(name, sum);
  }
}
