import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";

import { DiskError } from "../../src/io/disk-error.ts";

test("what the system reports gets a code of ours", () => {
  const codes = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EBUSY", "ENOTDIR", "EISDIR", "EEXIST", "EIO"];
  const expected = [
    "noRights",
    "noRights",
    "readOnly",
    "full",
    "full",
    "locked",
    "misplaced",
    "misplaced",
    "misplaced",
    "failing",
  ];
  assert.deepEqual(
    codes.map((code) => codeOf(Object.assign(new Error(code), { code, syscall: "open" }))),
    expected,
  );
});

test("what SQLite reports gets a code of ours, by its primary result", () => {
  const results = [3, 5, 5 | (2 << 8), 8, 10, 10 | (4 << 8), 11, 13, 14, 26];
  const expected = [
    "noRights",
    "locked",
    "locked",
    "readOnly",
    "failing",
    "failing",
    "corrupt",
    "full",
    "failing",
    "corrupt",
  ];
  const error = (errcode: number) => Object.assign(new Error("x"), { code: "ERR_SQLITE_ERROR", errcode, errstr: "x" });
  assert.deepEqual(
    results.map((errcode) => codeOf(error(errcode))),
    expected,
  );
});

test("real reports are recognised, and other errors stay what they are", () => {
  assert.equal(codeOf(thrownBy(() => readFileSync("/none/there"))), "failing");
  const database = new DatabaseSync(":memory:");
  const mistakes = [
    thrownBy(() => database.exec("SELECT * FROM nothing")),
    thrownBy(() => JSON.parse("{")),
    new RangeError("x"),
    new DiskError("full", "/a"),
  ];
  database.close();
  assert.equal(thrownBy(() => database.exec("BEGIN")) instanceof DiskError, false);
  for (const mistake of mistakes) assert.equal(DiskError.from(mistake, "/b"), mistake);
  assert.equal(DiskError.from("text", "/b"), "text");
});

test("a message is one line that begins with the path and ends with the detail", () => {
  const { message } = new DiskError("newer", "/data/server.sqlite", "version 9,\nknown is 1");
  assert.equal(
    message,
    "/data/server.sqlite was written by a newer udpchat, and this one knows only older files: use the newer udpchat (version 9, known is 1)",
  );
});

function codeOf(error: unknown): string {
  const made = DiskError.from(error, "/p");
  assert.ok(made instanceof DiskError);
  assert.equal(made.path, "/p");
  return made.code;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}
