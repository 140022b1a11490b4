import assert from "node:assert/strict";
import { test } from "node:test";

import { calm, Network, Random } from "#sim";
import { type Endpoint, Purpose } from "#transport";
import { type Address, DatagramType, readAddressed } from "#wire";

import { message1 } from "./first-message.ts";
import { drained, endpointOf, opened, type Side, side } from "./pair.ts";

/** 64 places: a quarter, and so a share, is 16. */
const PLACES = 64;
const SHARE = 16;

type Answer = "message 2" | "cookie" | "nothing";

/** Calls, and calls again with the cookie where one is asked for, as somebody who really is at that address does. */
function knock(endpoint: Endpoint, random: Random, from: Address, now: number): Answer {
  const secret = random.dice(32);
  const first = ask(endpoint, message1(random, { secret }), from, now);
  if (first.said !== "cookie") return first.said;
  return ask(endpoint, message1(random, { secret, cookie: first.cookie }), from, now + 0.01).said;
}

/** Calls without waiting for an answer, as somebody who writes any address does. */
function spoof(endpoint: Endpoint, random: Random, from: Address, now: number): Answer {
  return ask(endpoint, message1(random), from, now).said;
}

function ask(endpoint: Endpoint, bytes: Uint8Array, from: Address, now: number): { said: Answer; cookie: Uint8Array } {
  endpoint.receive(bytes, from, now);
  const [answer] = drained(endpoint, now);
  const cookie = answer && readAddressed(answer.bytes, 16, 16)?.body;
  if (answer?.bytes[0] === DatagramType.message2) return { said: "message 2", cookie: new Uint8Array(16) };
  return cookie === undefined ? { said: "nothing", cookie: new Uint8Array(16) } : { said: "cookie", cookie };
}

function count(answers: readonly Answer[], wanted: Answer): number {
  return answers.filter((answer) => answer === wanted).length;
}

test("a network that answers every cookie leaves half of the places to others", () => {
  const random = new Random(1, "hostile");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: PLACES });
  const answers = Array.from({ length: 200 }, (_, i) =>
    knock(endpoint, random, { host: "192.0.2.66", port: 1 + i }, i),
  );
  assert.equal(count(answers, "message 2"), SHARE + 1 + SHARE, "what is nobody's, and its share");
  assert.equal(count(answers, "nothing"), 200 - (2 * SHARE + 1));
  assert.equal(endpoint.sizes.halfOpen, 2 * SHARE + 1);
  const left = PLACES - (2 * SHARE + 1);
  const others = Array.from({ length: left }, (_, i) =>
    knock(endpoint, random, { host: `198.51.100.${1 + i}`, port: 1 }, 300 + i),
  );
  assert.equal(count(others, "message 2"), left, "everybody else gets in");
  assert.equal(knock(endpoint, random, { host: "203.0.113.1", port: 1 }, 400), "nothing", "up to the last place");
});

test("a network of IPv6 is a /64, whatever address of it somebody takes", () => {
  const random = new Random(1, "hostile 6");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: PLACES });
  const answers = Array.from({ length: 100 }, (_, i) =>
    knock(endpoint, random, { host: `2001:db8:0:1::${(i + 1).toString(16)}`, port: 9 }, i),
  );
  assert.equal(count(answers, "message 2"), 2 * SHARE + 1);
  assert.equal(knock(endpoint, random, { host: "2001:db8:0:2::1", port: 9 }, 200), "message 2");
});

test("what is spoofed counts against nobody: whose address it was has all of its share", () => {
  const random = new Random(1, "spoofed");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: PLACES });
  const victim = "192.0.2.7";
  const spoofed = Array.from({ length: 200 }, (_, i) => spoof(endpoint, random, { host: victim, port: 1 + i }, i));
  assert.equal(count(spoofed, "message 2"), SHARE + 1);
  assert.equal(count(spoofed, "cookie"), 200 - (SHARE + 1), "a cookie is asked for instead");
  const answers = Array.from({ length: 2 * SHARE }, (_, i) =>
    knock(endpoint, random, { host: victim, port: 1000 + i }, 300 + i),
  );
  assert.equal(count(answers, "message 2"), SHARE);
  const more = Array.from({ length: 200 }, (_, i) => spoof(endpoint, random, { host: victim, port: 1 + i }, 400 + i));
  assert.equal(count(more, "cookie"), 200, "who has no cookie learns nothing of a share");
});

test("a network's places are its own again after 5 s", () => {
  const random = new Random(1, "again");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: PLACES });
  const fill = (now: number): number =>
    count(
      Array.from({ length: 60 }, (_, i) => knock(endpoint, random, { host: "192.0.2.66", port: 1 + i }, now + i)),
      "message 2",
    );
  assert.deepEqual([fill(0), fill(2500), fill(5100)], [2 * SHARE + 1, 0, 2 * SHARE + 1]);
});

for (const places of [PLACES, 1024]) {
  test(`200 clients who call from one address at once all get in, with ${places} places`, () => {
    const random = new Random(1, "burst");
    const network = new Network(new Random(1, "network"), { ...calm, delayMs: 25 });
    const server = side(network, random, 1, { mostHalfOpen: places, mostSessions: 300 });
    let most = 0;
    network.onDatagram = () => {
      most = Math.max(most, server.endpoint.sizes.halfOpen);
    };
    const clients = Array.from({ length: 200 }, (_, i) => {
      const client = hostAt(network, random, { host: "10.9.9.9", port: 2000 + i });
      const to = server.host.address;
      const call = { to, purpose: Purpose.peer, expectedKey: server.publicKey, forMs: 20_000 };
      client.endpoint.connect(call, network.now);
      network.turn(client.host);
      return client;
    });
    network.run(20_000, () => clients.every(opened));
    assert.equal(clients.filter(opened).length, 200);
    network.run(network.now + 1000);
    assert.equal(server.endpoint.sizes.sessions, 200);
    assert.equal(server.endpoint.sizes.halfOpen, 0);
    if (places === PLACES) assert.equal(most, 2 * SHARE + 1, "the share was felt on the way");
  });
}

/** An endpoint at an address of the test's choice. */
function hostAt(network: Network, random: Random, address: Address): Side {
  const { endpoint, publicKey } = endpointOf(random.dice, network.now);
  const events: Side["events"] = [];
  const act = (): void => {
    for (let event = endpoint.nextEvent(); event !== undefined; event = endpoint.nextEvent()) events.push(event);
  };
  const host = { name: `${address.host}|${address.port}`, machine: endpoint, address, act };
  network.attach(host);
  return { endpoint, host, events, publicKey };
}
