import assert from "node:assert/strict";
import { test } from "node:test";

import { calm } from "#sim";
import { Lane } from "#transport";

import { PathMtu } from "../../src/transport/path-mtu.ts";
import { flow, longPath, rateOf } from "./bulk.ts";
import { messages, pair, type Pair, say } from "./pair.ts";

const to = (host: string): { host: string; port: number } => ({ host, port: 1 });

/** The sizes found on a path that carries datagrams of up to `most` bytes. */
function search(mtu: PathMtu, most: number, now: number): readonly number[] {
  const tried: number[] = [];
  for (let size = mtu.nextProbe(now); size !== undefined; size = mtu.nextProbe(now)) {
    tried.push(size);
    mtu.probed();
    assert.equal(mtu.nextProbe(now), undefined, "one at a time");
    if (size <= most) mtu.confirmed(size);
    else mtu.probeLost(now);
  }
  return tried;
}

test("sizes are tried upwards; one that is lost three times is too large, for ten minutes", () => {
  const mtu = new PathMtu(to("10.0.0.1"));
  assert.equal(mtu.bytes, 1200);
  assert.deepEqual(search(mtu, 1400, 0), [1392, 1472, 1472, 1472]);
  assert.equal(mtu.bytes, 1392);
  assert.deepEqual(search(mtu, 1500, 599_999), []);
  assert.deepEqual(search(mtu, 1500, 600_000), [1472]);
});

test("IPv6 has less room, loopback more", () => {
  assert.deepEqual(search(new PathMtu(to("2001:db8::1")), 9000, 0), [1372, 1452]);
  assert.deepEqual(search(new PathMtu(to("127.0.0.1")), 65_507, 0), [4096, 16_384]);
  assert.deepEqual(search(new PathMtu(to("::1")), 65_487, 0), [4096, 16_384]);
});

test("an interface that takes jumbo frames is used up to its own size, one that takes less no further", () => {
  const towards = (mtu: number): PathMtu => new PathMtu(to("10.0.0.1"), mtu);
  assert.deepEqual(search(towards(9000), 9000, 0), [1392, 1472, 8972]);
  assert.deepEqual(search(towards(9216), 9188, 0), [1392, 1472, 8972, 9188]);
  assert.deepEqual(search(towards(1492), 9000, 0), [1392, 1464]);
  assert.deepEqual(search(towards(1280), 9000, 0), [1252]);
  assert.deepEqual(search(towards(1200), 9000, 0), []);
  assert.deepEqual(search(new PathMtu(to("2001:db8::1"), 9000), 9000, 0), [1372, 1452, 8952]);
  assert.equal(search(towards(65_536), 65_536, 0).at(-1), 16_356);
});

test("ten large packets lost one after the other are a black hole, nine and one that arrived are not", () => {
  const mtu = new PathMtu(to("10.0.0.1"));
  search(mtu, 1500, 0);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 9; i++) mtu.note(1472, true, 1);
    mtu.note(1472, false, 1);
  }
  for (let i = 0; i < 20; i++) mtu.note(1100, true, 1);
  assert.equal(mtu.bytes, 1472);
  for (let i = 0; i < 10; i++) mtu.note(1472, true, 1);
  assert.equal(mtu.bytes, 1200);
  assert.deepEqual(search(mtu, 1500, 60_000), []);
  assert.deepEqual(search(mtu, 1500, 60_001), [1392, 1472]);
});

/** Lengths of the datagrams that a sends while something happens. */
function lengths({ network, a }: Pair, happens: () => void): readonly number[] {
  const all: number[] = [];
  network.onDatagram = (from, _, bytes) => {
    if (from.host === a.host.address.host) all.push(bytes.length);
  };
  happens();
  return all;
}

test("bulk finds what the path takes and uses it; what only chats never looks", () => {
  const chat = pair(1, { ...calm, delayMs: 25 });
  const ofChat = lengths(chat, () => {
    for (let i = 0; i < 100; i++) {
      say(chat.network, chat.a, chat.session, Lane.chat, new Uint8Array(300));
      chat.network.run(chat.network.now + 50);
    }
  });
  assert.ok(Math.max(...ofChat) < 500);
  for (const [mtu, largest] of [
    [1500, 1472],
    [1400, 1392],
    [1300, 1200],
  ] as const) {
    const open = pair(1, { ...longPath, mtu, loss: 0.05 });
    const all = lengths(open, () => flow(open, 3000));
    const late = all.slice(all.length / 2);
    const arrived = late.filter((length) => length <= mtu);
    assert.ok(Math.max(...arrived) <= largest);
    assert.ok(arrived.filter((length) => length > largest - 10).length > arrived.length / 2, `${mtu}`);
    assert.ok(late.length - arrived.length <= 4, "what is too large is tried three times");
  }
});

test("a path that suddenly takes less is noticed, and nothing is lost", () => {
  const open = pair(1, longPath);
  flow(open, 2000);
  open.network.setWeather({ ...longPath, mtu: 1250 });
  const received = flow(open, 4000);
  assert.ok(rateOf(received, 2000) > 1700, `${rateOf(received, 2000)}`);
  open.network.run(open.network.now + 5000);
  assert.equal(open.a.endpoint.view(open.session)?.queuedBytes, 0);
});

test("a probe that is lost is no sign of congestion, and a message is never in it", () => {
  const [with1300, with1500] = [1300, 1500].map((mtu) => rateOf(flow(pair(1, { ...longPath, mtu }), 3000), 500));
  assert.ok((with1300 ?? 0) > 0.95 * (with1500 ?? 0), `${with1300} and ${with1500}`);
  const open = pair(1, { ...longPath, mtu: 1300 });
  for (let i = 0; i < 20; i++) say(open.network, open.a, open.session, Lane.bulk, new Uint8Array(50_000));
  open.network.run(open.network.now + 3000);
  assert.equal(messages(open.b).length, 20);
});
