import assert from "node:assert/strict";
import { test } from "node:test";

import { RefusalCode, type RequestBody } from "#chat";
import { type Address } from "#wire";

import { refusalOf, Room } from "./room.ts";
import { type TestClient } from "./test-client.ts";

function introduce(to: TestClient, token = new Uint8Array(16).fill(9)): RequestBody {
  return { kind: "introduce", personKey: to.person.publicKey, token };
}

test("both are told where the other is, with one token", () => {
  const room = new Room();
  const claimed: Address = { host: "10.7.7.7", port: 7000 };
  const a = room.registered("a", {}, { claimed: [claimed] });
  const b = room.registered("b");
  const token = new Uint8Array(16).fill(3);
  assert.equal(room.ask(a, introduce(b, token)).kind, "done");
  room.run(100);
  const kind = "introduction";
  assert.deepEqual(a.introductions.map(plain), [
    {
      kind,
      personKey: b.person.publicKey,
      staticKey: b.staticKey.publicKey,
      token,
      observed: b.host.address,
      claimed: [],
    },
  ]);
  assert.deepEqual(b.introductions.map(plain), [
    {
      kind,
      personKey: a.person.publicKey,
      staticKey: a.staticKey.publicKey,
      token,
      observed: a.host.address,
      claimed: [claimed],
    },
  ]);
});

test("nobody is introduced to who is away, unknown, or oneself", () => {
  const room = new Room();
  const [a, away] = [room.registered("a"), room.registered("away")];
  const stranger = room.client("stranger");
  away.close();
  room.run(100);
  assert.deepEqual(room.ask(a, introduce(away)), { kind: "presence", isPresent: false });
  assert.deepEqual(room.ask(a, introduce(stranger)), { kind: "presence", isPresent: false });
  assert.deepEqual(room.ask(a, introduce(a)), { kind: "presence", isPresent: true });
  assert.deepEqual(a.introductions, []);
});

test("30 introductions in a burst, then one a second", () => {
  const room = new Room({ limits: { requestBurst: 1000 } });
  const [a, b] = [room.registered("a"), room.registered("b")];
  const refusals = (n: number): number =>
    Array.from({ length: n }, () => refusalOf(room.ask(a, introduce(b)))).filter((code) => code === RefusalCode.tooMany)
      .length;
  assert.equal(refusals(40), 10);
  room.run(10_000);
  assert.equal(refusals(20), 10);
});

test("a crowd cannot bury one person in introductions", () => {
  const room = new Room({ limits: { introducedPerSecond: 1, introducedBurst: 5 } });
  const target = room.registered("target");
  const crowd = Array.from({ length: 10 }, (_, i) => room.registered(`n${i}`));
  const done = crowd.filter((client) => room.ask(client, introduce(target)).kind === "done");
  assert.equal(done.length, 5);
  room.run(100);
  assert.equal(target.introductions.length, 5);
});

test("a host on the internet that one client names is told to nobody who is elsewhere", () => {
  const limits = { introductionsPerSecond: 1000, introductionBurst: 1000, introducedPerSecond: 1000 };
  const room = new Room({ limits, address: { host: "198.51.100.200", port: 4000 } });
  const claimed = [1, 2, 3, 4].map((port) => ({ host: "203.0.113.77", port }));
  const mallory = room.registered("mallory", { address: { host: "198.51.100.1", port: 5000 } }, { claimed });
  for (let i = 0; i < 30; i++) {
    const other = room.registered(`n${i}`, { address: { host: `198.51.100.${i + 2}`, port: 5000 } });
    room.ask(mallory, introduce(other));
    room.run(30);
    assert.deepEqual(
      other.introductions.map(({ observed, claimed: told }) => [observed, told]),
      [[mallory.host.address, []]],
      "handshakes go where the server saw somebody",
    );
  }
});

test("whoever registered over loopback is announced with that address, and to nobody elsewhere for knocking", () => {
  const room = new Room();
  const here = room.registered(
    "here",
    { address: { host: "127.0.0.1", port: 6000 } },
    { claimed: [{ host: "10.1.1.1", port: 6000 }] },
  );
  const [near, far] = [room.registered("near", { address: { host: "127.0.0.1", port: 6001 } }), room.registered("far")];
  assert.equal(far.table.summary["here"], "127.0.0.1:6000");
  for (const other of [near, far]) assert.equal(room.ask(here, introduce(other)).kind, "done");
  room.run(100);
  assert.deepEqual(
    near.introductions.map(({ observed, claimed }) => [observed, claimed]),
    [[here.host.address, []]],
  );
  assert.deepEqual(
    far.introductions.map(({ observed, claimed }) => [observed, claimed]),
    [[undefined, []]],
  );
});

/** Byte strings of strangers' messages as plain arrays' equals. */
function plain<
  T extends { readonly personKey: Uint8Array; readonly staticKey: Uint8Array; readonly token: Uint8Array },
>(notice: T): T {
  const { personKey, staticKey, token } = notice;
  return { ...notice, personKey: personKey.slice(), staticKey: staticKey.slice(), token: token.slice() };
}
