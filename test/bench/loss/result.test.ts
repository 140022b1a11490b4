// The figures of a cell.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cellResult } from "../../../bench/loss/result.ts";
import { type Cell } from "../../../bench/loss/task.ts";
import { steadyWeathers } from "../../../bench/loss/weather.ts";

const weather = steadyWeathers[0];
assert.ok(weather !== undefined);
const cell: Cell = {
  kind: "delay",
  contestant: "udx",
  weather,
  amount: { messages: 100, bulkSeconds: 10, bulkFromSeconds: 0 },
};
const nothing = { packets: 0, bytes: 0, lost: 0, overflowed: 0, corrupted: 0, queuedMs: 0 };
const rest = { seed: 3, broken: undefined, link: { forth: nothing, back: nothing, latestMs: 0 } };
const arrivals = { received: 0, doubled: 0, outOfOrder: 0, damaged: 0, delaysMs: [], bytesInWindow: 0 };

test("quantiles are of all messages that were to be sent: what never came is slower than all that did", () => {
  const delaysMs = Array.from({ length: 95 }, (_, i) => 95 - i);
  const { p50Ms, p90Ms, p99Ms, maxMs, sent, received } = cellResult(cell, {
    ...rest,
    arrivals: { ...arrivals, received: 95, delaysMs },
  });
  assert.deepEqual({ p50Ms, p90Ms, p99Ms, maxMs }, { p50Ms: 51, p90Ms: 91, p99Ms: null, maxMs: null });
  assert.deepEqual({ sent, received }, { sent: 100, received: 95 });
});

test("bulk counts what was delivered in its time", () => {
  const bulk = { ...arrivals, received: 2, delaysMs: [10, 20], bytesInWindow: 131_072 };
  const { megabytesPerSecond, sent, maxMs } = cellResult({ ...cell, kind: "bulk" }, { ...rest, arrivals: bulk });
  assert.equal(Math.round(megabytesPerSecond * 1e7), 131_072);
  assert.equal(sent, undefined);
  assert.equal(maxMs, 20);
});
