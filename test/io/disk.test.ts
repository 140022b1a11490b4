// What can be wrong with a disk, as far as any user can bring it about; rights are in
// disk-rights.test.ts, full and read-only file systems in test/system/disk-full.test.ts.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";

import { DiskError } from "../../src/io/disk-error.ts";
import { SqliteProfile } from "../../src/io/sqlite-profile.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";
import { person } from "../server/store-contract.ts";
import { databaseOf, firstLine, type Kind, outputOf, startProcess } from "./disk-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const kinds: readonly Kind[] = ["store", "profile"];

for (const kind of kinds) {
  test(`${kind}: a second process is refused at once, and let in when the first is killed`, async (t) => {
    const folder = temporaryFolder(t);
    const holder = startProcess(t, "hold", kind, folder);
    await firstLine(holder, "open");
    assert.throws(() => open(kind, folder), isDiskError("locked", join(folder, databaseOf(kind))));
    holder.kill("SIGKILL");
    await once(holder, "exit");
    open(kind, folder).close();
  });

  test(`${kind}: a second opening in the same process is refused, and leaves the first its lock`, async (t) => {
    const folder = temporaryFolder(t);
    const first = open(kind, folder);
    t.after(() => first.close());
    assert.throws(() => open(kind, folder), { code: "locked" });
    assert.match(await outputOf(startProcess(t, "open", kind, folder)), /^locked: /);
  });

  test(`${kind}: what was resolved before a kill -9 is there`, async (t) => {
    const folder = temporaryFolder(t);
    const writer = startProcess(t, "write", kind, folder);
    const output = outputOf(writer);
    let lines = 0;
    writer.stdout?.on("data", (data: Buffer) => {
      lines += data.toString().split("\n").length - 1;
      if (lines >= 50) writer.kill("SIGKILL");
    });
    const resolved = Number((await output).trimEnd().split("\n").at(-1));
    assert.ok(resolved >= 49);
    const found = kind === "store" ? aliveIn(t, folder) : outboxIn(t, folder);
    // One more may be on the disk than its writer lived to say.
    assert.ok(found === resolved || found === resolved + 1, `${found} found, ${resolved} resolved`);
  });

  test(`${kind}: makes the folders above it, for this user only`, (t) => {
    const base = temporaryFolder(t);
    const folder = join(base, "a", "b");
    open(kind, folder).close();
    for (const made of [dirname(folder), folder]) assert.equal(statSync(made).mode & 0o777, 0o700);
    for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
  });

  test(`${kind}: a file where the folder should be is misplaced`, (t) => {
    const base = temporaryFolder(t);
    writeFileSync(join(base, "file"), "");
    assert.throws(() => open(kind, join(base, "file")), isDiskError("misplaced", join(base, "file")));
    assert.throws(() => open(kind, join(base, "file", "below")), { code: "misplaced" });
  });

  test(`${kind}: a folder where the database should be is misplaced`, (t) => {
    const folder = temporaryFolder(t);
    open(kind, folder).close();
    const other = temporaryFolder(t);
    if (kind === "profile") cpSync(join(folder, "identity.key"), join(other, "identity.key"));
    mkdirSync(join(other, databaseOf(kind)));
    assert.throws(() => open(kind, other), isDiskError("misplaced", join(other, databaseOf(kind))));
  });

  test(`${kind}: a file of no database is corrupt`, (t) => {
    const path = closed(t, kind);
    writeFileSync(path, randomBytes(10_000));
    assert.throws(() => open(kind, dirname(path)), isDiskError("corrupt", path));
  });

  test(`${kind}: a database without its tables is corrupt`, (t) => {
    const path = closed(t, kind);
    alter(path, kind === "store" ? "DROP TABLE sessions" : "DROP TABLE progress");
    assert.throws(() => open(kind, dirname(path)), isDiskError("corrupt", path));
  });

  test(`${kind}: a database of a newer version is refused untouched`, (t) => {
    assertRefusedUntouched(t, kind, "PRAGMA user_version = 9", "newer");
  });

  test(`${kind}: another program's database is refused untouched`, (t) => {
    assertRefusedUntouched(t, kind, "PRAGMA application_id = 7", "foreign");
    assertRefusedUntouched(t, kind, "PRAGMA application_id = 0", "foreign");
  });
}

test("the database of a profile is no server's", (t) => {
  const profile = closed(t, "profile");
  const folder = temporaryFolder(t);
  copyFileSync(profile, join(folder, "server.sqlite"));
  assert.throws(() => open("store", folder), { code: "foreign" });
});

test("damage inside is looked for after an unclean end, and only then", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "server.sqlite");
  const store = new SqliteStore(folder);
  store.load();
  const persons = Array.from({ length: 200 }, (_, i) => ({ ...person(i + 1), device: new Uint8Array(3000) }));
  await store.apply(persons.map((each) => ({ kind: "putPerson", person: each }) as const));
  store.close();
  const bytes = readFileSync(path);
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4096);
  writeFileSync(path, bytes);
  new SqliteStore(folder).close();
  alter(path, "UPDATE life SET endedCleanly = 0");
  assert.throws(() => new SqliteStore(folder), isDiskError("corrupt", path));
});

test("damage met when loading is a DiskError", async (t) => {
  const folder = temporaryFolder(t);
  const store = new SqliteStore(folder);
  store.load();
  const persons = Array.from({ length: 200 }, (_, i) => ({ ...person(i + 1), device: new Uint8Array(3000) }));
  await store.apply(persons.map((each) => ({ kind: "putPerson", person: each }) as const));
  store.close();
  const path = join(folder, "server.sqlite");
  const bytes = readFileSync(path);
  bytes.fill(0xff, 12 * 4096, bytes.length);
  writeFileSync(path, bytes);
  const damaged = new SqliteStore(folder);
  t.after(() => damaged.close());
  assert.throws(() => damaged.load(), isDiskError("corrupt", path));
});

function open(kind: Kind, folder: string): SqliteStore | SqliteProfile {
  return kind === "store" ? new SqliteStore(folder) : new SqliteProfile(folder, randomBytes);
}

/** The path of a database that was used and closed. */
function closed(t: TestContext, kind: Kind): string {
  const folder = temporaryFolder(t);
  const opened = open(kind, folder);
  opened.load();
  opened.close();
  return join(folder, databaseOf(kind));
}

function alter(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function assertRefusedUntouched(t: TestContext, kind: Kind, change: string, code: string): void {
  const path = closed(t, kind);
  alter(path, change);
  const folder = dirname(path);
  const files = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("hex")]);
  const before = files();
  assert.throws(() => open(kind, folder), isDiskError(code, path));
  assert.deepEqual(files(), before);
}

function isDiskError(code: string, path: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof DiskError, String(error));
    assert.deepEqual([error.code, error.path], [code, path]);
    assert.ok(error.message.startsWith(`${path} `) && !error.message.includes("\n"));
    return true;
  };
}

function aliveIn(t: TestContext, folder: string): number {
  const store = new SqliteStore(folder);
  t.after(() => store.close());
  return store.load().aliveMs;
}

function outboxIn(t: TestContext, folder: string): number {
  const profile = new SqliteProfile(folder, randomBytes);
  t.after(() => profile.close());
  const numbers = profile.load().outbox.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, i) => i + 1),
  );
  return numbers.length;
}
