import assert from "node:assert/strict";
import { test } from "node:test";

import { Bbr } from "../../src/transport/bbr.ts";
import { CubicFlow } from "./cubic-flow.ts";
import { flow, longPath, rateOf } from "./bulk.ts";
import { pair, type Pair } from "./pair.ts";

test("before anything is known a first window leaves, and what is delivered nearly doubles it", () => {
  const bbr = new Bbr(50, 0);
  assert.equal(bbr.windowBytes, 12_000);
  const sample = { bytesPerMs: 240, isIdle: false, deliveredBefore: 0, delivered: 12_000 };
  bbr.acknowledged([{ sentAt: 0, bytes: 12_000 }], sample, 50, 0, 50);
  assert.ok(bbr.windowBytes >= 21_600 && bbr.windowBytes < 24_000, `${bbr.windowBytes}`);
  assert.ok(bbr.pacedBytesPerMs > 2 * 240);
});

test("a sample of when there was too little to send takes nothing away", () => {
  const bbr = new Bbr(50, 0);
  const sample = { bytesPerMs: 1000, isIdle: false, deliveredBefore: 0, delivered: 50_000 };
  bbr.acknowledged([], sample, 50, 0, 50);
  for (let i = 2; i < 100; i++)
    bbr.acknowledged([], { bytesPerMs: 10, isIdle: true, deliveredBefore: 50_000, delivered: 50_000 }, 50, 0, 50 * i);
  assert.equal(bbr.bandwidth, 1000);
});

test("a long period of nothing but losses is a new beginning", () => {
  const bbr = new Bbr(50, 0);
  bbr.acknowledged([], { bytesPerMs: 1000, isIdle: false, deliveredBefore: 0, delivered: 50_000 }, 50, 0, 50);
  bbr.collapsed();
  assert.equal(bbr.windowBytes, 4800);
});

test("losses in a queue end the start, though ever more is delivered", () => {
  const inFlight = 1_000_000;
  const windows = [0, 10].map((lost) => {
    const bbr = new Bbr(50, 0);
    for (let round = 0; round < 5; round++) {
      const sentAt = 150 * round;
      for (let i = 0; i < lost; i++) bbr.lost({ sentAt, bytes: 1200 });
      const packets = Array.from({ length: 100 - lost }, () => ({ sentAt, bytes: 1200 }));
      const sample = { bytesPerMs: 1000 * 2 ** round, isIdle: false, deliveredBefore: round, delivered: round + 1 };
      bbr.acknowledged(packets, sample, 140, inFlight, sentAt + 140);
    }
    return bbr.windowBytes;
  });
  const [without = 0, withLoss = 0] = windows;
  assert.ok(without > inFlight && withLoss < inFlight, `${without} and ${withLoss}`);
});

/** Part of the link that bulk must get at so much loss each way, from the second second on. */
const parts = [
  [0, 0.9],
  [0.01, 0.88],
  [0.05, 0.85],
  [0.1, 0.78],
  [0.2, 0.6],
] as const;

test("random loss does not stop bulk", () => {
  for (const [loss, least] of parts) {
    const received = flow(pair(1, { ...longPath, loss }), 6000);
    const part = rateOf(received, 1000) / longPath.bytesPerMs;
    assert.ok(part >= least, `${loss}: ${part}`);
  }
});

test("bulk alone adds far less than a round trip of delay, after a start that adds hardly more than one", () => {
  const open = pair(1, longPath);
  const waits = waitsOf(open);
  flow(open, 8000);
  const late = waits.filter(({ at }) => at > open.network.now - 6000).map(({ ms }) => ms);
  assert.ok(Math.max(...waits.map(({ ms }) => ms)) <= 65, `${Math.max(...waits.map(({ ms }) => ms))}`);
  assert.ok(Math.max(...late) <= 30, `${Math.max(...late)}`);
  assert.ok(late.reduce((sum, ms) => sum + ms, 0) / late.length <= 10);
});

/** How long datagrams from a wait for their turn on the link. */
function waitsOf({ network, a }: Pair): { readonly at: number; readonly ms: number }[] {
  const waits: { at: number; ms: number }[] = [];
  let busyUntil = 0;
  network.onDatagram = (from, _, bytes) => {
    if (from.host !== a.host.address.host) return;
    waits.push({ at: network.now, ms: Math.max(0, busyUntil - network.now) });
    busyUntil = Math.max(busyUntil, network.now) + bytes.length / longPath.bytesPerMs;
  };
  return waits;
}

/** Parts of the link that bulk and a TCP flow get beside one another. */
function beside(changes: Partial<typeof longPath>, isTcpFirst: boolean): readonly [number, number] {
  const open = pair(1, { ...longPath, ...changes });
  const { network, a, b } = open;
  const tcp = new CubicFlow(a.endpoint, b.host.address);
  a.host.machine = tcp;
  b.host.machine = new CubicFlow(b.endpoint, a.host.address);
  const start = (): void => {
    tcp.isOn = true;
    network.turn(a.host);
  };
  if (isTcpFirst) {
    start();
    network.run(network.now + 3000);
  } else network.at(network.now + 2000, start);
  let before = 0;
  network.at(network.now + 5000, () => {
    before = tcp.delivered;
  });
  const ours = rateOf(flow(open, 15_000), 5000);
  const { bytesPerMs } = { ...longPath, ...changes };
  return [ours / bytesPerMs, (tcp.delivered - before) / 10_000 / bytesPerMs];
}

test("a short path that drops instead of queueing is filled, and not by sending what it drops", () => {
  const changes = { delayMs: 4, queueMs: 0.7, bytesPerMs: 12_500 };
  const open = pair(1, { ...longPath, ...changes });
  const from = open.network.now + 2000;
  let sent = 0;
  open.network.onDatagram = (sender, _, bytes) => {
    if (sender.host === open.a.host.address.host && open.network.now >= from) sent += bytes.length;
  };
  const received = rateOf(flow(open, 5000), 2000) / changes.bytesPerMs;
  const left = sent / 3000 / changes.bytesPerMs;
  assert.ok(received >= 0.9 && left <= 1.1, `${left} sent, ${received} received`);
});

test("in cruise it makes up for what a host was held up by, and brakes where too much is in flight", () => {
  const bbr = new Bbr(50, 0);
  const rate = 1000;
  let [now, delivered, inFlight] = [0, 0, 50 * rate];
  const pace = (): number => {
    now += 50;
    const deliveredBefore = delivered;
    delivered += 50 * rate;
    const packets = [{ sentAt: now - 50, bytes: 1200 }];
    bbr.acknowledged(packets, { bytesPerMs: rate, isIdle: false, deliveredBefore, delivered }, 50, inFlight, now);
    return bbr.pacedBytesPerMs / rate;
  };
  const isPaced = (gain: number): boolean => Math.abs(pace() - gain) < 0.001;
  for (let i = 0; i < 100; i++) pace();
  // Six round trips of each cycle are cruise, at most three up and three down.
  const rounds = (bytes: number, gain: number): number => {
    inFlight = bytes;
    return Array.from({ length: 40 }, () => isPaced(gain)).filter(Boolean).length;
  };
  assert.ok(rounds(1.15 * 50 * rate, 0.99) >= 15, "even");
  assert.ok(rounds(1.0 * 50 * rate, 1.25) >= 28, "makes up");
  assert.ok(rounds(1.6 * 50 * rate, 0.75) >= 25, "brakes");
});

test("it shares a link with TCP, whoever came first", () => {
  for (const isTcpFirst of [true, false]) {
    for (const queueMs of [74, 50]) {
      const [ours, tcp] = beside({ queueMs }, isTcpFirst);
      assert.ok(ours >= 0.25 && ours <= 0.75 && tcp >= 0.25, `queue ${queueMs}, ${isTcpFirst}: ${ours} and ${tcp}`);
    }
  }
});

test("what a start lost to its own queue is not taken for what the path loses, which whoever comes then would pay for", () => {
  const [ours, tcp] = beside({ bytesPerMs: 4000, queueMs: 25 }, false);
  assert.ok(tcp >= 0.2, `${ours} and ${tcp}`);
});
