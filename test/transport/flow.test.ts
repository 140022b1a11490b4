import assert from "node:assert/strict";
import { test } from "node:test";

import { ByteWriter, equalBytes } from "#bytes";
import { calm, Random } from "#sim";
import { Lane, LONGEST_CONTROL_MESSAGE } from "#transport";
import { LONGEST_MESSAGE, writeAck } from "#wire";

import { HandMadePeer } from "./hand-made-peer.ts";
import { drained, endpointOf, eventsOf, messages, newest, pair, say } from "./pair.ts";

test("50 small messages of one turn leave in few datagrams", () => {
  const { network, a, b, session } = pair(1);
  network.run(network.now + 500);
  const before = network.record.datagrams;
  for (let i = 0; i < 50; i++) a.endpoint.send(session, Lane.chat, new Uint8Array(60).fill(i));
  network.turn(a.host);
  network.run(network.now + 500);
  assert.equal(messages(b).length, 50);
  assert.ok(network.record.datagrams - before <= 4 + 3, `${network.record.datagrams - before} with acknowledgements`);
});

test("what people say is acknowledged at once, what is not asked for within 25 ms", () => {
  for (const [lane, most] of [
    [Lane.chat, 2.2],
    [Lane.bulk, 28],
  ] as const) {
    const { network, a, session } = pair(1);
    network.run(network.now + 500);
    const sentAt = network.now;
    say(network, a, session, lane, Uint8Array.of(1));
    network.run(sentAt + 100, () => a.endpoint.view(session)?.queuedBytes === 0);
    assert.ok(network.now - sentAt <= most, `${network.now - sentAt}`);
  }
});

test("messages of all lanes and lengths arrive at 20 % loss without credit ever locking up", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { network, random, a, b, session } = pair(
      seed,
      { ...calm, delayMs: 10, jitterMs: 10, loss: 0.2 },
      { creditBytes: seed % 2 === 0 ? 0 : 10 ** 6 },
    );
    const sent: { lane: number; bytes: Uint8Array }[] = [];
    for (let i = 0; i < 60; i++) {
      const lane = random.pick([Lane.control, Lane.chat, Lane.receipts, Lane.bulk]) ?? Lane.chat;
      const most = lane === Lane.control || lane === Lane.receipts ? LONGEST_CONTROL_MESSAGE : LONGEST_MESSAGE;
      const bytes = random.dice(random.chance(0.2) ? most - random.below(20) : 1 + random.below(300));
      sent.push({ lane, bytes });
      say(network, a, session, lane, bytes.slice());
    }
    network.run(
      network.now + 300_000,
      () => messages(b).length === sent.length || eventsOf(b, "sessionEnded").length > 0,
    );
    assert.deepEqual(eventsOf(b, "sessionEnded"), [], `seed ${seed}`);
    assert.equal(messages(b).length, sent.length, `seed ${seed}`);
    for (const lane of [Lane.control, Lane.chat, Lane.receipts, Lane.bulk]) {
      const got = eventsOf(b, "messageReceived").filter((event) => event.lane === lane);
      const wanted = sent.filter((each) => each.lane === lane);
      assert.ok(
        got.every(({ bytes }, i) => equalBytes(bytes, wanted[i]?.bytes ?? assert.fail())),
        "each lane in its order",
      );
    }
    network.run(network.now + 2000);
    assert.equal(a.endpoint.view(session)?.queuedBytes, 0, "and the sender knows");
  }
});

test("a lane that waits for a lost packet does not hold up another", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 10 });
  network.run(network.now + 500);
  network.setCut(a.host.address, b.host.address, true);
  say(network, a, session, Lane.bulk, Uint8Array.of(1));
  network.run(network.now + 1);
  network.healAll();
  const at = network.now;
  say(network, a, session, Lane.chat, Uint8Array.of(2));
  network.run(at + 12);
  assert.deepEqual(messages(b), [Uint8Array.of(2)]);
  network.run(at + 500);
  assert.deepEqual(messages(b), [Uint8Array.of(2), Uint8Array.of(1)]);
});

test("forgetting to retransmit is noticed: a message whose only packet is lost arrives", () => {
  const { network, a, b, session } = pair(1);
  network.run(network.now + 500);
  network.setCut(a.host.address, b.host.address, true);
  say(network, a, session, Lane.chat, Uint8Array.of(9));
  network.run(network.now + 1);
  network.healAll();
  network.run(network.now + 2000);
  assert.deepEqual(messages(b), [Uint8Array.of(9)]);
});

test("credit that widened goes back to the budget when the session ends", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 10 });
  for (let i = 0; i < 40; i++) say(network, a, session, Lane.bulk, new Uint8Array(60_000));
  network.run(network.now + 20_000, () => messages(b).length === 40);
  assert.equal(messages(b).length, 40);
  assert.ok(b.endpoint.sizes.creditLeft < 64 * 1024 * 1024);
  a.endpoint.close(session, 0, "");
  network.turn(a.host);
  network.run(network.now + 1000);
  assert.equal(b.endpoint.sizes.creditLeft, 64 * 1024 * 1024);
});

test("a message begun on bulk is not called stalled because chat fills the link for long", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 10, bytesPerMs: 20 });
  say(network, a, session, Lane.bulk, new Uint8Array(70_000));
  network.run(network.now + 100);
  for (let second = 0; second < 30; second++) {
    while ((a.endpoint.view(session) ?? assert.fail("it ended")).queuedBytes < 100_000)
      say(network, a, session, Lane.chat, new Uint8Array(10_000));
    network.run(network.now + 1000);
  }
  assert.deepEqual(eventsOf(b, "sessionEnded"), []);
});

test("who only receives bulk keeps its acknowledgements short and its memory bounded", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 10, loss: 0.1, bytesPerMs: 300 });
  let longest = 0;
  network.run(network.now + 500);
  network.onDatagram = (from, _, bytes) => {
    if (from.host === b.host.address.host) longest = Math.max(longest, bytes.length);
  };
  for (let i = 0; i < 30; i++) say(network, a, session, Lane.bulk, new Uint8Array(30_000));
  network.run(network.now + 60_000, () => messages(b).length === 30);
  assert.equal(messages(b).length, 30);
  assert.ok(longest <= 9 + 16 + 60, `${longest}`);
  assert.ok(newest(b) >= 0);
});

test("who only receives, with gaps, asks now and then, and then forgets the gaps", () => {
  const peer = acknowledged();
  let asked = 0;
  let most = 0;
  for (let i = 0; i < 100; i++) {
    peer.number++;
    peer.now += 30;
    for (const { number, frames } of peer.read(peer.tell({ type: "ping" }))) {
      for (const frame of frames) if (frame.type === "ack") most = Math.max(most, frame.ranges.length);
      if (!frames.some((frame) => frame.type === "ping")) continue;
      asked++;
      const writer = new ByteWriter();
      writeAck(writer, 0, [{ first: number, last: number }]);
      peer.say(writer.finish());
    }
  }
  assert.ok(asked >= 4 && asked <= 8, `${asked}`);
  assert.ok(most <= 20, `${most}`);
});

/** A peer with whom a session is open and whose every packet so far was acknowledged. */
function acknowledged(): HandMadePeer {
  const random = new Random(1, "window");
  const { endpoint, publicKey } = endpointOf(random.dice, 0);
  const peer = new HandMadePeer(endpoint, publicKey, random, { host: "10.0.0.9", port: 9 }, 0);
  const writer = new ByteWriter();
  writeAck(writer, 0, [{ first: 0, last: 0 }]);
  peer.now = 50;
  peer.say(writer.finish());
  return peer;
}

test("without an acknowledgement a window leaves and no more; control and chat pass it by four packets", () => {
  const peer = acknowledged();
  const { endpoint, session, now } = peer;
  endpoint.send(session, Lane.bulk, new Uint8Array(60_000));
  const bulk = drained(endpoint, now);
  const bulkBytes = bulk.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert.ok(bulkBytes <= 12_000 && bulkBytes > 10_800, `${bulkBytes}`);
  for (let i = 0; i < 12; i++) endpoint.send(session, Lane.control, new Uint8Array(1100));
  const past: number[] = [];
  for (let at = now; at < now + 60; at += 1) past.push(...drained(endpoint, at).map(({ bytes }) => bytes.length));
  const pastBytes = past.reduce((sum, length) => sum + length, 0);
  assert.ok(pastBytes > 2400 && bulkBytes + pastBytes <= 12_000 + 4 * 1200, past.join(" "));
});

test("what was lost, but arrived as a copy, does not leave again", () => {
  for (const isCopyAcknowledged of [true, false]) {
    const peer = acknowledged();
    const { endpoint, session } = peer;
    const said = (lane: number, length: number): readonly number[] => {
      endpoint.send(session, lane, new Uint8Array(length));
      return peer.read(drained(endpoint, peer.now)).map(({ number }) => number);
    };
    said(Lane.chat, 50);
    peer.now += 60;
    const copies = peer.read(drained(endpoint, peer.now));
    assert.deepEqual(
      copies.map(({ frames }) => frames.map(({ type }) => type)),
      [["part"]],
      "the copy, and nothing else",
    );
    const later = [1, 2, 3].flatMap(() => said(Lane.control, 1000));
    peer.now += 1;
    const copy = copies[0]?.number ?? assert.fail();
    const writer = new ByteWriter();
    writeAck(writer, 0, [{ first: isCopyAcknowledged ? copy : Math.min(...later), last: Math.max(...later) }]);
    const again = peer.read(peer.say(writer.finish())).flatMap(({ frames }) => frames);
    assert.equal(again.filter(({ type }) => type === "part").length, isCopyAcknowledged ? 0 : 1);
  }
});

test("the window does not grow while the application is what limits", () => {
  const peer = acknowledged();
  const { endpoint, session } = peer;
  for (let i = 0; i < 45; i++) {
    endpoint.send(session, Lane.control, new Uint8Array(900));
    const sent = peer.read(drained(endpoint, peer.now));
    peer.now += 20;
    const number = Math.max(...sent.map((packet) => packet.number));
    const writer = new ByteWriter();
    writeAck(writer, 0, [{ first: number, last: number }]);
    peer.say(writer.finish());
  }
  peer.now += 1000;
  endpoint.send(session, Lane.bulk, new Uint8Array(60_000));
  let bytes = 0;
  for (let at = peer.now; at < peer.now + 15; at += 1)
    bytes += drained(endpoint, at).reduce((sum, each) => sum + each.bytes.length, 0);
  assert.ok(bytes <= 12_000, `${bytes}`);
});

test("while the window is what limits it grows, and bulk fills the link", () => {
  const { network, a, b, session } = pair(1, { ...calm, delayMs: 20 });
  network.run(network.now + 500);
  const start = network.now;
  for (let i = 0; i < 20; i++) a.endpoint.send(session, Lane.bulk, new Uint8Array(65_000));
  network.turn(a.host);
  network.run(start + 20_000, () => messages(b).length === 20);
  assert.ok(network.now - start < 1500, `1.3 MB over 40 ms in ${network.now - start} ms`);
});
