// What the soak run's ledger of posts finds: lost, doubled, reordered, shown where they should not be; and whom it excuses.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EVERYBODY } from "#client";

import { Findings } from "../../../bench/soak/findings.ts";
import { PostLedger } from "../../../bench/soak/post-ledger.ts";

interface Said {
  readonly id: Uint8Array;
  readonly text: string;
}

class Book {
  readonly findings = new Findings();
  readonly ledger = new PostLedger(["ana", "bob", "cem"], this.findings);
  #ids = 0;

  enter(...names: readonly string[]): void {
    for (const name of names) this.ledger.told(name, { kind: "groupEntered", group: "lab" });
  }

  leave(name: string): void {
    this.ledger.told(name, { kind: "groupLeft", group: "lab" });
  }

  say(author: string, channel = "lab"): Said {
    const text = this.ledger.nextText(author, channel, 10);
    const id = Uint8Array.of(++this.#ids, 0, 0, 0);
    this.ledger.said(author, channel, id);
    return { id, text };
  }

  take({ id }: Said): void {
    this.ledger.told("ana", { kind: "postTaken", group: "lab", messageId: id });
  }

  refuse({ id }: Said, reason: string): void {
    this.ledger.told("ana", { kind: "requestRefused", messageId: id, reason });
  }

  show(name: string, { text }: Said, channel = "lab"): void {
    const group = channel === EVERYBODY ? undefined : channel;
    const event = { from: "ana", messageId: new Uint8Array(16), text, sentAtMs: 0, mailedAtMs: undefined };
    this.ledger.told(name, { kind: "postReceived", group, ...event });
  }

  get kinds(): readonly string[] {
    this.ledger.judge();
    return this.findings.lines.map((line) => line.slice(0, line.indexOf(":")));
  }
}

test("a post is owed to those in the group but its author, and settles when it is taken and all were shown it", () => {
  const book = new Book();
  book.enter("ana", "bob", "cem");
  const post = book.say("ana");
  book.take(post);
  book.show("bob", post);
  assert.equal(book.ledger.open, 1);
  book.show("cem", post);
  assert.equal(book.ledger.open, 0);
  assert.deepEqual(book.kinds, []);
});

test("who was there throughout and was not shown it: lost, also where its sender was never answered but others saw it", () => {
  const book = new Book();
  book.enter("ana", "bob", "cem");
  const [taken, seen, unseen] = [book.say("ana"), book.say("ana"), book.say("ana")];
  book.take(taken);
  book.ledger.ended("ana");
  for (const post of [taken, seen]) book.show("bob", post);
  assert.equal(book.ledger.open, 2);
  assert.deepEqual(book.kinds, ["post lost"]);
  assert.match(book.findings.lines[0] ?? "", /: 2 \(number 1 of ana in lab to cem; number 2 of ana in lab to cem\)/);
  assert.equal(unseen.text.includes(" 3 "), true);
});

test("who leaves is owed nothing more, but has no hole before what it was shown", () => {
  const book = new Book();
  book.enter("ana", "bob", "cem");
  const [first, second] = [book.say("ana"), book.say("ana")];
  for (const post of [first, second]) book.take(post);
  for (const post of [first, second]) book.show("bob", post);
  book.show("cem", second);
  book.leave("cem");
  assert.deepEqual(book.kinds, ["post lost"]);
  const other = new Book();
  other.enter("ana", "bob", "cem");
  const post = other.say("ana");
  other.take(post);
  other.show("bob", post);
  other.leave("cem");
  assert.equal(other.ledger.open, 0);
  assert.deepEqual(other.kinds, []);
});

test("shown twice is found, also after it has settled and in another stay", () => {
  const book = new Book();
  book.enter("ana", "bob");
  const post = book.say("ana");
  book.take(post);
  book.show("bob", post);
  book.show("bob", post);
  book.leave("bob");
  book.enter("bob");
  book.show("bob", post);
  assert.match(book.findings.lines[0] ?? "", /^post doubled: 2 /);
});

test("everybody is shown posts in one order, the server's", () => {
  const book = new Book();
  book.enter("ana", "bob", "cem", "dan");
  const [one, two] = [book.say("ana"), book.say("bob")];
  for (const post of [one, two]) book.take(post);
  book.show("cem", one);
  book.show("cem", two);
  book.show("dan", two);
  book.show("dan", one);
  assert.deepEqual(book.findings.lines.length, 1);
  assert.match(book.findings.lines[0] ?? "", /^post reordered: 1 /);
});

test("nobody's order is judged by what its first reader was not owed", () => {
  const book = new Book();
  book.enter("ana", "bob", "cem");
  // The server has Bob's first; Bob himself is the first to be shown Ana's.
  const [ofBob, ofAna] = [book.say("bob"), book.say("ana")];
  for (const post of [ofBob, ofAna]) book.take(post);
  book.show("bob", ofAna);
  book.show("cem", ofBob);
  book.show("cem", ofAna);
  book.show("ana", ofBob);
  assert.deepEqual(book.kinds, []);
});

test("nothing is shown outside of its group, cut short, or after a refusal", () => {
  const book = new Book();
  book.enter("ana", "bob");
  const [post, refused] = [book.say("ana"), book.say("ana")];
  book.take(post);
  book.refuse(refused, "you are not in a group");
  book.show("eve", post);
  book.show("bob", { ...post, text: post.text.slice(0, -1) });
  book.show("bob", post);
  book.show("bob", refused);
  assert.deepEqual(book.kinds, [
    "shown outside of its group",
    "cut short, or to another group",
    "shown, and its sender was told that it was not taken",
  ]);
});

test("who goes offline takes back what was not answered, which may have been heard", () => {
  const book = new Book();
  book.enter("ana", "bob");
  const [heard, unheard] = [book.say("ana"), book.say("ana")];
  for (const post of [heard, unheard]) book.refuse(post, "you are offline");
  book.show("bob", heard);
  assert.equal(book.ledger.open, 0);
  assert.deepEqual(book.kinds, []);
});

test("what is said to everybody is owed to all but its author, however often they come and go", () => {
  const book = new Book();
  const post = book.say("ana", EVERYBODY);
  book.take(post);
  book.ledger.ended("cem");
  book.show("bob", post, EVERYBODY);
  assert.equal(book.ledger.open, 1);
  assert.deepEqual(book.kinds, ["post lost"]);
  book.show("cem", post, EVERYBODY);
  assert.equal(book.ledger.open, 0);
});

test("a post without an answer is missed", () => {
  const book = new Book();
  book.enter("ana", "bob");
  book.show("bob", book.say("ana"));
  assert.deepEqual(book.kinds, ["no answer"]);
});
