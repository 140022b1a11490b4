// What a lossy way loses: what is sent, and what comes from the server; never what comes from peers. Dead, it carries nothing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Random } from "#sim";
import { type Machine } from "#transport";

import { LossyWay } from "../../../bench/soak/lossy-way.ts";

const server = { host: "127.0.0.1", port: 4000 };
const peer = { host: "127.0.0.1", port: 5000 };
const COUNT = 20_000;

class Counter implements Machine {
  readonly deadline = 7;
  readonly received = new Map<number, number>();
  left = COUNT;

  receive(_: Uint8Array, from: { readonly port: number }): void {
    this.received.set(from.port, (this.received.get(from.port) ?? 0) + 1);
  }

  wake(): void {
    this.received.set(0, 1);
  }

  nextDatagram(): { readonly to: typeof server; readonly bytes: Uint8Array } | undefined {
    return this.left-- > 0 ? { to: server, bytes: new Uint8Array(1) } : undefined;
  }
}

test("about the share that was asked for, each way, of what meets the server; nothing a second time from peers", () => {
  const counter = new Counter();
  const carried = { datagrams: 0, lost: 0 };
  const way = new LossyWay(counter, { server, loss: 0.05, random: new Random(1, "way"), carried });
  for (let i = 0; i < COUNT; i++) {
    way.receive(new Uint8Array(1), server, 0);
    way.receive(new Uint8Array(1), peer, 0);
  }
  let sent = 0;
  while (way.nextDatagram(0) !== undefined) sent++;
  const heard = counter.received.get(server.port) ?? 0;
  assert.equal(counter.received.get(peer.port), COUNT);
  for (const count of [sent, heard]) assert.ok(Math.abs(count / COUNT - 0.95) < 0.01, String(count));
  assert.deepEqual(carried, { datagrams: 2 * COUNT, lost: 2 * COUNT - sent - heard });
});

test("a dead one neither wakes, nor hears, nor says anything", () => {
  const counter = new Counter();
  const carried = { datagrams: 0, lost: 0 };
  const way = new LossyWay(counter, { server, loss: 0, random: new Random(1, "way"), carried });
  assert.equal(way.deadline, 7);
  way.cut();
  way.receive(new Uint8Array(1), peer, 0);
  way.wake(0);
  assert.equal(way.nextDatagram(0), undefined);
  assert.equal(way.deadline, Number.POSITIVE_INFINITY);
  assert.deepEqual([...counter.received], []);
});
