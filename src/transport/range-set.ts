// A set of whole numbers kept as disjoint ranges: packet numbers received, bytes of a message acknowledged. Pure.

/** A run of numbers: `start` included, `end` not. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Ranges in ascending order, never touching. `add` and `remove` cost the number of ranges; the owner bounds that. */
export class RangeSet {
  #ranges: Range[] = [];

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Numbers in the set. */
  get size(): number {
    return this.#ranges.reduce((sum, range) => sum + range.end - range.start, 0);
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const last = this.#ranges.at(-1);
    if (last === undefined || start > last.end) {
      this.#ranges.push({ start, end });
      return;
    }
    if (start >= last.start) {
      // Most numbers come in their order.
      if (end > last.end) this.#ranges = this.#ranges.with(this.#ranges.length - 1, { start: last.start, end });
      return;
    }
    const before = this.#ranges.filter((range) => range.end < start);
    const after = this.#ranges.filter((range) => range.start > end);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const joined = {
      start: Math.min(start, touched[0]?.start ?? start),
      end: Math.max(end, touched.at(-1)?.end ?? end),
    };
    this.#ranges = [...before, joined, ...after];
  }

  remove(start: number, end: number): void {
    const [first] = this.#ranges;
    if (start >= end || first === undefined || end <= first.start) return;
    this.#ranges = this.#ranges.flatMap((range) => {
      if (range.end <= start || range.start >= end) return [range];
      const left = { start: range.start, end: start };
      const right = { start: end, end: range.end };
      return [left, right].filter((part) => part.start < part.end);
    });
  }

  /** Drops all ranges but the highest `count`. */
  keepHighest(count: number): void {
    if (this.#ranges.length > count) this.#ranges = this.#ranges.slice(-count);
  }

  has(value: number): boolean {
    return this.#ranges.some((range) => range.start <= value && value < range.end);
  }

  /** Whether every number from `start` up to `end` is in the set. */
  covers(start: number, end: number): boolean {
    return start >= end || this.#ranges.some((range) => range.start <= start && end <= range.end);
  }
}
