import assert from "node:assert/strict";
import { test } from "node:test";

import { calm, Random } from "#sim";
import { Lane } from "#transport";
import { type Address } from "#wire";

import { HandMadePeer } from "./hand-made-peer.ts";
import { endpointOf, eventsOf, messages, newest, pair, say } from "./pair.ts";

const home = { host: "10.0.0.9", port: 9 };
const away = { host: "198.51.100.7", port: 7 };

test("a host that moves takes its session along, in both directions, and is told where it is seen", () => {
  for (const isOpener of [true, false]) {
    const { network, a, b, session } = pair(1, { ...calm, delayMs: 10 });
    network.run(network.now + 500);
    const [mover, stayer] = isOpener ? [a, b] : [b, a];
    const [atMover, atStayer] = isOpener ? [session, newest(b)] : [newest(b), session];
    const target = { host: "198.51.100.7", port: 4321 };
    network.move(mover.host, target);
    say(network, mover, atMover, Lane.chat, Uint8Array.of(1));
    network.run(network.now + 500);
    assert.deepEqual(
      eventsOf(stayer, "sessionMoved").map(({ address }) => address),
      [target],
    );
    assert.deepEqual(stayer.endpoint.view(atStayer)?.address, target);
    assert.deepEqual(eventsOf(mover, "addressObserved").at(-1)?.address, target);
    say(network, stayer, atStayer, Lane.chat, Uint8Array.of(2));
    network.run(network.now + 500);
    assert.deepEqual([messages(stayer), messages(mover)], [[Uint8Array.of(1)], [Uint8Array.of(2)]]);
  }
});

test("a NAT that gives another port is followed under loss", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { network, a, b, session } = pair(seed, { ...calm, delayMs: 10, loss: 0.2, jitterMs: 10 });
    for (let i = 0; i < 5; i++) {
      network.move(a.host, { host: "10.0.0.1", port: 5000 + i });
      for (let k = 0; k < 5; k++) {
        say(network, a, session, Lane.chat, Uint8Array.of(i, k));
        network.run(network.now + 200);
      }
    }
    network.run(network.now + 20_000, () => messages(b).length === 25);
    assert.equal(messages(b).length, 25, `seed ${seed}`);
    // What was said may all have arrived before the last move was proven.
    const isThere = (): boolean => b.endpoint.view(newest(b))?.address.port === a.host.address.port;
    network.run(network.now + 20_000, isThere);
    assert.ok(isThere(), `seed ${seed}`);
  }
});

test("a new host's round trip is unknown, a new port's is not", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 1 });
  network.run(network.now + 500);
  const before = b.endpoint.view(newest(b))?.probeTimeoutMs ?? 0;
  const moved = (address: Address): number => {
    network.move(a.host, address);
    const count = eventsOf(b, "sessionMoved").length;
    say(network, a, session, Lane.chat, Uint8Array.of(1));
    network.run(network.now + 500, () => eventsOf(b, "sessionMoved").length > count);
    return b.endpoint.view(newest(b))?.probeTimeoutMs ?? 0;
  };
  assert.ok(before < 60);
  assert.ok(moved({ host: "10.0.0.1", port: 4001 }) < 60);
  assert.ok(moved({ host: "10.0.0.77", port: 4001 }) > 150);
});

function opened(): HandMadePeer {
  const random = new Random(1, "roaming");
  const { endpoint, publicKey } = endpointOf(random.dice, 0);
  const peer = new HandMadePeer(endpoint, publicKey, random, home, 0);
  peer.tell({ type: "ping" });
  peer.wait(2000);
  return peer;
}

test("until an address has answered, no more goes there than came from it, whatever is asked and queued", () => {
  const random = new Random(3, "amplification");
  for (let run = 0; run < 40; run++) {
    const peer = opened();
    let bytesIn = 0;
    let bytesOut = 0;
    const count = (datagrams: readonly { readonly to: Address; readonly bytes: Uint8Array }[]): void => {
      for (const { to, bytes } of datagrams) bytesOut += to.host === away.host ? bytes.length : 0;
      assert.ok(bytesOut <= bytesIn, `${bytesOut} out, ${bytesIn} in`);
    };
    for (let step = 0; step < 25; step++) {
      const token = random.dice(8);
      const frames = Array.from(
        { length: random.below(6) },
        () => ({ type: random.chance(0.6) ? "challenge" : "response", token }) as const,
      );
      const { endpoint, session } = peer;
      if (random.chance(0.3)) endpoint.send(session, Lane.chat, new Uint8Array(3000));
      const sent = peer.packetOf({ type: "ping" }, ...frames);
      bytesIn += sent.length;
      count(peer.deliver(sent, away));
      if (random.chance(0.5)) count(peer.wait(random.below(400)));
    }
    assert.ok(bytesOut > 0, "a challenge did go there");
    assert.deepEqual(peer.endpoint.view(peer.session)?.address, home);
  }
});

test("one who copies packets from elsewhere does not move a session whose owner still answers", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 10 });
  network.run(network.now + 500);
  // The copy is quicker than the packet itself, as of somebody in between.
  network.onDatagram = (from, to, bytes) => {
    if (from.host === a.host.address.host && to.host === b.host.address.host)
      network.at(network.now + 5, () => b.endpoint.receive(bytes, away, network.now));
  };
  let stolen = 0;
  for (let i = 0; i < 50; i++) {
    say(network, a, session, Lane.chat, Uint8Array.of(i));
    network.run(network.now + 100);
    if (b.endpoint.view(newest(b))?.address.host === away.host) stolen++;
  }
  assert.equal(messages(b).length, 50);
  assert.equal(stolen, 0);
  assert.equal(eventsOf(b, "sessionMoved").length, 0);
});

test("an older packet from elsewhere starts nothing", () => {
  const peer = opened();
  const late = peer.packetOf({ type: "ping" });
  peer.tell({ type: "ping" });
  const sent = peer.deliver(late, away);
  assert.ok(sent.every(({ to }) => to.host === home.host));
  assert.ok(peer.wait(2000).every(({ to }) => to.host === home.host));
});
