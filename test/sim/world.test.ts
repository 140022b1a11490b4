import assert from "node:assert/strict";
import { test } from "node:test";

import { scenarios, simulate } from "#sim";

test("equal seeds give equal histories, others give others", () => {
  for (const scenario of Object.keys(scenarios)) {
    const first = simulate(7, scenario);
    assert.deepEqual(simulate(7, scenario), first);
    assert.notEqual(simulate(8, scenario).wire.history, first.wire.history);
  }
});

test("a scenario that there is not is refused by name", () => {
  assert.throws(() => simulate(1, "sunny"), /no scenario sunny; there are weather/);
});
