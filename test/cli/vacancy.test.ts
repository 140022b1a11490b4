import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { Vacancy } from "../../src/cli/vacancy.ts";

function watched(t: TestContext): { readonly vacancy: Vacancy; readonly ends: () => number } {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let count = 0;
  const vacancy = new Vacancy(() => count++);
  return { vacancy, ends: () => count };
}

const here = { isOnline: true };
const away = { isOnline: false };

test("a server to which nobody comes ends after a minute, and not before", (t) => {
  const { vacancy, ends } = watched(t);
  vacancy.look([]);
  vacancy.look([away]);
  t.mock.timers.tick(59_999);
  assert.equal(ends(), 0);
  t.mock.timers.tick(1);
  assert.equal(ends(), 1);
});

test("it ends when the last has left, and stays as long as somebody is there", (t) => {
  const { vacancy, ends } = watched(t);
  vacancy.look([here]);
  t.mock.timers.tick(1_000_000);
  vacancy.look([here, here]);
  vacancy.look([away, here]);
  assert.equal(ends(), 0);
  vacancy.look([away, away]);
  assert.equal(ends(), 1);
});

test("closed, it ends nothing any more", (t) => {
  const { vacancy, ends } = watched(t);
  vacancy.close();
  t.mock.timers.tick(60_000);
  assert.equal(ends(), 0);
});
