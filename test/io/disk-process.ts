// Processes that run disk-child.ts.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export type Kind = "store" | "profile";

export function databaseOf(kind: Kind): string {
  return kind === "store" ? "server.sqlite" : "profile.sqlite";
}

/** A process that does the deed; killed at the end of the test at the latest. */
export function startProcess(t: TestContext, deed: string, kind: Kind, folder: string): ChildProcess {
  const script = fileURLToPath(new URL("disk-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, deed, kind, folder], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

/** Waits for the first line, which must be the expected one. */
export async function firstLine(child: ChildProcess, expected: string): Promise<void> {
  assert.ok(child.stdout);
  const [data] = (await once(child.stdout, "data")) as [Buffer];
  assert.equal(data.toString(), `${expected}\n`);
}

/** Everything a process says until it ends. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (data: Buffer) => {
    output += data.toString();
  });
  await once(child, "close");
  return output;
}
