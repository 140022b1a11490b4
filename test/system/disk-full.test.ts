// File systems that are full or take no writes: real ones, mounted for the test. Needs root.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { SqliteProfile } from "../../src/io/sqlite-profile.ts";
import { serverIdentitySeed } from "../../src/io/server-identity.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";
import { incoming } from "../client/records.ts";
import { person } from "../server/store-contract.ts";

test("a disk that fills up: batches fail whole, and go on when there is room", async (t) => {
  const folder = smallDisk(t);
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, Buffer.alloc(512 * 1024));
  const store = new SqliteStore(folder);
  store.load();
  let written = 0;
  const batch = () =>
    [0, 1].map(
      (i) => ({ kind: "putPerson", person: { ...person(written + i + 1), device: new Uint8Array(4000) } }) as const,
    );
  const fill = async () => {
    for (;;) {
      await store.apply(batch());
      written += 2;
    }
  };
  await assert.rejects(fill(), { name: "DiskError", code: "full", path: join(folder, "server.sqlite") });
  assert.ok(written > 10);
  assert.equal(store.load().persons.length, written);
  rmSync(ballast);
  await store.apply(batch());
  assert.equal(store.load().persons.length, written + 2);
  store.close();
  const next = new SqliteStore(folder);
  assert.equal(next.load().persons.length, written + 2);
  next.close();
});

test("a profile that cannot note its end for want of room closes, and is whole at the next start", async (t) => {
  const folder = smallDisk(t);
  const profile = new SqliteProfile(folder, randomBytes);
  const { epoch } = profile.load();
  profile.apply([{ kind: "putIncoming", message: incoming(1), isShown: false }]);
  fillUp(folder);
  profile.close();
  rmSync(join(folder, "ballast"));
  const next = new SqliteProfile(folder, randomBytes);
  const state = next.load();
  next.close();
  assert.deepEqual(state.unshown, [incoming(1)]);
  assert.notDeepEqual(state.epoch, epoch);
});

test("nothing is opened on a disk that is full already, and nothing half made is left", (t) => {
  const folder = smallDisk(t);
  fillUp(folder);
  assert.throws(() => serverIdentitySeed(folder, randomBytes), { name: "DiskError", code: "full" });
  assert.throws(() => new SqliteProfile(folder, randomBytes), { name: "DiskError", code: "full" });
  assert.deepEqual(readdirSync(folder), ["ballast"]);
  assert.throws(() => new SqliteStore(folder), { name: "DiskError", code: "full" });
  rmSync(join(folder, "ballast"));
  new SqliteProfile(folder, randomBytes).close();
  new SqliteStore(folder).close();
});

test("a disk that takes no writes is readOnly, for new and old folders", (t) => {
  const folder = smallDisk(t);
  new SqliteStore(join(folder, "server")).close();
  new SqliteProfile(join(folder, "profile"), randomBytes).close();
  execFileSync("mount", ["-o", "remount,ro", folder]);
  for (const name of ["server", "new"]) {
    assert.throws(() => new SqliteStore(join(folder, name)), { name: "DiskError", code: "readOnly" });
  }
  for (const name of ["profile", "new"]) {
    assert.throws(() => new SqliteProfile(join(folder, name), randomBytes), { name: "DiskError", code: "readOnly" });
  }
});

/** A disk of 1 MiB, mounted for the test. */
function smallDisk(t: TestContext): string {
  assert.equal(process.getuid?.(), 0, "mounting needs root");
  const folder = mkdtempSync(join(tmpdir(), "udpchat-test-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", folder]);
  t.after(() => {
    // Lazily: a test that failed may have left a database open.
    execFileSync("umount", ["-l", folder]);
    rmdirSync(folder);
  });
  return folder;
}

function fillUp(folder: string): void {
  const ballast = join(folder, "ballast");
  assert.throws(() => writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024)), { code: "ENOSPC" });
}
