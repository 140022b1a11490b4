import assert from "node:assert/strict";
import { test } from "node:test";

import type { PeerMessage } from "#envelope";

import { Liar, newNetwork, Person, rowOf, SERVER, Stranger } from "./stage.ts";
import { bytes } from "./records.ts";

const ANN = { host: "10.0.0.10", port: 5000 };
const EVE = { host: "10.0.0.66", port: 5000 };

/** Ann, a server that says what the test wants, and a peer that does. */
function den(isVouched = false) {
  const { network, random } = newNetwork(3);
  const server = new Liar(network, random);
  const ann = new Person(network, random, "ann", ANN);
  const eve = new Stranger(network, random, EVE, (key) => (isVouched ? server.vouch("eve", key) : undefined));
  const run = (ms: number): void => network.run(network.now + ms);
  const own = rowOf(ann, 1);
  server.rows = isVouched ? [own] : [own, eve.row(2, "eve")];
  ann.start();
  run(500);
  assert.equal(ann.machine.isOnline, true);
  const call = (): void => {
    eve.call(ANN, own.staticKey);
    run(500);
  };
  return { network, random, server, ann, eve, run, own, call };
}

function text(number: number, changes: Partial<Extract<PeerMessage, { kind: "text" }>> = {}): PeerMessage {
  return {
    kind: "text",
    messageId: bytes(number, 16),
    epoch: bytes(1, 8),
    number,
    floor: 1,
    hasEarlier: false,
    sentAtMs: 0,
    text: `${number}`,
    ...changes,
  };
}

test("a peer who is in no table and has no word of our server is not let in", () => {
  const { network, random, ann, own, run } = den();
  const other = new Liar(network, random, { host: "10.0.0.2", port: 4000 });
  for (const registration of [
    undefined,
    (key: Uint8Array) => other.vouch("carl", key),
    () => other.vouch("carl", bytes(1, 32)),
  ]) {
    const carl = new Stranger(network, random, { host: "10.0.0.67", port: 5000 }, registration);
    carl.call(ANN, own.staticKey);
    run(3000);
    carl.say(text(1));
    run(500);
    carl.stop();
  }
  assert.deepEqual(ann.shown, []);
  assert.equal(ann.machine.sizes.peers, 0);
});

test("the server's word lets in whom the table does not have; but not under a name that it gives to somebody else", () => {
  const { server, ann, eve, own, call, run } = den(true);
  call();
  eve.say(text(1));
  run(100);
  assert.deepEqual(ann.shown, ["eve: 1"]);
  server.tell([own, eve.row(2, "Eve", { personKey: bytes(9, 32) })]);
  run(100);
  eve.endpoint.abandon(eve.session);
  call();
  const before = eve.sessions.length;
  eve.say(text(2));
  run(100);
  assert.deepEqual([ann.shown, before], [["eve: 1"], eve.sessions.length]);
});

test("a changed key: nothing is sent, nothing shown until trust, then both; also over a restart", () => {
  const { ann, eve, server, own, call, run, network, random } = den();
  call();
  eve.say(text(1));
  run(100);
  const mallory = new Stranger(network, random, { host: "10.0.0.68", port: 5000 });
  server.tell([own, mallory.row(2, "eve")]);
  run(100);
  assert.equal(ann.send("eve", "secret"), "accepted");
  mallory.call(ANN, own.staticKey);
  run(1000);
  mallory.say(text(1, { text: "I am eve" }));
  run(1000);
  assert.deepEqual([ann.shown, mallory.heard, ann.machine.pending], [["eve: 1"], [], 0]);
  assert.equal(ann.count("keyChanged"), 2);
  ann.kill();
  ann.start();
  run(3000);
  mallory.call(ANN, own.staticKey);
  run(3000);
  assert.deepEqual([ann.shown.length, mallory.heard, ann.count("keyChanged")], [1, [], 3]);
  assert.equal(
    ann.ask((machine, now) => machine.trust("eve", now)),
    "accepted",
  );
  run(2000);
  assert.deepEqual(ann.shown, ["eve: 1", "eve: I am eve"]);
  assert.deepEqual(mallory.heard.map(({ kind }) => kind).toSorted(), ["receipts", "text"]);
  assert.equal(
    ann.ask((machine, now) => machine.trust("eve", now)),
    "nothingToAccept",
  );
});

test("whoever must be trusted is not by another name, either", () => {
  const { ann, server, own, run, network, random } = den();
  ann.send("eve", "pins eve");
  const mallory = new Stranger(network, random, { host: "10.0.0.68", port: 5000 });
  server.tell([own, mallory.row(2, "eve")]);
  run(1000);
  mallory.call(ANN, own.staticKey);
  run(500);
  mallory.say(text(1));
  run(100);
  server.tell([own, mallory.row(2, "carl")]);
  run(300);
  mallory.say(text(2));
  run(300);
  assert.deepEqual(ann.shown, []);
  ann.ask((machine, now) => machine.trust("carl", now));
  run(300);
  assert.deepEqual(ann.shown, ["carl: 1", "carl: 2"]);
});

test("a table that gives our own name, or our own key, to somebody else takes nothing from us", () => {
  const { server, ann, eve, own, call, run } = den();
  server.tell([own, eve.row(2, "Ann")]);
  run(100);
  call();
  ann.send("ann", "to myself");
  eve.say(text(1));
  run(500);
  assert.deepEqual([ann.shown, eve.heard], [["ann: to myself"], []]);
  server.tell([rowOf(ann, 1, { name: "carl", address: EVE, staticKey: eve.staticKey.publicKey })]);
  run(300);
  assert.deepEqual([ann.send("carl", "x"), ann.send("ann", "again")], ["noSuchClient", "accepted"]);
});

test("a peer whom our server vouches for under our own name, however it is written, is not let in", () => {
  const { network, random, server, ann, own, run } = den();
  server.tell([]);
  run(100);
  for (const [i, name] of ["ann", "ANN", "\u0430nn"].entries()) {
    const twin = new Stranger(network, random, { host: `10.0.0.${70 + i}`, port: 5000 }, (key) =>
      server.vouch(name, key),
    );
    twin.call(ANN, own.staticKey);
    run(500);
    assert.equal(ann.machine.sizes.peers, 0, name);
    twin.say(text(1));
    run(500);
    assert.deepEqual(ann.shown, [], name);
    twin.stop();
  }
});

test("a peer who was let in and gets our own name afterwards is not heard any more", () => {
  const { server, ann, eve, own, call, run } = den();
  call();
  eve.say(text(1));
  run(100);
  server.tell([own, eve.row(2, "Ann")]);
  run(100);
  eve.say(text(2));
  run(100);
  assert.deepEqual([ann.shown, ann.machine.sizes.peers], [["eve: 1"], 1]);
});

test("who answers a call must be the person, not only have the key that the table says", () => {
  const { server, ann, eve, own, run } = den();
  server.tell([own, eve.row(2, "bob", { personKey: bytes(7, 32) }), eve.row(3, "eve")]);
  run(100);
  ann.send("bob", "for bob only");
  run(3000);
  assert.deepEqual([ann.ends(), eve.heard, eve.sessions], [["notDelivered"], [], []]);
});

test("lies in a text close the session and leave the profile as it was", () => {
  const most = Number.MAX_SAFE_INTEGER;
  const lies = [
    { number: 0, floor: 0 },
    { number: most, floor: most },
    { number: 2 ** 48 + 1 },
    { number: 3, floor: 4 },
    { number: 3, floor: 0 },
  ];
  for (const lie of lies) {
    const { ann, eve, call, run } = den();
    call();
    eve.say(text(1, lie));
    run(300);
    assert.deepEqual([ann.shown, eve.ends, ann.profile.load().progress], [[], [1], []], JSON.stringify(lie));
  }
  const { ann, eve, call, run } = den();
  call();
  eve.raw(Uint8Array.of(7, 7, 7));
  run(300);
  assert.deepEqual([eve.ends, ann.shown], [[1], []]);
  call();
  eve.say(text(2 ** 48, { floor: 2 ** 48, messageId: bytes(5, 16) }));
  run(300);
  assert.deepEqual([ann.shown.length, ann.profile.load().progress[0]?.next], [1, 2 ** 48 + 1]);
});

test("receipts for what was not sent, and a flood of wishes, change nothing and cost little", () => {
  const { network, ann, eve, call, run } = den();
  call();
  ann.send("eve", "x".repeat(20_000));
  run(300);
  const [sent] = eve.heard;
  assert.ok(sent?.kind === "text");
  eve.say({ kind: "receipts", messageIds: [bytes(1, 16), bytes(2, 16)] });
  const before = network.record.bytes;
  for (let i = 0; i < 200; i++) eve.say({ kind: "resend", epoch: sent.epoch, from: 1 });
  run(900);
  assert.deepEqual(ann.ends(), []);
  assert.ok(network.record.bytes - before < 100_000, `${network.record.bytes - before}`);
  eve.say({ kind: "receipts", messageIds: [sent.messageId, sent.messageId] });
  run(100);
  assert.deepEqual(ann.ends(), ["received"]);
});

test("an application that does not ask is not told without end, and nothing is lost", () => {
  const { ann, eve, call, run, network } = den();
  call();
  const long = "x".repeat(60_000);
  const taken: ReturnType<typeof ann.machine.nextEvent>[] = [];
  const { machine } = ann;
  const next = machine.nextEvent.bind(machine);
  machine.nextEvent = () => undefined;
  for (let i = 1; i <= 400; i++) {
    eve.say(text(i, { messageId: bytes(i & 255, 16).fill(i >> 8, 8), text: long }));
    if (i % 20 === 0) run(200);
  }
  run(2000);
  for (let event = next(); event !== undefined; event = next()) taken.push(event);
  const count = taken.filter((event) => event?.kind === "messageReceived").length;
  assert.ok(count > 200 && count < 320, `${count}`);
  machine.nextEvent = next;
  const heard = eve.heard.length;
  run(1500);
  const wish =
    eve.heard.slice(heard).findLast(({ kind }) => kind === "resend") ??
    eve.heard.findLast(({ kind }) => kind === "resend");
  assert.deepEqual(wish?.kind === "resend" && wish.from, count + 1);
  assert.ok(network.violations.length === 0);
});

test("tables that do not add up are asked for anew, one at a time; no answer to that is no news", () => {
  const { server, ann, own, run } = den();
  server.answer = () => undefined;
  for (let i = 0; i < 50; i++) server.tell([own], { hash: bytes(i, 16) });
  run(500);
  assert.equal(server.count("resync"), 1);
  run(10_600);
  server.tell([own], { hash: bytes(1, 16) });
  run(500);
  assert.deepEqual([server.count("resync"), ann.count("serverSilent")], [2, 0]);
});

test("a first table that does not add up and is not told anew is a server that does not respond", () => {
  const { network, random } = newNetwork(4);
  const server = new Liar(network, random);
  const ann = new Person(network, random, "ann", ANN);
  server.answer = () => undefined;
  server.hash = bytes(1, 16);
  ann.start();
  network.run(11_000);
  assert.deepEqual([server.count("resync"), ann.kinds], [1, ["serverSilent"]]);
});

test("an introduction to ourselves, and a thousand to others, send little", () => {
  const { network, server, ann, own, run } = den();
  const hosts = new Map<string, number>();
  network.onDatagram = (from, to, sent) => {
    if (from === ann.address) hosts.set(to.host, (hosts.get(to.host) ?? 0) + sent.length);
  };
  const victim = { host: "203.0.113.5", port: 80 };
  for (let i = 0; i < 1000; i++) {
    const who = i === 0 ? own : { personKey: bytes(i & 255, 32).fill(i >> 8, 16), staticKey: own.staticKey };
    server.notify({
      kind: "introduction",
      personKey: who.personKey,
      staticKey: bytes(9, 32),
      token: bytes(i & 255, 16),
      observed: victim,
      claimed: [],
    });
  }
  run(9000);
  assert.ok((hosts.get(victim.host) ?? 0) > 0);
  assert.ok((hosts.get(victim.host) ?? 0) <= 4096, `${hosts.get(victim.host)}`);
});

test("a server that is not the pinned one is told of once, and accepted only when asked to", () => {
  const { network, random, server, ann, run } = den();
  ann.kill();
  server.stop();
  const other = new Liar(network, random, SERVER);
  ann.events.length = 0;
  ann.start();
  run(7000);
  assert.deepEqual([ann.count("serverChanged"), ann.count("registered"), other.asked], [1, 0, []]);
  ann.kill();
  ann.start({ acceptsNewServer: true });
  other.rows = [rowOf(ann, 1)];
  run(1000);
  assert.equal(ann.count("registered"), 1);
  ann.kill();
  ann.start({ fingerprint: "0000" });
  run(3000);
  assert.deepEqual([ann.count("serverChanged"), ann.count("registered")], [2, 1]);
});

test("refused at the start: with the reason, and offline", () => {
  const { network, random } = newNetwork(4);
  const server = new Liar(network, random);
  const ann = new Person(network, random, "ann", ANN);
  server.refusal = { kind: "refused", code: 4, text: "the directory is full" };
  ann.start();
  network.run(1000);
  assert.deepEqual(ann.kinds, ["refused"]);
  server.refusal = undefined;
  server.rows = [rowOf(ann, 1)];
  ann.ask((machine, now) => machine.register(now));
  network.run(2000);
  assert.deepEqual(ann.kinds, ["refused", "registered", "tableUpdated"]);
});

test("a row whose key nobody can have is nobody's whereabouts: the verdict comes, and no call", () => {
  const { server, eve, ann, run, own } = den();
  server.rows = [own, eve.row(2, "bob", { staticKey: new Uint8Array(32) })];
  server.tell(server.rows);
  run(500);
  const sizes = ann.machine.sizes.calls;
  ann.send("bob", "hello");
  run(1000);
  assert.deepEqual([ann.ends().at(-1), sizes], ["notDelivered", 0]);
});

test("a first table that takes its time is waited for while its parts come", () => {
  const { network, random } = newNetwork(7);
  const server = new Liar(network, random);
  const ann = new Person(network, random, "ann", ANN);
  const tell = server.tell.bind(server);
  server.tell = () => {};
  ann.start();
  network.run(network.now + 500);
  const part = { to: 7, isFirst: false, isLast: false, changes: [] };
  tell([rowOf(ann, 1)], { to: 7, isLast: false });
  network.run(network.now + 8000);
  tell([rowOf(ann, 1)], part);
  network.run(network.now + 8000);
  assert.deepEqual(ann.kinds, []);
  tell([rowOf(ann, 1)], { ...part, isLast: true });
  network.run(network.now + 8000);
  assert.deepEqual([ann.count("registered"), ann.count("serverSilent")], [1, 0]);
});
