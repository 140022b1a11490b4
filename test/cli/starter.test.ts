import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const starter = fileURLToPath(new URL("../../src/cli/starter.ts", import.meta.url));
/** Stands still until its input ends, tells its starter, and prints what became of it. */
const program = `
  import { readFileSync } from "node:fs";
  import { tellStarter } from ${JSON.stringify(starter)};
  readFileSync(0);
  await tellStarter({ kind: "online" });
  console.log("still here", process.connected ?? "unconnected");
`;

for (const [what, channel, isStarterAlive, told] of [
  ["a starter is told, and the channel ends", "ipc", true, [{ kind: "online" }]],
  ["a starter that has died is no harm", "ipc", false, []],
  ["a process that nobody waits for tells nobody", "ignore", true, []],
] as const) {
  test(what, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["pipe", "pipe", "inherit", channel],
    });
    const { stdin, stdout } = child;
    assert.ok(stdin && stdout);
    const said: unknown[] = [];
    child.on("message", (message) => said.push(message));
    const exited = once(child, "exit", { signal: AbortSignal.timeout(60_000) });
    if (!isStarterAlive) child.disconnect();
    stdin.end();
    const printed = await text(stdout);
    assert.deepEqual(await exited, [0, null]);
    assert.match(printed, channel === "ipc" ? /^still here false$/m : /^still here unconnected$/m);
    assert.deepEqual(said, told);
  });
}
