// A client table as it was told: which rows it holds, and the changes that bring it up to date. Pure. PROTOCOL §8.3.

import { equalBytes } from "#bytes";
import { type TableChange, TableHash, type TableRow } from "#chat";
import { type Address, isSameAddress } from "#wire";

type RowOf = (number: number) => TableRow | undefined;

/** Rows by number, with their hash. */
export class TableCopy {
  readonly #rows = new Map<number, TableRow>();
  readonly #hash = new TableHash();

  get size(): number {
    return this.#rows.size;
  }

  /** The hash of all rows, in memory of its own. */
  get hash(): Uint8Array {
    return this.#hash.bytes;
  }

  /** Changes that make this table out of an empty one. */
  get whole(): readonly TableChange[] {
    return [...this.#rows.values()].map((row) => ({ kind: "row", ...row }));
  }

  /** Brings the rows of those numbers up to date, and gives the changes that do the same to a copy. */
  advance(numbers: Iterable<number>, rowOf: RowOf): readonly TableChange[] {
    const changes: TableChange[] = [];
    for (const number of numbers) {
      const before = this.#rows.get(number);
      const after = rowOf(number);
      const change = changeBetween(number, before, after);
      if (change === undefined) continue;
      changes.push(change);
      if (before !== undefined) this.#hash.toggle(before);
      if (after === undefined) {
        this.#rows.delete(number);
        continue;
      }
      this.#hash.toggle(after);
      this.#rows.set(number, after);
    }
    return changes;
  }
}

function changeBetween(
  number: number,
  before: TableRow | undefined,
  after: TableRow | undefined,
): TableChange | undefined {
  if (after === undefined) return before === undefined ? undefined : { kind: "removed", number };
  if (before === undefined || !isSamePerson(before, after)) return { kind: "row", ...after };
  if (before.isOnline === after.isOnline && isSamePlace(before.address, after.address)) return undefined;
  return { kind: "presence", number, isOnline: after.isOnline, address: after.address };
}

function isSamePerson(a: TableRow, b: TableRow): boolean {
  return a.name === b.name && equalBytes(a.personKey, b.personKey) && equalBytes(a.staticKey, b.staticKey);
}

function isSamePlace(a: Address | undefined, b: Address | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isSameAddress(a, b);
}
