// Nobody can have us send a third party more than it seems to have sent: fake calls, probes and answers from a victim's
// address, as in the discovery tests of Ethereum, and everything else that a datagram can be.

import assert from "node:assert/strict";
import { test } from "node:test";

import { calm, Random } from "#sim";
import { type Endpoint, Lane } from "#transport";
import { type Address, addressKey, DatagramType, writeAddressed, writeProbe } from "#wire";

import { mutated } from "../fuzz/mutator.ts";
import { message1 } from "./first-message.ts";
import { drained, endpointOf, messages, newest, pair, say } from "./pair.ts";

const victim: Address = { host: "198.51.100.1", port: 53 };

/** Bytes between an endpoint and each address. */
class Accounts {
  readonly paid = new Map<string, number>();
  readonly got = new Map<string, number>();

  receive(endpoint: Endpoint, bytes: Uint8Array, from: Address, now: number): void {
    this.paid.set(addressKey(from), (this.paid.get(addressKey(from)) ?? 0) + bytes.length);
    endpoint.receive(bytes, from, now);
  }

  /** Lets it send all it wants, and looks at each datagram: nowhere more than came from there. */
  settle(endpoint: Endpoint, now: number, isProven: (to: Address) => boolean): number {
    let sent = 0;
    for (const { to, bytes } of drained(endpoint, now)) {
      const key = addressKey(to);
      const got = (this.got.get(key) ?? 0) + bytes.length;
      this.got.set(key, got);
      if (isProven(to)) continue;
      sent += bytes.length;
      assert.ok(
        got <= (this.paid.get(key) ?? 0),
        `${got} bytes to ${key} for ${this.paid.get(key) ?? 0}: type ${bytes[0]}`,
      );
    }
    return sent;
  }
}

test("a fake call and probe from a victim's address, a fake answer, then a large question: silence", () => {
  const random = new Random(1, "reflection");
  const { endpoint } = endpointOf(random.dice, 0);
  const accounts = new Accounts();
  const nobody = (): boolean => false;
  accounts.receive(endpoint, writeProbe(DatagramType.probe, random.dice(16)), victim, 0);
  assert.equal(accounts.settle(endpoint, 0, nobody), 0, "a probe with no token of ours is not answered");
  accounts.receive(endpoint, message1(random), victim, 1);
  const answered = accounts.settle(endpoint, 1, nobody);
  assert.ok(answered > 0 && answered <= 1200, `a call is answered once, with ${answered} bytes`);
  // The forger does not see message 2, and so cannot make message 3; it guesses.
  for (let i = 0; i < 200; i++) {
    const body = random.dice(64 + random.below(900));
    accounts.receive(
      endpoint,
      Uint8Array.from([DatagramType.message3, 0x11, 4, ...random.dice(4), ...body]),
      victim,
      2,
    );
    accounts.receive(endpoint, writeProbe(DatagramType.probeAnswer, random.dice(16)), victim, 2);
    accounts.receive(endpoint, writeAddressed(DatagramType.cookie, random.dice(4), random.dice(16)), victim, 2);
  }
  // "Send me the whole table."
  for (let i = 0; i < 200; i++) {
    const packet = Uint8Array.from([0x40, ...random.dice(4), 0, 0, 0, i, ...random.dice(1100)]);
    accounts.receive(endpoint, packet, victim, 3 + i);
  }
  for (let now = 3; now < 60_000; now += 50) assert.equal(accounts.settle(endpoint, now, nobody), 0);
  assert.equal(endpoint.sizes.sessions, 0);
});

for (const seed of [1, 2, 3, 4]) {
  test(`whatever is sent from whichever address, no more goes back than came: all types, alone and bent, seed ${seed}`, () => {
    const { network, random, a, b, session } = pair(seed, { ...calm, delayMs: 3 }, { mostHalfOpen: 16 });
    const wire: Uint8Array[] = [];
    network.onDatagram = (_, to, bytes) => {
      if (to.host === b.host.address.host) wire.push(bytes.slice());
    };
    for (let i = 0; i < 8; i++) say(network, a, session, Lane.chat, random.dice(1 + random.below(2000)));
    a.endpoint.renew(session, network.now);
    network.run(network.now + 500);
    // From here on what a sends reaches nobody but the forger, so that its packets are fresh wherever they come from.
    network.detach(b.host);
    const { endpoint } = b;
    const own = b.publicKey;
    const token = random.dice(16);
    endpoint.expectProbe(token, Number.POSITIVE_INFINITY);
    const accounts = new Accounts();
    const isProven = (to: Address): boolean => to.host === a.host.address.host;
    const places = Array.from({ length: 6 }, (_, i) => ({ host: `198.51.100.${i + 1}`, port: 53 }));
    const kinds: readonly (() => Uint8Array)[] = [
      () => message1(random),
      () => message1(random, { key: own }),
      () => message1(random, { version: 2 + random.below(200) }),
      () => message1(random, { cookie: random.dice(16) }),
      () =>
        writeProbe(
          random.chance(0.5) ? DatagramType.probe : DatagramType.probeAnswer,
          random.chance(0.5) ? token : random.dice(16),
        ),
      () => random.pick(wire) ?? assert.fail(),
      () => mutated([{ bytes: random.pick(wire) ?? assert.fail(), fields: [] }], random),
    ];
    let now = network.now;
    let sent = 0;
    for (let i = 0; i < 1500; i++) {
      now += random.fraction() * 4;
      if (i % 20 === 0) {
        // It has much to say, to a client whose newest packets seem to come from elsewhere.
        say(network, a, session, Lane.chat, random.dice(50));
        network.run(now);
        endpoint.send(newest(b), Lane.chat, random.dice(3000));
        // A move, from a place that says nothing else: it is asked whether it is there as often as it has paid for.
        accounts.receive(endpoint, wire.at(-1) ?? assert.fail(), { host: "198.51.100.99", port: 1 + i }, now);
        for (const end = now + 400; now < end; now += 20) sent += accounts.settle(endpoint, now, isProven);
      }
      const bytes = (random.pick(kinds) ?? assert.fail())();
      accounts.receive(endpoint, bytes.slice(0, 1500), random.pick(places) ?? victim, now);
      sent += accounts.settle(endpoint, now, isProven);
    }
    assert.ok(sent > 10_000, `${sent} bytes were sent to places that had not proven themselves`);
    assert.ok(messages(b).length >= 8);
  });
}
