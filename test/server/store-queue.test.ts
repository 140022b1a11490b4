import assert from "node:assert/strict";
import { test } from "node:test";

import { type StoreOperation } from "#server";

import { StoreQueue } from "../../src/server/store-queue.ts";

const note = (atMs: number): StoreOperation => ({ kind: "noteAlive", atMs });

test("one batch at a time; what gathers meanwhile leaves together", () => {
  const queue = new StoreQueue(100, 1000);
  const told: unknown[] = [];
  assert.equal(queue.takeBatch(), undefined);
  queue.add([note(1)], 0, (outcome, now) => told.push([1, outcome, now]));
  assert.deepEqual(queue.takeBatch(), [note(1)]);
  queue.add([note(2), note(3)], 0, (outcome, now) => told.push([3, outcome, now]));
  queue.add([note(4)], 0);
  assert.equal(queue.takeBatch(), undefined);
  queue.applied(["done"], 5);
  assert.deepEqual(queue.takeBatch(), [note(2), note(3), note(4)]);
  queue.applied(["done", "conflict", "done"], 6);
  assert.deepEqual(told, [
    [1, "done", 5],
    [3, "conflict", 6],
  ]);
  assert.equal(queue.size, 0);
});

test("a batch that fails fails for all in it, and for nobody else", () => {
  const queue = new StoreQueue(100, 1000);
  const told: unknown[] = [];
  queue.add([note(1)], 0, (outcome) => told.push(outcome));
  queue.takeBatch();
  queue.add([note(2)], 0, (outcome) => told.push(outcome));
  queue.failed(1);
  assert.deepEqual(told, ["failed"]);
  queue.takeBatch();
  queue.applied(["done"], 2);
  assert.deepEqual(told, ["failed", "done"]);
});

test("a full queue fails at once, whole, and counts what is on its way", () => {
  const queue = new StoreQueue(3, 1000);
  const told: unknown[] = [];
  queue.add([note(1), note(2)], 0);
  queue.takeBatch();
  queue.add([note(3), note(4)], 0, (outcome) => told.push(outcome));
  assert.deepEqual(told, ["failed"]);
  assert.equal(queue.size, 2);
});

test("mail and posts that wait are weighed, and what weighs nothing still finds room", () => {
  const queue = new StoreQueue(100, 1000);
  const told: unknown[] = [];
  const tell = (outcome: unknown): void => void told.push(outcome);
  const letter = (bytes: number): StoreOperation => ({
    kind: "putLetter",
    letter: {
      number: 1,
      toKey: new Uint8Array(32),
      fromKey: new Uint8Array(32),
      messageId: new Uint8Array(16),
      arrivedMs: 0,
      envelope: new Uint8Array(bytes),
    },
    bounds: { mailboxBytes: 0, senderBytes: 0, strangerBytes: 0, allBytes: 0 },
  });
  queue.add([letter(400)], 0, tell);
  queue.takeBatch();
  queue.add([letter(600)], 0, tell);
  queue.add([letter(1)], 0, tell);
  queue.add([note(1)], 0, tell);
  assert.deepEqual(told, ["failed"]);
  queue.applied(["full"], 1);
  queue.add([letter(400)], 1, tell);
  queue.takeBatch();
  queue.failed(2);
  queue.add([letter(1000)], 2, tell);
  queue.takeBatch();
  queue.applied(["done"], 3);
  assert.deepEqual(told, ["failed", "full", "failed", "failed", "failed", "done"]);
});

test("results for another number of operations are the host's mistake", () => {
  const queue = new StoreQueue(3, 1000);
  queue.add([note(1)], 0);
  queue.takeBatch();
  assert.throws(() => queue.applied([], 1), RangeError);
});
