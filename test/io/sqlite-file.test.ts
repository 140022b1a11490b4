import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";

import { profileLayout } from "../../src/io/profile-layout.ts";
import { SqliteFile } from "../../src/io/sqlite-file.ts";
import { SqliteProfile } from "../../src/io/sqlite-profile.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";
import { temporaryFolder } from "./temporary-folder.ts";

// https://sqlite.org/pragma.html#pragma_synchronous
const normal = 1;
const full = 2;

test("every commit of a store is synced; a profile syncs only the note that it is in use", (t) => {
  const databases = opened(t);
  const dice = (length: number) => new Uint8Array(length);
  new SqliteStore(temporaryFolder(t)).load();
  new SqliteProfile(temporaryFolder(t), dice).load();
  assert.deepEqual([...databases].map(synchronous), [full, normal]);
  const file = new SqliteFile(join(temporaryFolder(t), "file"), profileLayout);
  const during: unknown[] = [];
  file.begin(() => during.push([...databases].map(synchronous).at(-1)));
  assert.deepEqual(during, [full]);
});

test("an opening that ran out of space in the middle can be tried again", (t) => {
  const path = join(temporaryFolder(t), "file");
  for (let pages = 1; pages <= 4; pages++) {
    const open = () => new SqliteFile(path, profileLayout, { maxBytes: pages * 4096 });
    assert.throws(open, { name: "DiskError", code: "full", path });
  }
  new SqliteFile(path, profileLayout).close();
  new SqliteFile(path, profileLayout).close();
});

test("what a transaction throws undoes it and comes out", (t) => {
  const file = new SqliteFile(join(temporaryFolder(t), "file"), profileLayout);
  t.after(() => file.close());
  const { put, count } = file.prepare({
    put: "INSERT INTO epoch VALUES (?)",
    count: "SELECT count(*) AS n FROM epoch",
  });
  const mistake = new RangeError("a mistake");
  const work = () => {
    put.run(new Uint8Array(8));
    throw mistake;
  };
  assert.throws(() => file.transaction(work), mistake);
  assert.equal(count.get()?.["n"], 0);
  assert.equal(
    file.transaction(() => "fine"),
    "fine",
  );
});

/** The connections made from now on, closed at the end of the test. */
function opened(t: TestContext): ReadonlySet<DatabaseSync> {
  const databases = new Set<DatabaseSync>();
  const exec = DatabaseSync.prototype.exec;
  t.mock.method(DatabaseSync.prototype, "exec", function (this: DatabaseSync, sql: string) {
    databases.add(this);
    exec.call(this, sql);
  });
  t.after(() => databases.forEach((database) => database.close()));
  return databases;
}

function synchronous(database: DatabaseSync): unknown {
  return database.prepare("PRAGMA synchronous").get()?.["synchronous"];
}
