import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "#bytes";
import { peerMessageCodec, type TextMessage } from "#envelope";
import { Random } from "#sim";

import { Journal } from "../../src/client/journal.ts";
import { FORGET_MS } from "../../src/client/mail-keys.ts";
import type { Letter, LetterEnd } from "../../src/client/mailer.ts";
import { MemoryProfile } from "../../src/client/memory-profile.ts";
import { MOST_QUEUED_BYTES, MOST_RESENDS, Outbox } from "../../src/client/outbox.ts";
import { MOST_RESTARTS } from "../../src/client/verdict-clock.ts";
import { FakeEndpoint } from "./fake-endpoint.ts";
import { bytes } from "./records.ts";

const [bob, eve] = [bytes(1, 32), bytes(2, 32)];
const identity = { personSeed: bob, deviceSecret: bob, mailSecret: bob, deviceId: bytes(1, 16) };

let desks = 0;

/** An outbox to bob and eve, whose sessions and places the test decides. */
class Desk {
  readonly random = new Random(++desks, "outbox");
  readonly endpoint = new FakeEndpoint();
  readonly #told: string[] = [];
  readonly profile: MemoryProfile;
  readonly sessions = new Map<Uint8Array, number>();
  readonly abandoned: Uint8Array[] = [];
  calls = 0;
  place: "here" | "away" | "sought" = "here";
  /** Names that the outbox asked for. */
  readonly sought: string[] = [];
  /** Whether the transport found the session in use silent. */
  isSilent = false;
  serverProbeTimeoutMs: number | undefined;
  hasMailbox = false;
  /** What the server was asked to keep. */
  readonly letters: Letter[] = [];
  journal = new Journal();
  outbox: Outbox;

  constructor(profile = new MemoryProfile(identity, new Random(1, "profile").dice)) {
    this.profile = profile;
    this.outbox = this.start();
    this.outbox.setActive(true, 0);
  }

  start(): Outbox {
    this.journal = new Journal();
    const peers = {
      isSilent: () => this.isSilent,
      sessionWith: (key: Uint8Array) =>
        this.sessions.get(bytes(key[0] ?? 0, 32).every((b, i) => b === key[i]) ? (key[0] === 1 ? bob : eve) : key),
      call: () => void this.calls++,
      talk: () => {},
      abandon: (key: Uint8Array) => {
        this.abandoned.push(key);
        this.sessions.delete(key[0] === 1 ? bob : eve);
      },
    };
    const parts = { endpoint: this.endpoint, peers, journal: this.journal, ackTimeoutMs: 500 };
    this.outbox = new Outbox(parts, this.profile.load(), {
      seek: (personKey, name) => {
        this.sought.push(name);
        if (this.place !== "here") return this.place;
        return { personKey, staticKey: bytes(9, 32), address: { host: "10.0.0.9", port: 1 } };
      },
      serverProbeTimeoutMs: () => this.serverProbeTimeoutMs,
      wallMs: (now) => now,
      hasMailbox: () => this.hasMailbox,
      save: (letter) => this.letters.push(letter),
      mailed: ({ text }) => this.#told.push(`${text} mailed`),
      ended: ({ text }, end, reason) => this.#told.push(`${text} ${end}${reason === undefined ? "" : `: ${reason}`}`),
      collected: ({ text }, end) => this.#told.push(`${text} collected after ${end}`),
      silent: (_, now) => this.#told.push(`silent at ${now}`),
    });
    return this.outbox;
  }

  say(text: string, now = 0, to = bob): Uint8Array {
    const id = this.send(text, now, to);
    this.commit(now);
    return id;
  }

  /** As `say`, and not safe yet. */
  send(text: string, sentAtMs = 0, toKey = bob): Uint8Array {
    const messageId = this.random.dice(16);
    this.outbox.send({ messageId, toName: "bob", toKey, text, sentAtMs });
    return messageId;
  }

  /** The verdicts told, once all is safe. */
  get told(): readonly string[] {
    this.commit(0);
    return this.#told;
  }

  commit(now: number): void {
    for (let batch = this.journal.take(); batch !== undefined; batch = this.journal.take())
      this.journal.applied(this.profile.apply(batch), now);
  }

  /** The server's answer to the letter asked for at that place. */
  answer(at: number, end: LetterEnd["end"], now = 0, reason?: string): void {
    this.letters[at]?.ended({ end, reason }, now);
    this.commit(now);
  }

  open(session: number, now: number, to = bob): void {
    this.sessions.set(to, session);
    this.endpoint.open(session, now);
    this.outbox.transmit(to, now);
  }

  /** Lets time pass, from deadline to deadline. */
  wait(until: number): void {
    for (let at = this.outbox.deadline; at <= until; at = this.outbox.deadline) {
      this.outbox.wake(at);
      this.commit(at);
    }
  }

  texts(session: number): readonly TextMessage[] {
    const messages = this.endpoint.sent
      .filter((each) => each.session === session)
      .map(({ bytes: sent }) => decode(peerMessageCodec, sent));
    return messages.filter((message): message is TextMessage => message?.kind === "text");
  }

  said(session: number): readonly string[] {
    return this.texts(session).map(({ text }) => text);
  }
}

test("nothing leaves before it is safe; numbers count from 1, the floor follows what is open", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const first = desk.send("a");
  desk.outbox.transmitAll(0);
  assert.deepEqual(desk.said(1), []);
  desk.commit(0);
  desk.say("b");
  desk.outbox.received(bob, [first], 1);
  desk.say("c");
  assert.deepEqual(
    desk.texts(1).map(({ text, number, floor }) => [text, number, floor]),
    [
      ["a", 1, 1],
      ["b", 2, 1],
      ["c", 3, 2],
    ],
  );
  assert.deepEqual([desk.outbox.pending, desk.outbox.open], [2, 2]);
});

test("verdicts keep the order of the sends, one each, and the first receipt counts", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const [a, b] = [desk.say("a"), desk.say("b")];
  desk.outbox.received(bob, [b, b], 1);
  assert.deepEqual(desk.told, []);
  desk.outbox.received(bob, [a], 2);
  desk.outbox.received(bob, [a, b], 3);
  assert.equal(desk.outbox.pending, 2);
  assert.deepEqual(desk.told, ["a received", "b received"]);
  assert.deepEqual(
    [desk.outbox.pending, desk.outbox.deadline, desk.endpoint.evenProbes.get(1)],
    [0, Number.POSITIVE_INFINITY, undefined],
  );
});

test("a receipt for what was said to somebody else means nothing", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const id = desk.say("a");
  desk.outbox.received(eve, [id], 1);
  desk.say("b", 0, eve);
  desk.outbox.received(eve, [id, bytes(9, 16)], 1);
  assert.deepEqual([desk.told, desk.outbox.pending], [[], 2]);
});

test("nobody answers the call: the verdict comes 500 ms after the message, and each has its own", () => {
  const desk = new Desk();
  desk.say("a", 100);
  assert.deepEqual([desk.calls, desk.outbox.deadline], [1, 600]);
  desk.say("b", 300);
  desk.wait(599);
  assert.deepEqual(desk.told, []);
  desk.wait(700);
  assert.deepEqual(desk.told, ["silent at 600", "a notDelivered"]);
  desk.wait(800);
  assert.deepEqual(desk.told.slice(2), ["silent at 800", "b notDelivered"]);
});

test("silence is counted in probe timeouts, of the path or else of the server's, up to 3 s", () => {
  const verdicts = [undefined, 50, 200, 5000].map((probeTimeoutMs) => {
    const desk = new Desk();
    desk.serverProbeTimeoutMs = probeTimeoutMs;
    desk.say("a", 0);
    return desk.outbox.deadline;
  });
  assert.deepEqual(verdicts, [500, 500, 1000, 3000]);
  const desk = new Desk();
  desk.serverProbeTimeoutMs = 5000;
  desk.open(1, 0);
  desk.endpoint.open(1, 0, { probeTimeoutMs: 150 });
  desk.say("a", 0);
  desk.wait(749);
  assert.deepEqual(desk.told, []);
  desk.wait(750);
  assert.deepEqual(desk.told, ["silent at 750", "a notDelivered"]);
});

test("somebody who is heard is waited for, but not without a receipt for 10 s", () => {
  const desk = new Desk();
  desk.open(1, 0);
  desk.say("a", 0);
  for (let now = 100; now < 10_000; now += 100) {
    desk.endpoint.open(1, now);
    desk.wait(now);
  }
  assert.deepEqual(desk.told, []);
  desk.endpoint.open(1, 10_000);
  desk.wait(10_000);
  assert.deepEqual(desk.told, ["silent at 10000", "a notDelivered"]);
});

test("receipts that mean nothing are no progress", () => {
  const desk = new Desk();
  desk.open(1, 0);
  desk.say("a", 0);
  for (let now = 100; now <= 10_000; now += 100) {
    desk.endpoint.open(1, now);
    desk.outbox.received(bob, [bytes(7, 16)], now);
    desk.wait(now);
  }
  assert.deepEqual(desk.told, ["silent at 10000", "a notDelivered"]);
});

test("somebody who still takes in a long message is making progress", () => {
  const desk = new Desk();
  desk.open(1, 0);
  desk.say("a", 0);
  for (let now = 100; now <= 30_000; now += 100) {
    desk.endpoint.open(1, now, { queuedBytes: 1_000_000 - now });
    desk.wait(now);
  }
  assert.deepEqual(desk.told, []);
});

test("who reconnects every second, takes everything in and gives no receipt puts a verdict off eight times", () => {
  const desk = new Desk();
  desk.open(1, 0);
  desk.say("a");
  let now = 0;
  for (let session = 2; desk.told.length === 0; session++) {
    assert.ok(session < 60, "no verdict ever");
    for (const queuedBytes of [1000, 0]) {
      now += 500;
      desk.endpoint.open(session - 1, now, { queuedBytes });
      desk.wait(now);
    }
    if (desk.sessions.has(bob)) desk.open(session, now);
  }
  assert.deepEqual(desk.told, [`silent at ${now}`, "a notDelivered"]);
  assert.ok(now >= 1000 * MOST_RESTARTS + 10_000 && now <= 1000 * (MOST_RESTARTS + 2) + 10_000, `${now} ms`);
});

test("what was given up is dropped with its session and never tried again, and the floor passes it", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const a = desk.say("a", 0);
  desk.say("b", 400);
  desk.wait(500);
  assert.deepEqual([desk.told, desk.abandoned.length], [["silent at 500", "a notDelivered"], 1]);
  desk.open(2, 600);
  assert.deepEqual(
    desk.texts(2).map(({ text, number, floor }) => [text, number, floor]),
    [["b", 2, 2]],
  );
  desk.outbox.received(bob, [a], 601);
  assert.equal(desk.told.length, 2);
  assert.deepEqual(
    desk.profile.load().outbox.map(({ text }) => text),
    ["b"],
  );
});

test("at once for somebody whom the table has offline, unless there is a session", () => {
  const desk = new Desk();
  desk.place = "away";
  desk.say("a", 0);
  assert.deepEqual([desk.told, desk.calls], [["a notDelivered"], 0]);
  desk.open(1, 0);
  desk.say("b", 0);
  assert.deepEqual([desk.said(1), desk.told.length], [["b"], 1]);
});

test("the row of somebody disappears while messages are pending: they end at once", () => {
  const desk = new Desk();
  desk.say("a", 0);
  desk.say("b", 0);
  desk.place = "away";
  desk.outbox.transmitAll(10);
  assert.deepEqual(desk.told, ["a notDelivered", "b notDelivered"]);
});

test("on a new session everything without a receipt leaves again, in order, with the same values", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const ids = ["a", "b", "c"].map((text) => desk.say(text));
  desk.outbox.received(bob, [ids[1] ?? bob], 1);
  desk.open(2, 10);
  const again = desk.texts(2);
  assert.deepEqual(
    again.map(({ text, number }) => [text, number]),
    [
      ["a", 1],
      ["c", 3],
    ],
  );
  assert.deepEqual(again[0], desk.texts(1)[0]);
});

test("a session takes in so many bytes at a time", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const first = desk.say("a");
  desk.endpoint.open(1, 0, { queuedBytes: MOST_QUEUED_BYTES + 1 });
  desk.say("b");
  assert.deepEqual(desk.said(1), ["a"]);
  desk.endpoint.open(1, 1);
  desk.outbox.received(bob, [first], 1);
  assert.deepEqual(desk.said(1), ["a", "b"]);
});

test("asked to, it sends again what has no receipt from a number on, but not as often as it is asked", () => {
  const desk = new Desk();
  desk.open(1, 0);
  for (const text of ["a", "b", "c"]) desk.say(text);
  const epoch = desk.texts(1)[0]?.epoch ?? bob;
  for (let i = 0; i < 100; i++) desk.outbox.resend(bob, epoch, 2, 10 + i);
  assert.deepEqual(desk.said(1), ["a", "b", "c", "b", "c"]);
  desk.outbox.resend(bob, bytes(99, 8), 1, 2000);
  desk.outbox.resend(eve, epoch, 1, 2000);
  assert.equal(desk.said(1).length, 5);
  desk.outbox.resend(bob, epoch, 1, 4000);
  assert.deepEqual(desk.said(1).slice(5), ["a", "b", "c"]);
});

test("asked again and again, it sends again so often, and then not before a receipt", () => {
  const desk = new Desk();
  desk.open(1, 0);
  const [a] = [desk.say("a"), desk.say("b")];
  const epoch = desk.texts(1)[0]?.epoch ?? bob;
  for (let n = 1; n <= 3 * MOST_RESENDS; n++) desk.outbox.resend(bob, epoch, 2, n * 1000);
  assert.equal(desk.said(1).length, 2 + MOST_RESENDS);
  desk.outbox.received(bob, [bytes(77, 16)], 50_000);
  desk.outbox.resend(bob, epoch, 2, 50_000);
  assert.equal(desk.said(1).length, 2 + MOST_RESENDS);
  for (const _ of "ab") desk.outbox.received(bob, [a], 60_000);
  for (let n = 1; n <= 3 * MOST_RESENDS; n++) desk.outbox.resend(bob, epoch, 2, 60_000 + n * 1000);
  assert.equal(desk.said(1).length, 2 + 2 * MOST_RESENDS);
  desk.outbox.received(bob, [a], 200_000);
  desk.outbox.resend(bob, epoch, 2, 200_000);
  assert.equal(desk.said(1).length, 2 + 2 * MOST_RESENDS);
});

test("held: nothing leaves, nothing is given up, nothing counts as pending, until it is let go", () => {
  const desk = new Desk();
  desk.open(1, 0);
  desk.send("a");
  desk.outbox.setHeld(bob, true, 0);
  desk.send("b");
  desk.commit(0);
  assert.deepEqual([desk.said(1), desk.outbox.pending, desk.outbox.open, desk.outbox.isHeld(bob)], [[], 0, 2, true]);
  assert.equal(desk.outbox.deadline, Number.POSITIVE_INFINITY);
  desk.outbox.setHeld(bob, false, 9000);
  assert.deepEqual([desk.said(1), desk.outbox.pending], [["a", "b"], 2]);
});

test("asleep: nothing leaves or is given up, and afterwards everything begins anew", () => {
  const desk = new Desk();
  desk.say("a", 0);
  desk.outbox.setActive(false, 100);
  desk.open(1, 200);
  desk.wait(100_000);
  assert.deepEqual([desk.said(1), desk.told], [[], []]);
  desk.outbox.setActive(true, 200_000);
  assert.deepEqual(desk.said(1), ["a"]);
  desk.sessions.clear();
  desk.outbox.transmit(bob, 200_000);
  desk.wait(200_499);
  assert.deepEqual(desk.told, []);
  desk.wait(200_500);
  assert.deepEqual(desk.told, ["silent at 200500", "a notDelivered"]);
});

test("after a crash the outbox goes out with its old numbers and epoch, before new ones of a new epoch", () => {
  const first = new Desk();
  for (const text of ["a", "b"]) first.say(text);
  const desk = new Desk(first.profile);
  desk.open(1, 0);
  desk.say("c");
  const texts = desk.texts(1);
  assert.deepEqual(
    texts.map(({ text, number, floor }) => [text, number, floor]),
    [
      ["a", 1, 1],
      ["b", 2, 1],
      ["c", 1, 1],
    ],
  );
  assert.notDeepEqual(texts[2]?.epoch, texts[1]?.epoch);
  const [a] = texts;
  desk.outbox.received(bob, a === undefined ? [] : [a.messageId], 1);
  desk.open(2, 2);
  assert.deepEqual(
    desk.texts(2).map(({ floor }) => floor),
    [2, 1],
  );
  assert.deepEqual(desk.outbox.recipients, [{ name: "bob", key: bob }]);
});

test("a path that goes silent is called beside, while something is pending", () => {
  const desk = new Desk();
  desk.open(1, 0);
  desk.outbox.unanswered(bob, 0);
  assert.equal(desk.calls, 0);
  desk.say("a");
  desk.outbox.unanswered(bob, 0);
  assert.equal(desk.calls, 1);
});

test("the work for a message does not grow with the messages that wait", () => {
  const count = 20_000;
  const desk = new Desk();
  desk.open(1, 0);
  const ids = Array.from({ length: count }, (_, i) => desk.send(`${i}`));
  const started = process.cpuUsage().user;
  desk.commit(0);
  for (const id of ids.toReversed()) {
    desk.outbox.received(bob, [id], 1);
    assert.ok(desk.outbox.pending + desk.outbox.open >= 0 && desk.outbox.deadline > 0);
  }
  desk.commit(1);
  assert.equal(desk.told.length, count);
  assert.equal(desk.told[0], "0 received");
  // Quadratic work would take a minute.
  assert.ok(process.cpuUsage().user - started < 3_000_000);
});

test("what is said on a session that was found silent before is said on a new one as well", () => {
  const desk = new Desk();
  desk.sessions.set(bob, 7);
  desk.isSilent = true;
  desk.send("still there?");
  desk.commit(0);
  assert.equal(desk.calls, 1);
});

test("somebody who is being sought: nothing leaves and nothing is given up until it is known where, or that nobody knows", () => {
  const desk = new Desk();
  desk.place = "sought";
  desk.say("a");
  desk.say("b");
  desk.wait(60_000);
  assert.deepEqual([desk.told, desk.calls, desk.outbox.pending, desk.sought], [[], 0, 2, ["bob", "bob"]]);
  desk.place = "here";
  desk.outbox.transmit(bob, 60_000);
  assert.equal(desk.calls, 1);
  desk.wait(60_499);
  assert.deepEqual(desk.told, []);
  desk.place = "sought";
  desk.say("c", 60_400);
  desk.wait(60_500);
  assert.deepEqual(desk.told, ["silent at 60500", "a notDelivered", "b notDelivered"]);
  desk.outbox.lose(bob, 60_600);
  assert.deepEqual([desk.told.at(-1), desk.outbox.pending], ["c notDelivered", 0]);
});

test("whoever is lost while there is a session, or while held, is not given up", () => {
  const desk = new Desk();
  desk.open(7, 0);
  desk.say("a");
  desk.outbox.lose(bob, 0);
  desk.outbox.lose(eve, 0);
  assert.deepEqual([desk.told, desk.said(7)], [[], ["a"]]);
  const other = new Desk();
  other.place = "sought";
  other.say("b");
  other.outbox.setHeld(bob, true, 0);
  other.outbox.lose(bob, 0);
  assert.deepEqual([other.told, other.outbox.open], [[], 1]);
});

test("with a mailbox: the silent one's message is told as mailed, then saved, and kept until its receipt, once", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  const id = desk.say("a", 100);
  desk.wait(600);
  assert.deepEqual([desk.told, desk.letters.length, desk.outbox.pending], [["a mailed"], 1, 1]);
  desk.answer(0, "saved");
  assert.deepEqual([desk.told.slice(1), desk.outbox.pending, desk.outbox.open], [["a saved"], 0, 0]);
  assert.deepEqual(
    desk.profile.load().kept.map(({ text }) => text),
    ["a"],
  );
  desk.outbox.received(bob, [id, id], 700);
  desk.outbox.received(bob, [id], 800);
  assert.deepEqual(desk.told.slice(2), ["a collected after saved"]);
  assert.deepEqual(desk.profile.load().kept, []);
});

test("a receipt that the profile has had before is not told again", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  const messageId = desk.say("a");
  desk.answer(0, "saved");
  desk.profile.apply([{ kind: "endKept", messageId, end: "received", atMs: 1 }]);
  desk.outbox.received(bob, [messageId], 1);
  assert.deepEqual(desk.told, ["a saved"]);
});

test("away: straight to the server, without a word before its answer", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  for (const text of ["a", "b", "c"]) desk.say(text);
  assert.deepEqual([desk.told, desk.calls, desk.letters.map(({ text }) => text()?.number)], [[], 0, [1, 2, 3]]);
  desk.answer(1, "exists");
  desk.answer(2, "refused", 0, "mailbox full");
  assert.deepEqual(desk.told, []);
  desk.answer(0, "saved");
  assert.deepEqual(desk.told, ["a saved", "b exists", "c refused: mailbox full"]);
});

test("the floor stays at what the server keeps, and passes what has a receipt or was refused", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  const ids = ["a", "b", "c"].map((text) => desk.say(text));
  desk.answer(0, "saved");
  desk.answer(1, "refused", 0, "full");
  desk.answer(2, "exists");
  desk.open(1, 10);
  desk.say("d", 10);
  desk.outbox.received(bob, [ids[0] ?? bob], 11);
  desk.say("e", 12);
  desk.outbox.received(bob, [ids[2] ?? bob], 13);
  desk.say("f", 14);
  assert.deepEqual(
    desk.texts(1).map(({ text, floor }) => [text, floor]),
    [
      ["d", 1],
      ["e", 3],
      ["f", 4],
    ],
  );
});

test("what a process before left at the server holds the floor down, too, and its receipt is told", () => {
  const first = new Desk();
  [first.hasMailbox, first.place] = [true, "away"];
  const [a, b] = [first.say("a"), first.say("b")];
  first.answer(0, "saved");
  first.answer(1, "exists");
  first.profile.close();
  const desk = new Desk(first.profile);
  desk.open(1, 0);
  desk.say("c");
  assert.deepEqual(
    desk.texts(1).map(({ text, number, floor }) => [text, number, floor]),
    [["c", 3, 1]],
  );
  desk.outbox.received(bob, [b, a], 1);
  assert.deepEqual(desk.told, ["b collected after exists", "a collected after saved"]);
});

test("after a crash nothing new leaves directly before the server has what is of before, and then it says so", () => {
  const crashed = new Desk();
  [crashed.hasMailbox, crashed.place] = [true, "away"];
  const a = crashed.say("a");
  const desk = new Desk(crashed.profile);
  [desk.hasMailbox, desk.place] = [true, "away"];
  desk.outbox.transmitAll(0);
  assert.equal(desk.letters.length, 1);
  desk.open(1, 10);
  desk.say("b", 10);
  assert.deepEqual(desk.said(1), []);
  desk.answer(0, "saved", 20);
  desk.outbox.received(bob, [a], 30);
  desk.say("c", 40);
  assert.deepEqual(
    desk.texts(1).map(({ text, number, hasEarlier }) => [text, number, hasEarlier]),
    [
      ["b", 1, true],
      ["c", 2, false],
    ],
  );
});

test("while a message is mailed it does not go directly, until its recipient asks for it; a receipt wins", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  const a = desk.say("a");
  desk.open(1, 10);
  desk.say("b", 10);
  const [b] = desk.texts(1);
  assert.deepEqual([desk.said(1), b?.floor], [["b"], 1]);
  desk.outbox.resend(bob, b?.epoch ?? bob, 1, 20);
  assert.deepEqual(desk.said(1), ["b", "a", "b"]);
  desk.outbox.received(bob, [a], 30);
  desk.answer(0, "saved");
  assert.deepEqual([desk.told, desk.letters[0]?.text()], [["a received"], undefined]);
});

test("what is kept is sent again directly, from the number asked for, on whatever session is next", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  for (const text of ["a", "b", "c"]) desk.say(text);
  for (const at of [0, 1, 2]) desk.answer(at, "saved");
  const epoch = desk.letters[0]?.text()?.epoch ?? desk.profile.load().kept[0]?.epoch ?? bob;
  desk.outbox.resend(bob, epoch, 2, 10);
  desk.open(1, 20);
  assert.deepEqual(desk.said(1), ["b", "c"]);
  desk.open(2, 30);
  assert.deepEqual(desk.said(2), []);
});

test("a receipt between the server's word and its telling: received, and nothing else", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  const [, b] = [desk.say("a"), desk.say("b")];
  desk.answer(1, "saved");
  desk.outbox.received(bob, [b], 1);
  desk.answer(0, "saved");
  assert.deepEqual(desk.told, ["a saved", "b received"]);
  assert.equal(desk.profile.load().kept.length, 1);
});

test("only what is overdue is mailed; the rest tries another path, and verdicts stay in order", () => {
  const desk = new Desk();
  desk.hasMailbox = true;
  desk.open(1, 0);
  desk.say("a", 0);
  const b = desk.say("b", 400);
  desk.wait(500);
  assert.deepEqual([desk.told, desk.letters.length], [["a mailed"], 1]);
  desk.open(2, 600);
  assert.deepEqual(desk.said(2), ["b"]);
  desk.outbox.received(bob, [b], 610);
  assert.deepEqual(desk.told, ["a mailed"]);
  desk.answer(0, "saved");
  assert.deepEqual(desk.told, ["a mailed", "a saved", "b received"]);
});

test("the server has no mailbox after all: not delivered", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  desk.say("a");
  desk.answer(0, "notDelivered");
  assert.deepEqual([desk.told, desk.outbox.pending], [["a notDelivered"], 0]);
});

test("asleep and awake again: what was mailed begins anew, and answers to what was asked before mean nothing", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  desk.say("a");
  desk.outbox.setActive(false, 0);
  desk.answer(0, "saved");
  assert.deepEqual(desk.told, []);
  desk.open(1, 10);
  desk.outbox.setActive(true, 10);
  assert.deepEqual([desk.said(1), desk.letters.length], [["a"], 1]);
});

test("what the server has forgotten is kept no longer, and the floor passes it", () => {
  const desk = new Desk();
  [desk.hasMailbox, desk.place] = [true, "away"];
  const [a] = [desk.say("a", 0), desk.say("b", 1000)];
  for (const at of [0, 1]) desk.answer(at, "saved");
  desk.outbox.forgetOld(FORGET_MS);
  assert.equal(desk.profile.load().kept.length, 2);
  desk.outbox.forgetOld(FORGET_MS + 1);
  desk.commit(0);
  assert.deepEqual(
    desk.profile.load().kept.map(({ text }) => text),
    ["b"],
  );
  desk.outbox.received(bob, [a], FORGET_MS + 2);
  assert.deepEqual(desk.told, ["a saved", "b saved"]);
  desk.open(1, 0);
  desk.say("c");
  assert.equal(desk.texts(1)[0]?.floor, 2);
});
