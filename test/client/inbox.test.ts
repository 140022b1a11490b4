import assert from "node:assert/strict";
import { test } from "node:test";

import { toHex } from "#bytes";
import { Random } from "#sim";

import { ASK_AGAIN_MS, GAP_MS, Inbox, MOST_WAITING } from "../../src/client/inbox.ts";
import { Journal } from "../../src/client/journal.ts";
import { MemoryProfile } from "../../src/client/memory-profile.ts";
import type { ProfileOperation } from "../../src/client/profile.ts";
import { MOST_EPOCHS, MOST_SENDERS } from "../../src/client/senders.ts";
import { bytes } from "./records.ts";

const ann = bytes(1, 32);
const identity = { personSeed: ann, deviceSecret: ann, mailSecret: ann, deviceId: bytes(1, 16) };

/** An inbox over a profile whose disk answers when `commit` says so. */
class Desk {
  readonly profile: MemoryProfile;
  readonly told: string[] = [];
  readonly operations: ProfileOperation[] = [];
  isChanged = false;
  hasRoom = true;
  journal = new Journal();
  inbox: Inbox;

  constructor(profile = new MemoryProfile(identity, new Random(1, "inbox").dice)) {
    this.profile = profile;
    this.inbox = this.start(0);
  }

  /** As after a crash: only what the profile has is left. */
  start(now: number): Inbox {
    this.journal = new Journal();
    this.inbox = new Inbox(this.journal, this.profile.load(), {
      isChanged: () => this.isChanged,
      hasRoom: () => this.hasRoom,
      show: ({ text }, isLate) => this.told.push(isLate ? `late ${text}` : `show ${text}`),
      missing: (_, epoch, from) => this.told.push(`missing ${epoch[0]}/${from}`),
      receipts: (_, ids) => this.told.push(`receipts ${ids.map((id) => id[0]).join(" ")}`),
    });
    this.inbox.start(now);
    return this.inbox;
  }

  hear(
    number: number,
    now = 0,
    changes: { floor?: number; epoch?: number; key?: Uint8Array; id?: Uint8Array; isHeld?: boolean } = {},
  ): void {
    const { floor = 1, epoch = 1, key = ann, id = bytes(number, 16), isHeld = false } = changes;
    const message = {
      kind: "text",
      messageId: id,
      epoch: bytes(epoch, 8),
      number,
      floor,
      sentAtMs: 5,
      text: `${number}`,
    } as const;
    this.inbox.receive({ key, name: "ann", isHeld }, message, 9, now);
  }

  commit(now = 0): void {
    for (let batch = this.journal.take(); batch !== undefined; batch = this.journal.take()) {
      this.operations.push(...batch);
      this.journal.applied(this.profile.applyNow(batch), now);
    }
    this.inbox.flush();
  }

  /** What was told since the last look. */
  heard(): readonly string[] {
    return this.told.splice(0);
  }
}

test("a message is stored, then acknowledged and shown; never before the store's word", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.inbox.flush();
  assert.deepEqual(desk.heard(), []);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "receipts 1"]);
  assert.deepEqual(
    desk.operations.map(({ kind }) => kind),
    ["putIncoming", "putProgress"],
  );
});

test("one that waits behind a gap is not acknowledged before it is stored, either", () => {
  const desk = new Desk();
  desk.hear(2);
  desk.hear(2);
  desk.inbox.flush();
  assert.deepEqual(desk.heard(), ["missing 1/1"]);
  desk.commit();
  assert.deepEqual(desk.heard(), ["receipts 2"]);
});

test("what comes again is acknowledged again and not shown, also after a restart and with another number", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.commit();
  desk.heard();
  desk.hear(1);
  desk.commit();
  assert.deepEqual(desk.heard(), ["receipts 1"]);
  desk.start(0);
  desk.hear(1);
  desk.hear(2, 0, { id: bytes(1, 16) });
  desk.commit();
  assert.deepEqual(desk.heard(), ["receipts 1 1"]);
});

test("a gap waits and asks the sender once; when it is filled all is shown in order", () => {
  const desk = new Desk();
  for (const number of [3, 4, 2]) desk.hear(number);
  desk.commit();
  assert.deepEqual(desk.heard(), ["missing 1/1", "receipts 3 4 2"]);
  desk.hear(1);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "show 2", "show 3", "show 4", "receipts 1"]);
  assert.equal(desk.inbox.deadline, Number.POSITIVE_INFINITY);
});

test("the next gap is asked for, too, and waited for from then on", () => {
  const desk = new Desk();
  desk.hear(2);
  desk.hear(4);
  desk.commit();
  desk.hear(1, 3000);
  desk.commit(3000);
  assert.deepEqual(desk.heard(), ["missing 1/1", "receipts 2 4", "missing 1/3", "show 1", "show 2", "receipts 1"]);
  assert.equal(desk.inbox.deadline, 3000 + GAP_MS);
});

test("after 5 s what is there is shown, and the missing one when it comes, marked as late", () => {
  const desk = new Desk();
  desk.hear(2, 100);
  desk.commit(100);
  assert.equal(desk.inbox.deadline, 5100);
  desk.inbox.wake(5099);
  desk.commit();
  assert.deepEqual(desk.heard(), ["missing 1/1", "receipts 2"]);
  desk.inbox.wake(5100);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 2"]);
  desk.hear(1);
  desk.hear(1);
  desk.commit();
  assert.deepEqual(desk.heard(), ["late 1", "receipts 1 1"]);
});

test("the floor skips what will not come, and lets go what waited behind it", () => {
  const desk = new Desk();
  desk.hear(5, 0, { floor: 5 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 5", "receipts 5"]);
  desk.hear(8);
  desk.commit();
  desk.hear(9, 0, { floor: 8 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["missing 1/6", "receipts 8", "show 8", "show 9", "receipts 9"]);
});

test("a waiting one that comes again when it is next is shown all the same", () => {
  for (const isSafe of [true, false]) {
    const desk = new Desk();
    desk.hear(2);
    if (isSafe) desk.commit();
    const underWay = desk.journal.take();
    desk.hear(2, 0, { floor: 2 });
    if (underWay !== undefined) desk.journal.applied(desk.profile.applyNow(underWay), 0);
    desk.commit();
    assert.deepEqual(
      desk.heard().filter((told) => told.startsWith("show")),
      ["show 2"],
      `${isSafe}`,
    );
  }
});

test("one that comes while its first coming is on its way to the disk is not lost", () => {
  const desk = new Desk();
  desk.hear(2);
  const first = desk.journal.take() ?? [];
  desk.hear(1);
  desk.hear(2);
  desk.journal.applied(desk.profile.applyNow(first), 0);
  desk.commit();
  assert.deepEqual(
    desk.heard().filter((told) => told.startsWith("show")),
    ["show 1", "show 2"],
  );
});

test("held: stored, neither acknowledged nor shown until trust, then both", () => {
  const desk = new Desk();
  desk.hear(1, 0, { isHeld: true });
  desk.hear(2, 0, { isHeld: true });
  desk.commit();
  desk.hear(1, 0, { isHeld: true });
  desk.commit();
  assert.deepEqual([desk.heard(), desk.inbox.isHeld(ann)], [[], true]);
  assert.equal(desk.profile.load().unshown.length, 2);
  desk.inbox.trust(ann, 0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "show 2", "receipts 1 2"]);
  assert.equal(desk.inbox.isHeld(ann), false);
});

test("what was held stays held after a restart, and is named", () => {
  const desk = new Desk();
  desk.hear(1, 0, { isHeld: true });
  desk.commit();
  desk.isChanged = true;
  desk.start(0);
  desk.commit();
  assert.deepEqual([desk.heard(), [...desk.inbox.heldNames]], [[], ["ann"]]);
  desk.inbox.trust(ann, 0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "receipts 1"]);
});

test("what was kept behind a gap is shown once after a restart, 5 s later at most", () => {
  const desk = new Desk();
  desk.hear(2);
  desk.commit();
  desk.start(100);
  desk.heard();
  desk.inbox.wake(100 + GAP_MS);
  desk.commit();
  desk.start(0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 2"]);
});

test("behind a gap there is room for so many; the rest is not acknowledged, and asked for again", () => {
  const desk = new Desk();
  for (let number = 2; number < 2 + MOST_WAITING + 5; number++)
    desk.hear(number, 0, { id: bytes(number & 255, 16).fill(number >> 8, 8) });
  desk.commit();
  const receipts = desk.heard().flatMap((told) => (told.startsWith("receipts") ? told.split(" ").slice(1) : []));
  assert.equal(receipts.length, MOST_WAITING);
  assert.equal(desk.profile.load().unshown.length, MOST_WAITING);
  desk.inbox.wake(ASK_AGAIN_MS);
  assert.deepEqual(desk.heard(), ["missing 1/1"]);
});

test("without room to tell more nothing is taken in; the sender is asked again, and duplicates are acknowledged", () => {
  const desk = new Desk();
  desk.hear(2);
  desk.commit();
  desk.heard();
  desk.hasRoom = false;
  desk.hear(1);
  desk.hear(3);
  desk.hear(2);
  assert.equal(desk.journal.take(), undefined);
  desk.commit();
  assert.deepEqual(desk.heard(), ["receipts 2"]);
  assert.equal(desk.inbox.deadline, ASK_AGAIN_MS);
  desk.hasRoom = true;
  desk.inbox.wake(ASK_AGAIN_MS);
  desk.hear(1);
  desk.commit();
  assert.deepEqual(desk.heard(), ["missing 1/1", "show 1", "show 2", "receipts 1"]);
});

test("a sender who invents epochs is remembered by the last few, in the profile, too", () => {
  const desk = new Desk();
  for (let epoch = 1; epoch <= 3 * MOST_EPOCHS; epoch++) desk.hear(1, 0, { epoch, id: bytes(epoch, 16) });
  desk.commit();
  const kept = desk.profile.load().progress.map(({ epoch }) => epoch[0]);
  assert.deepEqual(
    kept,
    Array.from({ length: MOST_EPOCHS }, (_, i) => 2 * MOST_EPOCHS + 1 + i),
  );
  assert.equal(desk.heard().filter((told) => told.startsWith("show")).length, 3 * MOST_EPOCHS);
});

test("epochs with something waiting are not forgotten for new ones", () => {
  const desk = new Desk();
  for (let epoch = 1; epoch <= MOST_EPOCHS + 3; epoch++) desk.hear(2, 0, { epoch, id: bytes(epoch, 16) });
  desk.commit();
  assert.equal(desk.profile.load().unshown.length, MOST_EPOCHS);
  desk.inbox.wake(GAP_MS);
  desk.commit();
  assert.equal(desk.heard().filter((told) => told.startsWith("show")).length, MOST_EPOCHS);
});

test("an epoch that was forgotten goes on where the floor says, and shows nothing twice", () => {
  const desk = new Desk();
  for (const number of [1, 2]) desk.hear(number);
  for (let epoch = 2; epoch <= MOST_EPOCHS + 1; epoch++) desk.hear(1, 0, { epoch, id: bytes(100 + epoch, 16) });
  desk.commit();
  desk.heard();
  desk.hear(2, 0, { floor: 2 });
  desk.hear(3, 0, { floor: 2 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 3", "receipts 2 3"]);
});

test("of a crowd of senders the longest unheard is forgotten, unless something of it waits", () => {
  const desk = new Desk();
  const key = (i: number): Uint8Array => bytes(i & 255, 32).fill(i >> 8, 16);
  desk.hear(2, 0, { key: key(0) });
  for (let i = 1; i < MOST_SENDERS + 10; i++) desk.hear(1, 0, { key: key(i), id: key(i).subarray(8, 24) });
  desk.commit();
  const { progress, unshown } = desk.profile.load();
  assert.deepEqual([progress.length, unshown.length], [MOST_SENDERS - 1, 1]);
  assert.equal(toHex(progress[0]?.fromKey ?? ann), toHex(key(11)));
});
