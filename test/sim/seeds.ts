// Runs a scenario with many seeds; a failure names the one command that replays it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { simulate } from "#sim";

/** Seeds a scenario in `npm test`. */
const SEEDS = 200;

export function testScenario(scenario: string): void {
  test(`${SEEDS} seeds of ${scenario}: once, in order, with a verdict each, and silence afterwards`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violations, tally } = simulate(seed, scenario);
      assert.deepEqual(violations, [], `replay with: npm run sim -- --seed ${seed} --scenario ${scenario}`);
      assert.ok(tally.said >= 200);
    }
  });
}
