import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { TimerQueue } from "../../src/transport/timer-queue.ts";

const step = fc.oneof(
  fc.record({ key: fc.nat(6), at: fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY)) }),
  fc.record({ now: fc.nat(25) }),
);

test("is a map of deadlines that knows the earliest", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const queue = new TimerQueue<number>();
      const model = new Map<number, number>();
      for (const each of steps) {
        if ("key" in each) {
          queue.set(each.key, each.at);
          if (each.at === Number.POSITIVE_INFINITY) model.delete(each.key);
          else model.set(each.key, each.at);
        } else {
          const earliest = Math.min(...model.values());
          const taken = queue.take(each.now);
          if (earliest > each.now) assert.equal(taken, undefined);
          else {
            assert.equal(model.get(taken ?? -1), earliest);
            model.delete(taken ?? -1);
          }
        }
        assert.equal(queue.next, Math.min(...model.values()));
      }
    }),
    { numRuns: 150 },
  );
});

test("gives all keys in the order of their deadlines", () => {
  const queue = new TimerQueue<number>();
  for (let key = 0; key < 500; key++) queue.set(key, (key * 7919) % 1009);
  let last = -1;
  for (let taken = 0; taken < 500; taken++) {
    const key = queue.take(2000) ?? assert.fail();
    const at = (key * 7919) % 1009;
    assert.ok(at >= last);
    last = at;
  }
  assert.equal(queue.take(2000), undefined);
});
