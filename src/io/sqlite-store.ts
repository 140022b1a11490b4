// The server's books in SQLite: `<data>/server.sqlite`. What `apply` resolves has been synced to the disk, one
// transaction a batch. Implements the port in server/store.ts (PROTOCOL §8.5, docs/decisions/0004-sqlite.md).

import { join } from "node:path";
import type { StatementSync } from "node:sqlite";

import { equalBytes } from "#bytes";
import type { Books, PersonRecord, ServerStore, SessionRecord, StoreOperation, StoreResult } from "#server";
import type { Address } from "#wire";

import { createFolder } from "./folders.ts";
import { keptSchema } from "./kept-layout.ts";
import { serverDatabase } from "./server-identity.ts";
import { doneIfChanged, rows, SqliteFile, type SqliteLayout, type SqliteLimits } from "./sqlite-file.ts";
import { SqliteKept } from "./sqlite-kept.ts";

const layout: SqliteLayout = {
  applicationId: 0x75637376, // "ucsv"
  version: 1,
  synchronous: "FULL",
  secureDelete: false,
  schema: `
    CREATE TABLE persons (
      personKey BLOB NOT NULL UNIQUE, name TEXT NOT NULL, nameKey TEXT NOT NULL UNIQUE, device BLOB NOT NULL,
      firstSeenMs INTEGER NOT NULL, lastSeenMs INTEGER NOT NULL, host TEXT, port INTEGER
    ) STRICT;
    CREATE TABLE sessions (
      personKey BLOB NOT NULL UNIQUE, clientSessionId BLOB NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,
      resetToken BLOB NOT NULL
    ) STRICT;
    CREATE TABLE alive (atMs INTEGER NOT NULL) STRICT;
    INSERT INTO alive VALUES (0);
    ${keptSchema}`,
};

const statements = {
  persons: "SELECT personKey, name, nameKey, device, firstSeenMs, lastSeenMs, host, port FROM persons ORDER BY rowid",
  sessions: "SELECT personKey, clientSessionId, host, port, resetToken FROM sessions ORDER BY rowid",
  alive: "SELECT atMs FROM alive",
  ownerOfName: "SELECT personKey FROM persons WHERE nameKey = ?",
  putPerson: `
    INSERT INTO persons (personKey, name, nameKey, device, firstSeenMs, lastSeenMs, host, port)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (personKey) DO UPDATE SET name = excluded.name, nameKey = excluded.nameKey, device = excluded.device,
      firstSeenMs = excluded.firstSeenMs, lastSeenMs = excluded.lastSeenMs, host = excluded.host,
      port = excluded.port`,
  removeName: "DELETE FROM persons WHERE nameKey = ?",
  touchPerson: "UPDATE persons SET lastSeenMs = ?, host = ifnull(?, host), port = ifnull(?, port) WHERE personKey = ?",
  putSession: `
    INSERT INTO sessions (personKey, clientSessionId, host, port, resetToken) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (personKey) DO UPDATE SET clientSessionId = excluded.clientSessionId, host = excluded.host,
      port = excluded.port, resetToken = excluded.resetToken`,
  removeSession: "DELETE FROM sessions WHERE personKey = ?",
  noteAlive: "UPDATE alive SET atMs = ?",
};

/** The books of one server, locked for this process until `close`. Every trouble of the disk is a DiskError, thrown
 * when opening and loading, rejected by `apply`, which works again when the trouble is over. */
export class SqliteStore implements ServerStore {
  readonly #file: SqliteFile;
  readonly #statements: Readonly<Record<keyof typeof statements, StatementSync>>;
  readonly #kept: SqliteKept;

  /** Opens the books in `folder`, making both where there are none. */
  constructor(folder: string, limits: SqliteLimits = {}) {
    createFolder(folder);
    this.#file = new SqliteFile(join(folder, serverDatabase), layout, limits);
    this.#statements = this.#file.prepare(statements);
    this.#kept = new SqliteKept(this.#file);
  }

  load(): Books {
    this.#file.begin();
    return this.#file.read(() => ({
      persons: rows<PersonRow>(this.#statements.persons).map(personOf),
      sessions: rows(this.#statements.sessions),
      aliveMs: Number(this.#statements.alive.get()?.["atMs"]),
      ...this.#kept.load(),
    }));
  }

  apply(operations: readonly StoreOperation[]): Promise<readonly StoreResult[]> {
    return Promise.try(() => this.#file.transaction(() => operations.map((operation) => this.#carryOut(operation))));
  }

  close(): void {
    this.#file.close();
  }

  #carryOut(operation: StoreOperation): StoreResult {
    const { removeName, removeSession, noteAlive } = this.#statements;
    switch (operation.kind) {
      case "putPerson":
        return this.#putPerson(operation.person);
      case "removeName":
        return doneIfChanged(removeName.run(operation.nameKey));
      case "touchPerson":
        return this.#touchPerson(operation.personKey, operation.lastSeenMs, operation.address);
      case "putSession":
        return this.#putSession(operation.session);
      case "removeSession":
        return doneIfChanged(removeSession.run(operation.personKey));
      case "noteAlive":
        return doneIfChanged(noteAlive.run(operation.atMs));
      default:
        return this.#kept.carryOut(operation);
    }
  }

  #putPerson({ personKey, name, nameKey, device, firstSeenMs, lastSeenMs, address }: PersonRecord): StoreResult {
    const owner = this.#statements.ownerOfName.get(nameKey)?.["personKey"];
    if (owner instanceof Uint8Array && !equalBytes(owner, personKey)) return "conflict";
    const { host = null, port = null } = address ?? {};
    const values = [personKey, name, nameKey, device, firstSeenMs, lastSeenMs, host, port];
    return doneIfChanged(this.#statements.putPerson.run(...values));
  }

  #touchPerson(personKey: Uint8Array, lastSeenMs: number, address: Address | undefined): StoreResult {
    const { host = null, port = null } = address ?? {};
    return doneIfChanged(this.#statements.touchPerson.run(lastSeenMs, host, port, personKey));
  }

  #putSession({ personKey, clientSessionId, host, port, resetToken }: SessionRecord): StoreResult {
    return doneIfChanged(this.#statements.putSession.run(personKey, clientSessionId, host, port, resetToken));
  }
}

type PersonRow = Omit<PersonRecord, "address"> & { readonly host: string | null; readonly port: number | null };

function personOf({ host, port, ...person }: PersonRow): PersonRecord {
  return { ...person, address: host === null || port === null ? undefined : { host, port } };
}
