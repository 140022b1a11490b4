import assert from "node:assert/strict";
import { test } from "node:test";

import { Lane } from "../../src/transport/lanes.ts";
import { OutgoingMessage, type Part } from "../../src/transport/outgoing-message.ts";
import { RoundTrip } from "../../src/transport/round-trip.ts";
import { SecondCopies } from "../../src/transport/second-copies.ts";

const path = (ms: number): RoundTrip => {
  const roundTrip = new RoundTrip();
  roundTrip.sample(ms, 0);
  return roundTrip;
};

const part = (length = 100, lane: number = Lane.chat): Part =>
  new OutgoingMessage(lane, 0, new Uint8Array(length)).take(length);

const never = Number.POSITIVE_INFINITY;
const overhead = (): number => 10;

test("a small message leaves again after 5 ms, then after 20 by itself or 5 in company, three times in all", () => {
  const copies = new SecondCopies();
  const message = part();
  copies.left(message, path(50), 100);
  assert.equal(copies.dueAt(0.2), 105);
  assert.equal(copies.take(1000, overhead, 0.2, 104), undefined);
  assert.equal(copies.take(1000, overhead, 0.2, 105), message);
  assert.equal(copies.dueAt(0.2), 125);
  assert.equal(copies.take(1000, overhead, 0.2, 109), undefined);
  assert.equal(copies.take(1000, overhead, 0.2, 110), message, "in something that leaves anyway");
  assert.equal(copies.take(1000, overhead, 0.2, 130), message);
  assert.equal(copies.dueAt(0.2), never);
});

test("as often as the loss of the path asks for", () => {
  for (const [loss, expected] of [
    [0.0009, 0],
    [0.01, 1],
    [0.05, 2],
    [0.09, 2],
    [0.11, 3],
    [0.5, 3],
  ] as const) {
    const copies = new SecondCopies();
    copies.left(part(), path(50), 0);
    let count = 0;
    for (let at = 5; at < 200; at += 5) if (copies.take(1000, overhead, loss, at) !== undefined) count++;
    assert.equal(count, expected, `${loss}`);
  }
});

test("what has arrived does not leave again", () => {
  const copies = new SecondCopies();
  const message = part();
  copies.left(message, path(50), 0);
  message.message.acknowledge(0, 100);
  assert.equal(copies.dueAt(0.2), never);
  assert.equal(copies.take(1000, overhead, 0.2, 5), undefined);
});

test("neither long messages, nor pieces, nor bulk", () => {
  const copies = new SecondCopies();
  copies.left(part(401), path(50), 0);
  copies.left(part(100, Lane.bulk), path(50), 0);
  copies.left(new OutgoingMessage(Lane.chat, 0, new Uint8Array(100)).take(50), path(50), 0);
  assert.equal(copies.dueAt(0.2), never);
  copies.left(part(400, Lane.receipts), path(50), 0);
  assert.equal(copies.dueAt(0.2), 5);
});

test("where the acknowledgement comes sooner a copy waits until it is overdue, or does not leave", () => {
  const near = path(2);
  assert.equal(near.probeTimeout, 2 + 4 + 25);
  const copies = new SecondCopies();
  copies.left(part(100, Lane.control), near, 0);
  assert.equal(copies.dueAt(0.2), never, "who is asked for nothing may wait 25 ms");
  copies.left(part(), near, 0);
  assert.equal(copies.dueAt(0.2), 6);
});

test("a copy that does not fit waits for the next packet", () => {
  const copies = new SecondCopies();
  const message = part();
  copies.left(message, path(50), 0);
  assert.equal(copies.take(109, overhead, 0.2, 5), undefined);
  assert.equal(copies.take(110, overhead, 0.2, 5), message);
});

test("no more than 32 KiB a second, and 64 messages in view", () => {
  const copies = new SecondCopies();
  let bytes = 0;
  let most = 0;
  for (let at = 0; at < 4000; at += 5) {
    for (let i = 0; i < 100; i++) copies.left(part(), path(50), at);
    let taken = 0;
    for (
      let copy = copies.take(1000, overhead, 0.2, at);
      copy !== undefined;
      copy = copies.take(1000, overhead, 0.2, at)
    ) {
      bytes += 100;
      taken++;
    }
    most = Math.max(most, taken);
  }
  assert.ok(bytes > 64 * 1024 && bytes <= 4 * 32 * 1024 + 8 * 1024, `${bytes}`);
  assert.ok(most <= 64);
});
