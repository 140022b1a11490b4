import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { createSecretFile, secretKinds } from "../../src/io/secret-file.ts";
import { serverIdentitySeed } from "../../src/io/server-identity.ts";
import { SqliteStore } from "../../src/io/sqlite-store.ts";
import { firstLine, outputOf, startProcess } from "./disk-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("the first start throws the dice, later ones read", (t) => {
  const folder = join(temporaryFolder(t), "data");
  const seed = serverIdentitySeed(folder, (length) => new Uint8Array(length).fill(7));
  assert.deepEqual(seed, new Uint8Array(32).fill(7));
  assert.deepEqual(serverIdentitySeed(folder, noDice), seed);
});

test("books without their identity are refused, and no new one is made", (t) => {
  const folder = temporaryFolder(t);
  const dice = (length: number) => new Uint8Array(length);
  serverIdentitySeed(folder, dice);
  new SqliteStore(folder).close();
  rmSync(join(folder, "identity.key"));
  for (let i = 0; i < 2; i++) {
    const expected = { name: "DiskError", code: "missing", path: join(folder, "identity.key") };
    assert.throws(() => serverIdentitySeed(folder, dice), expected);
  }
});

test("a seed of another length is corrupt", (t) => {
  const folder = temporaryFolder(t);
  createSecretFile(join(folder, "identity.key"), secretKinds.server, new Uint8Array(31));
  assert.throws(() => serverIdentitySeed(folder, noDice), { code: "corrupt" });
});

test("processes that start at the same time agree on one identity, in a folder that all of them make", async (t) => {
  const folder = join(temporaryFolder(t), ..."abcdefghijkl");
  const processes = Array.from({ length: 4 }, () => startProcess(t, "seed", "store", folder));
  await Promise.all(processes.map((child) => firstLine(child, "ready")));
  const outputs = processes.map(outputOf);
  for (const child of processes) child.stdin?.end("go\n");
  const seeds = await Promise.all(outputs);
  assert.match(seeds[0] ?? "", /^[0-9a-f]{64}\n$/);
  assert.equal(new Set(seeds).size, 1);
});

function noDice(): never {
  throw new Error("dice were thrown");
}
