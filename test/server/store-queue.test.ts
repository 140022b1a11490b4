import assert from "node:assert/strict";
import { test } from "node:test";

import { type StoreOperation } from "#server";

import { StoreQueue } from "../../src/server/store-queue.ts";

const note = (atMs: number): StoreOperation => ({ kind: "noteAlive", atMs });

test("one batch at a time; what gathers meanwhile leaves together", () => {
  const queue = new StoreQueue(100);
  const told: string[] = [];
  assert.equal(queue.takeBatch(), undefined);
  queue.add([note(1)], 0, (outcome, now) => told.push(`1 ${outcome} ${now}`));
  assert.deepEqual(queue.takeBatch(), [note(1)]);
  queue.add([note(2), note(3)], 0, (outcome, now) => told.push(`3 ${outcome} ${now}`));
  queue.add([note(4)], 0);
  assert.equal(queue.takeBatch(), undefined);
  queue.applied(["done"], 5);
  assert.deepEqual(queue.takeBatch(), [note(2), note(3), note(4)]);
  queue.applied(["done", "conflict", "done"], 6);
  assert.deepEqual(told, ["1 done 5", "3 conflict 6"]);
  assert.equal(queue.size, 0);
});

test("a batch that fails fails for all in it, and for nobody else", () => {
  const queue = new StoreQueue(100);
  const told: string[] = [];
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
  const queue = new StoreQueue(3);
  const told: string[] = [];
  queue.add([note(1), note(2)], 0);
  queue.takeBatch();
  queue.add([note(3), note(4)], 0, (outcome) => told.push(outcome));
  assert.deepEqual(told, ["failed"]);
  assert.equal(queue.size, 2);
});

test("results for another number of operations are the host's mistake", () => {
  const queue = new StoreQueue(3);
  queue.add([note(1)], 0);
  queue.takeBatch();
  assert.throws(() => queue.applied([], 1), RangeError);
});
