import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { freePort } from "../../scripts/free-port.ts";

const start = fileURLToPath(new URL("../../src/cli/start.ts", import.meta.url));
const patienceMs = 60_000;
const home = mkdtempSync(join(tmpdir(), "udpchat-start-"));

class Running {
  readonly process: ChildProcessWithoutNullStreams;
  output = "";
  errors = "";
  /** It is gone, and all that it printed is here. */
  #isClosed = false;

  constructor(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, UDPCHAT_HOME: home, ...environment };
    this.process = spawn(process.execPath, [start, ...words], { env });
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.process.stdin.on("error", () => {}); // It may end before it has read everything.
    this.process.on("close", () => (this.#isClosed = true));
  }

  async until(text: string): Promise<void> {
    while (!this.output.includes(text))
      await once(this.process.stdout, "data", { signal: AbortSignal.timeout(patienceMs) });
  }

  async exitCode(): Promise<number | null> {
    if (!this.#isClosed) await once(this.process, "close", { signal: AbortSignal.timeout(patienceMs) });
    return this.process.exitCode;
  }
}

let port: number;
let server: Running;

before(async () => {
  port = await freePort();
  server = new Running(["-s", String(port)]);
  server.process.stdin.end();
  await server.until("[Server is online on ");
});

after(async () => {
  server.process.kill("SIGTERM");
  assert.equal(await server.exitCode(), 143);
  assert.equal(server.errors, "");
  rmSync(home, { recursive: true });
});

function client(name: string, ...options: readonly string[]): Running {
  return new Running(["-c", name, "127.0.0.1", String(port), "0", ...options]);
}

test("a client piped full of lines says everything in order, deregisters and exits with 0", async () => {
  const ana = client("ana");
  ana.process.stdin.end("send ana  hi\nnope\r\nsend eva x\nquit\nclients");
  assert.equal(await ana.exitCode(), 0);
  const lines = ana.output.split("\n");
  assert.deepEqual(lines.slice(0, 4), [
    ">>> [Welcome, You are registered.]",
    ">>> [Client table updated.]",
    ">>> [Invalid command]",
    ">>> [No such client: eva]",
  ]);
  assert.ok(lines.includes(">>> ana:  hi"));
  assert.ok(lines.includes(">>> [Message received by ana.]"));
  assert.deepEqual(lines.slice(-2), [">>> [You are Offline. Bye.]", ""]);
  assert.equal(ana.errors, "");
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} says goodbye to the server and exits with ${code}`, async () => {
    const name = signal.toLowerCase();
    const one = client(name);
    await one.until("[Client table updated.]");
    one.process.kill(signal);
    assert.equal(await one.exitCode(), code);
    await server.until(`[Client ${name} deregistered]`);
    assert.equal(one.errors, "");
  });
}

test("a reader that goes away is a quiet end", async () => {
  const bob = client("bob");
  await bob.until("[Client table updated.]");
  bob.process.stdout.destroy();
  bob.process.stdin.write("help\n".repeat(100));
  assert.deepEqual([await bob.exitCode(), bob.errors], [0, ""]);
  await server.until("[Client bob deregistered]");
});

test("a hangup that nohup keeps away is not heard", async () => {
  const second = new Running(["-s", String(await freePort())], { UDPCHAT_HANGUP: "ignored" });
  await second.until("[Server is online on ");
  second.process.kill("SIGHUP");
  second.process.stdin.write("release ../x\n");
  await second.until("[Not a usable name: ../x]");
  second.process.stdin.write("quit\n");
  assert.equal(await second.exitCode(), 0);
});

test("a port in use is one line and 73, a bad argument one line and 2", async () => {
  for (const [words, code] of [
    [["-s", String(port)], 73],
    [["-s", "65536"], 2],
  ] as const) {
    const refused = new Running(words);
    assert.equal(await refused.exitCode(), code);
    assert.match(refused.errors, /^udpchat: [^\n]+\n$/);
    assert.equal(refused.output, "");
  }
});
