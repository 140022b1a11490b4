import assert from "node:assert/strict";
import { test } from "node:test";

import { certifyDevice, isValidRegistration, RefusalCode, registrationProof } from "#chat";
import { signingKey } from "#crypto";
import { serverKeys } from "#server";
import { calm } from "#sim";

import { refusalOf, Room, WALL_MS } from "./room.ts";

test("a registration is answered with the server's word, then the table", () => {
  const room = new Room();
  const client = room.connected("Alice");
  const reply = room.ask(client, client.registerBody());
  assert.ok(reply.kind === "registered");
  const { identity } = serverKeys(room.seed);
  assert.ok(isValidRegistration(reply.registration, identity.publicKey, WALL_MS + 29 * 24 * 3600 * 1000));
  assert.ok(!isValidRegistration(reply.registration, identity.publicKey, WALL_MS + 31 * 24 * 3600 * 1000));
  assert.equal(reply.registration.name, "Alice");
  assert.deepEqual(reply.registration.personKey, client.person.publicKey);
  room.run(50);
  assert.deepEqual(client.heard, ["reply registered", "notice table"]);
  assert.deepEqual(client.table.summary, { Alice: "10.0.0.2:5000" });
  assert.deepEqual(room.lines, ["[Client Alice registered from 10.0.0.2:5000]"]);
});

test("registered is not said before the name is durable", () => {
  const room = new Room();
  const client = room.connected("alice");
  const other = room.registered("bob");
  room.isStoreHeld = true;
  const id = client.register();
  room.run(400);
  assert.equal(client.replies.has(id), false);
  assert.deepEqual(Object.keys(other.table.summary), ["bob"]);
  assert.deepEqual(room.lines, ["[Client bob registered from 10.0.0.3:5000]"]);
  room.letStoreGo();
  room.run(400);
  assert.equal(client.replies.get(id)?.kind, "registered");
  assert.deepEqual(Object.keys(other.table.summary), ["alice", "bob"]);
});

test("a store that fails is a refusal, and nobody is in the table for it; the next try works", () => {
  const room = new Room();
  const client = room.connected("alice");
  room.isStoreBroken = true;
  assert.equal(refusalOf(room.ask(client, client.registerBody())), RefusalCode.storeFailed);
  assert.deepEqual(room.server.clients(), []);
  room.isStoreBroken = false;
  assert.equal(room.ask(client, client.registerBody()).kind, "registered");
});

test("a name belongs to its key: however it is written, whether its owner is here, away or gone, nobody else gets it", () => {
  const room = new Room();
  const owner = room.registered("Yb");
  const thief = room.connected("yb");
  for (const name of ["yb", "Yb", "YB", "yＢ"]) {
    assert.equal(refusalOf(room.ask(thief, thief.registerBody({ name }))), RefusalCode.nameTaken, name);
  }
  owner.close();
  room.run(100);
  assert.equal(refusalOf(room.ask(thief, thief.registerBody())), RefusalCode.nameTaken);
  room.restart();
  room.connect(thief);
  assert.equal(refusalOf(room.ask(thief, thief.registerBody())), RefusalCode.nameTaken);
  assert.deepEqual(
    room.store.load().persons.map(({ name, personKey }) => [name, personKey]),
    [["Yb", owner.person.publicKey]],
  );
});

test("two keys that ask for one name in one turn: the store decides, and only one of them has it", () => {
  const room = new Room();
  const [a, b] = [room.connected("same"), room.connected("same")];
  room.isStoreHeld = true;
  const ids = [a.register(), b.register()];
  room.run(300);
  room.letStoreGo();
  room.run(300);
  assert.equal(a.replies.get(ids[0] ?? 0)?.kind, "registered");
  assert.equal(refusalOf(b.replies.get(ids[1] ?? 0)), RefusalCode.nameTaken);
  assert.equal(room.server.clients().length, 1);
});

test("a name unused for 30 days is free, one unused for less is not", () => {
  const room = new Room();
  const owner = room.registered("alice");
  owner.close();
  room.run(100);
  const day = 24 * 3600 * 1000;
  room.restart(WALL_MS + 29.9 * day);
  const heir = room.connected("ALICE");
  assert.equal(refusalOf(room.ask(heir, heir.registerBody())), RefusalCode.nameTaken);
  room.server.setWallOffset(WALL_MS + 30.1 * day);
  assert.equal(room.ask(heir, heir.registerBody()).kind, "registered");
  room.run(100);
  assert.deepEqual(heir.table.summary, { ALICE: "10.0.0.3:5000" });
  assert.equal(room.store.load().persons.length, 1);
});

test("a key that takes another name gives up the one it had", () => {
  const room = new Room();
  const client = room.registered("first");
  const watcher = room.registered("watcher");
  assert.equal(room.ask(client, client.registerBody({ name: "second" })).kind, "registered");
  room.run(200);
  assert.deepEqual(Object.keys(watcher.table.summary), ["second", "watcher"]);
  const heir = room.connected("first");
  assert.equal(room.ask(heir, heir.registerBody()).kind, "registered");
});

test("registering again on the same session changes nothing and prints nothing", () => {
  const room = new Room();
  const client = room.registered("alice");
  const { rows } = client.table;
  assert.equal(room.ask(client, client.registerBody({ table: client.mark })).kind, "registered");
  room.run(200);
  assert.equal(client.table.wholes, 1);
  assert.equal(client.table.steps, 2);
  assert.equal(rows.size, 1);
  assert.equal(room.lines.length, 1);
});

test("a second process of somebody who is here is refused, and the first is unharmed", () => {
  const room = new Room();
  const first = room.registered("alice");
  const second = room.connected("alice", { person: first.person, staticKey: first.staticKey });
  assert.equal(refusalOf(room.ask(second, second.registerBody())), RefusalCode.nameTaken);
  assert.deepEqual(first.ends, []);
  assert.equal(room.ask(first, { kind: "resync" }).kind, "done");
  assert.deepEqual(room.lines, ["[Client alice registered from 10.0.0.2:5000]"]);
  assert.deepEqual(room.server.clients(), [
    { name: "alice", address: { host: "10.0.0.2", port: 5000 }, isOnline: true },
  ]);
});

test("whoever returns after a crash is let in once the old session is found silent", () => {
  const room = new Room();
  const before = room.registered("alice");
  before.kill();
  const after = room.connected("alice", {
    person: before.person,
    staticKey: before.staticKey,
    address: before.host.address,
  });
  const start = room.network.now;
  assert.equal(room.ask(after, after.registerBody()).kind, "registered");
  const tookMs = room.network.now - start;
  assert.ok(tookMs > 490 && tookMs < 1000, `${tookMs} ms`);
  room.run(200);
  assert.deepEqual(after.table.summary, { alice: "10.0.0.2:5000" });
  const line = "[Client alice registered from 10.0.0.2:5000]";
  assert.deepEqual(room.lines, [line, "[Client alice offline: no answer]", line]);
});

test("several processes of one person at once: one of them is in, the others are refused", () => {
  const room = new Room();
  const one = room.connected("alice");
  const others = [1, 2, 3].map(() => room.connected("alice", { person: one.person }));
  const ids = [one, ...others].map((client) => client.register());
  room.run(5000);
  const kinds = [one, ...others].map((client, i) => client.replies.get(ids[i] ?? 0)?.kind);
  assert.deepEqual(
    kinds.map(String).toSorted((a, b) => a.localeCompare(b)),
    ["refused", "refused", "refused", "registered"],
  );
  assert.equal(room.lines.length, 1);
});

test("a new session of the same process takes over without a line, a probe or a table anew", () => {
  const room = new Room();
  const client = room.registered("alice");
  const watcher = room.registered("bob");
  room.run(200);
  const { steps } = watcher.table;
  room.connect(client);
  assert.deepEqual(client.ends, [{ by: "superseded" }]);
  const start = room.network.now;
  assert.equal(room.ask(client, client.registerBody({ table: client.mark })).kind, "registered");
  assert.ok(room.network.now - start < 50, "nobody was asked");
  room.run(500);
  assert.equal(client.table.wholes, 1);
  assert.equal(watcher.table.steps, steps);
  assert.equal(room.lines.length, 2);
  assert.deepEqual(client.table.faults, []);
});

test("a forged, replayed or borrowed proof, and another's device, are refused and change nothing", () => {
  const room = new Room();
  const victim = room.registered("victim");
  const captured = victim.registerBody();
  const mallory = room.connected("mallory");
  const proof = mallory.person.sign(registrationProof(mallory.handshakeHash, "mallory"));
  const stranger = signingKey(room.random.dice(32));
  const tries = {
    "captured from another session": captured,
    "captured proof, own device": mallory.registerBody({ name: "victim", proof: captured.proof }),
    "of another name": mallory.registerBody({ name: "other", proof }),
    "of no key": mallory.registerBody({ proof: new Uint8Array(64) }),
    "device of another": mallory.registerBody({ device: victim.device }),
    "device certified by another person": mallory.registerBody({
      device: mallory.certify(stranger),
      proof: stranger.sign(registrationProof(mallory.handshakeHash, "mallory")),
    }),
    "another device of the own person": mallory.registerBody({
      device: certifyDevice(mallory.person, { ...mallory.device, staticKey: victim.staticKey.publicKey }),
    }),
    "device with a broken signature": mallory.registerBody({
      device: { ...mallory.device, signature: new Uint8Array(64) },
    }),
  };
  for (const [what, body] of Object.entries(tries))
    assert.equal(refusalOf(room.ask(mallory, body)), RefusalCode.invalidProof, what);
  assert.deepEqual(
    room.server.clients().map(({ name }) => name),
    ["victim"],
  );
  assert.deepEqual(victim.ends, []);
  assert.equal(room.ask(mallory, mallory.registerBody()).kind, "registered");
});

test("a proof replayed on a later session of its own client is refused", () => {
  const room = new Room();
  const client = room.connected("alice");
  const old = client.registerBody();
  room.run(100);
  room.connect(client);
  assert.equal(refusalOf(room.ask(client, old)), RefusalCode.invalidProof);
});

test("a handshake that shows another's device certificate opens no session", () => {
  const room = new Room();
  const victim = room.registered("victim");
  const mallory = room.connected("mallory", { device: victim.device });
  room.run(2000);
  assert.deepEqual([room.server.sizes.visitors, room.server.sizes.sessions], [1, 1]);
  assert.equal(room.asked(mallory, mallory.registerBody(), 500), undefined);
});

test("names that cannot be one are refused", () => {
  const room = new Room();
  const client = room.connected("alice");
  for (const name of ["", "..", "-x", "a b", "a\u0000", "x".repeat(33)]) {
    assert.equal(
      refusalOf(room.ask(client, client.registerBody({ name }))),
      RefusalCode.unusableName,
      JSON.stringify(name),
    );
  }
});

test("release frees a name: its owner is put out, and the next one gets it", () => {
  const room = new Room();
  const owner = room.registered("alice");
  const watcher = room.registered("bob");
  assert.equal(room.server.release("nobody"), false);
  assert.equal(room.server.release("ALICE"), true);
  room.network.turn(room.host);
  room.run(300);
  assert.deepEqual(owner.ends, [{ by: "peer", code: 67, reason: "the name was freed" }]);
  assert.deepEqual(watcher.table.summary, { bob: "10.0.0.3:5000" });
  assert.equal(room.lines.at(-1), "[Client alice deregistered]");
  room.registered("alice");
});

test("a name that its owner gives up while it is being freed takes nobody along", () => {
  const room = new Room();
  const owner = room.registered("old");
  room.isStoreHeld = true;
  const id = owner.register({ name: "new" });
  room.run(100);
  assert.equal(room.server.release("old"), true);
  room.letStoreGo();
  room.run(300);
  assert.equal(owner.replies.get(id)?.kind, "registered");
  assert.deepEqual(
    room.server.clients().map(({ name, isOnline }) => [name, isOnline]),
    [["new", true]],
  );
  assert.deepEqual(
    room.store.load().persons.map(({ name }) => name),
    ["new"],
  );
});

test("what is asked behind a registration is answered after it", () => {
  const room = new Room();
  const client = room.connected("alice");
  room.isStoreHeld = true;
  client.register();
  client.request({ kind: "lookUp", name: "alice" });
  room.run(100);
  assert.equal(client.replies.size, 0);
  room.letStoreGo();
  room.run(100);
  assert.deepEqual(
    [...client.replies.values()].map(({ kind }) => kind),
    ["registered", "found"],
  );
});

test("whoever dies right after it was found present, with packets still under way, is let in again", () => {
  const room = new Room({ weather: { ...calm, delayMs: 40 } });
  const asker = room.registered("asker");
  const first = room.registered("owner");
  assert.deepEqual(room.ask(asker, { kind: "reportSilent", personKey: first.person.publicKey }), {
    kind: "presence",
    isPresent: true,
  });
  // Its last word leaves, it dies, and its owner is back before the word arrives.
  first.endpoint.ping(first.session ?? 0);
  room.network.turn(first.host);
  room.run(1);
  first.kill();
  const again = room.connected("owner", { person: first.person, staticKey: first.staticKey });
  assert.equal(room.ask(again, again.registerBody()).kind, "registered");
});

test("a process that shows another person on a new session takes nothing over, and leaves no ghost", () => {
  const room = new Room();
  const client = room.registered("anna");
  const other = signingKey(room.random.dice(32));
  client.shown = client.certify(other);
  room.connect(client);
  const proof = other.sign(registrationProof(client.handshakeHash, "bert"));
  const reply = room.ask(client, client.registerBody({ name: "bert", device: client.shown, proof }));
  assert.equal(reply.kind, "registered");
  client.close();
  room.run(60_000);
  assert.ok(room.server.clients().every(({ isOnline }) => !isOnline));
  const again = room.connected("anna", { person: client.person });
  assert.equal(room.ask(again, again.registerBody()).kind, "registered");
});

test("one person's registrations wait for one another only so far", () => {
  const room = new Room();
  const holder = room.registered("holder");
  holder.kill();
  const crowd = Array.from({ length: 40 }, () => room.connected("holder", { person: holder.person }));
  const ids = crowd.map((client) => client.register());
  room.run(20);
  const refused = crowd.filter((client, i) => refusalOf(client.replies.get(ids[i] ?? 0)) === RefusalCode.tooMany);
  assert.equal(refused.length, 40 - 1 - 16);
  for (const client of crowd) client.kill();
  room.run(60_000);
  assert.equal(room.server.sizes.sessions, 0);
});
