// A client with an account of its own, against a real server with everybody else around: what it can do is bounded by
// something that has a name, and the others notice nothing. docs/hostile-networks.md has the table of all such limits.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode, type RequestBody } from "#chat";
import { CloseCode } from "#transport";
import { type Address, addressKey } from "#wire";

import { refusalOf, Room } from "./room.ts";
import { type TestClient } from "./test-client.ts";

/** Datagrams that reach an address from now on. */
function arrivalsAt(room: Room, address: Address): { datagrams: number; bytes: number; readonly at: number[] } {
  const arrivals = { datagrams: 0, bytes: 0, at: [] as number[] };
  room.network.onDatagram = (_, to, bytes) => {
    if (addressKey(to) !== addressKey(address)) return;
    arrivals.datagrams++;
    arrivals.bytes += bytes.length;
    arrivals.at.push(room.network.now);
  };
  return arrivals;
}

test("whoever joins and leaves 1,000 times leaves nothing behind, and is news ten times a second at most", () => {
  const room = new Room();
  const [ann, eve] = [room.registered("ann"), room.registered("eve")];
  room.run(500);
  const before = room.server.sizes;
  const arrivals = arrivalsAt(room, ann.host.address);
  const began = room.network.now;
  for (let i = 0; i < 1000; i++) {
    if (i % 4 === 0) {
      eve.close();
      room.run(1);
      room.connect(eve);
    } else room.ask(eve, { kind: "deregister" });
    assert.equal(room.ask(eve, eve.registerBody()).kind, "registered");
  }
  const seconds = (room.network.now - began) / 1000;
  room.run(500);
  const { persons, visitors, sessions, halfOpen, storeOperations } = room.server.sizes;
  assert.deepEqual(
    [persons, visitors, sessions, halfOpen, storeOperations],
    [before.persons, before.visitors, before.sessions, 0, 0],
  );
  assert.ok(
    arrivals.datagrams < 100 + 40 * seconds,
    `${arrivals.datagrams} datagrams in ${seconds} s to somebody who only listens`,
  );
  assert.deepEqual([ann.table.faults, ann.ends], [[], []]);
  assert.deepEqual(Object.keys(ann.table.summary), ["ann", "eve"]);
});

test("whoever reports everybody offline, again and again, puts nobody offline and makes few ask", () => {
  const room = new Room();
  const eve = room.registered("eve");
  const people = Array.from({ length: 20 }, (_, i) => room.registered(`p${i}`));
  room.run(500);
  const [suspect] = people;
  const arrivals = arrivalsAt(room, suspect?.host.address ?? assert.fail());
  const lines = room.lines.length;
  for (let tenth = 0; tenth < 100; tenth++) {
    for (const { person } of people) eve.request({ kind: "reportSilent", personKey: person.publicKey });
    room.run(100);
  }
  assert.equal(room.lines.length, lines, "the operator reads nothing");
  for (const each of [...people, eve]) assert.deepEqual(each.ends, []);
  assert.ok([...eve.replies.values()].every((reply) => reply.kind !== "presence" || reply.isPresent));
  // One question a suspect runs at a time, and its answer is good for a second.
  assert.ok(arrivals.datagrams <= 10 * 4, `${arrivals.datagrams} datagrams in 10 s to somebody reported 100 times`);
});

test("names and groups that would move a cursor, hide, or look like another's are refused, and the operator does not read them", () => {
  const room = new Room();
  room.registered("bob");
  const eve = room.connected("eve");
  const names = ["\u001b[2J", "a\u0007b", "a\nb", "\u202eevil", "b\u200bob", "\u0008\u0008", "\u009b1m", ">>> x\r"];
  for (const name of names)
    assert.ok(refusalOf(room.ask(eve, eve.registerBody({ name }))) !== undefined, JSON.stringify(name));
  for (const name of ["BOB", "bоb"])
    assert.ok(refusalOf(room.ask(eve, eve.registerBody({ name }))) !== undefined, name);
  room.ask(eve, eve.registerBody());
  for (const group of names) {
    const bodies: readonly RequestBody[] = [
      { kind: "createGroup", group },
      { kind: "joinGroup", group },
    ];
    for (const body of bodies)
      assert.equal(refusalOf(room.ask(eve, body)), RefusalCode.unusableName, JSON.stringify(body));
  }
  for (const line of room.lines) assert.match(line, /^[\x20-\x7e]*$/);
});

test("nobody's mail is had by asking for it, and a key is not one's own by showing it", () => {
  const room = new Room();
  const [ann, bob] = [room.registered("ann"), room.registered("bob")];
  const envelope = new Uint8Array(300).fill(7);
  bob.close();
  room.run(200);
  const letter = { kind: "save", toKey: bob.person.publicKey, messageId: new Uint8Array(16), envelope } as const;
  assert.equal(room.ask(ann, letter).kind, "saved");
  // Eve shows bob's certificate, which anybody can ask for: the handshake is not with its key.
  const eve = room.client("eve", { device: bob.device });
  room.connect(eve);
  assert.equal(room.server.sizes.sessions, 1, "no session for her");
  const liar = room.registered("liar");
  const taken = room.ask(liar, liar.registerBody({ name: "bob" }));
  assert.equal(refusalOf(taken), RefusalCode.nameTaken);
  const stolen = room.ask(liar, liar.registerBody({ device: bob.device, name: "bob" }));
  assert.equal(refusalOf(stolen), RefusalCode.invalidProof);
  for (const box of [0, 1] as const) {
    const page = room.ask(liar, { kind: "fetch", box, after: 0 });
    assert.ok(page.kind === "mail" && page.items.length === 0);
  }
  liar.collect(...Array.from({ length: 64 }, (_, i) => i + 1));
  room.run(500);
  room.connect(bob);
  room.ask(bob, bob.registerBody());
  const mine = room.ask(bob, { kind: "fetch", box: 0, after: 0 });
  assert.ok(mine.kind === "mail" && mine.items.length === 1);
});

test("a client that floods is held to its rate or loses its session, and others are answered meanwhile", () => {
  const room = new Room();
  const [ann, eve] = [room.registered("ann"), room.registered("eve")];
  const ask = (client: TestClient): number => {
    const began = room.network.now;
    assert.equal(room.ask(client, { kind: "lookUp", name: "eve" }).kind, "found");
    return room.network.now - began;
  };
  const quiet = ask(ann);
  for (let i = 0; i < 600; i++) eve.request({ kind: "lookUp", name: "ann" });
  assert.ok(ask(ann) <= 2 * quiet + 1, "as quickly as before");
  for (let i = 0; i < 2000; i++) eve.request({ kind: "lookUp", name: "ann" });
  room.run(2000);
  const [end] = eve.ends;
  assert.ok(end?.by === "peer" && end.code !== CloseCode.goodbye, JSON.stringify(eve.ends));
  assert.ok(ask(ann) <= 2 * quiet + 1);
  assert.equal(room.server.sizes.waitingBytes, 0);
});
