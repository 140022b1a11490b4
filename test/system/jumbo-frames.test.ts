// Two hosts on a cable that takes jumbo frames: two network namespaces of the test's own with a veth pair between them.
// Needs root and iproute2.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { type Program } from "../../scripts/program.ts";
import { Stage } from "../acceptance/stage.ts";

const MTU = 9000;
/** Without the headers of IPv4 and UDP. */
const DATAGRAM = MTU - 28;
const MOST_SESSIONS = 3;
/** By when whoever looks for larger datagrams has found them, or given up. */
const MESSAGES = 100;
const left = { host: "10.78.0.1", space: `udpchat-jumbo-${process.pid}a` };
const right = { host: "10.78.0.2", space: `udpchat-jumbo-${process.pid}b` };
const udpchat = join(import.meta.dirname, "..", "..", "udpchat");

function ip(...words: readonly string[]): string {
  return execFileSync("ip", words, { encoding: "utf8" });
}

function run(stage: Stage, { space }: typeof left, name: string, ...words: readonly string[]): Program {
  return stage.start(["netns", "exec", space, udpchat, ...words], stage.home(name), { launcher: "ip" });
}

/** A new client says much to bob; the size of its datagrams in the end. */
async function sizeFound(stage: Stage): Promise<string> {
  const ana = run(stage, right, "ana", "-c", "ana", left.host, "4119", "0");
  await ana.line(/Welcome/);
  const text = "x".repeat(60_000);
  for (let i = 0; i < MESSAGES; i++) {
    // Several at once, as only what is held back makes larger datagrams worth looking for.
    ana.type(`send bob ${text}`);
    if (i % 4 === 3) for (let n = 0; n < 4; n++) await ana.line(">>> [Message received by bob.]");
  }
  ana.type("net");
  const { text: path } = await ana.line(/^>>> bob /);
  ana.type("quit");
  await ana.exit();
  return /mtu (\d+)$/.exec(path)?.[1] ?? path;
}

test("what is long goes in datagrams as large as the cable takes, and in no pieces", async (t) => {
  const stage = await Stage.open(t);
  for (const { space } of [left, right]) {
    ip("netns", "add", space);
    t.after(() => ip("netns", "del", space));
  }
  ip("-n", left.space, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", right.space);
  for (const { space, host } of [left, right]) {
    ip("-n", space, "addr", "add", `${host}/24`, "dev", "cable");
    ip("-n", space, "link", "set", "lo", "up");
    ip("-n", space, "link", "set", "cable", "mtu", String(MTU), "up");
  }
  const server = run(stage, left, "server", "-s", "4119");
  await server.line(/Server is online/);
  const bob = run(stage, left, "bob", "-c", "bob", left.host, "4119", "0");
  await bob.line(/Welcome/);
  const sizes: string[] = [];
  // A size of which three probes were lost, as they may be on a busy machine, is not tried again for ten minutes.
  while (sizes.at(-1) !== String(DATAGRAM) && sizes.length < MOST_SESSIONS) sizes.push(await sizeFound(stage));
  assert.equal(sizes.at(-1), String(DATAGRAM), sizes.join());
  for (const { space } of [left, right]) {
    const [names = "", values = ""] = ip("netns", "exec", space, "grep", "^Ip:", "/proc/net/snmp").split("\n");
    const made = values.split(" ")[names.split(" ").indexOf("FragCreates")];
    assert.equal(made, "0", `pieces made by ${space}`);
  }
});
