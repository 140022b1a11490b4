import assert from "node:assert/strict";
import { test } from "node:test";

import { EventQueue } from "../../src/library/event-queue.ts";

test("events come once each, in order, and the iteration ends after the last", async () => {
  const queue = new EventQueue<number>();
  for (const event of [1, 2, 3]) queue.push(event);
  queue.close();
  assert.deepEqual(await Array.fromAsync(queue), [1, 2, 3]);
});

test("a failure comes after what was pushed before it", async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.fail(new Error("gone"));
  const events = queue[Symbol.asyncIterator]();
  assert.deepEqual(await events.next(), { value: 1, done: false });
  await assert.rejects(events.next(), /gone/);
});

test("a full queue says so, and tells when there is room again", async () => {
  let rooms = 0;
  const queue = new EventQueue<number>(() => rooms++);
  let pushed = 0;
  while (!queue.isFull && pushed < 100_000) queue.push(pushed++);
  assert.ok(queue.isFull);
  const events = queue[Symbol.asyncIterator]();
  await events.next();
  assert.deepEqual([queue.isFull, rooms], [false, 1]);
  await events.next();
  assert.equal(rooms, 1);
});
