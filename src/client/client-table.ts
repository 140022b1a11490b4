// The client table as the server tells it: part by part, change by change, checked by its hash. Pure. PROTOCOL §8.3.
// The parts of one update count together, when the last is here: in between, nobody is missing who is in both states.

import { equalBytes } from "#bytes";
import { nameKey, type NoticeBody, type TableChange, type TableMark, type TableRow } from "#chat";

import { MOST_ROWS, TableRows } from "./table-rows.ts";

type TablePart = Extract<NoticeBody, { readonly kind: "table" }>;

/** What a part led to: nothing yet, a table that is whole again, or one that must be asked for anew. */
export type TableOutcome = "partial" | "updated" | "mismatch";

/** Changes of one update that wait for its last part. */
const MOST_CHANGES = 2 * MOST_ROWS;

interface Update {
  readonly epoch: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly changes: TableChange[];
}

/** All rows a client knows. */
export class ClientTable {
  #rows = new TableRows();
  /** Rows that the server showed when it was asked, until the next update, which has them. */
  #shown = new TableRows();
  #isWhole = true;
  #mark: TableMark | undefined;
  #update: Update | undefined;

  /** Which state the table is in; undefined before the first whole one. */
  get mark(): TableMark | undefined {
    return this.#mark;
  }

  /** Whether everybody stands in it: whoever does not is nobody. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The rows of usable names, one a name. */
  get rows(): readonly TableRow[] {
    return this.#rows.all;
  }

  byName(name: string): TableRow | undefined {
    const key = nameKey(name);
    return key === "" ? undefined : (this.#rows.byName(key) ?? this.#shown.byName(key));
  }

  byPerson(personKey: Uint8Array): TableRow | undefined {
    return this.#rows.byPerson(personKey) ?? this.#shown.byPerson(personKey);
  }

  /** Takes a row that the server was asked for: it counts as the server's word, and in no hash. */
  show(row: TableRow): void {
    this.#shown.change({ kind: "row", ...row });
  }

  /** Takes a part; parts of one update come in order. */
  apply(part: TablePart): TableOutcome {
    const update = this.#gather(part);
    if (update === undefined) return "mismatch";
    if (!part.isLast) return "partial";
    this.#update = undefined;
    return this.#finish(update, part);
  }

  /** Parts of what was under way will not come any more. */
  forgetUpdate(): void {
    this.#update = undefined;
  }

  #gather(part: TablePart): Update | undefined {
    const { epoch, from, to, changes, isFirst } = part;
    if (isFirst) this.#update = { epoch, from, to, changes: [] };
    const update = this.#update;
    this.#update = undefined;
    if (update === undefined || update.from !== from || update.to !== to || !equalBytes(update.epoch, epoch))
      return undefined;
    // The epoch may be another: a server that was started again and means the same rows goes on from there.
    if (from !== 0 && this.#mark?.version !== from) return undefined;
    if (update.changes.length + changes.length > MOST_CHANGES) return undefined;
    update.changes.push(...changes);
    this.#update = update;
    return update;
  }

  #finish({ epoch, from, to, changes }: Update, { hash, isWhole }: TablePart): TableOutcome {
    const rows = from === 0 ? new TableRows() : this.#rows;
    const fits = changes.map((change) => rows.change(change)).every(Boolean);
    const isRight = fits && equalBytes(rows.hash, hash);
    // A whole table that is wrong is worse than the one before it; a change that went wrong cannot be undone.
    if (from === 0 && !isRight) return "mismatch";
    this.#rows = rows;
    this.#shown = new TableRows();
    this.#isWhole = isWhole;
    this.#mark = { epoch: epoch.slice(), version: to, hash: rows.hash };
    return isRight ? "updated" : "mismatch";
  }
}
