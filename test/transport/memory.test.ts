import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Random } from "#sim";
import { type Endpoint, Purpose } from "#transport";
import { type Address } from "#wire";

import { drained, endpointOf } from "./pair.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const SESSIONS = 600;
const server = { host: "10.0.0.1", port: 1 };

function pass(from: Endpoint, to: Endpoint, address: Address, now: number): void {
  for (const { bytes } of drained(from, now)) to.receive(bytes, address, now);
}

test("an idle session takes at most 6 KiB of heap", () => {
  const random = new Random(1, "memory");
  const callee = endpointOf(random.dice, 0, { mostSessions: SESSIONS });
  const callers = Array.from({ length: SESSIONS }, () => endpointOf(random.dice, 0).endpoint);
  const heap = (): number => {
    for (const each of [callee.endpoint, ...callers]) while (each.nextEvent() !== undefined);
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  let now = 0;
  for (const [i, caller] of callers.entries()) {
    const address = { host: `10.1.${i >> 8}.${i & 255}`, port: 1 };
    caller.connect({ to: server, purpose: Purpose.peer, expectedKey: callee.publicKey, forMs: 1000 }, now);
    for (let step = 0; step < 6; step++) {
      pass(caller, callee.endpoint, server.host === address.host ? server : address, now);
      pass(callee.endpoint, caller, server, now);
      now += 10;
    }
  }
  const used = (heap() - before) / 1024 / (2 * SESSIONS);
  assert.equal(callee.endpoint.sizes.sessions, SESSIONS);
  assert.ok(callers.every((caller) => caller.sizes.sessions === 1));
  assert.ok(used < 6, `${used.toFixed(2)} KiB`);
});
