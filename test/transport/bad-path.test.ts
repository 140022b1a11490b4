import assert from "node:assert/strict";
import { test } from "node:test";

import { calm, Network, Random, type Weather } from "#sim";
import { Lane } from "#transport";

import { measure, percentile } from "./delays.ts";
import { call, messages, opened, pair, say, side, type Side } from "./pair.ts";

/** Loss each way, and the 99th percentile that must hold on a path of 25 ms each way. */
const bounds = [
  [0, 30],
  [0.01, 45],
  [0.05, 45],
  [0.1, 60],
  [0.2, 75],
] as const;

test("small messages in their order take about one path time, whatever is lost", () => {
  for (const [loss, most] of bounds) {
    const delays = [1, 2, 3].flatMap((seed) => measure(seed, { loss }).delays);
    assert.equal(delays.length, 3000, "all arrive");
    const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
    assert.ok(p50 >= 25 && p50 < 26, `${loss}: p50 ${p50}`);
    assert.ok(p99 <= most, `${loss}: p99 ${p99}`);
  }
});

test("with jitter, reordering, duplicates and corruption as well", () => {
  const weather = { jitterMs: 10, duplicate: 0.02, corrupt: 0.02 };
  for (const [loss, most] of bounds) {
    const delays = [1, 2].flatMap((seed) => measure(seed, { loss, ...weather }).delays);
    const p99 = percentile(delays, 0.99);
    assert.ok(p99 <= most + 10, `${loss}: p99 ${p99}`);
  }
});

test("and where nothing follows that a copy could ride in: receipts, and one message a second", () => {
  for (const lane of [Lane.chat, Lane.receipts]) {
    const delays = [1, 2].flatMap((seed) => measure(seed, { loss: 0.2 }, { everyMs: 1000, count: 500, lane }).delays);
    assert.ok(percentile(delays, 0.99) <= 75, `lane ${lane}: p99 ${percentile(delays, 0.99)}`);
  }
});

test("where acknowledgements come sooner nothing is sent twice", () => {
  for (const lane of [Lane.control, Lane.chat, Lane.receipts]) {
    assert.equal(measure(1, { delayMs: 0.1 }, { lane, count: 300 }).datagrams, 300, `lane ${lane}`);
    assert.equal(measure(1, { delayMs: 2 }, { lane, count: 300 }).datagrams, 300, `lane ${lane}`);
  }
});

test("copies cease on a long path that loses nothing", () => {
  const { network, a, session } = pair(1, { ...calm, delayMs: 25 });
  for (let i = 0; i < 600; i++) {
    say(network, a, session, Lane.chat, new Uint8Array(100));
    network.run(network.now + 100);
  }
  let left = 0;
  network.onDatagram = (from) => {
    if (from.host === a.host.address.host) left++;
  };
  for (let i = 0; i < 50; i++) {
    say(network, a, session, Lane.chat, new Uint8Array(100));
    network.run(network.now + 100);
  }
  assert.ok(left <= 52, `${left}: each once, and an acknowledgement now and then`);
});

test("what was lost with its copies still arrives", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 25 });
  network.run(network.now + 500);
  network.setCut(a.host.address, b.host.address, true);
  say(network, a, session, Lane.chat, Uint8Array.of(1));
  network.run(network.now + 60);
  network.healAll();
  network.run(network.now + 500);
  assert.deepEqual(messages(b), [Uint8Array.of(1)]);
});

test("who speaks at once does not wait for a lost third message", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed, "first words");
    const network = new Network(new Random(seed, "network"), { ...calm, delayMs: 25, loss: 0.2 });
    const [a, b] = [side(network, random, 1), side(network, random, 2)];
    const session = call({ network, a, b });
    network.run(10_000, () => opened(a));
    for (let i = 0; i < 20; i++) {
      say(network, a, session, Lane.chat, Uint8Array.of(i));
      network.run(network.now + 20);
    }
    network.run(network.now + 150, () => messages(b).length === 20);
    assert.equal(messages(b).length, 20, `seed ${seed}`);
  }
});

/** Sessions from one side to two others. */
function fork(changes: Partial<Weather> = {}): {
  network: Network;
  from: Side;
  to: readonly [Side, Side];
  sessions: readonly [number, number];
} {
  const random = new Random(1, "fork");
  const network = new Network(new Random(1, "network"), { ...calm, delayMs: 5, ...changes });
  const [from, first, second] = [side(network, random, 1), side(network, random, 2), side(network, random, 3)];
  const sessions = [first, second].map((b) => {
    const session = call({ network, a: from, b });
    network.run(network.now + 1000, () => opened(b));
    return session;
  });
  network.run(network.now + 500);
  return { network, from, to: [first, second], sessions: sessions as [number, number] };
}

test("sessions take turns: what one has much of does not hold up another", () => {
  const { network, from, to, sessions } = fork();
  const left: string[] = [];
  network.onDatagram = (_, { host }) => left.push(host);
  for (let i = 0; i < 8; i++) say(network, from, sessions[0], Lane.control, new Uint8Array(1000));
  say(network, from, sessions[1], Lane.chat, Uint8Array.of(1));
  network.run(network.now + 1);
  assert.ok(left.length >= 8 && left.indexOf(to[1].host.address.host) === 1, left.join(" "));
});

test("chat waits for bulk neither in its own session nor in another", () => {
  const { network, from, to, sessions } = fork({ bytesPerMs: 500 });
  for (let i = 0; i < 40; i++) say(network, from, sessions[0], Lane.bulk, new Uint8Array(60_000));
  network.run(network.now + 1000);
  assert.ok((from.endpoint.view(sessions[0])?.queuedBytes ?? 0) > 0, "bulk is under way");
  say(network, from, sessions[0], Lane.chat, Uint8Array.of(1));
  say(network, from, sessions[1], Lane.chat, Uint8Array.of(2));
  network.run(network.now + 20);
  assert.ok(messages(to[0]).some((bytes) => bytes.length === 1));
  assert.deepEqual(messages(to[1]), [Uint8Array.of(2)]);
});
