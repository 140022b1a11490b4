import assert from "node:assert/strict";
import { test } from "node:test";

import { AckRanges } from "../../src/transport/ack-ranges.ts";

test("one packet is acknowledged after 25 ms, two at once, one out of order at once (RFC 9000 §13.2)", () => {
  const acks = new AckRanges();
  acks.receive(0, true, 100);
  assert.equal(acks.deadline, 125);
  acks.receive(1, true, 110);
  assert.equal(acks.deadline, 110);
  assert.deepEqual(acks.report(115), { ranges: [{ first: 0, last: 1 }], delayMs: 5 });
  acks.reported();
  assert.equal(acks.deadline, Number.POSITIVE_INFINITY);
  acks.receive(3, true, 120);
  assert.equal(acks.deadline, 120);
  acks.reported();
  acks.receive(2, true, 130);
  assert.equal(acks.deadline, 130);
  assert.deepEqual(acks.report(130).ranges, [{ first: 0, last: 3 }]);
});

test("acknowledgements are not acknowledged", () => {
  const acks = new AckRanges();
  acks.receive(0, false, 0);
  acks.receive(5, false, 0);
  assert.equal(acks.deadline, Number.POSITIVE_INFINITY);
  assert.ok(!acks.isOwed);
  acks.hasten(1);
  assert.equal(acks.deadline, Number.POSITIVE_INFINITY, "a wish hastens only what is owed");
});

test("what the other side knows is not said again, the newest always", () => {
  const acks = new AckRanges();
  for (const number of [0, 1, 5, 6, 9]) acks.receive(number, true, 0);
  assert.ok(acks.hasGaps);
  acks.confirmed(6);
  assert.deepEqual(acks.report(0).ranges, [
    { first: 9, last: 9 },
    { first: 6, last: 6 },
  ]);
  acks.confirmed(9);
  assert.deepEqual(acks.report(0).ranges, [{ first: 9, last: 9 }]);
});

test("at most 32 ranges are kept, the newest", () => {
  const acks = new AckRanges();
  for (let number = 0; number < 1000; number += 2) acks.receive(number, true, 0);
  const { ranges } = acks.report(0);
  assert.equal(ranges.length, 32);
  assert.deepEqual(ranges[0], { first: 998, last: 998 });
});
