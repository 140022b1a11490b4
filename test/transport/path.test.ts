import assert from "node:assert/strict";
import { test } from "node:test";

import { Random } from "#sim";

import { Path } from "../../src/transport/path.ts";

const home = { host: "10.0.0.1", port: 1 };
const away = { host: "10.0.0.2", port: 1 };
const elsewhere = { host: "10.0.0.3", port: 1 };
const size = 35;

const path = (): Path => new Path(home, new Random(1, "path").dice);

test("a move needs the newest packet, and an answer from the new place", () => {
  const moving = path();
  moving.receive(away, 100, false, 0);
  assert.equal(moving.deadline, Number.POSITIVE_INFINITY);
  moving.receive(away, 100, true, 0);
  const [toNew, toOld] = moving.takeChallenges(size, 50, 0);
  assert.deepEqual([toNew?.to, toOld?.to], [away, home]);
  assert.deepEqual(moving.current, home);
  assert.ok(toNew && toOld);
  assert.ok(!moving.respond(toNew.token, elsewhere, 50, 10), "from a third place");
  assert.ok(!moving.respond(toOld.token, away, 50, 10), "the other's token");
  assert.ok(moving.respond(toNew.token, away, 50, 10));
  assert.deepEqual(moving.current, away);
  assert.ok(!moving.respond(toNew.token, away, 50, 20), "once");
});

test("the old place keeps the session if it answers, before or after", () => {
  for (const isLate of [false, true]) {
    const moving = path();
    moving.receive(away, 100, true, 0);
    const [toNew, toOld] = moving.takeChallenges(size, 50, 0);
    if (isLate) assert.ok(moving.respond(toNew?.token ?? assert.fail(), away, 50, 10));
    assert.ok(toNew && toOld);
    assert.equal(moving.respond(toOld.token, home, 50, 20), isLate);
    assert.deepEqual(moving.current, home);
    assert.ok(!moving.respond(toNew.token, away, 50, 30), "the new place has lost");
    assert.equal(moving.deadline, Number.POSITIVE_INFINITY);
  }
});

test("the old place can claim the session back for three probe timeouts", () => {
  const moving = path();
  moving.receive(away, 100, true, 0);
  const [toNew, toOld] = moving.takeChallenges(size, 50, 0);
  moving.respond(toNew?.token ?? assert.fail(), away, 50, 10);
  assert.equal(moving.deadline, 160);
  assert.deepEqual(moving.takeChallenges(size, 50, 160), []);
  assert.equal(moving.deadline, Number.POSITIVE_INFINITY);
  assert.ok(!moving.respond(toOld?.token ?? assert.fail(), home, 50, 170));
  assert.deepEqual(moving.current, away);
});

test("challenges are repeated three times, never more to the new place than came from it", () => {
  const moving = path();
  moving.receive(away, 2 * size - 1, true, 0);
  let toNew = 0;
  for (let now = 0; moving.deadline < Number.POSITIVE_INFINITY; now = moving.deadline) {
    for (const { to } of moving.takeChallenges(size, 50, now)) toNew += to === away ? size : 0;
    if (now > 10_000) assert.fail("without end");
  }
  assert.equal(toNew, size);
  assert.deepEqual(moving.current, home);
});

test("whatever else is sent there is paid for as well; to a third place nothing is", () => {
  const moving = path();
  moving.receive(away, 100, true, 0);
  assert.ok(moving.spend(home, 10_000));
  assert.ok(!moving.spend(elsewhere, 1));
  assert.ok(moving.spend(away, 60));
  assert.ok(!moving.spend(away, 41));
  assert.ok(moving.spend(away, 40));
  assert.ok(!moving.spend(away, 1));
  moving.receive(away, 30, false, 1);
  assert.ok(moving.spend(away, 30), "what came later counts");
});
