import assert from "node:assert/strict";
import { test } from "node:test";

import { addressKey } from "#wire";

import { Room, WALL_MS } from "./room.ts";

test("a restarted server knows everybody, as away, and tells those who were here that it forgot their sessions", () => {
  const room = new Room();
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  clients[2]?.close();
  room.run(100);
  assert.equal(room.store.load().sessions.length, 2);
  room.restart();
  assert.deepEqual(room.server.clients().map(({ name, isOnline }) => [name, isOnline]), [["a", false], ["b", false], ["c", false]]);
  room.run(100);
  for (const client of clients.slice(0, 2)) assert.deepEqual(client.ends, [{ by: "reset" }]);
  assert.deepEqual(room.store.load().sessions, []);
});

test("a client that comes back after a restart has its name at once, and a whole new table", () => {
  const room = new Room();
  const [a, b] = [room.registered("a"), room.registered("b")];
  const linesBefore = room.lines.length;
  room.restart();
  room.run(100);
  const start = room.network.now;
  room.connect(a);
  assert.equal(room.ask(a, a.registerBody({ table: a.mark })).kind, "registered");
  assert.ok(room.network.now - start < 100);
  room.run(200);
  assert.equal(a.table.wholes, 2);
  assert.deepEqual(a.table.faults, []);
  assert.deepEqual(a.table.summary, { a: "10.0.0.2:5000", b: "-" });
  assert.deepEqual(room.lines.slice(linesBefore), ["[Client a registered from 10.0.0.2:5000]"]);
  assert.equal(room.store.load().sessions.length, 1);
  assert.equal(b.session, undefined);
});

test("resets are paced: at most 20 in 10 ms, one an address", () => {
  const room = new Room();
  const clients = Array.from({ length: 100 }, (_, i) => room.registered(`n${i}`));
  const times = new Map<string, number>();
  room.restart();
  const start = room.network.now;
  room.network.onDatagram = (from, to) => {
    if (addressKey(from) !== addressKey(room.address)) return;
    assert.ok(!times.has(addressKey(to)));
    times.set(addressKey(to), room.network.now - start);
  };
  room.run(1000);
  assert.equal(times.size, clients.length);
  for (let at = 0; at < 60; at += 5) {
    const inWindow = [...times.values()].filter((time) => time >= at && time < at + 10).length;
    assert.ok(inWindow <= 20, `${inWindow} from ${at} ms on`);
  }
  assert.ok(clients.every(({ ends }) => ends[0]?.by === "reset"));
});

test("a server that was dead for longer than a minute resets nobody, and forgets the sessions", () => {
  const room = new Room();
  const client = room.registered("a");
  client.endpoint.keepAlive(client.session ?? 0, Number.POSITIVE_INFINITY);
  room.kill();
  let datagrams = 0;
  room.restart(WALL_MS + 71_000);
  room.network.onDatagram = (from) => {
    if (addressKey(from) === addressKey(room.address)) datagrams++;
  };
  room.run(1000);
  assert.equal(datagrams, 0);
  assert.deepEqual(room.store.load().sessions, []);
});

test("the server notes that it is alive every 10 s, and nothing else while nothing happens", () => {
  const room = new Room();
  room.run(35_000);
  assert.deepEqual(room.operations.map(({ kind }) => kind), Array.from({ length: 4 }, () => "noteAlive"));
  assert.equal(room.store.load().aliveMs, WALL_MS + 30_000);
});

test("when somebody was last here is noted when the session ends, and once a day before that", () => {
  const room = new Room();
  const client = room.registered("a");
  client.endpoint.keepAlive(client.session ?? 0, 20_000);
  room.network.turn(client.host);
  const lastSeenMs = (): number => (room.store.load().persons[0]?.lastSeenMs ?? 0) - WALL_MS;
  const day = 24 * 3600 * 1000;
  room.run(1.2 * day);
  assert.ok(lastSeenMs() > 0.9 * day, `${lastSeenMs()}`);
  assert.equal(room.operations.filter(({ kind }) => kind === "touchPerson").length, 2, "when it came, and a day later");
  room.run(0.1 * day);
  client.close();
  room.run(1000);
  assert.ok(lastSeenMs() > 1.25 * day, `${lastSeenMs()}`);
});

test("names unused for their lease leave the books by themselves", () => {
  const room = new Room({ limits: { leaseMs: 2 * 3600 * 1000 } });
  const [stays, leaves] = [room.registered("stays"), room.registered("leaves")];
  stays.endpoint.keepAlive(stays.session ?? 0, 20_000);
  room.network.turn(stays.host);
  leaves.close();
  room.run(3.5 * 3600 * 1000);
  assert.deepEqual(room.store.load().persons.map(({ name }) => name), ["stays"]);
  assert.deepEqual(Object.keys(stays.table.summary), ["stays"]);
});
