import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode } from "#chat";
import { defaultLimits } from "#server";
import { addressKey, showAddress } from "#wire";

import { refusalOf, Room, WALL_MS } from "./room.ts";

test("a restarted server lists those who were here as online where they were, and tells them that it forgot their sessions", () => {
  const room = new Room();
  const clients = ["a", "b", "c"].map((name) => room.registered(name));
  clients[2]?.close();
  room.run(100);
  assert.equal(room.store.load().sessions.length, 2);
  room.restart();
  assert.deepEqual(room.server.clients(), [
    { name: "a", address: clients[0]?.host.address, isOnline: true },
    { name: "b", address: clients[1]?.host.address, isOnline: true },
    { name: "c", address: clients[2]?.host.address, isOnline: false },
  ]);
  room.run(100);
  for (const client of clients.slice(0, 2)) assert.deepEqual(client.ends, [{ by: "reset" }]);
});

test("whoever is away after restarts is away where it was last: where it came, moved to, called from or left", () => {
  const room = new Room();
  const [calls, comes, leaves] = [room.registered("calls"), room.registered("comes"), room.registered("leaves")];
  const [moves, watcher] = [room.registered("moves"), room.registered("watcher")];
  room.network.move(calls.host, { host: "10.0.9.1", port: 9 });
  room.connect(calls);
  room.network.move(moves.host, { host: "10.0.9.2", port: 9 });
  moves.endpoint.ping(moves.session ?? 0);
  room.network.turn(moves.host);
  room.run(1000);
  leaves.close();
  room.run(100);
  for (const client of [calls, comes, moves]) client.kill();
  const addresses = ["10.0.9.1:9", "10.0.0.3:5000", "10.0.0.4:5000", "10.0.9.2:9", "10.0.0.6:5000"];
  const listed = (): string[] =>
    room.server.clients().map(({ address }) => (address === undefined ? "-" : showAddress(address)));
  // First as the sessions in the books have it, then as the persons do.
  for (const isExpected of [true, false]) {
    room.restart();
    assert.deepEqual(listed(), addresses);
    assert.equal(room.server.clients()[0]?.isOnline, isExpected);
    room.run(10_000);
    assert.deepEqual(listed(), addresses);
    assert.ok(room.server.clients().every(({ isOnline }) => !isOnline));
  }
  room.connect(watcher);
  room.ask(watcher, watcher.registerBody());
  room.run(200);
  const rows = [...watcher.table.rows.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(
    rows.map(({ address }) => address && showAddress(address)),
    addresses,
  );
  assert.deepEqual(watcher.table.faults, []);
});

test("the record of another name keeps the last address until its person is here under that name", () => {
  const room = new Room();
  const client = room.registered("a");
  client.close();
  room.network.move(client.host, { host: "10.0.9.9", port: 9 });
  room.connect(client);
  room.ask(client, client.registerBody({ name: "b" }));
  const addresses = room.operations.flatMap((operation) => {
    if (operation.kind === "putPerson") return [operation.person.address];
    return operation.kind === "touchPerson" ? [operation.address] : [];
  });
  const [before, after] = [{ host: "10.0.0.2", port: 5000 }, client.host.address];
  assert.deepEqual(addresses, [undefined, before, before, before, after]);
  assert.deepEqual(room.store.load().persons[0]?.address, after);
});

test("a server that dies again while it waits resets and expects everybody again, back or not", () => {
  const room = new Room();
  const [back, late, never] = [room.registered("back"), room.registered("late"), room.registered("never")];
  never.kill();
  let resets = 0;
  room.network.onDatagram = (from, to) => {
    if (addressKey(from) === addressKey(room.address) && addressKey(to) === addressKey(never.host.address)) resets++;
  };
  const everybody = [back, late, never].map(({ name, host }) => ({ name, address: host.address, isOnline: true }));
  for (let crash = 1; crash <= 3; crash++) {
    room.restart();
    assert.deepEqual(room.server.clients(), everybody, `after crash ${crash}`);
    assert.equal(room.store.load().sessions.length, 3);
    room.run(100);
    assert.deepEqual(
      back.ends,
      Array.from({ length: crash }, () => ({ by: "reset" })),
    );
    assert.equal(resets, crash);
    room.connect(back);
    room.ask(back, back.registerBody());
    room.run(3000);
    assert.equal(room.store.load().sessions.length, 3, "one a person");
  }
  assert.deepEqual(late.ends, [{ by: "reset" }]);
  room.connect(late);
  room.ask(late, late.registerBody());
  room.run(3000);
  assert.deepEqual(
    room.store.load().sessions.map(({ personKey }) => personKey),
    [back, late].map(({ person }) => person.publicKey),
  );
  assert.equal(room.lines.at(-1), "[Client never offline: no answer]");
  room.restart();
  assert.deepEqual(
    room.server.clients().map(({ isOnline }) => isOnline),
    [true, true, false],
  );
});

test("whoever is back, but not yet in the books, is expected again", () => {
  const room = new Room();
  const client = room.registered("a");
  room.restart();
  room.run(100);
  room.isStoreBroken = true;
  room.connect(client);
  assert.equal(room.ask(client, client.registerBody()).kind, "registered");
  room.isStoreBroken = false;
  room.restart();
  assert.deepEqual(room.server.clients(), [{ name: "a", address: client.host.address, isOnline: true }]);
});

test("a session of nobody who has a name is forgotten at the start", () => {
  const room = new Room();
  room.registered("a");
  const [session] = room.store.load().sessions;
  assert.ok(session !== undefined);
  room.store.applyNow([{ kind: "putSession", session: { ...session, personKey: new Uint8Array(32) } }]);
  room.restart();
  room.run(100);
  assert.deepEqual(room.store.load().sessions, [session]);
});

test("a client that comes back after a restart has its name at once, and goes on with its table", () => {
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
  assert.equal(a.table.wholes, 1, "everybody is where everybody was");
  assert.deepEqual(a.table.faults, []);
  assert.deepEqual(a.table.summary, { a: "10.0.0.2:5000", b: "10.0.0.3:5000" });
  assert.deepEqual(room.lines.slice(linesBefore), ["[Client a registered from 10.0.0.2:5000]"]);
  assert.equal(b.session, undefined);
});

test("a table that is not what the restarted server means is told anew", () => {
  const room = new Room();
  const a = room.registered("a");
  room.run(100);
  const { mark } = a.table;
  room.restart();
  assert.ok(mark !== undefined);
  room.connect(a);
  assert.equal(room.ask(a, a.registerBody({ table: { ...mark, hash: new Uint8Array(16) } })).kind, "registered");
  room.run(200);
  assert.equal(a.table.wholes, 2);
  assert.deepEqual(a.table.faults, []);
});

test("who does not come back is offline after its time, with a line, and everybody hears it; who was away stays away", () => {
  const room = new Room();
  const [a, b, c] = [room.registered("a"), room.registered("b"), room.registered("c")];
  c.close();
  room.run(100);
  room.restart();
  const start = room.network.now;
  room.run(100);
  const linesBefore = room.lines.length;
  room.connect(a);
  room.ask(a, a.registerBody());
  room.runUntil(() => room.lines.includes("[Client b offline: no answer]"), 10_000);
  assert.equal(room.network.now - start, defaultLimits.returnMs);
  assert.deepEqual(a.table.summary, { a: "10.0.0.2:5000", b: "10.0.0.3:5000", c: "-" });
  room.run(200);
  assert.deepEqual(a.table.summary, { a: "10.0.0.2:5000", b: "-", c: "-" });
  assert.deepEqual(room.server.clients()[1], { name: "b", address: b.host.address, isOnline: false });
  room.run(10_000);
  assert.deepEqual(room.lines.slice(linesBefore), [
    "[Client a registered from 10.0.0.2:5000]",
    "[Client b offline: no answer]",
  ]);
  assert.deepEqual(a.table.faults, []);
});

test("who returns is there with its new address, was not probed, and is not given up afterwards", () => {
  const room = new Room();
  const [a, b] = [room.registered("a"), room.registered("b")];
  const [first] = room.store.load().sessions;
  assert.ok(first !== undefined);
  room.store.applyNow([{ kind: "putSession", session: { ...first, clientSessionId: new Uint8Array(8), port: 5001 } }]);
  room.restart();
  assert.deepEqual(room.server.clients()[0]?.address, { host: "10.0.0.2", port: 5001 });
  room.run(100);
  room.connect(b);
  room.ask(b, b.registerBody());
  room.network.move(a.host, { host: "10.0.9.9", port: 9 });
  room.connect(a);
  const start = room.network.now;
  assert.equal(room.ask(a, a.registerBody()).kind, "registered");
  assert.ok(room.network.now - start < 20);
  assert.equal(room.lines.at(-1), "[Client a registered from 10.0.9.9:9]");
  room.run(6000);
  assert.equal(room.lines.at(-1), "[Client a registered from 10.0.9.9:9]");
  assert.deepEqual(b.table.summary, { a: "10.0.9.9:9", b: "10.0.0.3:5000" });
  assert.deepEqual(b.table.faults, []);
});

test("a report that an expected person is silent waits for its return, or for the end of its time", () => {
  const room = new Room();
  const [a, b, c] = [room.registered("a"), room.registered("b"), room.registered("c")];
  room.restart();
  const start = room.network.now;
  room.run(100);
  room.connect(a);
  room.ask(a, a.registerBody());
  const [ofB, ofC] = [b, c].map(({ person }) => a.request({ kind: "reportSilent", personKey: person.publicKey }));
  const answer = (id = 0): unknown => a.replies.get(id);
  room.run(2000);
  assert.deepEqual([answer(ofB), answer(ofC)], [undefined, undefined]);
  room.connect(b);
  room.ask(b, b.registerBody());
  room.run(20);
  assert.deepEqual([answer(ofB), answer(ofC)], [{ kind: "presence", isPresent: true }, undefined]);
  room.runUntil(() => answer(ofC) !== undefined, 10_000);
  assert.deepEqual(answer(ofC), { kind: "presence", isPresent: false });
  const tookMs = room.network.now - start;
  assert.ok(tookMs >= defaultLimits.returnMs && tookMs < defaultLimits.returnMs + 50, `${tookMs} ms`);
});

test("an expected person keeps its name and its place, and is not to be introduced yet", () => {
  const room = new Room({ limits: { persons: 2, networkShare: 2 } });
  const [a, b] = [room.registered("a"), room.registered("b")];
  room.restart();
  room.run(100);
  const [thief, newcomer] = [room.connected("b"), room.connected("new")];
  assert.equal(refusalOf(room.ask(thief, thief.registerBody())), RefusalCode.nameTaken);
  assert.equal(refusalOf(room.ask(newcomer, newcomer.registerBody())), RefusalCode.directoryFull);
  room.connect(a);
  room.ask(a, a.registerBody());
  const introduction = room.ask(a, { kind: "introduce", personKey: b.person.publicKey, token: new Uint8Array(16) });
  assert.deepEqual(introduction, { kind: "presence", isPresent: true });
});

test("release of an expected person's name has its line, answers who asked, and is the end of waiting", () => {
  const room = new Room();
  const [a, b] = [room.registered("a"), room.registered("b")];
  room.restart();
  room.run(100);
  room.connect(a);
  room.ask(a, a.registerBody());
  const report = a.request({ kind: "reportSilent", personKey: b.person.publicKey });
  room.run(20);
  assert.equal(a.replies.has(report), false);
  assert.ok(room.server.release("b"));
  room.network.turn(room.host);
  room.run(200);
  assert.deepEqual(a.replies.get(report), { kind: "presence", isPresent: false });
  assert.deepEqual(a.table.summary, { a: "10.0.0.2:5000" });
  assert.equal(room.store.load().sessions.length, 1);
  room.run(6000);
  assert.deepEqual(room.lines.slice(2), ["[Client a registered from 10.0.0.2:5000]", "[Client b deregistered]"]);
  assert.deepEqual(a.table.faults, []);
});

test("nobody is told that it has left before a server that dies then would know it", () => {
  const room = new Room();
  const [a, b] = [room.registered("a"), room.registered("b")];
  room.isStoreHeld = true;
  const id = b.request({ kind: "deregister" });
  room.run(200);
  assert.equal(b.replies.has(id), false);
  assert.equal(a.table.summary["b"], "-", "the others know already");
  room.letStoreGo();
  room.run(50);
  assert.equal(b.replies.get(id)?.kind, "done");
  room.restart();
  room.run(defaultLimits.returnMs + 100);
  assert.deepEqual(room.lines.slice(2), ["[Client b deregistered]", "[Client a offline: no answer]"]);
});

test("the lease of somebody expected does not run out", () => {
  const room = new Room({ limits: { leaseMs: 1000 } });
  room.registered("a");
  room.run(5000);
  room.restart();
  const heir = room.connected("a");
  assert.equal(refusalOf(room.ask(heir, heir.registerBody())), RefusalCode.nameTaken);
  room.run(defaultLimits.returnMs);
  assert.equal(room.ask(heir, heir.registerBody()).kind, "registered");
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

test("a server that was dead for longer than a minute resets nobody, expects nobody, and forgets the sessions", () => {
  const room = new Room();
  const client = room.registered("a");
  client.endpoint.keepAlive(client.session ?? 0, Number.POSITIVE_INFINITY);
  room.kill();
  let datagrams = 0;
  room.restart(WALL_MS + 71_000);
  assert.deepEqual(room.server.clients(), [{ name: "a", address: client.host.address, isOnline: false }]);
  room.network.onDatagram = (from) => {
    if (addressKey(from) === addressKey(room.address)) datagrams++;
  };
  room.run(1000);
  assert.equal(datagrams, 0);
  room.run(6000);
  assert.deepEqual(room.lines, ["[Client a registered from 10.0.0.2:5000]"]);
  assert.deepEqual(room.store.load().sessions, []);
});

test("the server notes that it is alive every 10 s, and nothing else while nothing happens", () => {
  const room = new Room();
  room.run(35_000);
  assert.deepEqual(
    room.operations.map(({ kind }) => kind),
    Array.from({ length: 4 }, () => "noteAlive"),
  );
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
  assert.deepEqual(
    room.store.load().persons.map(({ name }) => name),
    ["stays"],
  );
  assert.deepEqual(Object.keys(stays.table.summary), ["stays"]);
});
