import assert from "node:assert/strict";
import { test } from "node:test";

import { toHex } from "#bytes";
import { certifyDevice } from "#chat";
import { signingKey } from "#crypto";
import { Random } from "#sim";

import { ASK_AGAIN_MS, GAP_MS, MAIL_MS } from "../../src/client/gaps.ts";
import { Inbox, MOST_WAITING } from "../../src/client/inbox.ts";
import { Journal } from "../../src/client/journal.ts";
import { MOST_KEPT } from "../../src/client/kept-texts.ts";
import { MemoryProfile } from "../../src/client/memory-profile.ts";
import type { ProfileOperation } from "../../src/client/profile.ts";
import { MOST_EPOCHS, MOST_SENDERS } from "../../src/client/senders.ts";
import type { Via } from "../../src/client/via.ts";
import { bytes } from "./records.ts";

const ann = bytes(1, 32);
const identity = { personSeed: ann, deviceSecret: ann, mailSecret: ann, deviceId: bytes(1, 16) };

const device = certifyDevice(signingKey(ann), {
  deviceId: bytes(1, 16),
  staticKey: ann,
  mailKey: ann,
  issuedMs: 0,
});

function mailed(number: number, mailedAtMs?: number): Via {
  return { kind: "mail", number, mailedAtMs, device };
}

/** An inbox over a profile whose disk answers when `commit` says so. */
class Desk {
  readonly profile: MemoryProfile;
  readonly told: string[] = [];
  readonly operations: ProfileOperation[] = [];
  isChanged = false;
  hasRoom = true;
  /** Whether there is a server that keeps mail. */
  hasMailbox = false;
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
      show: ({ text, mailedAtMs }, isLate) =>
        this.told.push(`${isLate ? "late" : "show"} ${text}${mailedAtMs === undefined ? "" : ` of ${mailedAtMs}`}`),
      kept: ({ text }) => this.told.push(`kept ${text}`),
      askMail: () => this.hasMailbox && this.told.push("mail?") > 0,
      collected: ({ number }, id) => this.told.push(`collect ${number} for ${id[0]}`),
      refused: ({ number }) => this.told.push(`refused ${number}`),
      fetchAgain: () => this.told.push("fetch"),
      missing: (_, epoch, from) => this.told.push(`missing ${epoch[0]}/${from}`),
      receipts: (_, ids) => this.told.push(`receipts ${ids.map((id) => id[0]).join(" ")}`),
    });
    this.inbox.start(now);
    return this.inbox;
  }

  hear(
    number: number,
    now = 0,
    changes: {
      floor?: number;
      epoch?: number;
      hasEarlier?: boolean;
      key?: Uint8Array;
      id?: Uint8Array;
      isHeld?: boolean;
      sentAtMs?: number;
      via?: Via;
    } = {},
  ): void {
    const {
      floor = 1,
      epoch = 1,
      hasEarlier = false,
      key = ann,
      id = bytes(number, 16),
      isHeld = false,
      sentAtMs = 5,
      via = { kind: "direct" },
    } = changes;
    const message = {
      kind: "text",
      messageId: id,
      epoch: bytes(epoch, 8),
      number,
      floor,
      hasEarlier,
      sentAtMs,
      text: `${number}`,
    } as const;
    this.inbox.receive({ key, name: "ann", isHeld }, message, via, 9, now);
  }

  /** As `hear`, from a letter of that number at the server. */
  fetch(letter: number, number: number, changes: Parameters<Desk["hear"]>[2] & { mailedAtMs?: number } = {}): void {
    this.hear(number, 0, { ...changes, via: mailed(letter, changes.mailedAtMs) });
  }

  commit(now = 0): void {
    for (let batch = this.journal.take(); batch !== undefined; batch = this.journal.take()) {
      this.operations.push(...batch);
      this.journal.applied(this.profile.apply(batch), now);
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
    if (underWay !== undefined) desk.journal.applied(desk.profile.apply(underWay), 0);
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
  desk.journal.applied(desk.profile.apply(first), 0);
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
  assert.deepEqual(desk.heard(), ["fetch", "show 1", "show 2", "receipts 1 2"]);
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
  assert.deepEqual(desk.heard(), ["fetch", "show 1", "receipts 1"]);
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
  assert.deepEqual([progress.length, unshown.length], [MOST_SENDERS, 1]);
  const [first, second] = progress.map(({ fromKey }) => toHex(fromKey));
  assert.deepEqual([first, second], [toHex(key(0)), toHex(key(11))]);
});

test("a letter is collected by its number once it is safe, and shown with its time", () => {
  const desk = new Desk();
  desk.fetch(70, 1, { mailedAtMs: 1234 });
  assert.deepEqual(desk.heard(), []);
  desk.commit();
  assert.deepEqual(desk.heard(), ["collect 70 for 1", "show 1 of 1234"]);
  desk.fetch(71, 2);
  desk.commit();
  assert.deepEqual(desk.heard(), ["collect 71 for 2", "show 2"]);
});

test("what comes both ways is shown once, and acknowledged both ways when it is safe", () => {
  for (const first of ["direct", "mail"]) {
    const desk = new Desk();
    if (first === "direct") desk.hear(1);
    desk.fetch(70, 1);
    if (first === "mail") desk.hear(1);
    desk.commit();
    assert.deepEqual(desk.heard().toSorted(), ["collect 70 for 1", "receipts 1", "show 1"], `${first} first`);
    assert.equal(desk.inbox.tally.duplicatesDropped, 1);
  }
});

test("behind a gap, too: each way that it came before it was safe is acknowledged afterwards", () => {
  const desk = new Desk();
  desk.hear(2);
  desk.fetch(70, 2);
  desk.fetch(71, 2);
  desk.hear(2);
  assert.deepEqual(desk.heard(), ["missing 1/1"]);
  desk.commit();
  assert.deepEqual(desk.heard(), ["collect 70 for 2", "collect 71 for 2", "receipts 2"]);
});

test("a gap: the server is asked for mail first, and the sender only when all mail is here", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.hear(2);
  desk.hear(3);
  desk.commit();
  assert.deepEqual(desk.heard(), ["mail?", "receipts 2 3"]);
  desk.inbox.wake(GAP_MS);
  assert.deepEqual(desk.heard(), []);
  desk.inbox.mailCame(GAP_MS);
  assert.deepEqual(desk.heard(), ["missing 1/1"]);
  assert.equal(desk.inbox.deadline, 2 * GAP_MS);
  desk.inbox.wake(2 * GAP_MS);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 2", "show 3"]);
  assert.equal(desk.inbox.tally.gapsGivenUp, 1);
});

const later = { epoch: 2, hasEarlier: true, id: bytes(21, 16) };

test("what a sender says after a crash waits for the mail of before, acknowledged; without any it does not", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.hear(1, 0, { epoch: 3, id: bytes(31, 16) });
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "receipts 31"]);
  desk.hear(1, 0, later);
  desk.commit();
  assert.deepEqual(desk.heard(), ["mail?", "receipts 21"]);
  desk.fetch(70, 7, { floor: 7, mailedAtMs: 77 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["collect 70 for 7", "show 7 of 77"]);
  desk.inbox.mailCame(0);
  desk.hear(2, 0, { ...later, id: bytes(22, 16) });
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "show 2", "receipts 22"]);
  assert.equal(desk.inbox.deadline, Number.POSITIVE_INFINITY);
});

test("what was kept when its turn came is shown in the order of the sends after a restart, across epochs, too", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.inbox.setKeeping(true, 0);
  desk.hear(1, 0, { ...later, sentAtMs: 20 });
  desk.commit();
  desk.fetch(70, 7, { floor: 7, sentAtMs: 10 });
  desk.inbox.mailCame(0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["mail?", "receipts 21", "collect 70 for 7", "kept 7", "kept 1"]);
  desk.start(100);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 7", "show 1"]);
});

test("a letter of a later epoch comes behind those of before: it waits for nothing", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.fetch(71, 1, { ...later, mailedAtMs: 78 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["collect 71 for 21", "show 1 of 78"]);
});

test("mail of before that does not come is waited for 5 s, over a restart, too, and no sender is asked for it", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.hear(1, 0, later);
  desk.commit();
  desk.inbox.mailStopped(10);
  desk.inbox.wake(9 + GAP_MS);
  desk.commit();
  assert.deepEqual(desk.heard(), ["mail?", "receipts 21"]);
  desk.hasMailbox = false;
  desk.start(100);
  desk.commit();
  assert.deepEqual([desk.heard(), desk.inbox.deadline], [[], 100 + GAP_MS]);
  desk.inbox.wake(100 + GAP_MS);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1"]);
  const another = new Desk();
  another.hear(1, 0, later);
  another.commit();
  another.heard();
  another.inbox.mailCame(1);
  another.commit();
  assert.deepEqual(another.heard(), ["show 1"]);
});

test("mail that fills the gap lets go what waits, and nobody else is asked", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.hear(2);
  desk.commit();
  desk.fetch(70, 1, { mailedAtMs: 77 });
  desk.inbox.mailCame(0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["mail?", "receipts 2", "collect 70 for 1", "show 1 of 77", "show 2"]);
  assert.equal(desk.inbox.deadline, Number.POSITIVE_INFINITY);
  const { gapsFilledByMail, gapsFilledBySender, gapsGivenUp } = desk.inbox.tally;
  assert.deepEqual([gapsFilledByMail, gapsFilledBySender, gapsGivenUp], [1, 0, 0]);
});

test("a server whose mail never ends holds up a gap for 30 s, no longer", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.hear(2);
  desk.commit();
  assert.equal(desk.inbox.deadline, MAIL_MS);
  desk.inbox.wake(MAIL_MS);
  assert.deepEqual(desk.heard(), ["mail?", "receipts 2", "missing 1/1"]);
});

test("mail of a changed key is stored, and neither collected nor shown before trust; then it is fetched again", () => {
  const desk = new Desk();
  desk.fetch(70, 1, { isHeld: true, mailedAtMs: 5 });
  desk.commit();
  desk.fetch(70, 1, { isHeld: true, mailedAtMs: 5 });
  desk.commit();
  assert.deepEqual(desk.heard(), []);
  assert.equal(desk.profile.load().unshown.length, 1);
  desk.inbox.trust(ann, 0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["fetch", "show 1 of 5", "receipts 1"]);
  desk.fetch(70, 1, { mailedAtMs: 5 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["collect 70 for 1"]);
});

test("mail that finds no room is not collected, and is to be fetched again", () => {
  const desk = new Desk();
  desk.hasRoom = false;
  desk.fetch(70, 1);
  desk.commit();
  assert.deepEqual([desk.heard(), desk.inbox.deadline], [["refused 70"], Number.POSITIVE_INFINITY]);
});

test("keeping: stored as not shown, acknowledged, told of, and shown in order afterwards, the late one as late", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.commit();
  desk.hear(5);
  desk.commit();
  desk.inbox.wake(GAP_MS);
  desk.commit();
  desk.heard();
  desk.inbox.setKeeping(true, 0);
  desk.hear(6);
  desk.hear(4);
  desk.fetch(70, 7, { mailedAtMs: 9 });
  desk.commit();
  assert.deepEqual(desk.heard(), ["kept 6", "kept 4", "collect 70 for 7", "kept 7", "receipts 6 4"]);
  assert.equal(desk.profile.load().unshown.length, 3);
  desk.inbox.setKeeping(false, 0);
  assert.deepEqual(desk.heard(), []);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 6", "late 4", "show 7 of 9"]);
  assert.equal(desk.profile.load().unshown.length, 0);
  desk.hear(8);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 8", "receipts 8"]);
});

test("keeping: one behind a gap is told of when its turn comes, and what was shown before is not kept", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.commit();
  desk.hear(3);
  desk.commit();
  desk.heard();
  desk.inbox.setKeeping(true, 0);
  desk.hear(1);
  desk.hear(2);
  desk.commit();
  assert.deepEqual(desk.heard(), ["kept 2", "kept 3", "receipts 1 2"]);
  desk.inbox.setKeeping(false, 0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 2", "show 3"]);
});

test("let go before it was safe: shown once it is, and not told as kept", () => {
  const desk = new Desk();
  desk.inbox.setKeeping(true, 0);
  desk.hear(1);
  desk.inbox.setKeeping(false, 0);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 1", "receipts 1"]);
});

test("what was kept and not shown is shown at the next start, and nothing is missed before it", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.commit();
  desk.inbox.setKeeping(true, 0);
  for (const number of [2, 3]) desk.hear(number);
  desk.commit();
  desk.heard();
  desk.start(0);
  desk.hear(4);
  desk.commit();
  assert.deepEqual(desk.heard(), ["show 2", "show 3", "show 4", "receipts 4"]);
});

test("posts that were never shown are none of the inbox's", () => {
  const desk = new Desk();
  const post = { channel: "g", mailedAtMs: undefined, messageId: bytes(9, 16), fromName: "ann", fromKey: ann };
  const rest = { epoch: new Uint8Array(8), number: 0, sentAtMs: 1, receivedAtMs: 1, text: "post" };
  desk.profile.apply([{ kind: "putIncoming", message: { ...post, ...rest }, isShown: false }]);
  desk.start(0);
  desk.commit();
  assert.deepEqual(desk.heard(), []);
});

test("of one sender so many texts are kept; the next is asked for later, or fetched, and others are heard", () => {
  const desk = new Desk();
  desk.inbox.setKeeping(true, 0);
  const id = (n: number): Uint8Array => bytes(n & 255, 16).fill(n >> 8, 8);
  for (let n = 1; n <= MOST_KEPT; n++) desk.hear(n, 0, { id: id(n) });
  desk.commit();
  assert.equal(desk.heard().filter((told) => told.startsWith("kept")).length, MOST_KEPT);
  desk.hear(MOST_KEPT + 1, 0, { id: id(MOST_KEPT + 1) });
  desk.fetch(7, MOST_KEPT + 1, { id: id(MOST_KEPT + 1) });
  desk.hear(1, 0, { key: bytes(2, 32), id: bytes(2, 16) });
  desk.commit();
  assert.deepEqual(desk.heard(), ["refused 7", "kept 1", "receipts 2"]);
  desk.inbox.setKeeping(false, 0);
  desk.inbox.wake(ASK_AGAIN_MS);
  desk.hear(MOST_KEPT + 1, ASK_AGAIN_MS, { id: id(MOST_KEPT + 1) });
  desk.commit();
  const heard = desk.heard();
  assert.ok(heard.includes(`missing 1/${MOST_KEPT + 1}`) && heard.includes(`show ${MOST_KEPT + 1}`));
});
