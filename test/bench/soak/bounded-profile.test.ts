// That the soak run's profile answers as the one in memory does, for a mixed life of it, and that what it knows of ids is
// bounded and each client's own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type IncomingRecord, MemoryProfile, type OutgoingRecord, type ProfileOperation } from "#client";
import { Random } from "#sim";

import { BoundedProfile } from "../../../bench/soak/bounded-profile.ts";
import { KnownIds } from "../../../bench/soak/known-ids.ts";

test("it answers as MemoryProfile, over clean and unclean ends", () => {
  for (let seed = 0; seed < 20; seed++) {
    const bounded = new BoundedProfile(3, new KnownIds(10_000), new Random(seed, "dice").dice);
    const dice = new Random(seed, "dice").dice;
    const identity = { personSeed: dice(32), deviceSecret: dice(32), deviceId: dice(16) };
    const memory = new MemoryProfile(identity, dice);
    const random = new Random(seed, "life");
    const ids = Array.from({ length: 12 }, () => random.dice(16));
    const keys = Array.from({ length: 3 }, () => random.dice(32));
    for (let life = 0; life < 5; life++) {
      const state = bounded.load();
      assert.deepEqual(state, memory.load());
      for (let i = 0; i < 30; i++) {
        const operation = someOperation(random, ids, keys, state.epoch, i + 1);
        assert.deepEqual(bounded.apply([operation]), memory.apply([operation]), operation.kind);
      }
      if (random.chance(0.5)) for (const profile of [bounded, memory]) profile.close();
    }
  }
});

function someOperation(
  random: Random,
  ids: readonly Uint8Array[],
  keys: readonly Uint8Array[],
  epoch: Uint8Array,
  number: number,
): ProfileOperation {
  const id = random.below(ids.length);
  const messageId = ids[id] ?? new Uint8Array(16);
  // Each id has one sender.
  const key = keys[id % keys.length] ?? new Uint8Array(32);
  const outgoing: OutgoingRecord = { messageId, toName: "bob", toKey: key, epoch, number, sentAtMs: 1, text: "hi" };
  const said = { messageId, sentAtMs: 1, text: "hi" };
  const incoming: IncomingRecord = {
    ...said,
    channel: undefined,
    mailedAtMs: undefined,
    fromName: "bob",
    fromKey: key,
    epoch,
    number,
    receivedAtMs: 2,
  };
  const operations: readonly ProfileOperation[] = [
    { kind: "pinPerson", pin: { nameKey: "bob", name: "bob", personKey: key } },
    { kind: "pinServer", pin: { address: "a:1", identityKey: key, staticKey: key } },
    // Ids of what goes out and what comes in are different ones.
    ...(id < 6
      ? ([
          { kind: "putOutgoing", message: outgoing },
          { kind: "endOutgoing", messageId, end: random.chance(0.5) ? "saved" : "received", atMs: 3 },
          { kind: "endKept", messageId, end: "received", atMs: 4 },
        ] as const)
      : ([
          { kind: "putIncoming", message: incoming, isShown: random.chance(0.5) },
          { kind: "markShown", fromKey: key, messageId },
        ] as const)),
    { kind: "putSent", message: { ...said, channel: "lab", messageId: random.dice(16) } },
    { kind: "putMailKey", mailKey: { secret: random.dice(32), createdAtMs: number } },
    { kind: "dropMailKey", secret: key },
    { kind: "putProgress", progress: { fromKey: key, epoch, next: number } },
    { kind: "dropProgress", fromKey: key, epoch },
  ];
  return random.pick(operations) ?? { kind: "dropMailKey", secret: key };
}

test("an id is new once for each owner, and there is an end of the room", () => {
  const known = new KnownIds(100);
  const random = new Random(1, "ids");
  const ids = Array.from({ length: 50 }, () => random.dice(16));
  for (const id of ids) assert.equal(known.add(1, id), true);
  for (const id of ids) assert.equal(known.add(1, id), false);
  for (const id of ids) assert.equal(known.add(2, id), true);
  assert.equal(known.add(1, new Uint8Array(16)), true);
  assert.equal(known.add(1, new Uint8Array(16)), false);
  assert.throws(() => {
    for (let i = 0; i < 1000; i++) known.add(3, random.dice(16));
  }, RangeError);
});
