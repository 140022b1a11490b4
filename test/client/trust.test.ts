import assert from "node:assert/strict";
import { test } from "node:test";

import { EventQueue } from "../../src/client/event-queue.ts";
import { Journal } from "../../src/client/journal.ts";
import { Pins } from "../../src/client/pins.ts";
import { Trust } from "../../src/client/trust.ts";
import { bytes } from "./records.ts";

const [ann, eve, mallory] = [bytes(1, 32), bytes(2, 32), bytes(3, 32)];

/** Ann is pinned, something of `heldNames` and `heldPosts` and for `recipients` waits; what the others are told is noted. */
function desk(
  heldNames: readonly string[] = [],
  recipients: readonly { name: string; key: Uint8Array }[] = [],
  heldPosts: readonly string[] = [],
) {
  const events = new EventQueue();
  const calls: string[] = [];
  const pins = new Pins([{ nameKey: "ann", name: "ann", personKey: ann }], new Journal());
  const inbox = {
    isHeld: () => false,
    heldNames: new Set(heldNames),
    trust: (key: Uint8Array) => void calls.push(`show ${key[0]}`),
  };
  const outbox = {
    isHeld: (key: Uint8Array) => calls.includes(`hold ${key[0]}`),
    recipients,
    setHeld: (key: Uint8Array, isHeld: boolean) => void calls.push(`${isHeld ? "hold" : "let go"} ${key[0]}`),
  };
  const posts = {
    isHeld: (key: Uint8Array) => calls.includes(`held post of ${key[0]}`),
    heldNames: new Set(heldPosts),
    trust: (key: Uint8Array) => void calls.push(`show posts ${key[0]}`),
  };
  const told = (): readonly string[] => {
    const names: string[] = [];
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      if (event.kind === "keyChanged") names.push(event.name);
    }
    return names;
  };
  return { trust: new Trust({ pins, inbox, outbox, posts, events }), calls, told };
}

test("a changed key is told of once; once it is accepted, another change is told of again", () => {
  const { trust, calls, told } = desk();
  assert.deepEqual([trust.mustHold("ann", ann), trust.mustHold("bob", eve), told()], [false, false, []]);
  assert.deepEqual([trust.mustHold("Ann", eve), trust.mustHold("ann", eve), told()], [true, true, ["Ann"]]);
  assert.deepEqual(
    [trust.accept({ name: "ann", personKey: eve }, 0), calls],
    [true, ["let go 2", "show 2", "show posts 2"]],
  );
  assert.equal(trust.accept({ name: "ann", personKey: eve }, 0), false);
  assert.deepEqual([trust.mustHold("ann", mallory), told()], [true, ["ann"]]);
});

test("what a profile kept for a key that has changed is held, and all that waits is told of, a name once", () => {
  const recipients = [
    { name: "ann", key: eve },
    { name: "bob", key: mallory },
  ];
  const { trust, calls, told } = desk(["carl", "ann"], recipients, ["eve", "carl"]);
  trust.holdKept(0);
  assert.deepEqual(calls, ["hold 2"]);
  trust.tellHeld();
  assert.deepEqual(told(), ["carl", "ann", "eve"]);
  assert.deepEqual([trust.isChanged("dan", eve), trust.isChanged("dan", mallory)], [true, false]);
  calls.push("held post of 3");
  assert.equal(trust.isChanged("dan", mallory), true);
});
