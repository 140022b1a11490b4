import assert from "node:assert/strict";
import { test } from "node:test";

import { scenarios } from "#sim";

import { scenarioNames } from "../../src/cli/options.ts";

test("the scenarios that sim offers are those that the simulator has", () => {
  assert.deepEqual(scenarioNames, Object.keys(scenarios));
});
