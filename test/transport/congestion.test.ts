import assert from "node:assert/strict";
import { test } from "node:test";

import { NewReno } from "../../src/transport/congestion.ts";
import { Pacer } from "../../src/transport/pacer.ts";

test("the window grows only by what left while it was the limit", () => {
  const reno = new NewReno();
  reno.acknowledged(1200, 0, false);
  assert.equal(reno.windowBytes, 12_000);
  reno.acknowledged(1200, 0, true);
  assert.equal(reno.windowBytes, 13_200);
});

test("losses halve it once a round trip, down to two datagrams", () => {
  const reno = new NewReno();
  reno.lost(10, 20);
  reno.lost(15, 21);
  assert.equal(reno.windowBytes, 6000);
  reno.acknowledged(1200, 20, true);
  assert.equal(reno.windowBytes, 6000, "not by what left before the loss was known");
  reno.acknowledged(1200, 22, true);
  assert.equal(reno.windowBytes, 6240, "then by one datagram a window");
  for (let i = 3; i < 20; i++) reno.lost(10 * i, 10 * i + 1);
  assert.equal(reno.windowBytes, 2400);
});

test("persistent congestion is a new beginning", () => {
  const reno = new NewReno();
  for (let i = 0; i < 100; i++) reno.acknowledged(1200, i, true);
  reno.collapsed();
  assert.equal(reno.windowBytes, 2400);
});

test("a burst leaves at once, then 5/4 of a window each round trip", () => {
  const pacer = new Pacer();
  const window = 100_000;
  let now = 1000;
  let sent = 0;
  for (;;) {
    const release = pacer.releaseTime(1200, window, 100, now);
    if (release > now) {
      if (release > 1100) break;
      now = release;
      continue;
    }
    pacer.sent(1200);
    sent += 1200;
  }
  assert.ok(sent >= 125_000 && sent <= 125_000 + 15_000, `${sent}`);
});
