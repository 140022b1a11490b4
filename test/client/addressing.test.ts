import assert from "node:assert/strict";
import { test } from "node:test";

import { type ReplyBody, type TableRow } from "#chat";

import { Room } from "../server/room.ts";
import { bytes } from "./records.ts";
import { Liar, newNetwork, Person, rowOf, SERVER, Stranger } from "./stage.ts";

const EVE = { host: "10.0.0.66", port: 5000 };

/** A real server whose table is the whole one for two persons, and more clients than that. */
function crowd(...names: readonly string[]) {
  const room = new Room({ limits: { wholeTable: 2 }, address: SERVER });
  const { network, random } = room;
  const people = names.map((name, i) => new Person(network, random, name, { host: `10.0.0.${10 + i}`, port: 5000 }));
  const run = (ms: number): void => network.run(network.now + ms);
  for (const person of people) person.start();
  run(2000);
  for (const person of people) assert.equal(person.machine.isOnline, true);
  const [ann, bob, carl] = people as [Person, Person, Person];
  return { room, network, random, people, ann, bob, carl, run };
}

function names(person: Person): readonly string[] {
  return person.machine.table().map(({ name }) => name);
}

/** Ann, whose server says what the test wants, and claims that its table has not everybody. */
function den() {
  const { network, random } = newNetwork(7);
  const server = new Liar(network, random);
  server.isWhole = false;
  const ann = new Person(network, random, "ann", { host: "10.0.0.10", port: 5000 });
  const eve = new Stranger(network, random, EVE, (key) => server.vouch("eve", key));
  const run = (ms: number): void => network.run(network.now + ms);
  const own = rowOf(ann, 1);
  server.rows = [own];
  ann.start();
  run(500);
  assert.equal(ann.machine.isOnline, true);
  const answerWith = (row: TableRow | undefined): void => {
    server.answer = ({ kind }): ReplyBody => (kind === "lookUp" ? { kind: "found", row } : { kind: "done" });
  };
  return { network, random, server, ann, eve, run, own, answerWith };
}

test("two who are in nobody's table talk both ways, and each is kept up to date for the other from then on", () => {
  const { ann, bob, carl, run } = crowd("ann", "bob", "carl", "dan");
  assert.deepEqual([names(ann), names(bob)], [["ann"], ["bob"]]);
  assert.deepEqual([ann.send("BOB", "one"), ann.send("bob", "two"), ann.machine.pending], ["accepted", "accepted", 2]);
  run(300);
  assert.deepEqual(
    [bob.shown, ann.ends()],
    [
      ["ann: one", "ann: two"],
      ["received", "received"],
    ],
  );
  assert.deepEqual([names(ann), names(bob)], [["ann", "bob"], ["bob"]]);
  bob.send("ann", "back");
  run(300);
  assert.deepEqual([ann.shown, bob.ends(), names(bob)], [["bob: back"], ["received"], ["ann", "bob"]]);
  bob.ask((machine, now) => machine.deregister(now));
  run(300);
  assert.equal(ann.machine.table().find(({ name }) => name === "bob")?.isOnline, false);
  ann.send("bob", "gone?");
  run(50);
  assert.deepEqual([ann.ends().at(-1), names(carl)], ["saved", ["carl"]]);
});

test("whoever was written to can answer when the server is dead, too", () => {
  const { room, ann, bob, run } = crowd("ann", "bob", "carl");
  ann.send("bob", "hello");
  run(300);
  room.kill();
  bob.send("Ann", "hello yourself");
  run(5000);
  assert.deepEqual([ann.shown, bob.ends(), bob.count("serverSilent")], [["bob: hello yourself"], ["received"], 0]);
});

test("a name that nobody has: told once the server has said so, a line for each text, and no verdict", () => {
  const { ann, run } = crowd("ann", "bob", "carl");
  assert.deepEqual(
    [ann.send("Zoe", "1"), ann.send("zoe", "2"), ann.send("no name", "3")],
    ["accepted", "accepted", "noSuchClient"],
  );
  assert.equal(
    ann.ask((machine, now) => machine.trust("zoe", now)),
    "asked",
  );
  assert.equal(ann.machine.pending, 3);
  run(300);
  const unknown = ann.events.flatMap((event) => (event.kind === "unknownName" ? [event] : []));
  assert.deepEqual(
    unknown.map(({ name, messageId }) => [name, messageId?.length]),
    [
      ["Zoe", 16],
      ["zoe", 16],
      ["zoe", undefined],
    ],
  );
  assert.deepEqual([ann.ends(), ann.machine.pending, ann.profile.load().outbox], [[], 0, []]);
});

test("where the table has everybody, a name that it lacks is nobody's at once", () => {
  const { server, ann, own, run } = den();
  assert.equal(ann.send("zoe", "x"), "accepted");
  run(100);
  server.isWhole = true;
  server.tell([own]);
  run(100);
  const { length } = server.asked;
  assert.equal(ann.send("zoe", "x"), "noSuchClient");
  assert.equal(
    ann.ask((machine, now) => machine.trust("zoe", now)),
    "noSuchClient",
  );
  run(100);
  assert.deepEqual([server.asked.length, ann.machine.pending], [length, 0]);
});

test("a dead server: silent 2.5 s after a name was asked for; what waited for it is not delivered", () => {
  const { room, network, ann, run } = crowd("ann", "bob", "carl");
  room.kill();
  run(50);
  const askedAt = network.now;
  ann.send("bob", "1");
  ann.send("bob", "2");
  run(2400);
  assert.deepEqual([ann.ends(), ann.count("serverSilent"), ann.machine.pending], [[], 0, 2]);
  run(200);
  const silent = ann.events.find(({ kind }) => kind === "serverSilent");
  assert.ok(silent !== undefined && silent.at - askedAt >= 2500 && silent.at - askedAt < 2510);
  assert.deepEqual(
    [ann.ends(), ann.kinds.at(-1), ann.machine.pending],
    [["notDelivered", "notDelivered"], "serverSilent", 0],
  );
  room.restart();
  run(6000);
  ann.send("bob", "3");
  run(1000);
  assert.deepEqual(ann.ends().at(-1), "received");
});

test("what a profile kept is looked up, too: it goes out after a restart, or ends where nobody has the name", () => {
  const { room, network, ann, bob, carl, run } = crowd("ann", "bob", "carl");
  for (const { address } of [bob, carl]) network.setCut(ann.address, address, true);
  ann.send("bob", "one");
  ann.send("carl", "two");
  run(150);
  ann.kill();
  assert.equal(ann.profile.load().outbox.length, 2);
  network.healAll();
  carl.ask((machine, now) => machine.deregister(now));
  run(300);
  assert.equal(room.server.release("carl"), true);
  run(1000);
  ann.events.length = 0;
  ann.start();
  run(3000);
  assert.deepEqual([bob.shown, ann.ends().toSorted()], [["ann: one"], ["received", "refused"]]);
  assert.equal(ann.count("serverSilent"), 0);
});

test("whoever falls out of the table while something is under way is looked up again", () => {
  const { server, ann, eve, run, own, answerWith } = den();
  answerWith(eve.row(2, "eve", { isOnline: true, address: { host: "10.0.0.99", port: 1 } }));
  ann.send("eve", "one");
  run(100);
  assert.deepEqual([server.count("lookUp"), ann.ends()], [1, []]);
  answerWith(eve.row(2, "eve"));
  server.tell([own]);
  run(450);
  assert.deepEqual([server.count("lookUp"), eve.heard.map(({ kind }) => kind)], [2, ["text"]]);
});

test("a row that was shown counts until the next update; a name that is somebody else's by then is another person's", () => {
  const { server, ann, eve, run, own, answerWith } = den();
  answerWith(eve.row(2, "eve"));
  ann.send("eve", "one");
  run(300);
  assert.deepEqual(
    eve.heard.map(({ kind }) => kind),
    ["text"],
  );
  assert.deepEqual(names(ann), ["ann"]);
  server.tell([own, eve.row(2, "eve")]);
  run(100);
  ann.send("eve", "two");
  run(300);
  assert.deepEqual([server.count("lookUp"), eve.heard.length, names(ann)], [1, 2, ["ann", "eve"]]);
});

test("a server that names somebody else, or ourselves, has found nobody", () => {
  const { ann, eve, own, run, answerWith } = den();
  answerWith(eve.row(2, "mallory"));
  ann.send("eve", "one");
  run(100);
  answerWith({ ...own, name: "carl" });
  ann.send("carl", "two");
  run(100);
  assert.deepEqual([ann.count("unknownName"), eve.heard, ann.shown, ann.ends()], [2, [], [], []]);
});

test("a refused look-up is told, and what waited is not delivered", () => {
  const { server, ann, run } = den();
  server.answer = () => ({ kind: "refused", code: 5, text: "too many" });
  ann.send("eve", "one");
  run(100);
  assert.deepEqual(ann.kinds.slice(-2), ["refused", "messageEnded"]);
  assert.deepEqual([ann.ends(), ann.machine.isOnline], [["notDelivered"], true]);
});

test("a changed key of somebody who must be looked up: held, and trusted after the server has said whose the name is", () => {
  const { server, ann, eve, run, own, answerWith, network, random } = den();
  eve.call(ann.address, own.staticKey);
  run(300);
  eve.say({ ...text, messageId: bytes(1, 16) });
  run(100);
  assert.deepEqual(ann.shown, ["eve: hello"]);
  eve.stop();
  const mallory = new Stranger(network, random, { host: "10.0.0.68", port: 5000 }, (key) => server.vouch("Eve", key));
  mallory.call(ann.address, own.staticKey);
  run(300);
  mallory.say({ ...text, messageId: bytes(2, 16), text: "it is me" });
  run(100);
  assert.deepEqual([ann.shown.length, ann.count("keyChanged")], [1, 1]);
  answerWith(mallory.row(2, "Eve"));
  assert.equal(
    ann.ask((machine, now) => machine.trust("eve", now)),
    "asked",
  );
  ann.send("eve", "welcome back");
  run(500);
  assert.deepEqual(ann.shown, ["eve: hello", "Eve: it is me"]);
  assert.deepEqual(mallory.heard.map(({ kind }) => kind).toSorted(), ["receipts", "text"]);
  answerWith(mallory.row(2, "Eve"));
  server.tell([own]);
  run(100);
  assert.equal(
    ann.ask((machine, now) => machine.trust("eve", now)),
    "asked",
  );
  run(100);
  assert.equal(ann.kinds.at(-1), "nothingToAccept");
});

test("an answer goes to whom the name was pinned to, not to whoever shows a word for it that is old", () => {
  const { server, ann, eve, run, own, answerWith, network, random } = den();
  answerWith(eve.row(2, "eve"));
  ann.send("eve", "pins eve");
  run(300);
  const [pinning] = eve.heard;
  assert.ok(pinning?.kind === "text");
  eve.say({ kind: "receipts", messageIds: [pinning.messageId] });
  run(100);
  server.tell([own]);
  eve.endpoint.close(eve.session, 0, "");
  eve.turn();
  run(100);
  const mallory = new Stranger(network, random, { host: "10.0.0.68", port: 5000 }, (key) => server.vouch("eve", key));
  mallory.call(ann.address, own.staticKey);
  run(300);
  assert.equal(mallory.sessions.length, 1);
  answerWith(undefined);
  ann.send("eve", "for eve");
  run(300);
  assert.deepEqual([mallory.heard, ann.count("unknownName")], [[], 1]);
});

test("leaving, what is being looked up ends: nothing is sent later", () => {
  const { server, ann, run } = den();
  server.answer = ({ kind }) => (kind === "deregister" ? { kind: "done" } : undefined);
  ann.send("eve", "one");
  run(50);
  ann.ask((machine, now) => machine.deregister(now));
  run(100);
  assert.deepEqual([ann.ends(), ann.kinds.at(-1), ann.machine.pending], [["notDelivered"], "deregistered", 0]);
  assert.deepEqual(
    [ann.send("eve", "x"), ann.ask((machine, now) => machine.trust("eve", now))],
    ["offline", "offline"],
  );
});

const text = {
  kind: "text",
  messageId: bytes(1, 16),
  epoch: bytes(1, 8),
  number: 1,
  floor: 1,
  hasEarlier: false,
  sentAtMs: 0,
  text: "hello",
} as const;
