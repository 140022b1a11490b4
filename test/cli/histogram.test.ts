import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { histogram, percentile } from "../../src/cli/histogram.ts";

test("buckets have equal round widths, empty ones too, and each bar is as long as its count", () => {
  assert.deepEqual(histogram([50, 51, 51.5, 53, 53, 53, 53, 53, 53, 53]), [
    `50 - 51  ${"#".repeat(6).padEnd(40)} 1`,
    `51 - 52  ${"#".repeat(11).padEnd(40)} 2`,
    `52 - 53  ${" ".repeat(40)} 0`,
    `53 - 54  ${"#".repeat(40)} 7`,
  ]);
});

test("every number is counted once, whatever they are, in at most fourteen rows", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (numbers) => {
      const rows = histogram(numbers.toSorted((a, b) => a - b));
      assert.ok(rows.length <= 14);
      assert.equal(
        rows.reduce((sum, row) => sum + Number(/(\d+)$/.exec(row)?.[1]), 0),
        numbers.length,
      );
    }),
  );
});

test("nothing has no rows", () => {
  assert.deepEqual(histogram([]), []);
});

test("a percentile is the value below which that part is", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i);
  assert.deepEqual(
    [0, 0.5, 0.99, 1].map((part) => percentile(hundred, part)),
    [0, 50, 99, 99],
  );
});
