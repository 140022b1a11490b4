import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_POST_EPOCHS } from "#server";

import { awaitAnswer, decide, PostedNumbers, stateOf } from "../../src/server/posted-numbers.ts";
import { Visitor } from "../../src/server/visitor.ts";

const epoch = (n: number): Uint8Array => new Uint8Array(8).fill(n);
const asker = (id: number) => ({ visitor: Object.create(Visitor.prototype) as Visitor, id, lane: 2 });

test("a number is unknown, then coming, then taken or turned away; and those below the highest taken are taken", () => {
  const posted = new PostedNumbers(10, []).epoch("ann", epoch(1), 0);
  assert.equal(stateOf(posted, 5), "unknown");
  assert.ok(awaitAnswer(posted, 5, asker(1)) && awaitAnswer(posted, 5, asker(2)) && awaitAnswer(posted, 4, asker(3)));
  assert.deepEqual([stateOf(posted, 5), stateOf(posted, 4)], ["coming", "coming"]);
  assert.deepEqual(
    decide(posted, 5, undefined).map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual(
    [stateOf(posted, 5), stateOf(posted, 4), stateOf(posted, 3), stateOf(posted, 6)],
    ["taken", "coming", "taken", "unknown"],
  );
  assert.deepEqual(
    decide(posted, 4, "storeFailed").map(({ id }) => id),
    [3],
  );
  assert.deepEqual([stateOf(posted, 4), stateOf(posted, 5)], [{ refusal: "storeFailed" }, "taken"]);
});

test("what is remembered is bounded: who waits for one answer, refusals, epochs of a person, and persons", () => {
  const numbers = new PostedNumbers(2, []);
  const posted = numbers.epoch("ann", epoch(1), 0);
  const waiting = Array.from({ length: 100 }, (_, i) => awaitAnswer(posted, 1, asker(i))).filter(Boolean).length;
  assert.ok(waiting > 1 && waiting <= 16);
  for (let i = 2; i < 1000; i++) decide(posted, i, "tooMuchWaits");
  assert.ok(posted.refused.size <= 64);
  assert.equal(typeof stateOf(posted, 999), "object", "the last ones");
  for (let i = 2; i <= MOST_POST_EPOCHS; i++) decide(numbers.epoch("ann", epoch(i), 0), 7, undefined);
  assert.equal(numbers.epoch("ann", epoch(1), 0), posted);
  numbers.epoch("ann", epoch(99), 0);
  assert.equal(stateOf(numbers.epoch("ann", epoch(2), 0), 7), "unknown", "longest unused, and so forgotten");
  assert.equal(stateOf(numbers.epoch("ann", epoch(4), 0), 7), "taken");
  for (const key of ["bob", "ann", "cat"]) numbers.epoch(key, epoch(1), 0);
  assert.equal(numbers.size, 2);
  assert.equal(numbers.epoch("ann", epoch(1), 0), posted);
});

test("the books say what was taken, and what is old is forgotten", () => {
  const record = (n: number, atMs: number) => ({ personKey: Uint8Array.of(n), epoch: epoch(n), ownNumber: 9, atMs });
  const numbers = new PostedNumbers(10, [record(1, 100), record(2, 200)]);
  numbers.dropOld(150);
  assert.equal(numbers.size, 1);
  assert.equal(stateOf(numbers.epoch("02", epoch(2), 300), 9), "taken");
  assert.equal(stateOf(numbers.epoch("01", epoch(1), 300), 9), "unknown");
});
