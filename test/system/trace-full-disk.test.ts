// A trace whose disk fills up: a real file system, mounted for the test. Needs root.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { complaints, deliver, Stage } from "../acceptance/stage.ts";

test("a disk that fills up ends the trace with one line, and the client goes on", async (t) => {
  const stage = await Stage.open(t);
  const disk = smallDisk(t);
  const path = join(disk, "ana.sqlog");
  await stage.server();
  const ana = await stage.client("ana", { words: ["--trace", path] });
  const bob = await stage.client("bob");
  await ana.line(">>> [Client table updated.]");
  assert.throws(() => writeFileSync(join(disk, "ballast"), Buffer.alloc(4 * 1024 * 1024)), { code: "ENOSPC" });
  let ended: string | undefined;
  for (let round = 0; round < 200 && ended === undefined; round++) {
    await deliver(["ana", ana], ["bob", bob], `number ${round}`);
    ended = ana.lines.find(({ text }) => text.startsWith(">>> [Trace ended: "))?.text;
  }
  assert.match(ended ?? "", new RegExp(`^>>> \\[Trace ended: ${path} has no room left to grow.*\\(ENOSPC\\)\\]$`));
  await deliver(["ana", ana], ["bob", bob], "still here");
  await deliver(["bob", bob], ["ana", ana], "so am I");
  ana.type("quit");
  assert.equal(await ana.exit(), 0);
  assert.equal(ana.lines.filter(({ text }) => text.includes("Trace")).length, 1);
  assert.deepEqual(complaints(ana), []);
});

/** A file system of half a MiB, gone with the test. */
function smallDisk(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", folder]);
  t.after(() => {
    execFileSync("umount", [folder]);
    rmdirSync(folder);
  });
  return folder;
}
