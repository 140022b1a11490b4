// What servers and peers who lie can do to a client's mail, groups and posts.

import assert from "node:assert/strict";
import { test } from "node:test";

import { type MailItem, RefusalCode, type ReplyBody } from "#chat";
import type { PeerMessage } from "#envelope";

import { Fetcher } from "../../src/client/fetcher.ts";
import { Room } from "../server/room.ts";
import { Office } from "./office.ts";
import { bytes } from "./records.ts";
import { Liar, newNetwork, Person, rowOf, SERVER, Stranger } from "./stage.ts";

const ANN = { host: "10.0.0.10", port: 5000 };
const BOB = { host: "10.0.0.11", port: 5000 };

function id(n: number): Uint8Array {
  const made = new Uint8Array(16);
  new DataView(made.buffer).setUint32(0, n);
  return made;
}

function text(number: number, changes: Partial<Extract<PeerMessage, { kind: "text" }>> = {}): PeerMessage {
  return {
    kind: "text",
    messageId: id(number),
    epoch: bytes(1, 8),
    number,
    floor: 1,
    hasEarlier: false,
    sentAtMs: 0,
    text: "x",
    ...changes,
  };
}

test("a server that says of whom it has registered that it has not leaves no message without an end", () => {
  const { network, random } = newNetwork(7);
  const [ann, bob] = [new Person(network, random, "ann", ANN), new Person(network, random, "bob", BOB)];
  const office = new Office(network, random, [ann, bob]);
  office.instead = ({ kind }): ReplyBody | undefined =>
    kind === "certificate" ? { kind: "refused", code: RefusalCode.notRegistered, text: "no" } : undefined;
  const run = (ms: number): void => network.run(network.now + ms);
  ann.start();
  run(500);
  assert.equal(ann.machine.isOnline, true);
  ann.send("bob", "one");
  run(60_000);
  assert.ok(ann.machine.pending === 0 || ann.count("serverSilent") > 0);
});

test("a server that registers us and has no table is one that does not respond", () => {
  const { network, random } = newNetwork(7);
  const server = new Liar(network, random);
  server.tell = () => {};
  const ann = new Person(network, random, "ann", ANN);
  ann.start();
  network.run(60_000);
  assert.deepEqual(ann.kinds, ["serverSilent"]);
});

test("a peer who asks for a message again and again, and never says that it has it, does not put its verdict off for ever", () => {
  const { network, random } = newNetwork(3);
  const server = new Liar(network, random);
  const ann = new Person(network, random, "ann", ANN);
  const eve = new Stranger(network, random, { host: "10.0.0.66", port: 5000 });
  const run = (ms: number): void => network.run(network.now + ms);
  server.rows = [rowOf(ann, 1), eve.row(2, "eve")];
  ann.start();
  run(500);
  ann.send("eve", "hello");
  run(100);
  const [said] = eve.heard;
  assert.ok(said?.kind === "text");
  for (let second = 0; second < 60; second++) {
    eve.say({ kind: "resend", epoch: said.epoch, from: 1 });
    run(1000);
  }
  assert.deepEqual([ann.ends(), ann.machine.pending], [["notDelivered"], 0]);
});

test("a peer who talks without end to somebody in a group does not silence all others", () => {
  const { network, random } = newNetwork(3);
  const server = new Liar(network, random);
  const [ann, bob] = [new Person(network, random, "ann", ANN), new Person(network, random, "bob", BOB)];
  const eve = new Stranger(network, random, { host: "10.0.0.66", port: 5000 });
  const run = (ms: number): void => network.run(network.now + ms);
  server.rows = [rowOf(ann, 1), rowOf(bob, 2), eve.row(3, "eve")];
  server.answer = (body) => (body.kind === "joinGroup" ? { kind: "entered", group: body.group } : { kind: "done" });
  ann.start();
  bob.start();
  run(500);
  ann.ask((machine, now) => machine.joinGroup("lab", now));
  run(100);
  assert.equal(ann.machine.group, "lab");
  eve.call(ANN, rowOf(ann, 1).staticKey);
  run(500);
  for (let number = 1; number <= 4200; number++) {
    eve.say(text(number));
    if (number % 100 === 0) run(50);
  }
  run(3000);
  bob.send("ann", "hello");
  run(5000);
  assert.deepEqual(bob.ends(), ["received"]);
});

test("mail that could not be taken in an hour ago makes nobody's mail wait for a minute now", () => {
  const asked: ((reply: ReplyBody, now: number) => void)[] = [];
  const refuses = new Set<number>();
  const fetcher: Fetcher = new Fetcher({
    request: (_body, _now, answer) => asked.push(answer),
    hasRoom: () => true,
    take: ({ number }, now) => {
      if (refuses.has(number)) fetcher.refused(number, now);
    },
    mailCame: () => {},
    mailStopped: () => {},
  });
  let now = 0;
  const answer = (...numbers: readonly number[]): void => {
    const letter = { isLive: true, arrivedMs: 0, fromKey: id(1), envelope: id(1) };
    const items: MailItem[] = numbers.map((number) => ({ kind: "letter", number, ...letter }));
    asked.shift()?.({ kind: "mail", items, isLast: true }, now);
  };
  fetcher.begin(now);
  answer();
  answer();
  for (let number = 1; number <= 8; number++) {
    refuses.add(number);
    fetcher.waiting(0, now);
    answer(number);
    refuses.delete(number);
    now = fetcher.deadline;
    fetcher.wake(now);
    answer(number);
    now += 600_000;
    fetcher.waiting(0, now);
    answer();
  }
  refuses.add(9);
  fetcher.waiting(0, now);
  answer(9);
  assert.ok(fetcher.deadline - now < 5000);
});

test("a mail key that is renewed while we enter a group does not put us out of it", () => {
  const room = new Room({ address: SERVER });
  const { network, random } = room;
  const ann = new Person(network, random, "ann", ANN);
  const run = (ms: number): void => network.run(network.now + ms);
  ann.start();
  run(1000);
  ann.ask((machine, now) => machine.createGroup("Lab", now));
  run(1000);
  const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
  ann.ask((machine, now) => machine.resume(1_790_000_000_000 + WEEK_MS, now));
  network.run(network.now + 3_700_000, () => ann.isWriting("putMailKey"));
  assert.ok(ann.isWriting("putMailKey"));
  ann.ask((machine, now) => machine.joinGroup("Lab", now));
  run(2000);
  assert.equal(ann.machine.group, "Lab");
});
