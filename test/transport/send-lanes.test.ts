import assert from "node:assert/strict";
import { test } from "node:test";

import { LONGEST_MESSAGE } from "#wire";

import { LONGEST_CONTROL_MESSAGE } from "../../src/transport/credit.ts";
import { Lane } from "../../src/transport/lanes.ts";
import { SendLanes } from "../../src/transport/send-lanes.ts";

const next = (
  lanes: SendLanes,
  space = 1000,
  isPastWindow = false,
  now = 0,
): readonly [number, number, number] | undefined => {
  const part = lanes.take(space, isPastWindow, now);
  return part && [part.message.lane, part.start, part.end];
};

test("the more urgent lane leaves first, each in its order", () => {
  const lanes = new SendLanes();
  for (const lane of [Lane.bulk, Lane.chat, Lane.control, Lane.receipts, Lane.chat])
    lanes.enqueue(lane, new Uint8Array(10));
  assert.deepEqual(
    Array.from({ length: 5 }, () => next(lanes)?.[0]),
    [Lane.control, Lane.chat, Lane.chat, Lane.receipts, Lane.bulk],
  );
  assert.equal(next(lanes), undefined);
});

test("past a full window only control and chat leave", () => {
  const lanes = new SendLanes();
  lanes.enqueue(Lane.bulk, new Uint8Array(10));
  lanes.enqueue(Lane.receipts, new Uint8Array(10));
  assert.ok(!lanes.hasReady(true) && lanes.hasReady(false));
  assert.equal(next(lanes, 1000, true), undefined);
  lanes.enqueue(Lane.chat, new Uint8Array(10));
  assert.equal(next(lanes, 1000, true)?.[0], Lane.chat);
});

test("a long message is cut to the space there is, but not into crumbs", () => {
  const lanes = new SendLanes();
  lanes.enqueue(Lane.chat, new Uint8Array(2000));
  const [, start, end] = next(lanes, 1000) ?? assert.fail();
  assert.ok(start === 0 && end > 980 && end < 1000);
  assert.equal(next(lanes, 100), undefined);
  assert.deepEqual(next(lanes, 1200)?.slice(1), [end, 2000]);
});

test("a less urgent lane does not spend what a more urgent one of its class saves up for", () => {
  const lanes = new SendLanes();
  lanes.enqueue(Lane.chat, new Uint8Array(50_000));
  while (next(lanes) !== undefined);
  lanes.enqueue(Lane.chat, new Uint8Array(50_000));
  lanes.enqueue(Lane.bulk, new Uint8Array(10));
  lanes.enqueue(Lane.receipts, new Uint8Array(10));
  assert.equal(next(lanes)?.[0], Lane.receipts, "receipts have credit of their own");
  assert.equal(next(lanes), undefined);
  assert.equal(lanes.untoldBlock, "data");
  lanes.tellBlocked("data");
  assert.equal(lanes.untoldBlock, undefined);
  lanes.raise("data", 200_000);
  assert.equal(next(lanes)?.[0], Lane.chat);
});

test("a message begun is never left standing until it would count as stalled", () => {
  const lanes = new SendLanes();
  lanes.enqueue(Lane.bulk, new Uint8Array(3000));
  next(lanes, 1000, false, 0);
  lanes.enqueue(Lane.chat, new Uint8Array(60_000));
  for (const [now, lane] of [
    [1, Lane.chat],
    [2000, Lane.chat],
    [2600, Lane.bulk],
    [2601, Lane.chat],
  ] as const) {
    assert.equal(next(lanes, 1000, false, now)?.[0], lane, `${now}`);
  }
});

test("forgetting to retransmit is noticed: what is lost leaves again, what has arrived does not", () => {
  const lanes = new SendLanes();
  lanes.enqueue(Lane.chat, new Uint8Array(2500));
  const parts = Array.from({ length: 3 }, () => lanes.take(1000, false, 0) ?? assert.fail());
  const [first, second, third] = parts;
  assert.ok(first && second && third);
  assert.equal(lanes.hasReady(false), false);
  lanes.lose(first);
  lanes.lose(second);
  lanes.acknowledge(second);
  assert.deepEqual(next(lanes, 2000)?.slice(1), [first.start, first.end]);
  assert.equal(next(lanes), undefined);
  lanes.acknowledge(third);
  assert.equal(lanes.queuedBytes, 2500);
  lanes.acknowledge(first);
  assert.equal(lanes.queuedBytes, 0);
  lanes.lose(third);
  assert.equal(next(lanes), undefined, "it is done");
});

test("messages of no length, too great a length or no lane are the caller's mistake", () => {
  const lanes = new SendLanes();
  assert.throws(() => lanes.enqueue(Lane.chat, new Uint8Array(0)), RangeError);
  assert.throws(() => lanes.enqueue(Lane.chat, new Uint8Array(LONGEST_MESSAGE + 1)), RangeError);
  assert.throws(() => lanes.enqueue(Lane.control, new Uint8Array(LONGEST_CONTROL_MESSAGE + 1)), RangeError);
  assert.throws(() => lanes.enqueue(8, new Uint8Array(1)), RangeError);
  assert.throws(() => lanes.enqueue(-1, new Uint8Array(1)), RangeError);
});

test("10,000 messages leave in order, at a cost that does not grow with their number", () => {
  const lanes = new SendLanes();
  for (let i = 0; i < 10_000; i++) lanes.enqueue(Lane.control, new Uint8Array(4));
  lanes.raise("control", 10 ** 9);
  for (let i = 0; i < 10_000; i++) assert.equal(lanes.take(1000, false, 0)?.message.number, i);
});

test("closed lanes send nothing more and take nothing in", () => {
  const lanes = new SendLanes();
  lanes.enqueue(Lane.chat, new Uint8Array(2000));
  const part = lanes.take(1000, false, 0) ?? assert.fail();
  lanes.close();
  lanes.lose(part);
  lanes.acknowledge(part);
  lanes.enqueue(Lane.chat, new Uint8Array(10));
  assert.ok(!lanes.hasReady(false));
  assert.equal(lanes.queuedBytes, 0);
});
