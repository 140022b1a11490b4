import assert from "node:assert/strict";
import { test } from "node:test";

import { calm } from "#sim";
import { CloseCode } from "#transport";
import { addressKey, DatagramType } from "#wire";

import { Room } from "./room.ts";
import { type TestClient } from "./test-client.ts";

function report(
  room: Room,
  asker: TestClient,
  suspect: TestClient,
): { readonly isPresent: boolean; readonly tookMs: number } {
  const start = room.network.now;
  const reply = room.ask(asker, { kind: "reportSilent", personKey: suspect.person.publicKey });
  assert.ok(reply.kind === "presence");
  return { isPresent: reply.isPresent, tookMs: room.network.now - start };
}

test("whoever answers the server is present, at once, whatever others say", () => {
  const room = new Room();
  const [liar, victim] = [room.registered("liar"), room.registered("victim")];
  for (let i = 0; i < 5; i++) {
    const { isPresent, tookMs } = report(room, liar, victim);
    assert.ok(isPresent && tookMs < 20, `${tookMs} ms`);
    room.run(1100);
  }
  assert.equal(room.lines.length, 2);
  assert.deepEqual(victim.ends, []);
});

test("what came before the question is no answer, and after the answer nothing more is asked", () => {
  const room = new Room();
  const client = room.registered("alice");
  room.run(1000);
  // The report itself came from the suspect, at the very time the question starts.
  const { isPresent, tookMs } = report(room, client, client);
  assert.ok(isPresent && tookMs >= 4, `${tookMs} ms`);
  room.run(500);
  const { datagrams } = room.network.record;
  room.run(3000);
  assert.equal(room.network.record.datagrams, datagrams);
});

test("whoever is gone is found out in the time of a verdict, after ten probes, and everybody hears it", () => {
  const room = new Room();
  const [asker, suspect, watcher] = [room.registered("asker"), room.registered("suspect"), room.registered("watcher")];
  room.run(1000);
  suspect.kill();
  let probes = 0;
  room.network.onDatagram = (from, to) => {
    if (addressKey(from) === addressKey(room.address) && addressKey(to) === addressKey(suspect.host.address)) probes++;
  };
  const { isPresent, tookMs } = report(room, asker, suspect);
  assert.equal(isPresent, false);
  assert.ok(tookMs > 495 && tookMs < 560, `${tookMs} ms`);
  assert.ok(probes >= 10, `${probes} probes`);
  room.run(200);
  assert.equal(room.lines.at(-1), "[Client suspect offline: no answer]");
  for (const table of [asker.table, watcher.table]) assert.equal(table.summary["suspect"], "-");
  const after = probes;
  room.run(60_000);
  assert.ok(probes - after <= 1, "the session was given up");
});

test("whoever is given up is told so by one reset, which ends its session when it is read", () => {
  const room = new Room();
  const [asker, suspect] = [room.registered("asker"), room.registered("suspect")];
  const resets: Uint8Array[] = [];
  room.network.onDatagram = (_from, to, bytes) => {
    if (addressKey(to) === addressKey(suspect.host.address) && bytes[0] === DatagramType.reset) resets.push(bytes);
  };
  room.network.detach(suspect.host);
  assert.equal(report(room, asker, suspect).isPresent, false);
  room.run(100);
  const [reset] = resets;
  assert.ok(reset !== undefined && resets.length === 1, `${resets.length} resets`);
  assert.deepEqual(suspect.ends, []);
  room.network.attach(suspect.host);
  suspect.host.machine.receive(reset, room.address, room.network.now);
  room.run(10);
  assert.deepEqual(suspect.ends, [{ by: "reset" }]);
});

test("one question runs for all who ask, and its answer is good for a second", () => {
  const room = new Room();
  const suspect = room.registered("suspect");
  const askers = [1, 2, 3, 4].map((n) => room.registered(`asker${n}`));
  room.run(1000);
  let pings = 0;
  room.network.onDatagram = (_from, to) => {
    if (addressKey(to) === addressKey(suspect.host.address)) pings++;
  };
  const ids = askers.map((asker) => asker.request({ kind: "reportSilent", personKey: suspect.person.publicKey }));
  room.run(20);
  assert.ok(askers.every((asker, i) => asker.replies.get(ids[i] ?? 0)?.kind === "presence"));
  const once = pings;
  assert.ok(once <= 2, `${once} datagrams`);
  for (const asker of askers) assert.ok(report(room, asker, suspect).isPresent);
  assert.equal(pings, once, "answered from what is known");
  room.run(1100);
  const [first] = askers;
  if (first !== undefined) assert.ok(report(room, first, suspect).isPresent);
  assert.ok(pings > once, "asked anew");
});

test("all who ask about somebody gone are answered when the one question is", () => {
  const room = new Room();
  const suspect = room.registered("suspect");
  const askers = [1, 2, 3].map((n) => room.registered(`asker${n}`));
  suspect.kill();
  const ids = askers.map((asker) => asker.request({ kind: "reportSilent", personKey: suspect.person.publicKey }));
  room.run(300);
  assert.equal(room.server.sizes.questions, 1);
  room.run(400);
  for (const [i, asker] of askers.entries()) {
    assert.deepEqual(asker.replies.get(ids[i] ?? 0), { kind: "presence", isPresent: false });
  }
  assert.equal(room.lines.filter((line) => line.includes("offline")).length, 1);
});

test("at 20 % loss each way nobody alive is called gone in 200 questions", () => {
  const room = new Room({ seed: 5 });
  const [asker, suspect] = [room.registered("asker"), room.registered("suspect")];
  room.network.setWeather({ ...calm, delayMs: 20, jitterMs: 5, loss: 0.2 });
  for (let i = 0; i < 200; i++) {
    assert.ok(report(room, asker, suspect).isPresent, `question ${i}`);
    room.run(1100);
  }
});

test("a server that stood still for a while does not take its own silence for theirs", () => {
  const room = new Room();
  const [asker, suspect] = [room.registered("asker"), room.registered("suspect")];
  const { server } = room;
  asker.request({ kind: "reportSilent", personKey: suspect.person.publicKey });
  // The request arrives, and the process is stopped before anything else does.
  room.runUntil(() => server.sizes.questions === 1, 100);
  room.network.detach(room.host);
  room.run(3000);
  server.wake(room.network.now);
  assert.equal(server.sizes.questions, 1, "three seconds in one step are no verdict");
  room.network.attach(room.host);
  room.run(1000);
  assert.equal(
    room.lines.some((line) => line.includes("offline")),
    false,
  );
});

test("silence that nobody reports is noticed within 60 s", () => {
  const room = new Room();
  const [watcher, suspect] = [room.registered("watcher"), room.registered("suspect")];
  watcher.endpoint.keepAlive(watcher.session ?? 0, 4000);
  room.network.turn(watcher.host);
  suspect.kill();
  room.run(60_000);
  assert.equal(room.lines.at(-1), "[Client suspect offline: no answer]");
  assert.deepEqual(watcher.table.summary, { suspect: "-", watcher: "10.0.0.2:5000" });
});

test("goodbye and deregister are leaving, not silence; a session that stays may register again", () => {
  const room = new Room();
  const [stays, leaves, watcher] = [room.registered("stays"), room.registered("leaves"), room.registered("watcher")];
  leaves.close();
  assert.equal(room.ask(stays, { kind: "deregister" }).kind, "done");
  room.run(200);
  assert.deepEqual(room.lines.slice(3).toSorted(), ["[Client leaves deregistered]", "[Client stays deregistered]"]);
  assert.deepEqual(watcher.table.summary, { leaves: "-", stays: "-", watcher: "10.0.0.4:5000" });
  const { steps } = stays.table;
  assert.equal(room.ask(stays, { kind: "resync" }).kind, "refused");
  room.registered("new");
  room.run(200);
  assert.equal(stays.table.steps, steps, "whoever left is told nothing");
  assert.equal(room.ask(stays, stays.registerBody()).kind, "registered");
  room.run(200);
  assert.equal(watcher.table.summary["stays"], "10.0.0.2:5000");
});

test("nobody is asked about who is unknown or away", () => {
  const room = new Room();
  const [asker, away] = [room.registered("asker"), room.registered("away")];
  const stranger = room.client("stranger");
  away.close();
  room.run(100);
  for (const suspect of [away, stranger]) assert.equal(report(room, asker, suspect).isPresent, false);
  assert.equal(room.server.sizes.questions, 0);
});

test("a client that moves is in everybody's table at its new address, and in the books", () => {
  const room = new Room();
  const [mover, watcher] = [room.registered("mover"), room.registered("watcher")];
  room.network.move(mover.host, { host: "10.0.5.5", port: 5005 });
  mover.endpoint.ping(mover.session ?? 0);
  room.network.turn(mover.host);
  room.run(1000);
  assert.equal(watcher.table.summary["mover"], "10.0.5.5:5005");
  assert.deepEqual(
    room.store
      .load()
      .sessions.map(({ host }) => host)
      .toSorted(),
    ["10.0.0.3", "10.0.5.5"],
  );
  assert.equal(room.lines.length, 2);
});

test("a session that its client ends for another reason than leaving is no goodbye", () => {
  const room = new Room();
  const client = room.registered("alice");
  client.endpoint.close(client.session ?? 0, CloseCode.malformed, "");
  room.network.turn(client.host);
  room.run(200);
  assert.equal(room.lines.at(-1), "[Client alice offline: no answer]");
});
