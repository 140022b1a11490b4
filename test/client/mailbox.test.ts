import assert from "node:assert/strict";
import { test } from "node:test";

import { type Weather } from "#sim";

import { Room } from "../server/room.ts";
import { newNetwork, Person, SERVER } from "./stage.ts";

const { random: dice } = newNetwork(1);

/** A real server with a mailbox, and clients who are online. */
function town(names: readonly string[], options: { readonly weather?: Weather; readonly seed?: number } = {}) {
  const room = new Room({ address: SERVER, ...options });
  const { network, random } = room;
  const people = names.map((name, i) => new Person(network, random, name, { host: `10.0.0.${10 + i}`, port: 5000 }));
  const run = (ms: number): void => network.run(network.now + ms);
  for (const person of people) person.start();
  run(1000);
  for (const person of people) assert.equal(person.machine.isOnline, true);
  const [ann, bob, carl] = people as [Person, Person, Person];
  return { room, network, people, ann, bob, carl, run };
}

/** Texts shown since a place in its events, mail marked. */
function shown(person: Person, from = 0): readonly string[] {
  return person.events.slice(from).flatMap((event) => {
    if (event.kind === "mailBegan") return ["mail:"];
    return event.kind === "messageReceived" ? [`${event.text}${event.mailedAtMs === undefined ? "" : " (mail)"}`] : [];
  });
}

test("killed, written to, back: mailed, saved, shown in order with the time, collected, and told to the sender", () => {
  const { room, ann, bob, run } = town(["ann", "bob"]);
  bob.kill();
  for (const text of ["one", "two", "three"]) ann.send("bob", text);
  run(3000);
  assert.deepEqual(ann.ends(), ["saved", "saved", "saved"]);
  assert.deepEqual([ann.count("messageMailed"), ann.machine.pending], [3, 0]);
  ann.send("bob", "four");
  run(50);
  assert.deepEqual([ann.ends().length, ann.count("messageMailed")], [4, 3]);
  room.restart();
  run(2000);
  bob.start();
  run(2000);
  assert.deepEqual(shown(bob), ["mail:", "one (mail)", "two (mail)", "three (mail)", "four (mail)"]);
  assert.equal(ann.count("mailCollected"), 4);
  assert.deepEqual([ann.profile.load().kept, room.store.load().lastNumber > 0], [[], true]);
  const seen = bob.events.length;
  bob.kill();
  bob.start();
  run(2000);
  assert.deepEqual(shown(bob, seen), []);
});

test("message 1 by mail and message 2 direct, while the recipient comes back: in order", () => {
  const { ann, bob, run } = town(["ann", "bob"]);
  bob.ask((machine, now) => machine.deregister(now));
  run(500);
  ann.send("bob", "one");
  run(500);
  bob.ask((machine, now) => machine.register(now));
  for (let i = 2; i < 30; i++) {
    ann.send("bob", `${i}`);
    run(5);
  }
  run(3000);
  const texts = bob.events.flatMap((event) => (event.kind === "messageReceived" ? [event.text] : []));
  assert.deepEqual(texts, ["one", ...Array.from({ length: 28 }, (_, i) => `${i + 2}`)]);
  assert.equal(bob.machine.tally.gapsGivenUp, 0);
});

test("the two cannot reach each other: the server hands over, live, and both are told", () => {
  const { network, ann, bob, run } = town(["ann", "bob"]);
  network.setCut(ann.address, bob.address, true);
  ann.send("bob", "one");
  ann.send("bob", "two");
  run(4000);
  assert.deepEqual(shown(bob), ["one", "two"]);
  assert.deepEqual(ann.ends().toSorted(), ["exists", "exists", "received", "received"]);
});

test("the sender is away when its mail is collected: it is told at its next start, also by a server that was restarted", () => {
  const { room, ann, bob, run } = town(["ann", "bob"]);
  bob.kill();
  ann.send("bob", "one");
  run(3000);
  ann.kill();
  run(6000);
  bob.start();
  run(2000);
  assert.deepEqual(shown(bob), ["mail:", "one (mail)"]);
  room.restart();
  run(1000);
  ann.start();
  run(2000);
  assert.deepEqual([ann.count("mailCollected"), ann.count("mailBegan")], [1, 0]);
});

test("a server that dies behind the verdict and comes back: what it did not take it is asked for again, once each", () => {
  const { room, ann, bob, run } = town(["ann", "bob"]);
  bob.kill();
  for (const text of ["one", "two"]) ann.send("bob", text);
  run(400);
  room.kill();
  run(4000);
  assert.deepEqual([ann.count("serverSilent"), ann.ends()], [1, []]);
  room.restart();
  run(12_000);
  assert.deepEqual(ann.ends(), ["saved", "saved"]);
  bob.start();
  run(2000);
  assert.deepEqual(shown(bob), ["mail:", "one (mail)", "two (mail)"]);
});

test("through the mailbox, directly and through crashes on both sides, nothing is lost, doubled or out of order", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { ann, bob, run, network } = town(["ann", "bob"], { seed });
    let count = 0;
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 4; i++) ann.send("bob", `${++count}`);
      run(200 + (dice.dice(1)[0] ?? 0) * 4);
      if (round % 3 === 0) bob.kill();
      else if (round % 3 === 1) network.setCut(ann.address, bob.address, round % 2 === 1);
      for (let i = 0; i < 4; i++) ann.send("bob", `${++count}`);
      run(100 + (dice.dice(1)[0] ?? 0) * 8);
      if (round % 3 === 0) bob.start();
    }
    network.healAll();
    run(20_000);
    const texts = bob.events.flatMap((event) => (event.kind === "messageReceived" ? [event.text] : []));
    assert.deepEqual(
      texts,
      Array.from({ length: count }, (_, i) => `${i + 1}`),
      `seed ${seed}`,
    );
    assert.deepEqual([ann.machine.pending, ann.profile.load().kept.length], [0, 0], `seed ${seed}`);
  }
});

test("a mail key is renewed on a session that stays, and mail to the old one is read still", () => {
  const { ann, bob, run, network } = town(["ann", "bob"]);
  network.setCut(ann.address, bob.address, true);
  ann.send("bob", "one");
  run(2000);
  const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
  bob.ask((machine, now) => machine.resume(1_790_000_000_000 + WEEK_MS, now));
  run(3_600_000);
  assert.equal(bob.profile.load().mailKeys.length, 2);
  ann.send("bob", "two");
  run(2000);
  assert.deepEqual([shown(bob), bob.count("registered"), bob.machine.tally.lettersRejected], [["one", "two"], 1, 0]);
});
