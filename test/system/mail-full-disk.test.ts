// A server whose disk fills up while it is asked to keep mail: a real file system, mounted for the test. Needs root.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { complaints, deliver, readUntil, said, sees, Stage, tableUpdated, welcome } from "../acceptance/stage.ts";

const saved = ">>> [Messages received by the server and saved]";
/** More than the log of the books can have room for. */
const mostLetters = 60;

test("the disk is full in the middle of a save: refused, nothing else harmed, and what was saved is there", async (t) => {
  const stage = await Stage.open(t);
  const data = smallDisk(t);
  const first = await stage.server("--data", data);
  const [ana, eva, bob] = await stage.clients("ana", "eva", "bob");
  assert.ok(ana && eva && bob);
  bob.type("quit");
  assert.equal(await bob.exit(), 0);
  await sees(ana, /^>>> bob \S+ offline$/);
  assert.throws(() => writeFileSync(join(data, "ballast"), Buffer.alloc(4 * 1024 * 1024)), { code: "ENOSPC" });
  const kept: string[] = [];
  let refusal: string | undefined;
  for (let i = 0; i < mostLetters && refusal === undefined; i++) {
    const text = `letter ${i} ${"x".repeat(60_000)}`;
    ana.type(`send bob ${text}`);
    const { text: verdict } = await ana.line(/^>>> \[(?:Messages received by the server and saved|Refused: .+)\]$/);
    if (verdict === saved) kept.push(text);
    else refusal = verdict;
  }
  assert.match(refusal ?? "none refused", /^>>> \[Refused: [^\]]+\]$/);
  await first.line(/^>>> \[Books not written: .*full.*\]$/);
  assert.equal(said(first).filter((line) => line === ">>> [Message for bob saved]").length, kept.length);
  // The server goes on, with all that needs no disk.
  await deliver(["ana", ana], ["eva", eva], "does it still work?");
  ana.type("clients");
  await ana.line(/^>>> eva \S+ online$/);
  rmSync(join(data, "ballast"));
  ana.type("send bob there is room");
  await ana.line(saved);
  kept.push("there is room");
  first.kill("SIGKILL");
  await first.exit();
  const second = await stage.server("--data", data);
  const again = await stage.client("bob");
  for (const _ of kept) await ana.line(/^>>> \[Offline Message sent at .* received by bob\.\]$/);
  const shown = (): readonly string[] => said(again).filter((line) => line.startsWith(">>> ana: "));
  await readUntil(again, () => shown().length >= kept.length);
  assert.deepEqual(
    shown().map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "<time>").slice(0, 60)),
    kept.map((text) => `>>> ana: <time> ${text}`.slice(0, 60)),
  );
  assert.equal(again.lines[0]?.text, welcome);
  assert.equal(again.lines[1]?.text, tableUpdated);
  assert.deepEqual([complaints(first), complaints(second), complaints(ana)], [[], [], []]);
});

/** A disk of 2 MiB, mounted for the test. */
function smallDisk(t: TestContext): string {
  assert.equal(process.getuid?.(), 0, "mounting needs root");
  const folder = mkdtempSync(join(tmpdir(), "udpchat-test-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", folder]);
  t.after(() => {
    // Lazily: the server may not be gone yet.
    execFileSync("umount", ["-l", folder]);
    rmdirSync(folder);
  });
  return folder;
}
