import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode, type ReplyBody } from "#chat";
import { ServerCloseCode } from "#server";

import { refusalOf, Room, WALL_MS } from "./room.ts";
import { type TestClient } from "./test-client.ts";

function closeCode({ ends }: TestClient): number | undefined {
  const end = ends[0];
  return end?.by === "peer" ? end.code : undefined;
}

const kindsOf = (replies: Iterable<ReplyBody>): readonly string[] => [...replies].map(({ kind }) => kind);

test("whoever has not registered after 10 s is sent away, also after deregistering", () => {
  const room = new Room();
  const [idle, left, stays] = [room.connected("idle"), room.registered("left"), room.registered("stays")];
  room.ask(left, { kind: "deregister" });
  for (const client of [idle, left, stays]) client.endpoint.keepAlive(client.session ?? 0, 1000);
  for (const client of [idle, left, stays]) room.network.turn(client.host);
  room.run(9500);
  assert.deepEqual([idle.ends, left.ends], [[], []]);
  room.run(1000);
  assert.deepEqual([closeCode(idle), closeCode(left)], [ServerCloseCode.unregistered, ServerCloseCode.unregistered]);
  assert.deepEqual(stays.ends, []);
  assert.equal(room.server.sizes.visitors, 1);
});

test("a registration that waits for a slow disk is not cut off", () => {
  const room = new Room();
  const client = room.connected("alice");
  room.isStoreHeld = true;
  const id = client.register();
  client.endpoint.keepAlive(client.session ?? 0, 1000);
  room.run(15_000);
  assert.deepEqual(client.ends, []);
  room.letStoreGo();
  room.run(100);
  assert.equal(client.replies.get(id)?.kind, "registered");
});

test("requests over the rate wait, in their order, and none is refused", () => {
  const room = new Room({ limits: { requestsPerSecond: 10, requestBurst: 5 } });
  const client = room.registered("alice");
  for (let i = 0; i < 20; i++) client.request({ kind: "lookUp", name: `n${i}` });
  room.run(100);
  const soon = client.replies.size;
  assert.ok(soon >= 5 && soon <= 8, `${soon} at once`);
  room.run(2500);
  assert.deepEqual(
    [...client.replies.keys()],
    Array.from({ length: 21 }, (_, i) => i + 1),
  );
  assert.deepEqual(kindsOf(client.replies.values()), ["registered", ...Array.from({ length: 20 }, () => "found")]);
});

test("a new session does not renew a person's rate", () => {
  const room = new Room({ limits: { requestsPerSecond: 0.001, requestBurst: 3 } });
  const client = room.registered("alice");
  for (let i = 0; i < 5; i++) client.request({ kind: "lookUp", name: "x" });
  room.run(500);
  assert.equal(client.replies.size, 3);
  room.connect(client);
  assert.equal(room.asked(client, { kind: "lookUp", name: "x" }, 1000), undefined);
});

test("more requests than may wait end the session, and the others stay", () => {
  const room = new Room({ limits: { requestsPerSecond: 1, requestBurst: 5, waitingRequests: 10 } });
  const [flooder, other] = [room.registered("flooder"), room.registered("other")];
  for (let i = 0; i < 40; i++) flooder.request({ kind: "lookUp", name: "x" });
  room.run(500);
  assert.equal(closeCode(flooder), ServerCloseCode.tooManyRequests);
  assert.equal(room.ask(other, { kind: "lookUp", name: "flooder" }).kind, "found");
});

test("a resync costs what its table weighs", () => {
  const room = new Room({ limits: { requestsPerSecond: 0.001, requestBurst: 20, tableRowsPerRequest: 1 } });
  const clients = Array.from({ length: 9 }, (_, i) => room.registered(`n${i}`));
  room.run(200);
  const last = clients.at(-1);
  assert.ok(last !== undefined);
  for (let i = 0; i < 5; i++) last.request({ kind: "resync" });
  room.run(1000);
  assert.deepEqual(
    kindsOf(last.replies.values()),
    ["registered", "done"],
    "10 of the 19 that were left, and 9 are too few for another",
  );
  assert.deepEqual(last.table.faults, []);
});

test("a full directory: the expired go first, then the youngest of those away, and whoever is here stays", () => {
  const room = new Room({ limits: { persons: 4, networkShare: 1 } });
  const [here, old, young, younger] = ["here", "old", "young", "younger"].map((name) => {
    const client = room.registered(name);
    room.run(1000);
    return client;
  });
  assert.ok(here !== undefined && old !== undefined && young !== undefined && younger !== undefined);
  const full = room.connected("full");
  assert.equal(refusalOf(room.ask(full, full.registerBody())), RefusalCode.directoryFull);
  for (const client of [old, young, younger]) client.close();
  room.run(200);
  const names = (): readonly string[] => room.server.clients().map(({ name }) => name);
  assert.equal(room.ask(full, full.registerBody()).kind, "registered");
  assert.deepEqual(names(), ["full", "here", "old", "young"]);
  room.registered("next");
  assert.deepEqual(names(), ["full", "here", "next", "old"]);
  room.run(200);
  assert.deepEqual(Object.keys(here.table.summary), names());
  assert.deepEqual(
    room.store
      .load()
      .persons.map(({ name }) => name)
      .toSorted(),
    names(),
  );
  const late = new Room({ limits: { persons: 2, networkShare: 1 } });
  const [expires, returns] = [late.registered("expires"), late.registered("returns")];
  expires.close();
  late.run(1000);
  late.server.setWallOffset(WALL_MS + 31 * 24 * 3600 * 1000);
  returns.close();
  late.run(1000);
  late.registered("newest");
  assert.deepEqual(
    late.server.clients().map(({ name }) => name),
    ["newest", "returns"],
  );
});

test("many at once do not overfill a directory, and nobody's place is given away twice", () => {
  const room = new Room({ limits: { persons: 6, networkShare: 1 } });
  for (const client of ["a", "b", "c"].map((name) => room.registered(name))) client.close();
  const crowd = Array.from({ length: 10 }, (_, i) => room.connected(`n${i}`));
  room.isStoreHeld = true;
  for (const client of crowd) client.register();
  room.run(500);
  room.letStoreGo();
  room.run(500);
  const results = crowd.flatMap(({ replies }) => kindsOf(replies.values()));
  assert.equal(results.filter((kind) => kind === "registered").length, 6);
  assert.equal(results.filter((kind) => kind === "refused").length, 4);
  assert.equal(room.server.sizes.persons, 6);
  assert.equal(room.store.load().persons.length, 6);
});

test("one network holds at most half of the directory", () => {
  const room = new Room({ limits: { persons: 6 } });
  const at = (port: number): { readonly address: { readonly host: string; readonly port: number } } => ({
    address: { host: "10.9.9.9", port },
  });
  for (let i = 0; i < 3; i++) room.registered(`n${i}`, at(5000 + i));
  const greedy = room.connected("n3", at(5003));
  assert.equal(refusalOf(room.ask(greedy, greedy.registerBody())), RefusalCode.directoryFull);
  room.registered("elsewhere");
});

test("new names of one network wait for their rate; known ones and other networks do not", () => {
  const room = new Room({ limits: { newNamesPerSecond: 2, newNameBurst: 3 } });
  const at = (port: number): { readonly address: { readonly host: string; readonly port: number } } => ({
    address: { host: "10.9.9.9", port },
  });
  const clients = Array.from({ length: 6 }, (_, i) => room.connected(`n${i}`, at(5000 + i)));
  for (const client of clients) client.register();
  const registered = (): number => clients.filter(({ replies }) => replies.get(1)?.kind === "registered").length;
  room.run(100);
  assert.equal(registered(), 3);
  const [first] = clients;
  assert.ok(first !== undefined);
  assert.equal(room.ask(first, first.registerBody(), 100).kind, "registered");
  const elsewhere = room.connected("elsewhere");
  assert.equal(room.ask(elsewhere, elsewhere.registerBody(), 100).kind, "registered");
  room.run(2000);
  assert.equal(registered(), 6);
});

test("a client that takes nothing in is sent away before its queue is longer than allowed", () => {
  const room = new Room({ limits: { queuedBytes: 5000, memberBehindBytes: 5000, gatherMs: 1 } });
  const [deaf, other] = [room.registered("deaf"), room.registered("other")];
  room.network.setCut(room.address, deaf.host.address, true);
  for (let i = 0; i < 200; i++) {
    room.ask(other, other.registerBody({ name: `o${i}` }));
    room.run(20);
  }
  assert.equal(room.lines.filter((line) => line === "[Client deaf offline: no answer]").length, 1);
  room.run(200);
  assert.equal(other.table.summary["deaf"], "-");
});

test("sessions beyond the most are not opened, and there is room again when some end", () => {
  const room = new Room({ limits: { sessions: 3 } });
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  const late = room.connected("late");
  assert.equal(late.session, undefined);
  clients[0]?.close();
  room.run(200);
  room.connect(late);
  assert.equal(room.ask(late, late.registerBody()).kind, "registered");
});

test("beyond the whole table a client holds itself and whom it asked for", () => {
  const room = new Room({ limits: { wholeTable: 3 } });
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  const [a, b] = clients;
  assert.ok(a !== undefined && b !== undefined);
  room.run(200);
  assert.deepEqual(Object.keys(a.table.summary), ["a", "b", "c"]);
  const d = room.registered("d");
  room.run(200);
  assert.deepEqual(
    [a, d].map(({ table }) => Object.keys(table.summary)),
    [["a"], ["d"]],
  );
  const found = room.ask(a, { kind: "lookUp", name: "D" });
  assert.ok(found.kind === "found" && found.row?.name === "d");
  assert.deepEqual(room.ask(a, { kind: "lookUp", name: "nobody" }), { kind: "found", row: undefined });
  room.ask(b, { kind: "introduce", personKey: d.person.publicKey, token: new Uint8Array(16) });
  room.run(200);
  assert.deepEqual(
    [a, b, d].map(({ table }) => Object.keys(table.summary)),
    [
      ["a", "d"],
      ["b", "d"],
      ["b", "d"],
    ],
  );
  d.close();
  room.run(200);
  assert.equal(a.table.summary["d"], "-");
  room.connect(a);
  const { wholes } = a.table;
  room.ask(a, a.registerBody({ table: a.mark }));
  room.run(200);
  assert.equal(a.table.wholes, wholes, "a new session of the same process goes on where the old one was");
  for (const { table } of [a, b, d]) assert.deepEqual(table.faults, []);
});
