import assert from "node:assert/strict";
import { test } from "node:test";

import { Journal } from "../../src/client/journal.ts";
import { MOST_PINS, Pins } from "../../src/client/pins.ts";
import { bytes } from "./records.ts";

const [ann, eve] = [bytes(1, 32), bytes(2, 32)];

test("the first key of a name is pinned and written, however the name is written later", () => {
  const journal = new Journal();
  const pins = new Pins([], journal);
  assert.equal(pins.has("ann"), false);
  assert.equal(pins.isChanged("ann", eve), false);
  assert.equal(pins.meet("Ann", ann), true);
  assert.equal(pins.meet("ANN", eve), true);
  assert.deepEqual([pins.keyOf("aNn"), pins.keyOf("eve")], [ann, undefined]);
  assert.deepEqual([pins.has("ann"), pins.isChanged("ann", ann), pins.isChanged("aNN", eve)], [true, false, true]);
  assert.deepEqual(journal.take(), [{ kind: "pinPerson", pin: { nameKey: "ann", name: "Ann", personKey: ann } }]);
});

test("trust puts the other key in its place", () => {
  const journal = new Journal();
  const pins = new Pins([{ nameKey: "ann", name: "ann", personKey: ann }], journal);
  pins.trust("ann", eve);
  assert.deepEqual([pins.isChanged("ann", eve), pins.isChanged("ann", ann)], [false, true]);
  assert.equal(journal.take()?.length, 1);
});

test("strangers cannot make us pin without end; our own user can go on", () => {
  const known = Array.from({ length: MOST_PINS }, (_, i) => ({ nameKey: `n${i}`, name: `n${i}`, personKey: ann }));
  const pins = new Pins(known, new Journal());
  assert.equal(pins.meet("bob", eve), false);
  assert.equal(pins.has("bob"), false);
  pins.trust("bob", eve);
  assert.equal(pins.meet("bob", eve), true);
});
