// One SQLite database that belongs to one process at a time: opening, refusing, transactions, and whether it was closed
// in good order. What stands in it is for SqliteStore and SqliteProfile to know (docs/decisions/0004-sqlite.md).

import { accessSync, closeSync, constants, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import { DiskError } from "./disk-error.ts";

/** What makes a database one of ours. */
export interface SqliteLayout {
  /** 32 bits that stand in the file's header and say whose it is. */
  readonly applicationId: number;
  /** 1 or more; a file with a higher one is refused untouched. */
  readonly version: number;
  /** Makes the tables of that version. */
  readonly schema: string;
  /** Makes them of those of version 1, of version 2, …, one for each version but the last. */
  readonly upgrades?: readonly string[];
  /** FULL: commits survive a power cut. NORMAL: they survive a killed process. */
  readonly synchronous: "FULL" | "NORMAL";
  /** What is deleted is overwritten in the file; `emptyLog` does the rest. */
  readonly secureDelete: boolean;
}

export interface SqliteLimits {
  /** Bytes the database may grow to, without its log of a few MiB; no limit if left out. */
  readonly maxBytes?: number;
}

/** SQLite's codes for a file that says it is of ours and is not: no such table, or what no statement of ours puts there
 * (SQLITE_ERROR, _CONSTRAINT, _MISMATCH). */
const damage: ReadonlySet<number> = new Set([1, 19, 20]);

const lifeSchema = "CREATE TABLE life (endedCleanly INTEGER NOT NULL) STRICT; INSERT INTO life VALUES (0);";

/** An open database, locked for this process by the operating system. Throws only DiskError for trouble of the disk. */
export class SqliteFile {
  readonly path: string;
  readonly #layout: SqliteLayout;
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #hasBegun = false;

  constructor(path: string, layout: SqliteLayout, limits: SqliteLimits = {}) {
    this.path = path;
    this.#layout = layout;
    try {
      createUnlessThere(path);
      // No waiting for a lock: whoever holds it holds it until its process ends.
      this.#database = new DatabaseSync(path, { timeout: 0 });
    } catch (error) {
      throw DiskError.from(error, path);
    }
    this.#begin = this.#database.prepare("BEGIN IMMEDIATE");
    this.#commit = this.#database.prepare("COMMIT");
    this.#closeIfThisFails(() => this.#open(limits));
  }

  /** Statements under the names they are given. A file that lacks their tables is `corrupt`. */
  prepare<K extends string>(sql: Readonly<Record<K, string>>): Readonly<Record<K, StatementSync>> {
    const prepareAll = () =>
      Object.fromEntries(Object.entries<string>(sql).map(([name, text]) => [name, this.#database.prepare(text)]));
    return this.#closeIfThisFails(prepareAll) as Record<K, StatementSync>;
  }

  /** Notes, durably, that the database is in use; `whenUnclean` works in the same transaction if its last use had no
   * end, or there was none. */
  begin(whenUnclean: () => void = () => {}): void {
    this.read(() => this.#database.exec("PRAGMA synchronous = FULL"));
    this.transaction(() => {
      if (!this.#endedCleanly()) whenUnclean();
      this.#database.exec("UPDATE life SET endedCleanly = 0");
    });
    this.read(() => this.#database.exec(`PRAGMA synchronous = ${this.#layout.synchronous}`));
    this.#hasBegun = true;
  }

  /** Carries out `work` whole or not at all; what it throws undoes it, disk trouble as DiskError. */
  transaction<T>(work: () => T): T {
    return this.read(() => {
      this.#begin.run();
      try {
        const result = work();
        this.#commit.run();
        return result;
      } catch (error) {
        // SQLite has undone it by itself where it ran out of space.
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Carries out `work`, which changes nothing, with disk trouble as DiskError. */
  read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw DiskError.from(error, this.path);
    }
  }

  /** Moves all that is committed from the log into the database, so that what was deleted stands in no file any more.
   * Where that fails, the next end or the opening after a crash does it. */
  emptyLog(): void {
    try {
      this.read(() => this.#pragma("wal_checkpoint(TRUNCATE)"));
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
  }

  /** Notes a clean end if there was a `begin`, and lets go of the file. Where there is no room for the note, the next
   * opening takes this for an unclean end, which costs a check and no data. Idempotent. */
  close(): void {
    if (!this.#database.isOpen) return;
    try {
      if (this.#hasBegun) this.transaction(() => this.#database.exec("UPDATE life SET endedCleanly = 1"));
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    } finally {
      this.#database.close();
    }
  }

  // Nothing is written before the file is known to be ours.
  #open(limits: SqliteLimits): void {
    // With the lock exclusive, WAL needs no shared memory and a second process is refused at its first read.
    this.#database.exec("PRAGMA locking_mode = EXCLUSIVE");
    const isNew = this.#refuseOthers();
    if (this.#pragma("journal_mode = WAL") !== "wal") throw new DiskError("failing", this.path, "no write-ahead log");
    // Where fsync does not reach the disk itself (macOS), this does.
    this.#database.exec(`PRAGMA fullfsync = ON; PRAGMA synchronous = ${this.#layout.synchronous}`);
    if (this.#layout.secureDelete) this.#database.exec("PRAGMA secure_delete = ON");
    if (limits.maxBytes !== undefined) this.#limit(limits.maxBytes);
    if (isNew) this.#create();
    else if (!this.#endedCleanly()) this.#checkAfterCrash();
    this.#upgrade();
  }

  #refuseOthers(): boolean {
    const { applicationId, version } = this.#layout;
    const foundId = this.#pragma("application_id");
    const isEmpty = this.#database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
    if (foundId === 0 && isEmpty) return true;
    if (foundId !== applicationId) throw new DiskError("foreign", this.path, `application id ${String(foundId)}`);
    const found = Number(this.#pragma("user_version"));
    if (found > version) throw new DiskError("newer", this.path, `version ${found}, known is ${version}`);
    if (found < 1) throw new DiskError("corrupt", this.path, `version ${found}`);
    return false;
  }

  #create(): void {
    const { applicationId, version, schema } = this.#layout;
    const ids = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version};`;
    this.transaction(() => this.#database.exec(`${lifeSchema} ${schema} ${ids}`));
  }

  #upgrade(): void {
    const { version, upgrades = [] } = this.#layout;
    const found = Number(this.#pragma("user_version"));
    if (found === version) return;
    if (upgrades.length !== version - 1) throw new RangeError(`no way from version ${found} to ${version}`);
    const steps = upgrades.slice(found - 1).join(" ");
    this.transaction(() => this.#database.exec(`${steps} PRAGMA user_version = ${version};`));
    this.emptyLog();
  }

  #endedCleanly(): boolean {
    return this.#database.prepare("SELECT endedCleanly FROM life").get()?.["endedCleanly"] === 1;
  }

  // Reads the whole file, so only where a crash could have hurt it.
  #checkAfterCrash(): void {
    const found = this.#pragma("quick_check(1)");
    if (found !== "ok") throw new DiskError("corrupt", this.path, String(found));
    if (this.#layout.secureDelete) this.emptyLog();
  }

  #limit(maxBytes: number): void {
    const pages = Math.floor(maxBytes / Number(this.#pragma("page_size")));
    this.#database.exec(`PRAGMA max_page_count = ${Math.max(1, pages)}`);
  }

  #pragma(pragma: string): unknown {
    return Object.values(this.#database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  }

  #closeIfThisFails<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#database.close();
      throw this.#isDamage(error)
        ? new DiskError("corrupt", this.path, String(error))
        : DiskError.from(error, this.path);
    }
  }

  #isDamage(error: unknown): boolean {
    return error instanceof Error && "errcode" in error && damage.has(Number(error.errcode) & 0xff);
  }
}

/** All rows of a statement whose columns are named and ordered as the fields of `T`. */
export function rows<T>(statement: StatementSync, ...values: readonly SQLInputValue[]): readonly T[] {
  // SQLite's own rows have no prototype, which sets them apart from records made elsewhere.
  return statement.all(...values).map((row) => Object.assign({}, row) as T);
}

/** `missing` where a statement found nothing to change. */
export function doneIfChanged(outcome: { readonly changes: number | bigint }): "done" | "missing" {
  return outcome.changes === 0 ? "missing" : "done";
}

// Asked of the system first, because SQLite says "unable to open" for every reason there is, and would open a file that
// may not be written for reading only. The file is not opened where it exists: closing it again would drop the locks
// of this process on it (POSIX).
function createUnlessThere(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (!statSync(path).isFile()) throw new DiskError("misplaced", path);
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
  }
}
