import assert from "node:assert/strict";
import { test } from "node:test";

import { equalBytes } from "#bytes";
import { calm } from "#sim";
import { CloseCode, Lane } from "#transport";
import { readPacket } from "#wire";

import { eventsOf, messages, newest, pair, say } from "./pair.ts";

test("keys are renewed under loss and reordering while messages flow both ways, past the wrap of the epoch bits", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { network, random, a, b, session } = pair(seed, {
      ...calm,
      delayMs: 15,
      jitterMs: 30,
      loss: 0.2,
      duplicate: 0.1,
    });
    const atB = newest(b);
    const epochs = new Set<number>();
    let changes = 0;
    let last = 0;
    network.onDatagram = (from, _, bytes) => {
      const packet = (bytes[0] ?? 0) >= 0x40 ? readPacket(bytes) : undefined;
      if (packet === undefined || from.host !== a.host.address.host) return;
      epochs.add(packet.keyEpoch);
      if (packet.keyEpoch !== last) changes++;
      last = packet.keyEpoch;
    };
    const sent: Uint8Array[] = [];
    for (let round = 0; round < 8; round++) {
      a.endpoint.renew(session, network.now);
      for (let i = 0; i < 15; i++) {
        const message = random.dice(1 + random.below(3000));
        sent.push(message);
        say(network, a, session, Lane.chat, message.slice());
        say(network, b, atB, Lane.chat, message.slice());
        network.run(network.now + random.below(40));
      }
    }
    network.run(network.now + 60_000, () => messages(a).length === sent.length && messages(b).length === sent.length);
    for (const where of [a, b]) {
      assert.equal(messages(where).length, sent.length, `seed ${seed}`);
      assert.ok(messages(where).every((message, i) => equalBytes(message, sent[i] ?? assert.fail())));
      assert.equal(eventsOf(where, "sessionEnded").length, 0);
    }
    assert.equal(epochs.size, 4, "all four epochs were in use");
    assert.ok(changes >= 4, `${changes}`);
    assert.deepEqual(network.violations, [], "no nonce twice");
  }
});

test("the opener renews after two hours by itself", () => {
  const { network, a, b, session } = pair(1);
  a.endpoint.keepAlive(session, 20_000);
  const epochs = new Set<number>();
  network.onDatagram = (_, __, bytes) => void epochs.add((bytes[0] ?? 0) & 3);
  network.run(2 * 60 * 60 * 1000 - 1000);
  assert.deepEqual([...epochs], [0]);
  network.run(network.now + 30_000);
  assert.deepEqual([...epochs], [0, 1]);
  assert.equal(eventsOf(a, "sessionEnded").length + eventsOf(b, "sessionEnded").length, 0);
});

test("old keys open for three probe timeouts after the other side has new ones, and then no more", () => {
  for (const [waitMs, isHeard] of [
    [20, true],
    [2000, false],
  ] as const) {
    const { network, a, b, session } = pair(1);
    network.run(network.now + 500);
    let withheld = new Uint8Array(0);
    network.onDatagram = (_, __, bytes) => {
      withheld = bytes.slice();
    };
    network.setCut(a.host.address, b.host.address, true);
    say(network, a, session, Lane.chat, Uint8Array.of(1));
    network.run(network.now + 0.5);
    network.onDatagram = undefined;
    network.healAll();
    a.endpoint.renew(session, network.now);
    network.turn(a.host);
    network.run(network.now + waitMs);
    const before = b.endpoint.view(newest(b))?.heardAt ?? 0;
    network.run(network.now + 1);
    b.endpoint.receive(withheld, a.host.address, network.now);
    assert.equal((b.endpoint.view(newest(b))?.heardAt ?? 0) > before, isHeard, `after ${waitMs} ms`);
  }
});

test("only the opener's wish starts a renewal", () => {
  const { network, b } = pair(1);
  const before = network.record.datagrams;
  network.run(network.now + 1000);
  b.endpoint.renew(newest(b), network.now);
  network.turn(b.host);
  network.run(network.now + 1000);
  assert.ok(network.record.datagrams - before < 4);
});

test("renewals without end close the session", () => {
  const { network, a, b, session } = pair(1);
  for (let i = 0; i < 12; i++) {
    a.endpoint.renew(session, network.now);
    network.turn(a.host);
    network.run(network.now + 50);
  }
  const end = eventsOf(b, "sessionEnded")[0]?.end;
  assert.ok(end?.by === "broken" && end.code === CloseCode.renewalFailed);
});
