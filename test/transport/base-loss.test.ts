import assert from "node:assert/strict";
import { test } from "node:test";

import { BaseLoss } from "../../src/transport/base-loss.ts";

function round(base: BaseLoss, packets: number, lost: number, isOfThePath = true): void {
  for (let i = 0; i < packets; i++) base.note(i < lost);
  base.endRound(isOfThePath);
}

test("a share is taken of fifty packets or more, of several rounds together", () => {
  const base = new BaseLoss();
  round(base, 49, 1);
  base.learn();
  assert.equal(base.share, 0);
  round(base, 51, 1);
  base.learn();
  assert.equal(base.share, 0.02);
});

test("rounds that something else may have lost packets of, and cuts, do not count", () => {
  const base = new BaseLoss();
  round(base, 100, 1);
  round(base, 100, 40, false);
  round(base, 100, 51);
  base.learn();
  assert.equal(base.share, 0.01);
});

test("what a path lost long ago is forgotten", () => {
  const base = new BaseLoss();
  round(base, 2000, 200);
  base.learn();
  assert.equal(base.share, 0.1);
  for (let i = 0; i < 8; i++) {
    round(base, 1000, 0);
    base.learn();
  }
  assert.ok(base.share < 0.001, `${base.share}`);
});

test("no more than three tenths are evened out", () => {
  const base = new BaseLoss();
  round(base, 100, 50);
  base.learn();
  assert.equal(base.share, 0.3);
});

test("nothing is usual on a path that loses nothing; else the more chance has to say, the less is known", () => {
  assert.equal(new BaseLoss().usual(600), 0);
  const [little, much] = [100, 2000].map((packets) => {
    const base = new BaseLoss();
    round(base, packets, packets / 100);
    base.learn();
    return base.usual(600);
  });
  assert.ok((much ?? 0) > 6 && (much ?? 0) < 20 && (little ?? 0) > (much ?? 0) + 6, `${little} and ${much}`);
});
