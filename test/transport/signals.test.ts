import assert from "node:assert/strict";
import { test } from "node:test";

import { RoundTrip } from "../../src/transport/round-trip.ts";
import { type Signal, Signals } from "../../src/transport/signals.ts";

const path = (ms: number): RoundTrip => {
  const roundTrip = new RoundTrip();
  roundTrip.sample(ms, 0);
  return roundTrip;
};
const credit: Signal = { type: "credit", class: "data" };
const blocked: Signal = { type: "blocked", class: "data" };

test("a word of credit leaves again twice, 5 ms apart, unless it has arrived", () => {
  const signals = new Signals();
  signals.left(credit, path(50), 0);
  signals.left(blocked, path(50), 1);
  assert.equal(signals.due?.dueAt, 5);
  assert.equal(signals.take(4), undefined);
  assert.deepEqual(signals.take(5), credit);
  signals.drop(blocked);
  assert.equal(signals.due?.dueAt, 10);
  assert.deepEqual(signals.take(10), credit);
  assert.equal(signals.due, undefined);
});

test("a newer one takes the place of the one before", () => {
  const signals = new Signals();
  signals.left(credit, path(50), 0);
  signals.left(credit, path(50), 3);
  assert.equal(signals.take(7), undefined);
  assert.deepEqual(signals.take(8), credit);
});

test("nothing leaves again where it is answered sooner", () => {
  const signals = new Signals();
  signals.left(credit, path(2), 0);
  assert.equal(signals.due, undefined);
});
