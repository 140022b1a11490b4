// Who has been told what of the table: changes are gathered, and told once to everybody whom they concern. Pure.
// PROTOCOL §8.3. Up to `wholeTable` persons everybody's table is the whole one, and one encoding serves all. From the
// first person beyond that until the process ends, a table holds its owner and whom its owner asked for; its hash is
// that of what it holds, so that a client does the same in both cases.

import { equalBytes } from "#bytes";
import { type TableMark, type TableRow } from "#chat";

import { type Limits } from "./limits.ts";
import { TableCopy } from "./table-copy.ts";
import { tableParts } from "./table-parts.ts";

export interface TableFeedOptions<R> {
  /** 8 random bytes: versions and numbers of one epoch are comparable. */
  readonly epoch: Uint8Array;
  readonly limits: Pick<Limits, "wholeTable" | "interests" | "gatherMs">;
  readonly size: () => number;
  readonly rowOf: (number: number) => TableRow | undefined;
  /** Sends encoded notices, whose bytes are shared among readers. */
  readonly post: (reader: R, parts: readonly Uint8Array[], now: number) => void;
}

interface Reading {
  /** Whose rows the reader has a use for: its own first, then the longest known. */
  readonly interests: Set<number>;
  /** What of them is to be told anew. */
  readonly pending: Set<number>;
  /** `waiting` for its first table on this session; `paused` between two sessions of one process. */
  phase: "current" | "waiting" | "paused";
  mark: TableMark | undefined;
  /** What the reader was told, and the version of that; beyond `wholeTable` only. */
  copy: TableCopy;
  version: number;
}

/** The tables of all readers `R`. Times in monotonic ms. */
export class TableFeed<R> {
  readonly #options: TableFeedOptions<R>;
  readonly #readings = new Map<R, Reading>();
  readonly #watchers = new Map<number, Set<R>>();
  #dirty = new Set<number>();
  #owed = new Set<R>();
  readonly #everybody = new TableCopy();
  #isWhole = true;
  #version = 1;
  #flushAt = Number.POSITIVE_INFINITY;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TableFeedOptions<R>) {
    this.#options = options;
  }

  /** When `flush` has something to tell. */
  get deadline(): number {
    return this.#flushAt;
  }

  /** Rows that a whole table of this reader holds. */
  rowsFor(reader: R): number {
    return this.#isWhole ? this.#everybody.size : (this.#readings.get(reader)?.interests.size ?? 0);
  }

  /** The row of that number may have changed. */
  change(number: number): void {
    this.#dirty.add(number);
    this.#schedule();
  }

  /** From here on the reader is kept up to date, from the state it says it has, or from nothing. */
  subscribe(reader: R, own: number, mark: TableMark | undefined): void {
    const reading = this.#readings.get(reader) ?? this.#begin(reader, own);
    reading.phase = "waiting";
    reading.mark = mark;
    this.#owe(reader);
  }

  /** The reader's table is not what it should be: the whole one follows. */
  resync(reader: R): void {
    const reading = this.#readings.get(reader);
    if (reading === undefined) return;
    reading.phase = "waiting";
    reading.mark = undefined;
    this.#owe(reader);
  }

  /** The reader is told of its table even if nothing has changed. */
  refresh(reader: R): void {
    const reading = this.#readings.get(reader);
    if (reading?.phase !== "current") return;
    const { epoch } = this.#options;
    const { version, hash } = this.#isWhole
      ? { version: this.#version, hash: this.#everybody.hash }
      : { version: reading.version, hash: reading.copy.hash };
    reading.phase = "waiting";
    reading.mark = { epoch, version, hash };
    this.#owe(reader);
  }

  unsubscribe(reader: R): void {
    const reading = this.#readings.get(reader);
    if (reading === undefined) return;
    for (const number of reading.interests) this.#unwatch(reader, number);
    this.#readings.delete(reader);
    this.#owed.delete(reader);
  }

  /** Another session takes over; it is told nothing before it subscribes. */
  handOver(from: R, to: R): void {
    const reading = this.#readings.get(from);
    if (reading === undefined) return;
    this.unsubscribe(from);
    reading.phase = "paused";
    this.#readings.set(to, reading);
    for (const number of reading.interests) this.#watch(to, number);
  }

  /** The reader has a use for that row: it is kept up to date even beyond `wholeTable`, up to `interests` rows. */
  addInterest(reader: R, number: number): void {
    const reading = this.#readings.get(reader);
    if (reading === undefined || reading.interests.has(number)) return;
    reading.interests.add(number);
    this.#watch(reader, number);
    reading.pending.add(number);
    const [, oldest] = reading.interests;
    if (reading.interests.size > this.#options.limits.interests + 1 && oldest !== undefined) {
      this.#forget(reader, reading, oldest);
      reading.pending.add(oldest);
    }
    if (!this.#isWhole) this.#owe(reader);
  }

  /** Tells everybody what concerns them, if the time has come. */
  flush(now: number): void {
    if (now < this.#flushAt) return;
    this.#flushAt = Number.POSITIVE_INFINITY;
    this.#flushedAt = now;
    if (this.#isWhole && this.#options.size() > this.#options.limits.wholeTable) this.#stopBeingWhole();
    // Sending may end sessions, and so change the table again: that belongs to the next flush.
    const dirty = this.#dirty;
    this.#dirty = new Set();
    if (this.#isWhole) this.#flushWhole(dirty, now);
    else this.#flushEach(dirty, now);
  }

  #flushWhole(dirty: ReadonlySet<number>, now: number): void {
    const { epoch, rowOf } = this.#options;
    const before = { epoch, version: this.#version, hash: this.#everybody.hash };
    const changes = this.#everybody.advance(dirty, rowOf);
    if (changes.length > 0) this.#version++;
    const { hash } = this.#everybody;
    const end = { epoch, to: this.#version, isWhole: true, hash };
    const steps = new Map<string, readonly Uint8Array[]>();
    const stepFrom = (mark: TableMark | undefined): readonly Uint8Array[] => {
      const start = mark === undefined ? "nothing" : startOf(mark, before.hash, hash);
      const from = mark === undefined || start === "nothing" ? 0 : mark.version;
      const key = `${start} ${from}`;
      const known = steps.get(key);
      if (known !== undefined) return known;
      const rest = { nothing: () => this.#everybody.whole, before: () => changes, after: () => [] };
      const step = tableParts({ ...end, from, changes: rest[start]() });
      steps.set(key, step);
      return step;
    };
    this.#owed.clear();
    for (const [reader, reading] of this.#readings) {
      reading.pending.clear();
      if (reading.phase === "paused" || (reading.phase === "current" && changes.length === 0)) continue;
      const step = stepFrom(reading.phase === "current" ? before : reading.mark);
      reading.phase = "current";
      this.#options.post(reader, step, now);
    }
  }

  #flushEach(dirty: ReadonlySet<number>, now: number): void {
    this.#version++;
    for (const number of dirty) {
      for (const reader of this.#watchers.get(number) ?? []) {
        this.#readings.get(reader)?.pending.add(number);
        this.#owed.add(reader);
      }
    }
    const owed = this.#owed;
    this.#owed = new Set();
    for (const reader of owed) this.#flushOne(reader, now);
  }

  #flushOne(reader: R, now: number): void {
    const reading = this.#readings.get(reader);
    if (reading === undefined || reading.phase === "paused") return;
    const isWaiting = reading.phase === "waiting";
    const isBehind = isWaiting && !this.#isAt(reading.mark, reading.version, reading.copy.hash);
    if (isBehind) {
      reading.copy = new TableCopy();
      reading.version = 0;
    }
    const rowOf = (number: number): TableRow | undefined =>
      reading.interests.has(number) ? this.#options.rowOf(number) : undefined;
    const changes = reading.copy.advance(isBehind ? reading.interests : reading.pending, rowOf);
    for (const number of reading.pending) if (rowOf(number) === undefined) this.#forget(reader, reading, number);
    reading.pending.clear();
    reading.phase = "current";
    if (changes.length === 0 && !isWaiting) return;
    const { epoch } = this.#options;
    const { version: from, copy } = reading;
    const parts = tableParts({ epoch, from, to: this.#version, isWhole: false, changes, hash: copy.hash });
    reading.version = this.#version;
    this.#options.post(reader, parts, now);
  }

  #stopBeingWhole(): void {
    this.#isWhole = false;
    for (const [reader, reading] of this.#readings) {
      if (reading.phase !== "paused") reading.phase = "waiting";
      reading.mark = undefined;
      this.#owed.add(reader);
    }
  }

  #begin(reader: R, own: number): Reading {
    const reading: Reading = {
      interests: new Set([own]),
      pending: new Set(),
      phase: "waiting",
      mark: undefined,
      copy: new TableCopy(),
      version: 0,
    };
    this.#readings.set(reader, reading);
    this.#watch(reader, own);
    return reading;
  }

  #isAt(mark: TableMark | undefined, version: number, hash: Uint8Array): boolean {
    if (mark === undefined || version === 0 || mark.version !== version) return false;
    return equalBytes(mark.epoch, this.#options.epoch) && equalBytes(mark.hash, hash);
  }

  #owe(reader: R): void {
    this.#owed.add(reader);
    this.#schedule();
  }

  /** At once after a quiet time, else when changes have been gathered for their time. */
  #schedule(): void {
    this.#flushAt = this.#flushedAt + this.#options.limits.gatherMs;
  }

  #forget(reader: R, reading: Reading, number: number): void {
    reading.interests.delete(number);
    this.#unwatch(reader, number);
  }

  #watch(reader: R, number: number): void {
    const watchers = this.#watchers.get(number);
    if (watchers === undefined) this.#watchers.set(number, new Set([reader]));
    else watchers.add(reader);
  }

  #unwatch(reader: R, number: number): void {
    const watchers = this.#watchers.get(number);
    watchers?.delete(reader);
    if (watchers?.size === 0) this.#watchers.delete(number);
  }
}

/** What a reader's table is, whoever told it: the one before a step or after it, or nothing that helps. */
function startOf({ version, hash }: TableMark, before: Uint8Array, after: Uint8Array): "nothing" | "before" | "after" {
  if (version === 0) return "nothing";
  if (equalBytes(hash, before)) return "before";
  return equalBytes(hash, after) ? "after" : "nothing";
}
