import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, encode } from "#bytes";
import { requestCodec, requestLane } from "#chat";
import { CloseCode, Lane, LONGEST_CONTROL_MESSAGE } from "#transport";

import { mutated, sampleOf } from "../fuzz/mutator.ts";
import { requestBodies } from "./request-bodies.ts";
import { Room } from "./room.ts";

test("well-sealed nonsense leaves the server and everybody else as they were", () => {
  const room = new Room({ limits: { requestsPerSecond: 1e6, requestBurst: 1e6 } });
  const [watcher, victim] = [room.member("watcher", "tea"), room.member("victim", "tea")];
  room.run(200);
  const before = { table: watcher.table.summary, lines: room.lines, books: room.store.load().persons };
  let closed = 0;
  const mallory = room.client("mallory");
  for (let i = 0; i < 1500; i++) {
    if (mallory.session === undefined) room.connect(mallory);
    const all = requestBodies(mallory, victim);
    const at = room.random.below(all.length);
    const body = all[at] ?? assert.fail();
    const valid = encode(requestCodec, { id: i, body });
    const read = (request: Uint8Array): unknown => decode(requestCodec, request);
    const bytes = mutated([sampleOf(valid, read)], room.random).slice(0, LONGEST_CONTROL_MESSAGE);
    if (bytes.length === 0) continue;
    const ends = mallory.ends.length;
    mallory.sendBytes(bytes, Lane[requestLane(body)]);
    room.run(3);
    if (mallory.ends.length === ends) continue;
    closed++;
    const end = mallory.ends.at(-1);
    assert.ok(end?.by === "peer" && end.code === CloseCode.malformed, JSON.stringify(end));
  }
  assert.ok(closed > 500, `${closed} were malformed`);
  room.run(200);
  assert.equal(room.server.clients().filter(({ name }) => name === "victim" || name === "watcher").length, 2);
  assert.deepEqual(watcher.table.faults, []);
  assert.deepEqual([watcher.ends, victim.ends], [[], []]);
  // A mutation that leaves the request valid may register mallory under its own name, and nothing else.
  const { mallory: _own, ...others } = watcher.table.summary;
  assert.deepEqual(others, before.table);
  assert.deepEqual(
    room.lines.filter((line) => !line.includes("mallory")),
    before.lines,
  );
  assert.deepEqual(
    room.store
      .load()
      .persons.filter(({ name }) => name !== "mallory")
      .map(({ name }) => name),
    before.books.map(({ name }) => name),
  );
  assert.equal(room.ask(watcher, { kind: "reportSilent", personKey: victim.person.publicKey }).kind, "presence");
  const members = room.ask(watcher, { kind: "listMembers", after: undefined });
  assert.ok(members.kind === "names" && ["victim", "watcher"].every((name) => members.names.includes(name)));
});

test("a request on another lane than its own ends its session", () => {
  const room = new Room();
  const wrong = [
    [{ kind: "resync" }, Lane.chat],
    [{ kind: "fetch", box: 0, after: 0 }, Lane.control],
    [{ kind: "listGroups", after: undefined }, Lane.control],
    [{ kind: "leaveGroup" }, Lane.receipts],
    [{ kind: "collect", numbers: [1], receipts: [] }, Lane.chat],
    [{ kind: "collect", numbers: [1], receipts: [] }, Lane.receipts],
  ] as const;
  for (const [i, [body, lane]] of wrong.entries()) {
    const client = room.registered(`client${i}`);
    client.sendBytes(encode(requestCodec, { id: 1, body }), lane);
    room.run(200);
    const [end] = client.ends;
    assert.ok(end?.by === "peer" && end.code === CloseCode.malformed, body.kind);
  }
});

test("a session that sends nonsense takes its person with it, and what waited is dropped", () => {
  const room = new Room({ limits: { requestsPerSecond: 1, requestBurst: 2 } });
  const client = room.registered("alice");
  for (let i = 0; i < 5; i++) client.request({ kind: "lookUp", name: "alice" });
  client.sendBytes(Uint8Array.of(255));
  room.run(5000);
  assert.ok(client.replies.size <= 2);
  assert.equal(room.lines.at(-1), "[Client alice offline: no answer]");
  assert.equal(room.server.sizes.sessions, 0);
});

test("bytes of strangers without a session change nothing", () => {
  const room = new Room();
  const client = room.registered("alice");
  for (let i = 0; i < 2000; i++) {
    room.server.receive(
      room.random.dice(1 + room.random.below(1400)),
      { host: "192.0.2.1", port: 9 },
      room.network.now,
    );
  }
  room.run(100);
  assert.deepEqual(client.ends, []);
  assert.deepEqual([room.server.sizes.sessions, room.server.sizes.halfOpen], [1, 0]);
});
