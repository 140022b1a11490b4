// What a recipient counts: each message once, its delay, its order, damage, and what came within the window.

import assert from "node:assert/strict";
import { test } from "node:test";

import { writeMessage } from "../../../bench/loss/numbered-message.ts";
import { Tally } from "../../../bench/loss/tally.ts";

const message = (number: number, sentUs: number): string => writeMessage({ number, sentUs }, 100);

test("delays are from sending to delivery, in the order of delivery", () => {
  const tally = new Tally(1000);
  tally.take(message(0, 1000), 26_000);
  tally.take(message(1, 21_000), 76_500);
  assert.deepEqual(tally.arrivals(), {
    received: 2,
    doubled: 0,
    outOfOrder: 0,
    damaged: 0,
    delaysMs: [25, 55.5],
    bytesInWindow: 200,
  });
});

test("what comes twice, late or damaged is counted as that", () => {
  const tally = new Tally(1000);
  for (const number of [0, 2, 1, 2]) tally.take(message(number, 0), 1000);
  tally.take(message(3, 0).replace(".", ":"), 1000);
  const { received, doubled, outOfOrder, damaged } = tally.arrivals();
  assert.deepEqual({ received, doubled, outOfOrder, damaged }, { received: 3, doubled: 1, outOfOrder: 1, damaged: 1 });
});

test("the window begins as the first message that came was sent", () => {
  const tally = new Tally(10);
  tally.take(message(0, 5000), 14_000);
  tally.take(message(1, 6000), 15_000);
  tally.take(message(2, 7000), 15_001);
  assert.equal(tally.arrivals().bytesInWindow, 200);
});

test("it may begin later", () => {
  const tally = new Tally(10, 5);
  tally.take(message(0, 0), 4999);
  tally.take(message(1, 0), 5000);
  tally.take(message(2, 0), 15_000);
  tally.take(message(3, 0), 15_001);
  assert.equal(tally.arrivals().bytesInWindow, 200);
});
