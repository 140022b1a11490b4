import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { profileIdentity } from "../../src/io/profile-identity.ts";
import { createSecretFile, secretKinds } from "../../src/io/secret-file.ts";
import { SqliteProfile } from "../../src/io/sqlite-profile.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("an identity is made of three throws, and read as it was made", (t) => {
  const folder = join(temporaryFolder(t), "profile");
  let throws = 0;
  const identity = profileIdentity(folder, (length) => new Uint8Array(length).fill(++throws));
  assert.deepEqual(identity, {
    personSeed: new Uint8Array(32).fill(1),
    deviceSecret: new Uint8Array(32).fill(2),
    deviceId: new Uint8Array(16).fill(3),
  });
  assert.deepEqual(profileIdentity(folder, noDice), identity);
});

test("a history without its identity is refused, and no new one is made", (t) => {
  const folder = temporaryFolder(t);
  new SqliteProfile(folder, randomBytes).close();
  const path = join(folder, "identity.key");
  rmSync(path);
  for (let i = 0; i < 2; i++) assert.throws(() => new SqliteProfile(folder, randomBytes), { code: "missing", path });
});

test("an identity of another length is corrupt", (t) => {
  const folder = temporaryFolder(t);
  createSecretFile(join(folder, "identity.key"), secretKinds.profile, new Uint8Array(112));
  assert.throws(() => profileIdentity(folder, noDice), { code: "corrupt" });
});

function noDice(): never {
  throw new Error("dice were thrown");
}
