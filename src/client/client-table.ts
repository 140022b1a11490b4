// The client table as the server tells it: part by part, change by change, checked by its hash. Pure. PROTOCOL §8.3.

import { equalBytes, toHex } from "#bytes";
import { nameKey, type NoticeBody, TableHash, type TableChange, type TableMark, type TableRow } from "#chat";

type TablePart = Extract<NoticeBody, { readonly kind: "table" }>;

/** What a part led to: nothing yet, a table that is whole again, or one that must be asked for anew. */
export type TableOutcome = "partial" | "updated" | "mismatch";

/** All rows a client knows. */
export class ClientTable {
  readonly #rows = new Map<number, TableRow>();
  readonly #byName = new Map<string, TableRow>();
  readonly #byPerson = new Map<string, TableRow>();
  readonly #hash = new TableHash();
  #mark: TableMark | undefined;

  /** Which state the table is in; undefined before the first whole one. */
  get mark(): TableMark | undefined {
    return this.#mark;
  }

  get rows(): readonly TableRow[] {
    return [...this.#rows.values()];
  }

  byName(name: string): TableRow | undefined {
    return this.#byName.get(nameKey(name));
  }

  byPerson(personKey: Uint8Array): TableRow | undefined {
    return this.#byPerson.get(toHex(personKey));
  }

  /** Takes a part; parts of one update come in order. */
  apply(part: TablePart): TableOutcome {
    const isWhole = part.from === 0;
    if (part.isFirst && isWhole) this.#clear();
    if (!isWhole && !this.#follows(part)) return "mismatch";
    for (const change of part.changes) this.#change(change);
    if (!part.isLast) return "partial";
    const hash = this.#hash.bytes;
    this.#mark = { epoch: part.epoch, version: part.to, hash };
    return equalBytes(hash, part.hash) ? "updated" : "mismatch";
  }

  #follows(part: TablePart): boolean {
    return this.#mark !== undefined && equalBytes(this.#mark.epoch, part.epoch) && this.#mark.version === part.from;
  }

  #change(change: TableChange): void {
    switch (change.kind) {
      case "row": {
        const { kind: _, ...row } = change;
        return this.#put(row);
      }
      case "presence": {
        const row = this.#rows.get(change.number);
        if (row !== undefined) this.#put({ ...row, isOnline: change.isOnline, address: change.address });
        return;
      }
      case "removed":
        return this.#remove(change.number);
      default:
        change satisfies never;
    }
  }

  #put(row: TableRow): void {
    this.#remove(row.number);
    this.#rows.set(row.number, row);
    this.#byName.set(nameKey(row.name), row);
    this.#byPerson.set(toHex(row.personKey), row);
    this.#hash.toggle(row);
  }

  #remove(number: number): void {
    const row = this.#rows.get(number);
    if (row === undefined) return;
    this.#rows.delete(number);
    if (this.#byName.get(nameKey(row.name)) === row) this.#byName.delete(nameKey(row.name));
    if (this.#byPerson.get(toHex(row.personKey)) === row) this.#byPerson.delete(toHex(row.personKey));
    this.#hash.toggle(row);
  }

  #clear(): void {
    this.#rows.clear();
    this.#byName.clear();
    this.#byPerson.clear();
    this.#hash.clear();
    this.#mark = undefined;
  }
}
