import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { REPLAY_WINDOW, ReplayWindow } from "../../src/transport/replay-window.ts";

test("is wide enough for design's 8,128", () => assert.ok(REPLAY_WINDOW >= 8128));

test("says of each number once that it is new, and of those too old never", () => {
  const jumps = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.integer({ min: -9000, max: 9000 }),
    fc.integer({ min: 0, max: 2 ** 34 }),
  );
  fc.assert(
    fc.property(fc.array(jumps, { maxLength: 300 }), (steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let at = 0;
      for (const jump of steps) {
        at = Math.max(0, at + jump);
        const isNew = !seen.has(at) && at >= window.highest - REPLAY_WINDOW;
        assert.equal(window.isNew(at), isNew, `${at} after ${window.highest}`);
        if (isNew) {
          window.accept(at);
          seen.add(at);
        }
        assert.equal(window.highest, Math.max(-1, ...seen));
      }
    }),
    { numRuns: 150 },
  );
});

test("forgets at its edge, not before", () => {
  const window = new ReplayWindow();
  window.accept(0);
  window.accept(REPLAY_WINDOW);
  assert.ok(!window.isNew(0) && window.isNew(1));
  window.accept(1);
  assert.ok(!window.isNew(1));
  window.accept(REPLAY_WINDOW + 1);
  assert.ok(!window.isNew(0) && !window.isNew(1) && window.isNew(2));
});
