import assert from "node:assert/strict";
import { test } from "node:test";

import { equalBytes } from "#bytes";
import { calm, Random } from "#sim";
import { type Datagram, Lane, Purpose } from "#transport";
import { type Address, DatagramType } from "#wire";

import { mutated } from "../fuzz/mutator.ts";
import { call, drained, endpointOf, eventsOf, messages, newest, pair, type Pair, say } from "./pair.ts";

interface Captured {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** A live pair that talks, renews, moves and opens twice, with every kind of datagram captured on its way. */
function captured(seed: number): Pair & { readonly wire: readonly Captured[] } {
  const wire: Captured[] = [];
  const both = pair(seed, { ...calm, delayMs: 2 });
  const { network, random, a, b, session } = both;
  network.onDatagram = (from, to, bytes) => void wire.push({ from, to, bytes });
  for (let i = 0; i < 6; i++) {
    say(network, a, session, Lane.chat, random.dice(1 + random.below(3000)));
    say(network, b, newest(b), Lane.bulk, random.dice(10));
    network.run(network.now + 20);
  }
  a.endpoint.renew(session, network.now);
  const renewed = call({ network, a, b }, session);
  network.run(network.now + 200);
  const token = random.dice(16);
  b.endpoint.expectProbe(token, network.now + 50);
  a.endpoint.sendProbe(b.host.address, token);
  network.turn(a.host);
  const busy = Array.from({ length: 40 }, () => random.dice(1200).fill(DatagramType.message1, 0, 1));
  for (const bytes of busy) wire.push({ from: a.host.address, to: b.host.address, bytes });
  const { remoteId, resetToken } = eventsOf(b, "sessionOpened")[0] ?? assert.fail();
  b.endpoint.sendReset(a.host.address, remoteId, resetToken);
  network.turn(b.host);
  network.run(network.now + 2000);
  return { ...both, session: renewed, wire };
}

const forger = { host: "203.0.113.66", port: 666 };

test("whatever is truncated, flipped, replayed or forged at a live pair: it talks on, and the forger gets no more than it sent", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { network, random, a, b, session, wire } = captured(seed);
    const kinds = new Set(wire.map(({ bytes }) => ((bytes[0] ?? 0) >= 0x40 ? 0x40 : (bytes[0] ?? 0))));
    for (const kind of [1, 2, 3, 6, 7, 8, 0x40]) assert.ok(kinds.has(kind), `a datagram of type ${kind} was captured`);
    const pending = a.endpoint.connect(
      { to: { host: "192.0.2.99", port: 9 }, purpose: Purpose.peer, forMs: 600_000 },
      network.now,
    );
    const before = [messages(a).length, messages(b).length];
    const addresses = [eventsOf(a, "sessionMoved").length, eventsOf(b, "sessionMoved").length];
    let bytesIn = 0;
    let bytesOut = 0;
    network.onDatagram = (_, to, bytes) => {
      if (to.host === forger.host) bytesOut += bytes.length;
    };
    const words: Uint8Array[] = [];
    for (let round = 0; round < 1200; round++) {
      const { from, to, bytes } = random.pick(wire) ?? assert.fail();
      const target = to.host === a.host.address.host ? a : b;
      const forged = random.chance(0.2) ? bytes.slice() : mutated([{ bytes, fields: [] }], random).slice();
      const isForger = random.chance(0.5);
      if (isForger) bytesIn += forged.length;
      target.endpoint.receive(forged, isForger ? forger : from, network.now);
      network.turn(target.host);
      if (round % 20 === 0) {
        const word = random.dice(1 + random.below(200));
        words.push(word);
        assert.ok(say(network, a, session, Lane.chat, word.slice()));
        assert.ok(say(network, b, newest(b), Lane.chat, word.slice()));
      }
      network.run(network.now + 1);
    }
    network.run(network.now + 5000);
    for (const [i, where] of [a, b].entries()) {
      const got = messages(where).slice(before[i]);
      assert.equal(got.length, words.length, `seed ${seed}`);
      assert.ok(got.every((bytes, k) => equalBytes(bytes, words[k] ?? assert.fail())));
      assert.equal(eventsOf(where, "sessionMoved").length, addresses[i], "nobody was moved");
      assert.equal(where.endpoint.view(i === 0 ? session : newest(where))?.address.host.startsWith("10."), true);
    }
    assert.ok(bytesOut <= bytesIn, `${bytesOut} out, ${bytesIn} in`);
    assert.ok(bytesIn > 100_000);
    a.endpoint.abandon(pending);
  }
});

test("the same with random bytes behind every first byte: no answer, no throw, no state", () => {
  const random = new Random(7, "noise");
  const { endpoint } = endpointOf(random.dice, 0);
  const answers: Datagram[] = [];
  for (let i = 0; i < 20_000; i++) {
    const bytes = random.dice(random.chance(0.05) ? random.below(2000) : random.below(60));
    if (bytes.length > 0) bytes[0] = i & 0xff;
    endpoint.receive(bytes, forger, i / 100);
    answers.push(...drained(endpoint, i / 100));
  }
  assert.deepEqual(answers, []);
  assert.deepEqual(endpoint.sizes, { sessions: 0, halfOpen: 0, openings: 0, calls: 0, creditLeft: 64 * 1024 * 1024 });
  assert.equal(endpoint.deadline, Number.POSITIVE_INFINITY);
  assert.equal(endpoint.nextEvent(), undefined);
});

test("a stranger's first message is answered with no more than it paid, and its repetition likewise", () => {
  const { network, a, b } = pair(1);
  const wire: Captured[] = [];
  network.onDatagram = (from, to, bytes) => void wire.push({ from, to, bytes });
  call({ network, a, b });
  network.run(network.now + 500);
  const first = wire.find(({ bytes }) => bytes[0] === DatagramType.message1) ?? assert.fail();
  const { endpoint } = b;
  const victim = { host: "198.51.100.1", port: 53 };
  for (let i = 0; i < 50; i++) {
    endpoint.receive(first.bytes, victim, network.now + i);
    const sent = drained(endpoint, network.now + i).filter(({ to }) => to.host === victim.host);
    assert.ok(sent.reduce((sum, { bytes }) => sum + bytes.length, 0) <= first.bytes.length);
  }
  const later = network.now + 50;
  for (let at = later; at < later + 20_000; at += 100) {
    assert.ok(
      drained(endpoint, at).every(({ to }) => to.host !== victim.host),
      "and afterwards with nothing",
    );
  }
});

test("probes are answered, and answers reported, only with a token that is expected, in its time", () => {
  const { network, a, b, random } = pair(1);
  const token = random.dice(16);
  const probed = (): readonly number[] => {
    a.endpoint.sendProbe(b.host.address, token);
    network.turn(a.host);
    network.run(network.now + 10);
    return [eventsOf(a, "probeAnswered").length, eventsOf(b, "probeAnswered").length];
  };
  assert.deepEqual(probed(), [0, 0]);
  b.endpoint.expectProbe(token, network.now + 1000);
  assert.deepEqual(probed(), [0, 0], "the prober expects nothing");
  a.endpoint.expectProbe(token, network.now + 1000);
  assert.deepEqual(probed(), [1, 0]);
  assert.deepEqual(eventsOf(a, "probeAnswered")[0]?.from, b.host.address);
  network.run(network.now + 1000);
  assert.deepEqual(probed(), [1, 0], "its time is over");
});

test("nothing that is kept shares memory with a datagram", () => {
  const random = new Random(1, "memory");
  const [a, b] = [endpointOf(random.dice, 0), endpointOf(random.dice, 0)];
  const here = { host: "10.0.0.1", port: 1 };
  const there = { host: "10.0.0.2", port: 2 };
  const opened: string[] = [];
  a.endpoint.connect({ to: there, purpose: Purpose.peer, expectedKey: b.publicKey, forMs: 1000 }, 0);
  for (let now = 0; now < 200; now++) {
    for (const [from, to, address] of [
      [a, b, here],
      [b, a, there],
    ] as const) {
      const datagrams = drained(from.endpoint, now);
      // As a host that reuses one Buffer for all it receives.
      const buffer = Buffer.alloc(2000);
      for (const { bytes } of datagrams) {
        buffer.set(bytes);
        to.endpoint.receive(buffer.subarray(0, bytes.length), address, now);
        buffer.fill(0xee);
      }
      for (let event = from.endpoint.nextEvent(); event !== undefined; event = from.endpoint.nextEvent()) {
        if (event.kind === "sessionOpened") from.endpoint.send(event.session, Lane.chat, new Uint8Array(2000).fill(7));
        if (event.kind === "messageReceived")
          assert.ok(event.bytes.length === 2000 && event.bytes.every((byte) => byte === 7));
        opened.push(event.kind);
      }
    }
  }
  assert.equal(opened.filter((kind) => kind === "messageReceived").length, 2);
});
