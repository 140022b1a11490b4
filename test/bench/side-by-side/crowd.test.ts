// The speaking and listening of a room, on a contestant that carries everything at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type Contestant, type Line, type Take } from "../../../bench/side-by-side/contestant.ts";
import { times } from "../../../bench/side-by-side/figures/caller.ts";
import { Crowd } from "../../../bench/side-by-side/figures/crowd.ts";
import { type Ground, quickAmount } from "../../../bench/side-by-side/work.ts";

/** A room that passes on what `bend` makes of a text. */
function ground(bend: (text: string, member: number) => readonly string[]): Ground {
  const members: Take[] = [];
  const line: Line = {
    send: (text) => {
      setImmediate(() => {
        for (const [i, take] of members.entries()) for (const each of bend(text, i)) take(each);
      });
    },
    close: () => Promise.resolve(),
  };
  const never = (): never => {
    throw new Error("not asked for");
  };
  const contestant: Contestant = {
    hub: never,
    call: never,
    arrive: never,
    greeter: never,
    join: (_, number, take) => {
      if (number > 0) members.push(take);
      return Promise.resolve(line);
    },
  };
  return { contestant, place: { port: 0, folder: "" }, amount: quickAmount, usage: never };
}

test("a burst counts what every member heard, and ends when all have heard all", async () => {
  const crowd = await Crowd.open(
    ground((text) => [text]),
    25,
  );
  assert.equal(await crowd.burst(times(300)), 300 * 25);
  assert.equal(await crowd.burst(times(7)), 7 * 25);
});

test("a message twice, or none, ends the measurement", async () => {
  const doubling = await Crowd.open(
    ground((text, member) => (member === 3 ? [text, text] : [text])),
    10,
  );
  await assert.rejects(doubling.burst(times(5)), /heard message 0 in place of 1/);
  const losing = await Crowd.open(
    ground((text, member) => (member === 3 && text.startsWith("0000000001") ? [] : [text])),
    10,
  );
  await assert.rejects(losing.burst(times(5)), /heard message 2 in place of 1/);
});

test("paced messages are timed until the last member has each", async () => {
  const crowd = await Crowd.open(
    ground((text) => [text]),
    5,
  );
  const took = await crowd.paced(10, 1);
  assert.equal(took.length, 10);
  assert.ok(took.every((ms) => ms >= 0));
});
