// What a soak run found that is not as promised: how often of each kind, with a few examples.

const MOST_EXAMPLES = 5;

export class Findings {
  readonly #kinds = new Map<string, { count: number; readonly examples: string[] }>();

  note(kind: string, example: string): void {
    const found = this.#kinds.get(kind) ?? { count: 0, examples: [] };
    found.count++;
    if (found.examples.length < MOST_EXAMPLES) found.examples.push(example);
    this.#kinds.set(kind, found);
  }

  get total(): number {
    return [...this.#kinds.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** Each kind with its count and its examples. */
  get lines(): readonly string[] {
    return Array.from(this.#kinds, ([kind, { count, examples }]) => `${kind}: ${count} (${examples.join("; ")})`);
  }
}
