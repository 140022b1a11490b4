import assert from "node:assert/strict";
import { test } from "node:test";

import { Journal } from "../../src/client/journal.ts";
import type { ProfileOperation } from "../../src/client/profile.ts";
import { bytes, endOutgoing, incoming, putIncoming } from "./records.ts";

const [first, second, third] = [1, 2, 3].map(endOutgoing) as [ProfileOperation, ProfileOperation, ProfileOperation];

test("one batch is under way at a time, and what is asked meanwhile goes into the next", () => {
  const journal = new Journal();
  assert.equal(journal.take(), undefined);
  journal.write(first);
  journal.write(second);
  assert.deepEqual(journal.take(), [first, second]);
  journal.write(third);
  assert.equal(journal.take(), undefined);
  journal.applied(["done", "done"], 1);
  assert.deepEqual(journal.take(), [third]);
});

test("each asker is told its own result, in the order of asking, and may ask for more", () => {
  const journal = new Journal();
  const told: unknown[] = [];
  journal.write(first, (result, now) => told.push([1, result, now]));
  journal.write(second);
  journal.write(third, (result, now) => {
    told.push([3, result, now]);
    journal.write(first);
  });
  journal.take();
  assert.deepEqual(told, []);
  journal.applied(["done", "done", "missing"], 7);
  assert.deepEqual(told, [
    [1, "done", 7],
    [3, "missing", 7],
  ]);
  assert.deepEqual(journal.take(), [first]);
});

test("what is not safe yet is weighed, under way or not", () => {
  const journal = new Journal();
  assert.equal(journal.bytes, 0);
  journal.write(putIncoming({ ...incoming(1), text: "x".repeat(1000) }, true));
  const one = journal.bytes;
  assert.ok(one > 1000 && one < 1500);
  journal.take();
  journal.write(first);
  assert.ok(journal.bytes > one);
  journal.applied(["done"], 1);
  assert.ok(journal.bytes > 0 && journal.bytes < 500);
  journal.take();
  journal.applied(["done"], 1);
  assert.equal(journal.bytes, 0);
});

test("after a failure nothing is written, and nobody is told that anything is safe", () => {
  const journal = new Journal();
  const told: unknown[] = [];
  journal.write(first, (result) => told.push(result));
  journal.take();
  journal.write(second, (result) => told.push(result));
  journal.failed();
  journal.write({ kind: "dropProgress", fromKey: bytes(1, 32), epoch: bytes(1, 8) });
  journal.applied(["done"], 1);
  assert.deepEqual([journal.take(), journal.bytes, told], [undefined, 0, []]);
});

test("what is to follow afterwards follows all that was written so far, and at once where nothing was", () => {
  const journal = new Journal();
  const told: unknown[] = [];
  const tell =
    (what: string) =>
    (now: number): void =>
      void told.push([what, now]);
  journal.afterwards(tell("at once"), 1);
  journal.write(first, () => journal.afterwards(tell("behind the batch"), 2));
  journal.afterwards(tell("behind the first"), 2);
  journal.write(second, (_, now) => tell("second")(now));
  journal.take();
  journal.afterwards(tell("behind the second"), 2);
  journal.write(third);
  journal.afterwards(tell("behind the third"), 2);
  assert.deepEqual(told.splice(0), [["at once", 1]]);
  journal.applied(["done", "done"], 5);
  assert.deepEqual(told.splice(0), [
    ["behind the first", 5],
    ["second", 5],
    ["behind the second", 5],
  ]);
  journal.take();
  journal.applied(["done"], 6);
  assert.deepEqual(told, [
    ["behind the third", 6],
    ["behind the batch", 6],
  ]);
});

test("nothing follows after a failure", () => {
  const journal = new Journal();
  let told = 0;
  journal.write(first);
  journal.afterwards(() => told++, 0);
  journal.take();
  journal.failed();
  journal.afterwards(() => told++, 0);
  assert.equal(told, 0);
});
