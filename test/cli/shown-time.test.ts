import assert from "node:assert/strict";
import { test } from "node:test";

import { believableTimeMs, shownTime } from "../../src/cli/shown-time.ts";

test("a time is shown in the reader's zone, every part with its zeros", () => {
  assert.equal(shownTime(new Date(2026, 0, 2, 3, 4, 5, 999).getTime()), "2026-01-02 03:04:05");
  assert.equal(shownTime(new Date(2025, 11, 31, 23, 59, 58).getTime()), "2025-12-31 23:59:58");
});

test("a time is believed up to the arrival and from 30 days before it on; else it is the arrival", () => {
  const arrived = 1_800_000_000_000;
  const monthMs = 30 * 24 * 60 * 60 * 1000;
  for (const sent of [arrived, arrived - 1, arrived - monthMs]) assert.equal(believableTimeMs(sent, arrived), sent);
  for (const sent of [arrived + 1, arrived - monthMs - 1, 0]) assert.equal(believableTimeMs(sent, arrived), arrived);
});
