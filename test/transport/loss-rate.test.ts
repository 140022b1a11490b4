import assert from "node:assert/strict";
import { test } from "node:test";

import { LossRate } from "../../src/transport/loss-rate.ts";

const after = (rate: LossRate, packets: number, isLost: (i: number) => boolean): number => {
  for (let i = 0; i < packets; i++) rate.note(isLost(i));
  return rate.share;
};

test("an unknown path loses 1 in 20; one that loses nothing is believed after 500 packets", () => {
  const rate = new LossRate();
  assert.equal(rate.share, 0.05);
  assert.ok(after(rate, 480, () => false) >= 0.001);
  assert.ok(after(rate, 20, () => false) < 0.001);
  assert.ok(after(rate, 2000, (i) => i === 0) < 0.001, "one lost in 2,000 does not change that");
});

test("it follows the path: a fifth, then nothing, then a fifth again", () => {
  const rate = new LossRate();
  assert.ok(Math.abs(after(rate, 5000, (i) => i % 5 === 0) - 0.2) < 0.01);
  assert.ok(after(rate, 20_000, () => false) < 0.001);
  assert.ok(after(rate, 200, (i) => i % 5 === 0) > 0.01);
  rate.forget();
  assert.equal(rate.share, 0.05);
});
