// A client's table as PROTOCOL §8.3 has it, made as simple as can be: what tests hold against what the server means.

import { equalBytes } from "#bytes";
import { type NoticeBody, type TableChange, TableHash, type TableMark, type TableRow } from "#chat";

type TableNotice = Extract<NoticeBody, { readonly kind: "table" }>;

export class ModelTable {
  readonly rows = new Map<number, TableRow>();
  /** Whole tables begun, and steps finished. */
  wholes = 0;
  steps = 0;
  /** What did not fit. */
  readonly faults: string[] = [];
  mark: TableMark | undefined;
  /** Whether it has everybody, by its last step. */
  isWhole: boolean | undefined;
  #isInside = false;

  apply(notice: TableNotice): void {
    if (notice.isFirst === this.#isInside) this.faults.push("parts out of order");
    this.#isInside = !notice.isLast;
    if (!notice.isFirst && notice.isWhole !== this.isWhole) this.faults.push("parts differ");
    this.isWhole = notice.isWhole;
    if (notice.isFirst && notice.from === 0) {
      this.rows.clear();
      this.wholes++;
    } else if (notice.from !== 0 && notice.from !== this.mark?.version) {
      this.faults.push(`from ${notice.from} at ${this.mark?.version}`);
    }
    for (const change of notice.changes) this.#change(change);
    if (!notice.isLast) return;
    const { epoch, to: version, hash } = notice;
    if (!equalBytes(hash, this.hash)) this.faults.push(`hash differs at ${version}`);
    this.mark = { epoch: epoch.slice(), version, hash: hash.slice() };
    this.steps++;
  }

  get hash(): Uint8Array {
    const hash = new TableHash();
    for (const row of this.rows.values()) hash.toggle(row);
    return hash.bytes;
  }

  /** `name` to `host:port` of those online, `-` of those who are not. */
  get summary(): Readonly<Record<string, string>> {
    const rows = [...this.rows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return Object.fromEntries(
      rows.map(({ name, isOnline, address }) => [name, isOnline ? `${address?.host}:${address?.port}` : "-"]),
    );
  }

  #change(change: TableChange): void {
    if (change.kind === "row") {
      const { kind: _kind, ...row } = change;
      this.rows.set(change.number, { ...row, personKey: row.personKey.slice(), staticKey: row.staticKey.slice() });
      return;
    }
    const row = this.rows.get(change.number);
    if (row === undefined) {
      this.faults.push(`${change.kind} of a row that is not there`);
      return;
    }
    if (change.kind === "removed") this.rows.delete(change.number);
    else this.rows.set(change.number, { ...row, isOnline: change.isOnline, address: change.address });
  }
}
