import assert from "node:assert/strict";
import { test } from "node:test";

import { ByteWriter, fromHex } from "#bytes";
import { Random } from "#sim";
import { CloseCode, Lane } from "#transport";
import { LONGEST_MESSAGE, writeAck, writePart } from "#wire";

import { HandMadePeer } from "./hand-made-peer.ts";
import { endpointOf } from "./pair.ts";

const home = { host: "10.0.0.9", port: 9 };

/** Two hand-made peers of one endpoint: the one that misbehaves, and one that must not notice. */
function peers(seed = 1): { readonly bad: HandMadePeer; readonly good: HandMadePeer } {
  const random = new Random(seed, "hand-made");
  const { endpoint, publicKey } = endpointOf(random.dice, 0);
  const good = new HandMadePeer(endpoint, publicKey, random, { host: "10.0.0.8", port: 8 }, 0);
  return { bad: new HandMadePeer(endpoint, publicKey, random, home, 1), good };
}

/** A hand-made peer and an endpoint without anybody else. */
function alone(): HandMadePeer {
  const random = new Random(1, "alone");
  const { endpoint, publicKey } = endpointOf(random.dice, 0);
  return new HandMadePeer(endpoint, publicKey, random, home, 0);
}

function closesWith(frames: Uint8Array, code: number): void {
  const { bad, good } = peers();
  const answer = bad.read(bad.say(frames));
  assert.deepEqual(
    answer.flatMap((packet) => packet.frames).map((frame) => (frame.type === "close" ? frame.code : frame.type)),
    [code],
    "the peer is told the code and nothing else",
  );
  const end = bad.events.findLast((event) => event.kind === "sessionEnded")?.end;
  assert.ok(end?.by === "broken" && end.code === code);
  assert.equal(bad.endpoint.view(bad.session), undefined);
  assert.deepEqual(bad.tell({ type: "ping" }), [], "afterwards there is silence");
  good.now = bad.now;
  assert.equal(good.read(good.tell({ type: "ping" })).length, 1, "the other session lives");
}

const part = (lane: number, number: number, total: number, offset: number, length: number): Uint8Array => {
  const writer = new ByteWriter();
  writePart(writer, lane, number, total, offset, new Uint8Array(length).fill(1));
  return writer.finish();
};

test("malformed frames close the session that sent them", () => {
  for (const hex of [
    "04",
    "040100",
    "044000",
    "0203080001",
    "020202" + "00",
    "0608ffffffff",
    "0104" + "00020003",
    "0306" + "0200020163" + "64",
  ]) {
    closesWith(fromHex(hex) ?? assert.fail(), CloseCode.malformed);
  }
});

test("an unknown frame closes the session only if its high bit says so", () => {
  closesWith(Uint8Array.of(0x80, 0), CloseCode.unknownFrame);
  const { bad } = peers();
  const [answer] = bad.read(bad.say(Uint8Array.of(0x7f, 2, 1, 1, 4, 0)));
  assert.ok(answer?.frames.some((frame) => frame.type === "ack"));
});

test("an acknowledgement of a packet that never left closes the session", () => {
  const writer = new ByteWriter();
  writeAck(writer, 0, [{ first: 1000, last: 1000 }]);
  closesWith(writer.finish(), CloseCode.falseAcknowledgement);
});

test("an acknowledgement of a number that was left out closes the session", () => {
  const { bad } = peers();
  bad.deliver(bad.packet(Uint8Array.of(4, 0)));
  let highest = 0;
  const seen = new Set<number>();
  for (let i = 0; i < 700; i++) {
    for (const { number } of bad.read(bad.tell({ type: "ping" }))) {
      seen.add(number);
      highest = Math.max(highest, number);
    }
  }
  const missing = Array.from({ length: highest }, (_, number) => number).filter(
    (number) => number > 10 && !seen.has(number),
  );
  assert.ok(missing.length > 0, "in 700 packets a number is left out");
  const writer = new ByteWriter();
  writeAck(writer, 0, [{ first: 0, last: highest }]);
  const [answer] = bad.read(bad.say(writer.finish()));
  assert.ok(answer?.frames.some((frame) => frame.type === "close" && frame.code === CloseCode.falseAcknowledgement));
});

test("more than was promised closes the session", () => {
  const writer = new ByteWriter();
  for (const number of [1, 2]) writePart(writer, Lane.chat, number, LONGEST_MESSAGE, 0, new Uint8Array(10));
  closesWith(writer.finish(), CloseCode.creditOverrun);
});

test("parts that disagree about their message close the session", () => {
  closesWith(
    Uint8Array.from([...part(Lane.chat, 0, 100, 0, 10), ...part(Lane.chat, 0, 101, 20, 10)]),
    CloseCode.malformed,
  );
});

test("a message in more pieces than anybody cuts closes the session", () => {
  const { bad } = peers();
  for (let i = 0; i < 400; i++) bad.say(part(Lane.chat, 0, 10_000, 2 * i, 1));
  const end = bad.events.findLast((event) => event.kind === "sessionEnded")?.end;
  assert.ok(end?.by === "broken" && end.code === CloseCode.malformed);
});

test("renewal out of step closes the session", () => {
  closesWith(part(Lane.transport, 0, 10, 0, 10), CloseCode.renewalFailed);
});

/** Says something every second, and gives the time of the session's end. */
function endOf(
  peer: HandMadePeer,
  perSecond: (second: number) => Uint8Array | undefined,
): { readonly at: number; readonly code: number } | undefined {
  for (let second = 1; second <= 60; second++) {
    peer.wait(1000);
    const ended = peer.events.find((event) => event.kind === "sessionEnded")?.end;
    if (ended !== undefined) return { at: peer.now, code: ended.by === "broken" ? ended.code : -1 };
    peer.say(perSecond(second) ?? Uint8Array.of(4, 0));
  }
  return undefined;
}

test("a message without progress closes its session after 10 s", () => {
  const peer = alone();
  peer.say(part(Lane.chat, 0, 100, 0, 10));
  const end = endOf(peer, () => undefined);
  assert.equal(end?.code, CloseCode.stalledMessage);
  assert.ok(end.at >= 10_000 && end.at <= 11_100, `${end.at}`);
});

test("progress puts the end off, and does not put it off for ever", () => {
  const peer = alone();
  peer.say(part(Lane.chat, 0, 100, 0, 10));
  const end = endOf(peer, (second) => (second === 7 ? part(Lane.chat, 0, 100, 10, 10) : undefined));
  assert.equal(end?.code, CloseCode.stalledMessage);
  assert.ok(end.at >= 17_000 && end.at <= 18_100, `${end.at}`);
});

test("repeating what is there already is no progress", () => {
  const peer = alone();
  peer.say(part(Lane.chat, 0, 100, 0, 10));
  assert.ok((endOf(peer, () => part(Lane.chat, 0, 100, 0, 10))?.at ?? 99_000) <= 11_100);
});

test("messages behind a hole that nothing fills close the session, too", () => {
  const peer = alone();
  peer.say(part(Lane.chat, 1, 10, 0, 10));
  const end = endOf(peer, () => part(Lane.chat, 1, 10, 0, 10));
  assert.equal(end?.code, CloseCode.stalledMessage);
  assert.ok(end.at <= 11_100);
});

test("a session whose messages are all whole never stalls", () => {
  const peer = alone();
  let number = 0;
  assert.equal(
    endOf(peer, () => part(Lane.chat, number++, 10, 0, 10)),
    undefined,
  );
});

test("a peer that closes is believed at once and not answered", () => {
  const peer = alone();
  assert.deepEqual(peer.tell({ type: "close", code: 77, reason: "bye" }), []);
  assert.deepEqual(peer.events.findLast((event) => event.kind === "sessionEnded")?.end, {
    by: "peer",
    code: 77,
    reason: "bye",
  });
  assert.deepEqual(peer.wait(60_000), []);
});

test("a packet is taken once", () => {
  const peer = alone();
  const packet = peer.packet(part(Lane.chat, 0, 3, 0, 3));
  peer.deliver(packet);
  peer.wait(100);
  const heardAt = peer.endpoint.view(peer.session)?.heardAt;
  assert.deepEqual(peer.deliver(packet), [], "accepting a replay would acknowledge it");
  peer.wait(100);
  assert.equal(peer.endpoint.view(peer.session)?.heardAt, heardAt, "and call the peer alive");
  assert.equal(peer.events.filter((event) => event.kind === "messageReceived").length, 1);
});
