// The tables of the loss bench say what was lost as plainly as what was won.

import assert from "node:assert/strict";
import { test } from "node:test";

import { report } from "../../../bench/loss/report.ts";
import { roughWeathers } from "../../../bench/loss/weather.ts";
import { cellResult } from "./cell-result.ts";

const bulk = { kind: "bulk", sent: undefined } as const;

test("a row a contestant, with ratios to udpchat", () => {
  const text = report(
    [
      cellResult({ contestant: "udx", p99Ms: 58 }),
      cellResult({ ...bulk, contestant: "udx", megabytesPerSecond: 10 }),
      cellResult(),
      cellResult({ ...bulk, megabytesPerSecond: 2.5 }),
    ],
    true,
  );
  assert.deepEqual(text.split("\n").slice(0, 6), [
    "### Random loss",
    "",
    "| weather, each way |  | p50 ms | p90 | p99 | max | p99 × | B a message | delivered | bulk MB/s | bulk × |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    "| 0 % loss | udpchat | 25.5 | 26.0 | 29.0 | 31.0 |  | 200 | all | 2.50 |  |",
    "| 0 % loss | udx-native | 25.5 | 26.0 | 29.0 | 31.0 | 2.00 | 200 | all | 10.00 | 0.25 |".replace("29.0", "58.0"),
  ]);
  assert.match(
    text,
    /\| 0 % loss \| 25\.5 of 26 \| reached \| 29\.0 of 30 \| reached \| 2\.50 of 11 \| missed \| 0 of 50 \| reached \| reached \|/,
  );
});

test("what did not arrive, arrived damaged or twice, or broke, is in the row", () => {
  const weather = roughWeathers.at(-1);
  assert.ok(weather !== undefined);
  const text = report(
    [
      cellResult({
        weather,
        contestant: "ws-bbr",
        received: 90,
        damaged: 8,
        p99Ms: null,
        maxMs: null,
        broken: "closed",
      }),
      cellResult({ weather, doubled: 1, outOfOrder: 2 }),
    ],
    false,
  );
  assert.match(text, /^Bursts and corruption\n/);
  assert.match(text, /udpchat .* 1 doubled, 2 out of order/);
  assert.match(text, /ws, TCP BBR .* never +never +∞ .* 90 of 100, 8 damaged, closed/);
  assert.doesNotMatch(text, /reached/);
});

test("a message missing, doubled or out of order misses the promise, however quick the rest", () => {
  for (const flaw of [{ received: 99 }, { doubled: 1 }, { outOfOrder: 1 }, { damaged: 1 }]) {
    const text = report([cellResult(flaw), cellResult({ ...bulk, megabytesPerSecond: 12 })], true);
    assert.match(text, /12\.00 of 11 \| reached \| 0 of 50 \| reached \| missed \|$/m);
  }
});

test("two on one link have a row of their own, and none among those who had it to themselves", () => {
  const text = report(
    [
      cellResult({ ...bulk, beside: "ws-cubic", megabytesPerSecond: 4 }),
      cellResult({ ...bulk, contestant: "ws-cubic", beside: "udpchat", megabytesPerSecond: 6 }),
    ],
    true,
  );
  assert.match(text, /### A link shared\n\n.*\n.*\n\| ws, TCP CUBIC \| 4\.00 \| 6\.00 \| 40 % \| 0 \|/);
  assert.doesNotMatch(text, /Random loss/);
});
