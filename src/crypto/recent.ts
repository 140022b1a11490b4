// A few results of long work, by what they were worked out from. Pure.

/** A memory of at most `most` results; the one that was asked for the longest ago is forgotten first. */
export class Recent<T> {
  readonly #most: number;
  readonly #results = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The result by that id, worked out where it is not remembered; none is not remembered. */
  get(id: string, work: () => T | undefined): T | undefined {
    const before = this.#results.get(id);
    const result = before ?? work();
    if (result === undefined) return undefined;
    if (before !== undefined) this.#results.delete(id);
    this.#results.set(id, result);
    if (this.#results.size > this.#most) {
      const [oldest] = this.#results.keys();
      if (oldest !== undefined) this.#results.delete(oldest);
    }
    return result;
  }
}
