import assert from "node:assert/strict";
import { test } from "node:test";

import { simulate } from "#sim";

test("a scenario that there is not is refused by name", () => {
  assert.throws(() => simulate(1, "sunny"), /no scenario sunny; there are weather/);
});
