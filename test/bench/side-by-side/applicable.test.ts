// Which subject is measured in what.

import assert from "node:assert/strict";
import { test } from "node:test";

import { obstacle } from "../../../bench/side-by-side/applicable.ts";
import { figureNames, subjectNames } from "../../../bench/side-by-side/figure-names.ts";

test("every figure has somebody, and every subject a figure", () => {
  for (const figure of figureNames)
    assert.ok(
      subjectNames.some((subject) => obstacle(subject, figure) === undefined),
      figure,
    );
  for (const subject of subjectNames)
    assert.ok(
      figureNames.some((figure) => obstacle(subject, figure) === undefined),
      subject,
    );
});

test("udpchat is measured in all that its peers are", () => {
  for (const figure of figureNames.filter((name) => name !== "packets"))
    assert.equal(obstacle("udpchat", figure), undefined);
});

test("the floor has no rooms, handshakes or connections; only it has bare packets", () => {
  for (const figure of ["fanout_50", "handshakes", "idle_kib_1000", "bulk"] as const)
    assert.notEqual(obstacle("floor", figure), undefined);
  assert.deepEqual(
    subjectNames.filter((subject) => obstacle(subject, "packets") === undefined),
    ["floor"],
  );
});
