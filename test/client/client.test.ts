import assert from "node:assert/strict";
import { test } from "node:test";

import { type ServerEvent } from "#server";

import { ServerActor } from "../../src/sim/server-actor.ts";
import { newNetwork, Person, SERVER } from "./stage.ts";

/** A real server and clients, everybody online. */
function room(...names: readonly string[]) {
  const { network, random } = newNetwork(1);
  const serverEvents: ServerEvent[] = [];
  const server = new ServerActor(network, random, SERVER, false, { onEvent: (event) => serverEvents.push(event) });
  server.start();
  const people = names.map((name, i) => new Person(network, random, name, { host: `10.0.0.${10 + i}`, port: 5000 }));
  for (const person of people) person.start();
  const run = (ms: number): void => network.run(network.now + ms);
  run(1000);
  for (const person of people) assert.equal(person.machine.isOnline, true);
  const [ann, bob] = people as [Person, Person];
  return { network, random, server, serverEvents, ann, bob, people, run };
}

test("registered first, then the table; a text is shown, then its sender is told, once", () => {
  const { ann, bob, run } = room("ann", "bob");
  assert.deepEqual(ann.kinds.slice(0, 2), ["registered", "tableUpdated"]);
  assert.equal(ann.send("BOB", "hello"), "accepted");
  run(1000);
  assert.deepEqual([bob.shown, ann.ends(), ann.machine.pending], [["ann: hello"], ["received"], 0]);
  const rows = ann.machine.table().map(({ name, isOnline, isSelf }) => [name, isOnline, isSelf]);
  assert.deepEqual(rows, [
    ["ann", true, true],
    ["bob", true, false],
  ]);
});

test("to oneself: shown and received, also while the server is dead", () => {
  const { server, ann, run } = room("ann", "bob");
  server.kill();
  assert.equal(ann.send("Ann", "note"), "accepted");
  run(10);
  assert.deepEqual([ann.shown, ann.ends(), ann.profile.load().outbox], [["ann: note"], ["received"], []]);
});

test("nobody of that name, a text too long, and nothing at all while offline", () => {
  const { ann, run } = room("ann", "bob");
  assert.equal(ann.send("carl", "x"), "noSuchClient");
  assert.equal(ann.send("not a name", "x"), "noSuchClient");
  assert.equal(ann.send("bob", "x".repeat(65_537)), "tooLong");
  assert.deepEqual([ann.machine.knows("bob"), ann.machine.knows("carl")], [true, false]);
  ann.ask((machine, now) => machine.deregister(now));
  run(100);
  assert.deepEqual([ann.kinds.at(-1), ann.send("bob", "x")], ["deregistered", "offline"]);
  ann.ask((machine, now) => machine.register(now));
  run(500);
  assert.deepEqual([ann.count("registered"), ann.machine.isOnline], [2, true]);
});

test("a dead peer: the verdict comes 500 ms after the message left, and the server is told", () => {
  const { network, ann, bob, run } = room("ann", "bob");
  bob.kill();
  const sentAt = network.now;
  ann.send("bob", "are you there?");
  run(3000);
  const ended = ann.events.find(({ kind }) => kind === "messageEnded");
  assert.ok(ended !== undefined);
  assert.ok(ended.at - sentAt >= 500 && ended.at - sentAt < 503, `${ended.at - sentAt}`);
  assert.deepEqual(ann.ends(), ["notDelivered"]);
  assert.equal(ann.machine.table().find(({ name }) => name === "bob")?.isOnline, false);
});

test("somebody who is offline: the verdict comes at once", () => {
  const { network, ann, bob, run } = room("ann", "bob");
  bob.ask((machine, now) => machine.deregister(now));
  run(500);
  const sentAt = network.now;
  ann.send("bob", "gone?");
  run(50);
  assert.deepEqual(ann.ends(), ["notDelivered"]);
  assert.ok((ann.events.at(-1)?.at ?? 99_999) - sentAt < 5);
});

test("two who never talked do so after the server died; and nobody is told that it is silent", () => {
  const { server, ann, bob, run } = room("ann", "bob");
  server.kill();
  run(100);
  ann.send("bob", "hello");
  bob.send("ann", "hello yourself");
  run(20_000);
  assert.deepEqual([bob.shown, ann.shown], [["ann: hello"], ["bob: hello yourself"]]);
  assert.deepEqual([ann.ends(), bob.ends(), ann.count("serverSilent")], [["received"], ["received"], 0]);
});

test("a call that takes long after the server died is news of the call only", () => {
  const { network, server, ann, bob, run } = room("ann", "bob");
  server.kill();
  network.setCut(ann.address, bob.address, true);
  ann.send("bob", "slow");
  run(200);
  network.healAll();
  run(6000);
  assert.deepEqual([bob.shown, ann.ends(), ann.count("serverSilent")], [["ann: slow"], ["received"], 0]);
});

test("a dead server is silent 2,500 ms after it was asked; then we are still online, and greeted only once", () => {
  const { network, server, ann, bob, run } = room("ann", "bob");
  server.kill();
  run(50);
  const askedAt = network.now;
  ann.ask((machine, now) => machine.deregister(now));
  run(2499);
  assert.equal(ann.count("serverSilent"), 0);
  run(2);
  const silent = ann.events.find(({ kind }) => kind === "serverSilent");
  assert.equal(silent?.at, askedAt + 2500);
  assert.equal(ann.send("bob", "still here"), "accepted");
  server.start();
  run(6000);
  assert.deepEqual([bob.shown, ann.count("registered"), ann.machine.isOnline], [["ann: still here"], 1, true]);
  ann.ask((machine, now) => machine.deregister(now));
  run(500);
  assert.equal(ann.count("deregistered"), 1);
});

test("no server at the start: silent after 2.5 s, looked for on, and greeted when it comes", () => {
  const { network, random } = newNetwork(2);
  const ann = new Person(network, random, "ann", { host: "10.0.0.10", port: 5000 });
  ann.start();
  network.run(9000);
  assert.deepEqual(
    ann.events.map(({ kind, at }) => [kind, at]),
    // The mail key is on the disk before anybody is told of it.
    [["serverSilent", 2500.3]],
  );
  new ServerActor(network, random, SERVER).start();
  network.run(14_000);
  assert.deepEqual(ann.kinds, ["serverSilent", "registered", "tableUpdated"]);
});

test("a restarted server finds us within 5 s, and there is no second welcome", () => {
  const { server, serverEvents, ann, bob, run } = room("ann", "bob");
  server.kill();
  run(1000);
  server.start();
  run(5000);
  const before = serverEvents.length;
  assert.ok(before >= 2);
  assert.ok([ann, bob].every(({ machine }) => machine.table().every(({ isOnline }) => isOnline)));
  assert.deepEqual([ann.count("registered"), bob.count("registered"), ann.count("serverSilent")], [1, 1, 0]);
});

test("the outbox of a killed client goes out at its next start, once", () => {
  const { network, ann, bob, run } = room("ann", "bob");
  network.setCut(ann.address, bob.address, true);
  ann.send("bob", "one");
  ann.send("bob", "two");
  run(20);
  ann.kill();
  network.healAll();
  run(1000);
  assert.deepEqual(bob.shown, []);
  ann.start();
  run(3000);
  assert.deepEqual(
    [bob.shown, ann.ends()],
    [
      ["ann: one", "ann: two"],
      ["received", "received"],
    ],
  );
  ann.kill();
  ann.start();
  run(3000);
  assert.deepEqual([bob.shown.length, ann.ends().length], [2, 2]);
});

test("a name belongs to its key: another one is refused, and the owner is unharmed", () => {
  const { network, random, ann, bob, run } = room("ann", "bob");
  const thief = new Person(network, random, "Bob", { host: "10.0.0.66", port: 5000 });
  thief.start();
  run(2000);
  assert.deepEqual(
    thief.events.map((event) => (event.kind === "nameTaken" ? event.name : event.kind)),
    ["Bob"],
  );
  ann.send("bob", "for bob");
  run(500);
  assert.deepEqual([bob.shown, thief.shown, bob.machine.isOnline], [["ann: for bob"], [], true]);
});

test("goodbye keeps what has no verdict for the next start, and calls nobody", () => {
  const { network, ann, bob, run } = room("ann", "bob");
  network.setCut(ann.address, bob.address, true);
  ann.send("bob", "later");
  run(50);
  ann.ask((machine) => machine.goodbye());
  run(100);
  const before = network.record.datagrams;
  run(3000);
  assert.equal(ann.profile.load().outbox.length, 1);
  assert.deepEqual(ann.ends(), []);
  assert.ok(network.record.datagrams - before < 12);
});

test("a profile that cannot be written ends the client, and tells so once", () => {
  const { ann, bob, run } = room("ann", "bob");
  ann.ask((machine) => machine.batchFailed("disk full"));
  bob.send("ann", "hello?");
  run(2000);
  assert.deepEqual(
    [ann.kinds.at(-1), ann.count("profileFailed"), ann.shown, ann.send("bob", "x")],
    ["profileFailed", 1, [], "offline"],
  );
  assert.deepEqual(bob.ends(), ["notDelivered"]);
});

test("after a sleep the client asks at once who is there", () => {
  const { network, ann, run } = room("ann", "bob");
  const before = network.record.datagrams;
  ann.ask((machine, now) => machine.resume(1_790_000_100_000, now));
  run(20);
  assert.ok(network.record.datagrams - before >= 3);
  assert.equal(ann.machine.isOnline, true);
});
