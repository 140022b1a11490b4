// Runs a scenario with many seeds; a failure names the one command that replays it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Counts, simulate } from "#sim";

/** Worlds of each scenario; the environment may ask for more, or for fewer where they only have to be seen. */
const SEEDS = Number(process.env["UDPCHAT_SEEDS"] ?? 200);

/** What must have happened over the seeds of a scenario; each of these in one at least. */
const mustHappen: Readonly<Record<string, readonly (keyof Counts)[]>> = {
  weather: ["received", "duplicatesDropped"],
  accidents: [
    "saved",
    "collected",
    "exists",
    "handedOverLive",
    "gapsFilledByMail",
    "gapsFilledBySender",
    "receiptsForAway",
    "interrupted",
  ],
  groups: ["postsShown", "postsResent", "privateKept", "putOut"],
  storm: ["saved", "exists", "collected", "postsResent", "putOut", "interrupted", "duplicatesDropped"],
};

export function testScenario(scenario: string): void {
  test(`${SEEDS} seeds of ${scenario}: once, in order, with a verdict each, and silence afterwards`, () => {
    const sums = new Map<string, number>();
    const histories = new Set<number>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violations, counts, wire } = simulate(seed, scenario);
      assert.deepEqual(violations, [], `replay with: npm run sim -- --seed ${seed} --scenario ${scenario}`);
      assert.ok(counts.said >= 200);
      for (const [what, count] of Object.entries(counts)) sums.set(what, (sums.get(what) ?? 0) + count);
      histories.add(wire.history);
    }
    assert.equal(histories.size, SEEDS, "other seeds give other histories");
    const never = mustHappen[scenario]?.filter((what) => (sums.get(what) ?? 0) === 0);
    assert.deepEqual(never, [], "never happened");
  });

  test(`equal seeds of ${scenario} give equal histories`, () => {
    assert.deepEqual(simulate(7, scenario), simulate(7, scenario));
  });
}
