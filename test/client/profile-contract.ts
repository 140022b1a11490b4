// What every Profile must keep, whatever it is made of. Run by the test of each implementation.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { EVERYBODY, type Profile, type ProfileOperation } from "../../src/client/profile.ts";
import {
  bytes,
  dropMailKey,
  endKept,
  endOutgoing,
  endOutgoingAs,
  incoming,
  mailKey,
  outgoing,
  putIncoming,
  putMailKey,
  putOutgoing,
  putSent,
  sent,
} from "./records.ts";

/** One place where a profile is kept, new at first. */
export interface ProfilePlace {
  /** The profile kept here. A small one has room for about 20 messages and no more. */
  open(isSmall?: boolean): Profile;
  /** Leaves the profile as a killed process would; the next `open` finds what it left. */
  crash(profile: Profile): void;
}

export function profileContract(name: string, makePlace: (t: TestContext) => ProfilePlace): void {
  const contract = (claim: string, check: (place: ProfilePlace) => Promise<void>) =>
    test(`${name}: ${claim}`, (t) => check(makePlace(t)));

  contract("a new profile has an identity, an epoch and nothing else", async (place) => {
    const { identity, epoch, ...rest } = place.open().load();
    const lengths = [identity.personSeed, identity.deviceSecret, identity.deviceId];
    assert.deepEqual([lengths.map((each) => each.length), epoch.length], [[32, 32, 16], 8]);
    assert.deepEqual(rest, {
      personPins: [],
      serverPins: [],
      outbox: [],
      kept: [],
      mailKeys: [],
      lastNumbers: [],
      unshown: [],
      progress: [],
    });
  });

  contract("identity and epoch stay over a clean end", async (place) => {
    const profile = place.open();
    const before = profile.load();
    profile.close();
    const after = place.open().load();
    assert.deepEqual([after.identity, after.epoch], [before.identity, before.epoch]);
  });

  contract("a crash keeps the identity and begins a new epoch, each time", async (place) => {
    const states = [];
    for (let i = 0; i < 3; i++) {
      const profile = place.open();
      states.push(profile.load());
      place.crash(profile);
    }
    assert.equal(new Set(states.map(({ epoch }) => String(epoch))).size, 3);
    assert.equal(new Set(states.map(({ identity }) => String(identity.personSeed))).size, 1);
  });

  contract("after a crash and a clean end the epoch stays, until the next crash", async (place) => {
    const profile = place.open();
    profile.load();
    place.crash(profile);
    const second = place.open();
    const { epoch } = second.load();
    second.close();
    const third = place.open();
    assert.deepEqual(third.load().epoch, epoch);
    place.crash(third);
    assert.notDeepEqual(place.open().load().epoch, epoch);
  });

  contract("pins are kept by name and by address, the last one of each", async (place) => {
    const profile = place.open();
    profile.load();
    const person = { nameKey: "ann", name: "Ann", personKey: bytes(1, 32) };
    const renamed = { ...person, name: "ANN", personKey: bytes(4, 32) };
    const server = { address: "192.0.2.1:4000", identityKey: bytes(2, 32), staticKey: bytes(3, 32) };
    const results = profile.apply([
      { kind: "pinPerson", pin: person },
      { kind: "pinPerson", pin: { ...person, nameKey: "bob" } },
      { kind: "pinPerson", pin: renamed },
      { kind: "pinServer", pin: server },
      { kind: "pinServer", pin: { ...server, identityKey: bytes(5, 32), staticKey: bytes(6, 32) } },
    ]);
    assert.deepEqual(results, ["done", "done", "done", "done", "done"]);
    const { personPins, serverPins } = profile.load();
    assert.deepEqual(personPins, [renamed, { ...person, nameKey: "bob" }]);
    assert.deepEqual(serverPins, [{ ...server, identityKey: bytes(5, 32), staticKey: bytes(6, 32) }]);
  });

  contract("the outbox keeps what has not ended, in the order typed", async (place) => {
    const profile = place.open();
    profile.load();
    profile.apply([3, 1, 2].map((n) => putOutgoing(outgoing(n))));
    assert.deepEqual(profile.apply([endOutgoing(1)]), ["done"]);
    assert.deepEqual(profile.load().outbox, [outgoing(3), outgoing(2)]);
  });

  contract("a message ends once", async (place) => {
    const profile = place.open();
    profile.load();
    const end = endOutgoing(1);
    assert.deepEqual(profile.apply([end, putOutgoing(outgoing(1)), end, end]), ["missing", "done", "done", "missing"]);
  });

  contract("an id of our own is put once, also when it has ended", async (place) => {
    const profile = place.open();
    profile.load();
    const other = putOutgoing({ ...outgoing(1), text: "other" });
    const batch = [putOutgoing(outgoing(1)), other, endOutgoing(1), other];
    assert.deepEqual(profile.apply(batch), ["done", "duplicate", "done", "duplicate"]);
    assert.deepEqual(profile.load().outbox, []);
  });

  contract("the highest number of each recipient in the epoch is kept, also of what has ended", async (place) => {
    const profile = place.open();
    const { epoch } = profile.load();
    const to = (n: number, toKey: Uint8Array, number: number) => putOutgoing({ ...outgoing(n), toKey, epoch, number });
    const ann = bytes(11, 32);
    const bob = bytes(12, 32);
    profile.apply([to(1, ann, 1), to(2, ann, 3), to(3, bob, 1), to(4, ann, 2), endOutgoing(2)]);
    profile.apply([putOutgoing({ ...outgoing(5), toKey: bob, epoch: bytes(99, 8), number: 50 })]);
    profile.close();
    const numbers = place
      .open()
      .load()
      .lastNumbers.map(({ toKey, number }) => [toKey, number]);
    assert.deepEqual(numbers, [
      [ann, 3],
      [bob, 1],
    ]);
  });

  contract("a put that is a duplicate uses no number", async (place) => {
    const profile = place.open();
    const { epoch } = profile.load();
    const message = { ...outgoing(1), epoch, number: 1 };
    profile.apply([putOutgoing(message), putOutgoing({ ...message, number: 7 })]);
    profile.close();
    assert.deepEqual(place.open().load().lastNumbers, [{ toKey: message.toKey, number: 1 }]);
  });

  contract("a new epoch has used no numbers, and the outbox keeps the old epoch's messages", async (place) => {
    const profile = place.open();
    const message = { ...outgoing(1), epoch: profile.load().epoch, number: 1 };
    profile.apply([putOutgoing(message)]);
    place.crash(profile);
    const { lastNumbers, outbox } = place.open().load();
    assert.deepEqual([lastNumbers, outbox], [[], [message]]);
  });

  contract("an incoming message is put once, whether shown or not", async (place) => {
    const profile = place.open();
    profile.load();
    const results = profile.apply([
      putIncoming(incoming(1), false),
      putIncoming({ ...incoming(1), text: "other" }, false),
      putIncoming(incoming(2), true),
      putIncoming(incoming(2), false),
      putIncoming({ ...incoming(1), fromKey: bytes(50, 32) }, true),
    ]);
    assert.deepEqual(results, ["done", "duplicate", "done", "duplicate", "done"]);
    assert.deepEqual(profile.load().unshown, [incoming(1)]);
  });

  contract("what waits to be shown waits in the order stored, and is shown once", async (place) => {
    const profile = place.open();
    profile.load();
    profile.apply([3, 1, 2].map((n) => putIncoming(incoming(n), false)));
    const show = (n: number): ProfileOperation => ({
      kind: "markShown",
      fromKey: bytes(n + 2, 32),
      messageId: bytes(n, 16),
    });
    assert.deepEqual(profile.apply([show(1), show(1), show(9)]), ["done", "missing", "missing"]);
    assert.deepEqual(profile.load().unshown, [incoming(3), incoming(2)]);
    assert.deepEqual(profile.apply([putIncoming(incoming(1), false)]), ["duplicate"]);
  });

  contract("a message to oneself is both outgoing and incoming", async (place) => {
    const profile = place.open();
    profile.load();
    const self = { ...incoming(1), messageId: outgoing(1).messageId, fromKey: outgoing(1).toKey };
    const batch = [putOutgoing(outgoing(1)), putIncoming(self, false), endOutgoing(1)];
    assert.deepEqual(profile.apply(batch), ["done", "done", "done"]);
    const { outbox, unshown } = profile.load();
    assert.deepEqual([outbox, unshown], [[], [self]]);
  });

  contract("progress is kept by sender and epoch", async (place) => {
    const profile = place.open();
    profile.load();
    const at = (from: number, of: number, next: number) => ({ fromKey: bytes(from, 32), epoch: bytes(of, 8), next });
    const puts = [at(1, 1, 2), at(1, 2, 1), at(2, 1, 5), at(1, 1, 3)];
    profile.apply(puts.map((progress) => ({ kind: "putProgress", progress })));
    assert.deepEqual(profile.load().progress, [at(1, 1, 3), at(1, 2, 1), at(2, 1, 5)]);
  });

  contract("progress that is dropped is forgotten, and that of others stays", async (place) => {
    const profile = place.open();
    profile.load();
    const [fromKey, epoch] = [bytes(1, 32), bytes(1, 8)];
    const others = [
      { fromKey, epoch: bytes(2, 8), next: 4 },
      { fromKey: bytes(2, 32), epoch, next: 5 },
    ];
    const puts = [{ fromKey, epoch, next: 3 }, ...others].map((progress) => ({
      kind: "putProgress" as const,
      progress,
    }));
    const drop = { kind: "dropProgress" as const, fromKey, epoch };
    assert.deepEqual(profile.apply([...puts, drop, drop]), ["done", "done", "done", "done", "missing"]);
    assert.deepEqual(profile.load().progress, others);
  });

  contract("what the server keeps is kept until its receipt, in the order typed, and ends once", async (place) => {
    const profile = place.open();
    profile.load();
    profile.apply([4, 1, 2, 3, 5].map((n) => putOutgoing(outgoing(n))));
    const ends = [
      endOutgoingAs(1, "exists"),
      endOutgoingAs(4, "saved"),
      endOutgoingAs(3, "refused"),
      endOutgoingAs(4, "saved"),
    ];
    assert.deepEqual(profile.apply([endKept(4), ...ends]), ["missing", "done", "done", "done", "missing"]);
    const { outbox, kept } = profile.load();
    assert.deepEqual(outbox, [outgoing(2), outgoing(5)]);
    assert.deepEqual(kept, [
      { ...outgoing(4), end: "saved" },
      { ...outgoing(1), end: "exists" },
    ]);
    const more = [endKept(4), endKept(4, "expired"), endKept(1, "expired"), endKept(2), endKept(3), endKept(9)];
    assert.deepEqual(profile.apply(more), ["done", "missing", "done", "missing", "missing", "missing"]);
    const again = [endOutgoing(4), endOutgoing(1), putOutgoing(outgoing(4)), putOutgoing(outgoing(1))];
    assert.deepEqual(profile.apply(again), ["missing", "missing", "duplicate", "duplicate"]);
    const after = profile.load();
    assert.deepEqual([after.outbox, after.kept], [[outgoing(2), outgoing(5)], []]);
  });

  contract("posts of our own are no messages that wait, and their ids are used", async (place) => {
    const profile = place.open();
    profile.load();
    const batch = [putSent(sent(1, EVERYBODY)), putSent(sent(1, "group")), putSent(sent(2, "group"))];
    assert.deepEqual(profile.apply(batch), ["done", "duplicate", "done"]);
    const more = [putOutgoing(outgoing(1)), endOutgoingAs(1, "saved"), endKept(2), putOutgoing(outgoing(3))];
    assert.deepEqual(profile.apply(more), ["duplicate", "missing", "missing", "done"]);
    assert.deepEqual(profile.apply([putSent(sent(3, "group"))]), ["duplicate"]);
    const { outbox, kept, unshown, lastNumbers } = profile.load();
    assert.deepEqual([outbox, kept, unshown, lastNumbers], [[outgoing(3)], [], [], []]);
  });

  contract("posts and mail that wait to be shown come back as they were", async (place) => {
    const profile = place.open();
    profile.load();
    const zeros = { epoch: bytes(0, 8), number: 0 };
    const messages = [
      { ...incoming(3), ...zeros, channel: EVERYBODY, mailedAtMs: 1_700_000_000_001 },
      { ...incoming(1), mailedAtMs: 0 },
      { ...incoming(2), ...zeros, channel: "Group" },
      incoming(4),
    ];
    profile.apply(messages.map((message) => putIncoming(message, false)));
    profile.apply([putIncoming({ ...incoming(5), ...zeros, channel: EVERYBODY }, true)]);
    assert.deepEqual(profile.load().unshown, messages);
    const { fromKey, messageId } = incoming(2);
    assert.deepEqual(profile.apply([putIncoming(incoming(2), true), { kind: "markShown", fromKey, messageId }]), [
      "duplicate",
      "done",
    ]);
  });

  contract("mail keys are kept in the order made, and dropped for good", async (place) => {
    const profile = place.open();
    profile.load();
    assert.deepEqual(profile.apply([putMailKey(5), putMailKey(2), putMailKey(9), putMailKey(5)]), [
      "done",
      "done",
      "done",
      "duplicate",
    ]);
    assert.deepEqual(profile.load().mailKeys, [mailKey(5), mailKey(2), mailKey(9)]);
    assert.deepEqual(profile.apply([dropMailKey(9), dropMailKey(9), putMailKey(1), dropMailKey(5)]), [
      "done",
      "missing",
      "done",
      "done",
    ]);
    profile.close();
    assert.deepEqual(place.open().load().mailKeys, [mailKey(2), mailKey(1)]);
  });

  contract("texts come back as they were, whatever is in them", async (place) => {
    const profile = place.open();
    profile.load();
    const texts = [
      "",
      "a\0b",
      "'; DROP TABLE messages; --",
      "\u{1f468}\u{200d}\u{1f469}\r\n\u2028\ufeff",
      "x".repeat(65_536),
    ];
    const messages = texts.map((text, i) => Object.assign(incoming(i + 1), { text }));
    profile.apply(messages.map((message) => putIncoming(message, false)));
    assert.deepEqual(profile.load().unshown, messages);
  });

  contract("bytes are copied: what the caller does with its own later changes nothing", async (place) => {
    const profile = place.open();
    profile.load();
    const messageId = Buffer.from(incoming(1).messageId);
    const toKey = Buffer.from(outgoing(1).toKey);
    const secret = Buffer.from(mailKey(1).secret);
    profile.apply([putIncoming({ ...incoming(1), messageId }, false), putOutgoing({ ...outgoing(1), toKey })]);
    profile.apply([{ kind: "putMailKey", mailKey: { ...mailKey(1), secret } }]);
    for (const each of [messageId, toKey, secret]) each.fill(0);
    const { unshown, outbox, mailKeys } = profile.load();
    assert.deepEqual([unshown, outbox, mailKeys], [[incoming(1)], [outgoing(1)], [mailKey(1)]]);
  });

  for (const isCrash of [false, true]) {
    contract(`what was resolved is there after ${isCrash ? "a crash" : "a clean end"}`, async (place) => {
      const profile = place.open();
      profile.load();
      profile.apply([putOutgoing(outgoing(1)), putOutgoing(outgoing(2)), putIncoming(incoming(1), false)]);
      profile.apply([endOutgoing(1), putOutgoing(outgoing(3)), endOutgoingAs(3, "saved"), putMailKey(1)]);
      if (isCrash) place.crash(profile);
      else profile.close();
      const { outbox, unshown, kept, mailKeys } = place.open().load();
      assert.deepEqual([outbox, unshown], [[outgoing(2)], [incoming(1)]]);
      assert.deepEqual([kept, mailKeys], [[{ ...outgoing(3), end: "saved" }], [mailKey(1)]]);
    });
  }

  contract("a batch that fails rejects and changes nothing, and the next one works", async (place) => {
    const profile = place.open(true);
    profile.load();
    profile.apply([putOutgoing(outgoing(1)), putMailKey(1), putOutgoing(outgoing(2)), endOutgoingAs(2, "saved")]);
    const before = profile.load();
    const long = Array.from({ length: 100 }, (_, i) =>
      putIncoming({ ...incoming(i + 1), text: "x".repeat(4000) }, false),
    );
    const changes = [
      endOutgoingAs(1, "exists"),
      endKept(2),
      putSent(sent(3, EVERYBODY)),
      putMailKey(2),
      dropMailKey(1),
    ];
    assert.throws(() => profile.apply([...changes, ...long]));
    const { outbox, kept, unshown, mailKeys } = profile.load();
    assert.deepEqual([outbox, kept, unshown], [before.outbox, before.kept, before.unshown]);
    assert.deepEqual(mailKeys, [mailKey(1)]);
    assert.deepEqual(profile.apply([putSent(sent(3, EVERYBODY))]), ["done"]);
    assert.deepEqual(profile.apply([endOutgoing(1), putIncoming(incoming(1), false)]), ["done", "done"]);
  });
}
