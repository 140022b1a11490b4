import assert from "node:assert/strict";
import { test } from "node:test";

import { equalBytes } from "#bytes";
import { x25519KeyPair } from "#crypto";
import { calm, Network, Random } from "#sim";
import { type Datagram, Lane, Purpose } from "#transport";
import { type Address, DatagramType, MESSAGE1_BYTES, readAddressed, writeAddressed } from "#wire";

import { message1 } from "./first-message.ts";
import { call, drained, endpointOf, eventsOf, messages, opened, type Pair, pair, say, side } from "./pair.ts";

const there = { host: "10.0.0.2", port: 4000 };
const here = { host: "10.0.0.1", port: 4000 };
const typeOf = (datagram: Datagram | undefined): number => datagram?.bytes[0] ?? -1;

test("an unanswered call leaves at 0, 60, 120, 240, 480, 960 ms, then twice a second, and fails in its time", () => {
  const { endpoint } = endpointOf(new Random(1, "call").dice, 0);
  endpoint.connect({ to: there, purpose: Purpose.peer, forMs: 2500 }, 0);
  const times: number[] = [];
  for (let now = 0; now <= 3000; now = endpoint.deadline) {
    for (const { bytes } of drained(endpoint, now)) {
      assert.equal(bytes.length, MESSAGE1_BYTES);
      times.push(now);
    }
    if (endpoint.deadline === Number.POSITIVE_INFINITY) break;
  }
  assert.deepEqual(times, [0, 60, 120, 240, 480, 960, 1460, 1960, 2460]);
  const event = endpoint.nextEvent();
  assert.ok(event?.kind === "connectFailed" && event.why.kind === "silence");
});

test("after a standstill one message leaves, not all that were missed", () => {
  const { endpoint } = endpointOf(new Random(1, "call").dice, 0);
  endpoint.connect({ to: there, purpose: Purpose.peer, forMs: 5000 }, 0);
  assert.equal(drained(endpoint, 0).length, 1);
  assert.equal(drained(endpoint, 700).length, 1);
  assert.equal(endpoint.deadline, 960);
});

test("who is not expected gets no third message, and nobody is told more than silence", () => {
  const random = new Random(1, "expected");
  const network = new Network(random, calm);
  const [a, b] = [side(network, random, 1), side(network, random, 2)];
  const third: number[] = [];
  network.onDatagram = (_, __, bytes) => void (bytes[0] === DatagramType.message3 && third.push(1));
  const other = x25519KeyPair(random.dice(32)).publicKey;
  a.endpoint.connect({ to: b.host.address, purpose: Purpose.peer, expectedKey: other, forMs: 1000 }, 0);
  network.turn(a.host);
  network.run(2000);
  assert.deepEqual(
    eventsOf(a, "connectFailed").map(({ why }) => why.kind),
    ["silence"],
  );
  assert.equal(third.length + eventsOf(b, "sessionOpened").length, 0);
});

test("where no key is expected, who is not accepted gets no third message either, and the caller learns who it was", () => {
  const random = new Random(1, "accepts");
  const network = new Network(random, calm);
  const a = side(network, random, 1, { accepts: () => false });
  const b = side(network, random, 2);
  a.endpoint.connect({ to: b.host.address, purpose: Purpose.peer, forMs: 3000 }, 0);
  network.turn(a.host);
  network.run(4000);
  const why = eventsOf(a, "connectFailed")[0]?.why;
  assert.ok(why?.kind === "rejected");
  assert.deepEqual(why.remoteKey, b.publicKey);
  assert.equal(eventsOf(b, "sessionOpened").length, 0);
  assert.ok(network.record.datagrams < 40, "and it does not begin anew without end");
});

test("a key that cannot be one fails like silence", () => {
  const { endpoint } = endpointOf(new Random(1, "key").dice, 0);
  for (const expectedKey of [new Uint8Array(32), new Uint8Array(5)]) {
    endpoint.connect({ to: there, purpose: Purpose.peer, expectedKey, forMs: 100 }, 0);
    assert.equal(endpoint.nextEvent()?.kind, "connectFailed");
  }
});

test("a client is silent to callers who have not its key; a server answers them", () => {
  const random = new Random(1, "mac1");
  const client = endpointOf(random.dice, 0, { answersStrangers: false });
  const server = endpointOf(random.dice, 0);
  let now = 0;
  const ask = ({ endpoint }: typeof client, bytes: Uint8Array): readonly Datagram[] => {
    endpoint.receive(bytes, there, ++now);
    return drained(endpoint, now);
  };
  assert.deepEqual(ask(client, message1(random)), []);
  assert.equal(typeOf(ask(client, message1(random, { key: client.publicKey }))[0]), DatagramType.message2);
  assert.equal(typeOf(ask(server, message1(random))[0]), DatagramType.message2);
  assert.equal(typeOf(ask(server, message1(random, { key: server.publicKey }))[0]), DatagramType.message2);
  const bad = message1(random);
  bad[600] = 1;
  assert.deepEqual(ask(server, bad), [], "mac1 covers the padding");
  assert.deepEqual(ask(server, message1(random).subarray(0, 1199)), []);
});

test("a repeated message 1 is answered with the same message 2, and never by itself", () => {
  const random = new Random(1, "repeat");
  const { endpoint } = endpointOf(random.dice, 0);
  const first = message1(random);
  const answers: Uint8Array[] = [];
  for (const now of [0, 60, 120]) {
    endpoint.receive(first, there, now);
    answers.push(...drained(endpoint, now).map(({ bytes }) => bytes));
  }
  assert.equal(answers.length, 3);
  assert.deepEqual(answers[1], answers[0]);
  assert.ok((answers[0]?.length ?? 9999) <= MESSAGE1_BYTES);
  assert.equal(endpoint.deadline, Number.POSITIVE_INFINITY, "no timer repeats it");
  assert.equal(endpoint.sizes.halfOpen, 1);
});

test("under load a cookie comes first, costs no state, and opens the door", () => {
  const random = new Random(1, "load");
  const network = new Network(random, calm);
  const server = side(network, random, 2, { mostHalfOpen: 16 });
  for (let i = 0; i < 200; i++) {
    const spoofed = { host: `192.0.2.${i}`, port: 1000 + i };
    server.endpoint.receive(message1(random), spoofed, network.now);
  }
  const answers: Datagram[] = [];
  network.onDatagram = (_, to, bytes) => void answers.push({ to, bytes });
  network.run(50);
  assert.equal(server.endpoint.sizes.halfOpen, 5, "a quarter of the table and one");
  assert.equal(answers.filter((each) => typeOf(each) === DatagramType.cookie).length, 195);
  for (const { to, bytes } of answers) assert.ok(to.host.startsWith("192.0.2.") && bytes.length < MESSAGE1_BYTES);
  const a = side(network, random, 1);
  call({ network, a, b: server });
  network.run(network.now + 200, () => opened(a) && opened(server));
  assert.ok(opened(a) && opened(server));
  assert.equal(answers.filter((each) => typeOf(each) === DatagramType.cookie && each.to.host === "10.0.0.1").length, 1);
});

test("a cookie is worth nothing at another address", () => {
  const random = new Random(1, "cookie");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: 0 });
  const secret = random.dice(32);
  const ask = (from: Address, cookie?: Uint8Array): Datagram | undefined => {
    endpoint.receive(message1(random, { secret, ...(cookie && { cookie }) }), from, 0);
    return drained(endpoint, 0)[0];
  };
  const { endpoint: busy } = endpointOf(random.dice, 0, { mostHalfOpen: 4 });
  for (let i = 0; i < 4; i++) busy.receive(message1(random), { host: "192.0.2.1", port: i + 1 }, 0);
  for (let now = 0; busy.sizes.calls > 0; now++) drained(busy, now);
  busy.receive(message1(random, { secret }), there, 5);
  const cookie = readAddressed(drained(busy, 5)[0]?.bytes ?? assert.fail(), 16, 16)?.body;
  busy.receive(message1(random, { secret, cookie: cookie ?? assert.fail() }), here, 6);
  assert.equal(typeOf(drained(busy, 6)[0]), DatagramType.cookie);
  assert.equal(ask(there), undefined, "with no room there is no answer at all");
});

test("half-open handshakes end after 5 s, and are never more than allowed", () => {
  const random = new Random(1, "half-open");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: 4 });
  for (let i = 0; i < 100; i++) endpoint.receive(message1(random), { host: "192.0.2.1", port: i + 1 }, i);
  for (let now = 100; endpoint.sizes.calls > 0; now++) drained(endpoint, now);
  assert.ok(endpoint.sizes.halfOpen <= 4);
  endpoint.receive(message1(random), there, 5200);
  assert.equal(typeOf(drained(endpoint, 5200)[0]), DatagramType.message2);
  assert.equal(endpoint.sizes.halfOpen, 1);
});

test("callers wait in a queue of bounded length, two a turn", () => {
  const random = new Random(1, "queue");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: 1000 });
  for (let i = 0; i < 400; i++) endpoint.receive(message1(random), { host: "192.0.2.1", port: i + 1 }, 0);
  assert.equal(endpoint.sizes.calls, 256);
  assert.equal(drained(endpoint, 0).length, 2);
  assert.equal(endpoint.deadline, Number.NEGATIVE_INFINITY, "the next turn is due");
  assert.equal(drained(endpoint, 0.1).length, 2);
});

test("calls are looked at so many times a second, and those with a cookie of ours do not wait behind the others", () => {
  const random = new Random(1, "looks");
  const { endpoint } = endpointOf(random.dice, 0, { mostHalfOpen: 8 });
  const calls = Array.from({ length: 20 }, () => message1(random));
  let answered = 0;
  for (let now = 0; now < 1000; now++) {
    for (const [i, bytes] of calls.entries())
      endpoint.receive(bytes, { host: "192.0.2.1", port: 1 + i + now * 20 }, now);
    for (let turn = now; turn < now + 0.9; turn += 0.3) answered += drained(endpoint, turn).length;
  }
  assert.ok(answered > 1900 && answered <= 2256, `${answered} answers in a second to 20,000 calls`);
  const secret = random.dice(32);
  const caller = endpointOf(random.dice, 0, { mostHalfOpen: 8 });
  for (let i = 0; i < 4; i++) caller.endpoint.receive(message1(random), { host: "192.0.2.1", port: i + 1 }, 0);
  for (let now = 0; caller.endpoint.sizes.calls > 0; now++) drained(caller.endpoint, now);
  caller.endpoint.receive(message1(random, { secret }), there, 5);
  const cookie = readAddressed(drained(caller.endpoint, 5)[0]?.bytes ?? assert.fail(), 16, 16)?.body;
  for (let i = 0; i < 300; i++) caller.endpoint.receive(message1(random), { host: "192.0.2.1", port: i + 9 }, 6);
  caller.endpoint.receive(message1(random, { secret, cookie: cookie ?? assert.fail() }), there, 6);
  assert.ok(
    drained(caller.endpoint, 6).some(
      (answer) => typeOf(answer) === DatagramType.message2 && answer.to.host === there.host,
    ),
    "answered in the turn in which it came, with 256 others before it",
  );
});

test("a caller of another version is told ours; we are told theirs only if nothing better comes", () => {
  const random = new Random(1, "versions");
  const { endpoint } = endpointOf(random.dice, 0);
  endpoint.receive(message1(random, { version: 2 }).with(4, 0x13).with(1199, 0), there, 0);
  assert.deepEqual(drained(endpoint, 0), [], "mac1 is the same in every version");
  endpoint.receive(message1(random, { version: 2 }), there, 0);
  const [answer] = drained(endpoint, 0);
  assert.deepEqual(readAddressed(answer?.bytes ?? assert.fail(), 1, 16), {
    sessionId: Uint8Array.of(9, 9, 9, 9),
    body: Uint8Array.of(1),
  });
  for (const isAnswered of [false, true]) {
    const network = new Network(random, calm);
    const [a, b] = [side(network, random, 1), side(network, random, 2)];
    const id = call({ network, a, b });
    network.run(0.5);
    const sessionId = Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id);
    a.endpoint.receive(writeAddressed(DatagramType.versions, sessionId, Uint8Array.of(7)), there, network.now);
    if (!isAnswered) network.detach(b.host);
    network.run(11_000);
    assert.equal(opened(a), isAnswered);
    const why = eventsOf(a, "connectFailed")[0]?.why;
    assert.deepEqual(why, isAnswered ? undefined : { kind: "versions", theirs: [7] });
  }
});

test("message 2 from elsewhere does not lead the session there", () => {
  const random = new Random(1, "elsewhere");
  const a = endpointOf(random.dice, 0);
  const b = endpointOf(random.dice, 0);
  a.endpoint.connect({ to: there, purpose: Purpose.peer, expectedKey: b.publicKey, forMs: 1000 }, 0);
  b.endpoint.receive(drained(a.endpoint, 0)[0]?.bytes ?? assert.fail(), here, 0);
  a.endpoint.receive(drained(b.endpoint, 0)[0]?.bytes ?? assert.fail(), { host: "203.0.113.9", port: 9 }, 1);
  const sent = drained(a.endpoint, 1);
  assert.deepEqual(sent.map(typeOf).slice(0, 1), [DatagramType.message3]);
  assert.ok(sent.every(({ to }) => to.host === there.host));
  for (const { bytes } of sent) b.endpoint.receive(bytes, { host: "203.0.113.9", port: 9 }, 2);
  const answers = drained(b.endpoint, 2);
  assert.ok(
    answers.some(({ to }) => to.host === here.host),
    "and message 3 does not either: message 2 went to where the call came from",
  );
});

/** Two sides of whom one has called the other, and whose link was cut when the third message left. */
function cutAtThird(delayMs: number): Pick<Pair, "network" | "a" | "b"> {
  const random = new Random(1, "third");
  const network = new Network(random, { ...calm, delayMs });
  const [a, b] = [side(network, random, 1), side(network, random, 2)];
  call({ network, a, b });
  network.onDatagram = (_, __, bytes) => {
    if (bytes[0] === DatagramType.message3) network.setCut(a.host.address, b.host.address, true);
  };
  network.run(network.now + 100, () => opened(a));
  network.onDatagram = undefined;
  return { network, a, b };
}

test("a lost third message is repeated until something comes back", () => {
  const { network, a, b } = cutAtThird(calm.delayMs);
  assert.ok(say(network, a, eventsOf(a, "sessionOpened")[0]?.session ?? 0, Lane.chat, Uint8Array.of(5)));
  network.run(network.now + 5);
  assert.ok(!opened(b));
  network.healAll();
  network.run(network.now + 1000, () => messages(b).length > 0);
  assert.deepEqual(messages(b), [Uint8Array.of(5)]);
});

test("how long a third message was lost for is not taken for the path", () => {
  const { network, b } = cutAtThird(10);
  network.run(network.now + 3000);
  network.healAll();
  network.run(network.now + 2000, () => opened(b));
  const { session = 0 } = eventsOf(b, "sessionOpened")[0] ?? {};
  assert.ok((b.endpoint.view(session)?.probeTimeoutMs ?? assert.fail()) < 300);
});

test("handshakes come through at 40 % loss, duplication and corruption", () => {
  let openings = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const { network, a, b } = pair(seed, {
      ...calm,
      delayMs: 20,
      jitterMs: 40,
      loss: 0.4,
      duplicate: 0.2,
      corrupt: 0.05,
    });
    openings += opened(a) && opened(b) ? 1 : 0;
    assert.ok(eventsOf(b, "sessionOpened").length <= 1, "a handshake opens one session");
    assert.deepEqual(network.violations, []);
  }
  assert.ok(openings >= 29, `${openings}`);
});

test("an impostor who answers first does not keep the true one out", () => {
  const random = new Random(1, "impostor");
  const network = new Network(random, { ...calm, delayMs: 20 });
  const b = side(network, random, 2);
  const a = side(network, random, 1, { accepts: ({ key }) => equalBytes(key, b.publicKey) });
  const c = side(network, random, 3);
  let forged = 0;
  network.onDatagram = (from, to, bytes) => {
    if (bytes[0] !== DatagramType.message1 || to.host !== b.host.address.host) return;
    // On the path, and quicker than the one who was called.
    network.at(network.now + 1, () => {
      c.endpoint.receive(bytes, from, network.now);
      for (const answer of drained(c.endpoint, network.now)) {
        forged++;
        a.endpoint.receive(answer.bytes, b.host.address, network.now);
      }
    });
  };
  a.endpoint.connect({ to: b.host.address, purpose: Purpose.peer, forMs: 3000 }, 0);
  network.turn(a.host);
  network.run(3000);
  assert.ok(forged > 0);
  assert.equal(eventsOf(a, "sessionOpened").length, 1);
  assert.equal(eventsOf(b, "sessionOpened").length, 1);
});
