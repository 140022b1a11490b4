import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Random } from "#sim";
import { type Endpoint, Purpose } from "#transport";

import { drained, endpointOf } from "./pair.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const SESSIONS = 800;
const server = { host: "10.0.0.1", port: 1 };

function heap(callee: Endpoint): number {
  while (callee.nextEvent() !== undefined);
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** KiB of heap that each of so many sessions takes at their callee, once all is acknowledged and the callers are gone. */
function heapOf(sessions: number): number {
  const random = new Random(1, "memory");
  const { endpoint, publicKey } = endpointOf(random.dice, 0, { mostSessions: sessions });
  const before = heap(endpoint);
  let callers: readonly Endpoint[] = Array.from({ length: sessions }, () => endpointOf(random.dice, 0).endpoint);
  let now = 0;
  const visit = (caller: Endpoint, index: number): void => {
    const from = { host: `10.1.${index >> 8}.${index & 255}`, port: 1 };
    for (const { bytes } of drained(caller, now)) endpoint.receive(bytes, from, now);
    for (const { to, bytes } of drained(endpoint, now)) byHost.get(to.host)?.receive(bytes, server, now);
  };
  const byHost = new Map(callers.map((caller, index) => [`10.1.${index >> 8}.${index & 255}`, caller]));
  for (const [index, caller] of callers.entries()) {
    caller.connect({ to: server, purpose: Purpose.peer, expectedKey: publicKey, forMs: 1000 }, now);
    for (let step = 0; step < 4; step++) visit(caller, index);
    now += 4;
  }
  for (let step = 0; step < 6; step++) {
    now += 60;
    callers.forEach(visit);
  }
  assert.ok(callers.every((caller) => caller.sizes.sessions === 1));
  callers = [];
  byHost.clear();
  const used = (heap(endpoint) - before) / 1024 / sessions;
  assert.equal(endpoint.sizes.sessions, sessions);
  return used;
}

test("an idle session takes at most 6.5 KiB of heap, its keys included", () => {
  // Once for the code, which V8 keeps on the heap as well.
  heapOf(100);
  const used = heapOf(SESSIONS);
  assert.ok(used > 1 && used < 6.5, `${used.toFixed(2)} KiB`);
});
