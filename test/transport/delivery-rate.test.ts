import assert from "node:assert/strict";
import { test } from "node:test";

import { DeliveryRate } from "../../src/transport/delivery-rate.ts";

test("a steady stream is measured as it is", () => {
  const rate = new DeliveryRate();
  const sent = Array.from({ length: 50 }, (_, i) => ({ at: i, stamp: rate.stamp(i * 1000, i) }));
  const samples = sent.map(({ at, stamp }) => rate.acknowledged(1000, at, stamp, 20, at + 20));
  assert.equal(samples[40]?.bytesPerMs, (41 * 1000) / 60);
  assert.equal(samples[40]?.isIdle, false);
});

test("acknowledgements that come together do not make the path faster than what was sent", () => {
  const rate = new DeliveryRate();
  const sent = Array.from({ length: 50 }, (_, i) => ({ at: i, stamp: rate.stamp(i === 0 ? 0 : 1000, i) }));
  rate.acknowledged(1000, 0, sent[0]?.stamp ?? assert.fail(), 20, 60);
  const { bytesPerMs } = rate.acknowledged(49_000, 49, sent[49]?.stamp ?? assert.fail(), 20, 60);
  assert.ok(bytesPerMs <= 1000, `${bytesPerMs}`);
});

test("less than a round trip says nothing; what was sent while there was too little says so", () => {
  const rate = new DeliveryRate();
  const first = rate.stamp(0, 0);
  assert.equal(rate.acknowledged(1000, 0, first, 50, 40).bytesPerMs, Number.POSITIVE_INFINITY);
  rate.idle(2000);
  assert.ok(rate.stamp(2000, 41).isIdle);
  rate.acknowledged(3000, 40, first, 50, 90);
  assert.ok(!rate.stamp(0, 91).isIdle);
});
