import assert from "node:assert/strict";
import { test } from "node:test";

import { recoveryPaths, type Report, scenarios, simulate } from "#sim";

/** Each number of a record is another one than all before. */
function numbered<T extends object>(record: T, from: number): T {
  return Object.fromEntries(Object.keys(record).map((what, i) => [what, from + i])) as T;
}

test("each recovery path has a name and a counter of its own, and a scenario that can lead there", () => {
  const report = simulate(1, "talk", true);
  const counts = numbered(report.counts, 1);
  const recoveries = numbered(report.recoveries, 1000);
  const numbers = recoveryPaths.map(({ count }) => count({ ...report, counts, recoveries } satisfies Report));
  assert.equal(new Set(numbers).size, recoveryPaths.length);
  assert.equal(new Set(recoveryPaths.map(({ name }) => name)).size, recoveryPaths.length);
  for (const { name, isIn } of recoveryPaths) assert.ok(Object.values(scenarios).some(isIn), name);
});

test("no scenario takes a recovery path that it is said not to lead to", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const report = simulate(3, name, true);
    for (const path of recoveryPaths)
      if (path.count(report) > 0) assert.ok(path.isIn(scenario), `${name}: ${path.name}`);
  }
});

test("watching a world changes nothing in it", () => {
  const [watched, other] = [simulate(5, "storm", true), simulate(5, "storm")];
  assert.deepEqual({ ...watched, recoveries: undefined }, { ...other, recoveries: undefined });
});
