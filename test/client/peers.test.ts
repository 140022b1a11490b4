import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClientHello, NoticeBody } from "#chat";
import { Random } from "#sim";
import type { TransportEvent } from "#transport";

import { Peers } from "../../src/client/peers.ts";
import { FakeEndpoint } from "./fake-endpoint.ts";
import { bytes } from "./records.ts";

type Introduction = Extract<NoticeBody, { readonly kind: "introduction" }>;

const [bob, bobsKey, token] = [bytes(1, 32), bytes(2, 32), bytes(3, 16)];
const here = { personKey: bob, staticKey: bobsKey, address: { host: "10.0.0.2", port: 5000 } };

class Desk {
  readonly endpoint = new FakeEndpoint();
  readonly asked: Uint8Array[] = [];
  readonly peers: Peers;

  constructor(isOnLoopback = false) {
    const { dice } = new Random(1, "peers");
    this.peers = new Peers({
      endpoint: this.endpoint,
      dice,
      isOnLoopback,
      introduce: (personKey) => this.asked.push(personKey),
    });
  }

  get called(): readonly string[] {
    return [...this.endpoint.calls.values()].map(({ to }) => to.host);
  }

  opened(session: number, instance = 1, now = 0): void {
    const device = {
      personKey: bob,
      deviceId: bytes(1, 16),
      staticKey: bobsKey,
      mailKey: bytes(4, 32),
      issuedMs: 0,
      signature: bytes(0, 64),
    };
    const hello: ClientHello = { device, registration: undefined };
    const event = { kind: "sessionOpened", session, instance: bytes(instance, 8) } as Extract<
      TransportEvent,
      { kind: "sessionOpened" }
    >;
    this.endpoint.calls.delete(session);
    this.endpoint.open(session, now);
    this.peers.opened(event, hello, "bob", now);
  }

  introduce(changes: Partial<Introduction>, now = 0): void {
    this.peers.introduced(
      { kind: "introduction", personKey: bob, staticKey: bobsKey, token, observed: undefined, claimed: [], ...changes },
      now,
    );
  }
}

function at(host: string): { readonly host: string; readonly port: number } {
  return { host, port: 5000 };
}

test("a call expects the key of the table; after 150 ms without an answer the server is asked, once", () => {
  const desk = new Desk();
  desk.peers.call(here, 0);
  desk.peers.call(here, 10);
  const [call] = desk.endpoint.calls.values();
  assert.deepEqual([desk.called, call?.expectedKey, desk.peers.deadline], [["10.0.0.2"], bobsKey, 150]);
  assert.deepEqual(
    [desk.peers.isCalled(bob, bobsKey), desk.peers.isCalled(bob, bytes(9, 32)), desk.peers.isCalled(bobsKey, bobsKey)],
    [true, false, false],
  );
  desk.peers.wake(149);
  assert.deepEqual(desk.asked, []);
  desk.peers.wake(150);
  desk.peers.wake(200);
  assert.deepEqual([desk.asked, desk.peers.deadline], [[bob], Number.POSITIVE_INFINITY]);
});

test("a call that failed may be made again; one that was answered ends the others", () => {
  const desk = new Desk();
  desk.peers.call(here, 0);
  const [id = 0] = desk.endpoint.calls.keys();
  const failed = desk.peers.receive({ kind: "connectFailed", session: id, why: { kind: "silence" } }, 0);
  assert.deepEqual([failed, desk.peers.sizes.peers], [{ kind: "closed", personKey: bob }, 0]);
  desk.peers.call(here, 0);
  desk.introduce({ observed: at("10.0.0.3") });
  const [, first = 0, second = 0] = [id, ...[...desk.endpoint.calls.keys()].filter((each) => each !== id)];
  desk.opened(first);
  assert.deepEqual(desk.endpoint.abandoned, [second]);
  assert.deepEqual([desk.peers.sessionWith(bob), desk.peers.sizes.calls, desk.peers.deadline], [first, 0, 10 * 60_000]);
});

test("another instance of a person replaces the sessions with the one before it", () => {
  const desk = new Desk();
  desk.opened(1);
  desk.opened(2);
  assert.deepEqual([desk.endpoint.abandoned, desk.peers.sessionWith(bob)], [[], 2]);
  desk.opened(3, 2);
  assert.deepEqual([desk.endpoint.abandoned, desk.peers.sessionWith(bob)], [[1, 2], 3]);
  assert.equal(desk.peers.personOf(1), undefined);
  assert.equal(desk.peers.personOf(3)?.name, "bob");
});

test("a session that was superseded leaves the other in use; with the last one the person is forgotten", () => {
  const desk = new Desk();
  desk.opened(1);
  desk.opened(2);
  const end = (session: number): unknown =>
    desk.peers.receive({ kind: "sessionEnded", session, end: { by: "superseded" } }, 0);
  assert.deepEqual(end(2), { kind: "opened", personKey: bob });
  assert.equal(desk.peers.sessionWith(bob), 1);
  assert.deepEqual(desk.peers.receive({ kind: "sessionUnanswered", session: 1 }, 0), {
    kind: "unanswered",
    personKey: bob,
  });
  assert.deepEqual(end(1), { kind: "closed", personKey: bob });
  assert.deepEqual(
    [end(1), desk.peers.receive({ kind: "sessionUnanswered", session: 1 }, 0)],
    [{ kind: "none" }, { kind: "none" }],
  );
  assert.deepEqual([desk.peers.sessionWith(bob), desk.peers.sizes.peers], [undefined, 0]);
});

test("an unanswered session that is answered after all stays, and the calls beside it end", () => {
  const desk = new Desk();
  desk.opened(1);
  desk.peers.receive({ kind: "sessionUnanswered", session: 1 }, 0);
  assert.equal(desk.peers.isSilent(1), true);
  desk.peers.call({ personKey: bob, staticKey: bytes(2, 32), address: { host: "127.0.0.1", port: 5000 } }, 0);
  assert.equal(desk.peers.sizes.calls, 1);
  desk.peers.receive({ kind: "sessionAnswered", session: 1 }, 10);
  assert.deepEqual([desk.peers.sizes.calls, desk.peers.isSilent(1), desk.peers.sessionWith(bob)], [0, false, 1]);
});

test("claimed addresses get small probes, three each; only where the token comes back a call goes, even beside another", () => {
  const desk = new Desk();
  desk.peers.call(here, 0);
  desk.introduce({ claimed: [at("192.168.0.2"), at("192.168.0.3")] });
  for (let now = 0; now <= 1000; now += 50) desk.peers.wake(now);
  assert.deepEqual(
    desk.endpoint.probes.map(({ to }) => to).toSorted(),
    [2, 2, 2, 3, 3, 3].map((n) => `192.168.0.${n}`),
  );
  assert.deepEqual([desk.called, desk.peers.sizes.probings], [["10.0.0.2"], 0]);
  desk.peers.receive({ kind: "probeAnswered", token, from: at("192.168.0.2") }, 1000);
  assert.deepEqual(desk.called, ["10.0.0.2"]);
  desk.introduce({ claimed: [at("192.168.0.2")] });
  desk.peers.receive({ kind: "probeAnswered", token: bytes(9, 16), from: at("192.168.0.2") }, 1000);
  desk.peers.receive({ kind: "probeAnswered", token, from: at("192.168.0.2") }, 1000);
  assert.deepEqual(desk.called, ["10.0.0.2", "192.168.0.2"]);
});

test("the observed address is called at once, for 200 ms; each address once in 10 s, so many in all", () => {
  const desk = new Desk();
  for (let i = 0; i < 50; i++) desk.introduce({ observed: at("203.0.113.7"), personKey: bytes(50 + i, 32) }, i);
  assert.deepEqual(desk.called, ["203.0.113.7"]);
  assert.equal([...desk.endpoint.calls.values()][0]?.forMs, 200);
  for (let i = 0; i < 1000; i++)
    desk.introduce({ observed: at(`203.0.${i >> 8}.${i & 255}`), personKey: bytes(i & 255, 32) }, 100);
  assert.deepEqual([desk.called.length, desk.peers.sizes.invited], [64, 64]);
  desk.introduce({ observed: at("203.0.113.7"), personKey: bytes(49, 32) }, 10_100);
  assert.equal(desk.called.length, 65);
});

test("places that are none, and our own host where the server is elsewhere, are not sent to", () => {
  const odd = ["224.0.0.1", "255.255.255.255", "0.0.0.0", "ff02::1", "127.0.0.1"];
  const desk = new Desk();
  for (const host of odd) desk.introduce({ observed: at(host), claimed: odd.map(at) });
  desk.peers.wake(0);
  assert.deepEqual([desk.called, desk.endpoint.probes], [[], []]);
  const local = new Desk(true);
  local.introduce({ observed: at("127.0.0.1") });
  assert.deepEqual(local.called, ["127.0.0.1"]);
});

test("probes at once are bounded", () => {
  const desk = new Desk();
  for (let i = 0; i < 1000; i++)
    desk.introduce({
      token: bytes(i & 255, 16).fill(i >> 8, 8),
      claimed: [1, 2, 3, 4].map((n) => at(`10.1.${i & 255}.${n}`)),
    });
  assert.equal(desk.peers.sizes.probings, 256);
});

test("whoever was just heard needs no introduction; whoever is silent does", () => {
  const desk = new Desk();
  desk.opened(1, 1, 5000);
  desk.introduce({ observed: at("10.0.0.3") }, 5500);
  assert.deepEqual(desk.called, []);
  desk.introduce({ observed: at("10.0.0.3") }, 7000);
  assert.deepEqual(desk.called, ["10.0.0.3"]);
});

test("a conversation keeps its path open for 10 minutes after its last message", () => {
  const desk = new Desk();
  desk.opened(1);
  assert.equal(desk.endpoint.keptAlive.get(1), 15_000);
  desk.peers.talk(1, 5 * 60_000);
  desk.peers.talk(77, 5 * 60_000);
  desk.peers.wake(10 * 60_000);
  assert.deepEqual([desk.endpoint.keptAlive.get(1), desk.peers.deadline], [15_000, 15 * 60_000]);
  desk.peers.wake(15 * 60_000);
  assert.deepEqual(
    [desk.endpoint.keptAlive.get(1), desk.peers.deadline],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  );
  desk.peers.resume();
  assert.deepEqual(desk.endpoint.pinged, []);
  desk.peers.talk(1, 20 * 60_000);
  assert.equal(desk.endpoint.keptAlive.get(1), 15_000);
  desk.peers.resume();
  assert.deepEqual(desk.endpoint.pinged, [1]);
});

test("given up, a person is left without a word, and still called; at the end everybody is told", () => {
  const desk = new Desk();
  desk.opened(1);
  desk.peers.call(here, 0);
  desk.peers.abandon(bob);
  desk.peers.abandon(bob);
  assert.deepEqual([desk.endpoint.abandoned, desk.endpoint.closed, desk.peers.sizes.calls], [[1], [], 1]);
  desk.opened(5);
  desk.peers.call(here, 0);
  desk.peers.closeAll();
  assert.deepEqual([desk.endpoint.closed, desk.peers.deadline, desk.called], [[5], Number.POSITIVE_INFINITY, []]);
});
