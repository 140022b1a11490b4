import assert from "node:assert/strict";
import { test } from "node:test";

import { calm, scenarios, simulate, simulateWorld } from "#sim";

test("a scenario that there is not is refused by name", () => {
  assert.throws(() => simulate(1, "sunny"), /no scenario sunny; there are talk, weather/);
});

test("a world may be larger and longer, and tells how far it is and what its texts took", () => {
  const scenario = scenarios["talk"];
  assert.ok(scenario !== undefined);
  const weather = () => ({ ...calm, delayMs: 40, loss: 0.1 });
  const settings = {
    seed: 5,
    name: "talk",
    scenario: { ...scenario, weather },
    clients: 6,
    messages: 90,
    talkMs: 5000,
    isWatched: true,
  };
  const steps = simulateWorld(settings);
  const progress: number[] = [];
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) progress.push(step.value);
  const { counts, dealt, delaysMs, recoveries, violations } = step.value;
  assert.deepEqual(progress, [0.2, 0.4, 0.6, 0.8]);
  assert.deepEqual(violations, []);
  assert.equal(counts.said, 90);
  assert.deepEqual([counts.lost, counts.doubled, counts.reordered], [0, 0, 0]);
  // All but what was said to oneself; none is quicker than the path, but what is repeated when the weather has cleared.
  assert.ok(delaysMs.length > 60 && delaysMs.length < 90);
  assert.ok(delaysMs.filter((delay) => delay < 40).length <= 2);
  assert.deepEqual(
    delaysMs,
    delaysMs.toSorted((a, b) => a - b),
  );
  assert.ok(dealt.lost > 0 && dealt.carried > dealt.lost);
  assert.ok(
    recoveries.packetsLost > 0 &&
      recoveries.retransmissions > 0 &&
      recoveries.secondCopies > 0 &&
      recoveries.sessionsOpened >= 6,
  );
});
