// What the soak run's ledger of texts finds: what is lost, doubled, reordered, cut short, told twice or not at all; and that
// it forgets what has settled.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Findings } from "../../../bench/soak/findings.ts";
import { TextLedger } from "../../../bench/soak/text-ledger.ts";

type End = Parameters<TextLedger["ended"]>[0]["end"];

class Book {
  readonly findings = new Findings();
  readonly ledger = new TextLedger(this.findings);
  #ids = 0;

  /** Ana says something to Bob, and it is safe with her. */
  say(): { readonly id: Uint8Array; readonly text: string } {
    const text = this.ledger.nextText("ana", "bob", 10);
    const id = Uint8Array.of(++this.#ids, 0, 0, 0);
    this.ledger.said("ana", "bob", id);
    this.write({ kind: "putOutgoing", message: { ...record, messageId: id, text } }, true);
    return { id, text };
  }

  write(operation: Parameters<TextLedger["written"]>[1], isHeard: boolean, name = "ana"): void {
    this.ledger.written(name, operation, isHeard);
  }

  show(text: string, isLate = false, to = "bob"): void {
    const event = { from: "ana", messageId: new Uint8Array(16), text, sentAtMs: 0, isLate, mailedAtMs: undefined };
    this.ledger.shown(to, { kind: "messageReceived", ...event });
  }

  end(messageId: Uint8Array, end: End): void {
    this.ledger.ended({ kind: "messageEnded", to: "bob", messageId, end, reason: undefined });
  }

  collect(messageId: Uint8Array): void {
    this.ledger.collected({ kind: "mailCollected", to: "bob", messageId, sentAtMs: 0 });
  }

  get kinds(): readonly string[] {
    this.ledger.judge();
    return this.findings.lines.map((line) => line.slice(0, line.indexOf(":")));
  }
}

const record = {
  messageId: new Uint8Array(16),
  toName: "bob",
  toKey: new Uint8Array(32),
  epoch: new Uint8Array(8),
  number: 1,
  sentAtMs: 0,
  text: "",
};

test("what was shown and told is settled, directly and by way of the mailbox, and nothing is kept of it", () => {
  const book = new Book();
  for (const end of ["received", "saved", "exists"] as const) {
    const { id, text } = book.say();
    book.show(text);
    book.end(id, end);
    if (end === "saved") book.collect(id);
    if (end === "exists") book.end(id, "received");
  }
  assert.equal(book.ledger.open, 0);
  assert.deepEqual(book.kinds, []);
});

test("what was told as received and never shown is lost, what was shown and never told has no verdict", () => {
  const book = new Book();
  book.end(book.say().id, "received");
  book.show(book.say().text);
  assert.deepEqual(book.kinds, ["lost", "no verdict"]);
});

test("what was saved and shown waits for its receipt", () => {
  const book = new Book();
  const { id, text } = book.say();
  book.show(text);
  book.end(id, "saved");
  assert.equal(book.ledger.open, 1);
  assert.deepEqual(book.kinds, ["no receipt"]);
});

test("shown twice is found while a text is open, and after it has settled", () => {
  const book = new Book();
  const { id, text } = book.say();
  book.show(text);
  book.show(text);
  book.end(id, "received");
  assert.equal(book.ledger.open, 0);
  book.show(text);
  assert.deepEqual(book.findings.lines.length, 1);
  assert.match(book.findings.lines[0] ?? "", /^doubled: 2 /);
});

test("out of order is found, unless it is marked late", () => {
  const book = new Book();
  const [first, second, third] = [book.say(), book.say(), book.say()];
  for (const { id } of [first, second, third]) book.end(id, "received");
  book.show(third.text);
  book.show(second.text);
  book.show(first.text, true);
  assert.deepEqual(book.kinds, ["reordered"]);
  assert.equal(book.ledger.counts.late, 1);
});

test("cut short, or shown to somebody else, is found", () => {
  const book = new Book();
  const { id, text } = book.say();
  book.show(text.slice(0, -1));
  book.show(text, false, "eve");
  book.end(id, "received");
  assert.match(book.findings.lines[0] ?? "", /^cut short, or to somebody else: 2 /);
});

test("a verdict is told once, and with a mailbox it is neither notDelivered nor refused", () => {
  const book = new Book();
  const [first, second, third] = [book.say(), book.say(), book.say()];
  for (const { text } of [first, second, third]) book.show(text);
  book.end(first.id, "received");
  book.end(first.id, "received");
  book.end(second.id, "notDelivered");
  book.end(third.id, "refused");
  assert.deepEqual(book.kinds, ["told twice", "notDelivered", "refused"]);
});

test("what its sender's death took before it was on a disk was never said; what was on disk binds", () => {
  const book = new Book();
  const id = Uint8Array.of(99, 0, 0, 0);
  const unsafe = book.ledger.nextText("ana", "bob", 5);
  book.ledger.said("ana", "bob", id);
  book.say();
  book.ledger.killed("ana");
  assert.equal(book.ledger.open, 1);
  assert.equal(book.ledger.counts.neverSafe, 1);
  book.show(unsafe);
  assert.deepEqual(book.kinds, ["doubled", "lost", "no verdict"]);
});

test("what a death took between disk and screen is not lost, and its end that was not heard is not missed", () => {
  const book = new Book();
  const { id, text } = book.say();
  const progress = {
    channel: undefined,
    mailedAtMs: undefined,
    fromName: "ana",
    fromKey: record.toKey,
    receivedAtMs: 0,
  };
  const incoming = { ...record, ...progress, messageId: id, text };
  book.write({ kind: "putIncoming", message: incoming, isShown: true }, false, "bob");
  book.write({ kind: "endOutgoing", messageId: id, end: "received", atMs: 0 }, false);
  assert.equal(book.ledger.open, 0);
  assert.deepEqual(book.kinds, []);
  assert.equal(book.ledger.counts.interrupted, 1);
});
