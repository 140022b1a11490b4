import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { RangeSet } from "../../src/transport/range-set.ts";

const most = 40;
const step = fc.record({ does: fc.constantFrom("add", "remove", "keepHighest"), a: fc.nat(most), b: fc.nat(most) });

test("is a set of numbers, in ranges that never touch", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(most), fc.nat(most), (steps, from, to) => {
      const set = new RangeSet();
      let model = new Set<number>();
      for (const { does, a, b } of steps) {
        if (does === "add") {
          set.add(a, b);
          for (let i = a; i < b; i++) model.add(i);
        } else if (does === "remove") {
          set.remove(a, b);
          for (let i = a; i < b; i++) model.delete(i);
        } else {
          const kept = set.ranges.slice(-Math.max(1, a % 4));
          set.keepHighest(Math.max(1, a % 4));
          model = new Set([...model].filter((value) => kept.some(({ start, end }) => start <= value && value < end)));
        }
        for (const [i, { start, end }] of set.ranges.entries()) {
          assert.ok(start < end);
          assert.ok(i === 0 || (set.ranges[i - 1]?.end ?? 0) < start);
        }
        for (let value = 0; value <= most; value++) assert.equal(set.has(value), model.has(value));
        assert.equal(set.isEmpty, model.size === 0);
      }
      const wanted = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
      assert.equal(
        set.covers(from, to),
        wanted.every((value) => model.has(value)),
      );
    }),
    { numRuns: 300 },
  );
});
