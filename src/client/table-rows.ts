// The rows of a client table, found by number, by name and by person. Pure. PROTOCOL §8.3.
// Whatever a server says is kept as it says it, so that the hash agrees; found and listed are only rows that can be.

import { toHex } from "#bytes";
import { TableHash, type TableChange, type TableRow, usableName } from "#chat";

/** Rows that a table holds at most: more than any server tells that lets people find each other. */
export const MOST_ROWS = 65_536;

/** The rows of a key; the one put last counts, and the one before it again when that is gone. */
type Index = Map<string, Set<TableRow>>;

export class TableRows {
  readonly #rows = new Map<number, TableRow>();
  readonly #byName: Index = new Map();
  readonly #byPerson: Index = new Map();
  readonly #hash = new TableHash();

  get hash(): Uint8Array {
    return this.#hash.bytes;
  }

  /** One row a name, in no order. */
  get all(): readonly TableRow[] {
    return [...this.#byName.keys()].flatMap((key) => latest(this.#byName, key) ?? []);
  }

  byName(key: string): TableRow | undefined {
    return latest(this.#byName, key);
  }

  byPerson(personKey: Uint8Array): TableRow | undefined {
    return latest(this.#byPerson, toHex(personKey));
  }

  /** False where a row finds no room. */
  change(change: TableChange): boolean {
    switch (change.kind) {
      case "row": {
        const { kind: _, ...row } = change;
        return this.#put(row);
      }
      case "presence": {
        const row = this.#rows.get(change.number);
        return row === undefined || this.#put({ ...row, isOnline: change.isOnline, address: change.address });
      }
      case "removed":
        this.#remove(change.number);
        return true;
      default:
        return change satisfies never;
    }
  }

  #put(row: TableRow): boolean {
    this.#remove(row.number);
    if (this.#rows.size >= MOST_ROWS) return false;
    this.#rows.set(row.number, row);
    this.#hash.toggle(row);
    const name = usableName(row.name);
    // Shown is what was registered: whatever looks otherwise is no name that a server could have registered.
    if (name?.shown !== row.name) return true;
    add(this.#byName, name.key, row);
    add(this.#byPerson, toHex(row.personKey), row);
    return true;
  }

  #remove(number: number): void {
    const row = this.#rows.get(number);
    if (row === undefined) return;
    this.#rows.delete(number);
    this.#hash.toggle(row);
    remove(this.#byName, usableName(row.name)?.key ?? "", row);
    remove(this.#byPerson, toHex(row.personKey), row);
  }
}

function latest(index: Index, key: string): TableRow | undefined {
  return [...(index.get(key) ?? [])].at(-1);
}

function add(index: Index, key: string, row: TableRow): void {
  const rows = index.get(key);
  if (rows === undefined) index.set(key, new Set([row]));
  else rows.add(row);
}

function remove(index: Index, key: string, row: TableRow): void {
  const rows = index.get(key);
  rows?.delete(row);
  if (rows?.size === 0) index.delete(key);
}
