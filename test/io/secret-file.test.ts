import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { DiskError } from "../../src/io/disk-error.ts";
import { createSecretFile, readSecretFile, secretKinds } from "../../src/io/secret-file.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const secret = Uint8Array.from({ length: 32 }, (_, i) => i);

test("a secret made is read again, by its owner only, and leaves nothing else behind", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "secret");
  assert.equal(readSecretFile(path, secretKinds.server), undefined);
  assert.deepEqual(createSecretFile(path, secretKinds.server, secret), secret);
  assert.deepEqual(readSecretFile(path, secretKinds.server), secret);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ["secret"]);
});

test("the bytes of version 1 stay as they are", (t) => {
  const path = join(temporaryFolder(t), "secret");
  createSecretFile(path, secretKinds.profile, secret);
  const head = `5544504348415453 01 02 0020 ${Buffer.from(secret).toString("hex")}`.replaceAll(" ", "");
  const checksum = createHash("sha256").update(Buffer.from(head, "hex")).digest("hex");
  assert.equal(readFileSync(path).toString("hex"), head + checksum);
});

test("a secret that is there is never replaced: whoever comes second gets the first one's", (t) => {
  const path = join(temporaryFolder(t), "secret");
  createSecretFile(path, secretKinds.server, secret);
  assert.deepEqual(createSecretFile(path, secretKinds.server, new Uint8Array(32)), secret);
  assert.deepEqual(readSecretFile(path, secretKinds.server), secret);
});

test("every flipped bit and every missing or added end is corrupt", (t) => {
  const path = join(temporaryFolder(t), "secret");
  createSecretFile(path, secretKinds.server, secret);
  const whole = readFileSync(path);
  const damaged = [Buffer.concat([whole, Buffer.alloc(1)])];
  for (let length = 0; length < whole.length; length++) damaged.push(whole.subarray(0, length));
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    damaged.push(flipped);
  }
  for (const bytes of damaged) {
    writeFileSync(path, bytes);
    assert.throws(() => readSecretFile(path, secretKinds.server), { name: "DiskError", code: "corrupt", path });
  }
});

test("a secret of another kind, another program's file and a newer version are told apart", (t) => {
  const path = join(temporaryFolder(t), "secret");
  createSecretFile(path, secretKinds.server, secret);
  const codeFor = (at: number, byte: number): string => {
    const body = readFileSync(path).subarray(0, -32);
    body[at] = byte;
    const changed = `${path}.${at}`;
    writeFileSync(changed, Buffer.concat([body, createHash("sha256").update(body).digest()]));
    return codeOf(() => readSecretFile(changed, secretKinds.server));
  };
  assert.equal(
    codeOf(() => readSecretFile(path, secretKinds.profile)),
    "foreign",
  );
  assert.deepEqual(
    [codeFor(0, 0), codeFor(8, 2), codeFor(9, 2), codeFor(11, 31)],
    ["foreign", "newer", "foreign", "corrupt"],
  );
});

test("a folder in the place of the file is misplaced", (t) => {
  const folder = temporaryFolder(t);
  assert.throws(() => readSecretFile(folder, secretKinds.server), { code: "misplaced" });
  assert.throws(() => createSecretFile(join(folder, "none", "secret"), secretKinds.server, secret), DiskError);
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof DiskError, String(error));
    return error.code;
  }
  return "none";
}
