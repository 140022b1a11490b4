import assert from "node:assert/strict";
import { test } from "node:test";

import { utf8 } from "#bytes";
import type { Post } from "#chat";
import { Random } from "#sim";

import { Journal } from "../../src/client/journal.ts";
import { MAIL_AGE_MS } from "../../src/client/mail-time.ts";
import { MemoryProfile } from "../../src/client/memory-profile.ts";
import { MOST_HELD, Posts } from "../../src/client/posts.ts";
import type { ProfileOperation } from "../../src/client/profile.ts";
import { bytes, incoming, putIncoming } from "./records.ts";

const [us, ann, eve] = [bytes(1, 32), bytes(2, 32), bytes(3, 32)];
const identity = { personSeed: us, deviceSecret: us, deviceId: bytes(1, 16) };
const SENT_MS = 1_700_000_000_000;

/** Posts over a profile whose disk answers when `commit` says so; we are `Me`, in group `lab`. */
class Desk {
  readonly profile = new MemoryProfile(identity, new Random(1, "posts").dice);
  readonly told: string[] = [];
  readonly operations: ProfileOperation[] = [];
  /** The first bytes of keys that are not the pinned ones. */
  readonly changed = new Set<number | undefined>();
  readonly names = new Map<Uint8Array, string>();
  group: string | undefined = "lab";
  hasRoom = true;
  journal = new Journal();
  posts = this.start();

  /** As after a crash: only what the profile has is left. */
  start(): Posts {
    this.journal = new Journal();
    this.posts = new Posts(this.journal, this.profile.load().unshown, {
      group: () => this.group,
      hasRoom: () => this.hasRoom,
      wallMs: (now) => SENT_MS + now,
      nameOf: (personKey) => this.names.get(personKey),
      isOurs: (name, personKey) => name === "Me" || personKey === us,
      mustHold: (_, personKey) => this.changed.has(personKey[0]) || this.posts.isHeld(personKey),
      isChanged: () => this.changed.size > 0,
      collected: (number) => this.told.push(`collect ${number}`),
      show: ({ channel, fromName, mailedAtMs, text }) =>
        this.told.push(
          `${channel} ${fromName}: ${text}${mailedAtMs === undefined ? "" : ` of ${mailedAtMs - SENT_MS}`}`,
        ),
    });
    this.posts.start();
    return this.posts;
  }

  hear(n: number, changes: Partial<Post> = {}, group: string | undefined = "lab"): void {
    const post = {
      number: n,
      isLive: true,
      arrivedMs: SENT_MS + 5,
      fromKey: ann,
      fromName: "ann",
      messageId: bytes(n, 16),
      sentAtMs: SENT_MS,
      scheme: 0,
      keyEpoch: 0,
      content: utf8(`post ${n}`),
    };
    this.posts.receive({ ...post, ...changes }, group, 0);
  }

  hearAll(n: number, changes: Partial<Post> = {}): void {
    this.posts.receive(
      {
        number: n,
        isLive: true,
        arrivedMs: SENT_MS + 5,
        fromKey: ann,
        fromName: "ann",
        messageId: bytes(n, 16),
        sentAtMs: SENT_MS,
        scheme: 0,
        keyEpoch: 0,
        content: utf8(`all ${n}`),
        ...changes,
      },
      undefined,
      0,
    );
  }

  /** All that is to be written is safe; gives what was told since the last time. */
  commit(): readonly string[] {
    for (let batch = this.journal.take(); batch !== undefined; batch = this.journal.take()) {
      this.operations.push(...batch);
      this.journal.applied(this.profile.apply(batch), 0);
    }
    return this.told.splice(0);
  }
}

test("a post is safe before it is acknowledged, then shown; in the order that they came", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.hearAll(2);
  desk.hear(3);
  assert.deepEqual(desk.told, []);
  assert.deepEqual(desk.commit(), [
    "collect 1",
    "lab ann: post 1",
    "collect 2",
    "* ann: all 2",
    "collect 3",
    "lab ann: post 3",
  ]);
  const [first] = desk.operations;
  assert.ok(first?.kind === "putIncoming" && first.isShown);
  const { channel, epoch, number, receivedAtMs, sentAtMs } = first.message;
  assert.deepEqual([channel, epoch, number, receivedAtMs, sentAtMs], ["lab", bytes(0, 8), 0, SENT_MS, SENT_MS]);
});

test("what comes again is acknowledged again and not shown, also after a restart", () => {
  const desk = new Desk();
  desk.hear(1);
  desk.hear(1, { number: 9 });
  assert.deepEqual(desk.commit(), ["collect 1", "lab ann: post 1", "collect 9"]);
  desk.start();
  desk.hear(1);
  assert.deepEqual([desk.commit(), desk.posts.tally.postsDuplicate], [["collect 1"], 1]);
});

test("posts of a group that is not ours are nothing to us: not stored, not acknowledged", () => {
  const desk = new Desk();
  desk.hear(1, {}, "other");
  desk.hear(2, {}, "LAB");
  desk.hear(3, {}, "*");
  desk.group = undefined;
  desk.hear(4);
  assert.deepEqual([desk.commit(), desk.operations], [[], []]);
});

test("what is no text, or of nobody who can be shown, is acknowledged without a word, and counted", () => {
  const desk = new Desk();
  desk.hear(1, { scheme: 7 });
  desk.hear(2, { content: new Uint8Array([0xff]) });
  desk.hear(3, { fromName: "Me" });
  desk.hear(4, { fromKey: us });
  desk.hear(5, { fromName: "../x" });
  desk.hear(6, { content: new Uint8Array() });
  assert.deepEqual(desk.commit(), [...[1, 2, 3, 4, 5].map((n) => `collect ${n}`), "collect 6", "lab ann: "]);
  assert.equal(desk.posts.tally.postsDropped, 5);
});

test("whoever is in the table goes by that name, and others by the one that the post says", () => {
  const desk = new Desk();
  desk.names.set(ann, "anna");
  desk.hear(1, { fromName: "../x" });
  desk.hear(2, { fromKey: eve, fromName: "eve" });
  assert.deepEqual(desk.commit(), ["collect 1", "lab anna: post 1", "collect 2", "lab eve: post 2"]);
});

test("posts to everybody that came while we were away have a time, which is one that can be", () => {
  const desk = new Desk();
  desk.hearAll(1, { isLive: false });
  desk.hearAll(2, { isLive: false, sentAtMs: SENT_MS + 6 });
  desk.hearAll(3, { isLive: false, sentAtMs: SENT_MS + 4 - MAIL_AGE_MS });
  desk.hear(4, { isLive: false });
  assert.deepEqual(
    desk.commit().filter((each) => !each.startsWith("collect")),
    ["* ann: all 1 of 0", "* ann: all 2 of 5", "* ann: all 3 of 5", "lab ann: post 4"],
  );
});

test("with a changed key: stored, acknowledged, and shown after trust, in order and once", () => {
  const desk = new Desk();
  desk.changed.add(ann[0]);
  desk.hear(1);
  desk.hearAll(2);
  desk.hear(3, { fromKey: eve, fromName: "eve" });
  assert.deepEqual(desk.commit(), ["collect 1", "collect 2", "collect 3", "lab eve: post 3"]);
  desk.hear(1);
  assert.deepEqual([desk.commit(), desk.posts.sizes], [["collect 1"], { heldPosts: 2 }]);
  assert.deepEqual([[...desk.posts.heldNames], desk.posts.isHeld(ann), desk.posts.isHeld(eve)], [["ann"], true, false]);
  desk.changed.clear();
  desk.posts.trust(ann);
  assert.deepEqual(desk.told, []);
  assert.deepEqual(desk.commit(), ["lab ann: post 1", "* ann: all 2"]);
  desk.posts.trust(ann);
  desk.hear(1);
  assert.deepEqual([desk.commit(), desk.posts.sizes, desk.posts.isHeld(ann)], [["collect 1"], { heldPosts: 0 }, false]);
});

test("a key that is accepted while its post is on the way to the disk: the post is shown once it is safe", () => {
  const desk = new Desk();
  desk.changed.add(ann[0]);
  desk.hear(1);
  desk.posts.trust(ann);
  assert.deepEqual(desk.commit(), ["collect 1", "lab ann: post 1"]);
});

test("what waited for trust goes on waiting after a restart, or is shown if nothing stands in its way", () => {
  const desk = new Desk();
  desk.changed.add(ann[0]);
  desk.hear(1);
  desk.hear(2);
  desk.commit();
  desk.start();
  assert.deepEqual([desk.commit(), desk.posts.sizes], [[], { heldPosts: 2 }]);
  desk.changed.clear();
  desk.group = undefined;
  desk.start();
  assert.deepEqual(desk.commit(), ["lab ann: post 1", "lab ann: post 2"]);
  desk.start();
  assert.deepEqual(desk.commit(), []);
});

test("texts to us alone that wait in the profile are none of its business", () => {
  const desk = new Desk();
  desk.profile.apply([putIncoming(incoming(1), false)]);
  desk.start();
  assert.deepEqual([desk.commit(), desk.posts.sizes], [[], { heldPosts: 0 }]);
});

test("no more is held than may be: what comes then is acknowledged and lost, and counted", () => {
  const desk = new Desk();
  desk.changed.add(ann[0]);
  for (let n = 1; n <= MOST_HELD + 1; n++) {
    const messageId = bytes(0, 16);
    new DataView(messageId.buffer).setUint32(0, n);
    desk.hear(n, { messageId });
  }
  assert.deepEqual([desk.commit().length, desk.posts.sizes], [MOST_HELD + 1, { heldPosts: MOST_HELD }]);
  assert.equal(desk.posts.tally.postsDropped, 1);
  const long = new Desk();
  long.changed.add(ann[0]);
  for (let n = 1; n <= 65; n++) long.hear(n, { content: utf8("x".repeat(65_536)) });
  assert.deepEqual([long.posts.sizes, long.posts.tally.postsDropped], [{ heldPosts: 64 }, 1]);
});

test("without room no group's post is taken in, nor those after it, until the server sends them again", () => {
  const desk = new Desk();
  desk.hasRoom = false;
  desk.hear(1);
  desk.hearAll(2);
  desk.hasRoom = true;
  desk.hear(3);
  assert.deepEqual(desk.commit(), ["collect 2", "* ann: all 2"]);
  desk.posts.beginAnew();
  desk.hear(1);
  desk.hear(3);
  assert.deepEqual(desk.commit(), ["collect 1", "lab ann: post 1", "collect 3", "lab ann: post 3"]);
});

test("a server cannot make us miss a text by sending its id in a post before", () => {
  const desk = new Desk();
  const text = { ...incoming(1), fromKey: ann, messageId: bytes(1, 16) };
  desk.hear(1);
  desk.commit();
  assert.deepEqual(desk.profile.apply([putIncoming(text, true)]), ["done"]);
});
