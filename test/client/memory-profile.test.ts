import assert from "node:assert/strict";
import { test } from "node:test";

import { MemoryProfile, ProfileFailure } from "../../src/client/memory-profile.ts";
import { profileContract } from "./profile-contract.ts";

const identity = {
  personSeed: new Uint8Array(32).fill(1),
  deviceSecret: new Uint8Array(32).fill(2),
  deviceId: new Uint8Array(16).fill(4),
};

profileContract("MemoryProfile", () => {
  let isSmall = false;
  const profile = new MemoryProfile(identity, countingDice(), {
    fault: (operations) => isSmall && operations.length > 50,
  });
  return {
    open(small = false) {
      isSmall = small;
      return profile;
    },
    crash: () => {},
  };
});

test("a profile closed before it was ever loaded still gets an epoch from the dice", () => {
  const profile = new MemoryProfile(identity, countingDice());
  profile.close();
  assert.deepEqual(profile.load().epoch, new Uint8Array(8).fill(1));
});

test("the fault is shown the batch, and decides whether it is committed", () => {
  const seen: unknown[] = [];
  const profile = new MemoryProfile(identity, countingDice(), { fault: (operations) => seen.push(operations) > 0 });
  const batch = [{ kind: "pinPerson", pin: { nameKey: "a", name: "a", personKey: identity.personSeed } }] as const;
  assert.throws(() => profile.apply(batch), ProfileFailure);
  assert.deepEqual(seen, [batch]);
  assert.deepEqual(profile.load().personPins, []);
});

function countingDice() {
  let throws = 0;
  return (length: number) => new Uint8Array(length).fill(++throws);
}
