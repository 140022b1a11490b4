// Fuzz targets: datagrams, frames, handshake payloads, and Noise messages.

import assert from "node:assert/strict";

import { ByteWriter, equalBytes, utf8 } from "#bytes";
import { type KeyPair, NoiseHandshake, x25519KeyPair } from "#crypto";
import { Random } from "#sim";
import {
  DatagramType,
  type Frame,
  LONGEST_MESSAGE,
  MOST_ACK_RANGES,
  readAddressed,
  readFrames,
  readHandshakeMessage,
  readHandshakePayload,
  readMessage1,
  readMessage1Head,
  readPacket,
  readProbe,
  sessionIdBytes,
  splitMac1,
  writeAck,
  writeAddressed,
  writeHandshakeMessage,
  writeHandshakePayload,
  writeMessage1,
  writePacketHeader,
  writePadding,
  writePart,
  writeProbe,
  writeSmallFrame,
} from "#wire";

import { pair, say } from "../transport/pair.ts";
import { type Target } from "./target.ts";

/** Datagrams of every kind that two endpoints exchange, and those that neither has a reason to send. */
function realDatagrams(): readonly Uint8Array[] {
  const byType = new Map<number, Uint8Array[]>();
  const both = pair(1);
  const { network, a, b, random } = both;
  network.onDatagram = (_, __, bytes) => {
    const type = Math.min(0x40, bytes[0] ?? 0);
    byType.set(type, [...(byType.get(type) ?? []), bytes.slice()]);
  };
  const token = random.dice(16);
  b.endpoint.expectProbe(token, network.now + 1000);
  a.endpoint.sendProbe(b.host.address, token);
  a.endpoint.connect(
    { to: b.host.address, purpose: 2, expectedKey: b.publicKey, forMs: 1000, replaces: both.session },
    network.now,
  );
  for (const length of [1, 100, 3000]) say(network, a, both.session, 2, random.dice(length));
  network.run(network.now + 500);
  const id = random.dice(20);
  const unasked = [
    writeAddressed(DatagramType.cookie, id, random.dice(16)),
    writeAddressed(DatagramType.versions, id.subarray(0, 4), Uint8Array.of(1, 2)),
    writeAddressed(DatagramType.reset, id.subarray(0, 4), random.dice(16)),
  ];
  return [...[...byType.values()].flatMap((some) => some.slice(0, 3)), ...unasked];
}

function readDatagram(bytes: Uint8Array): unknown {
  const type = bytes[0] ?? 0;
  if ((type & 0xfc) === DatagramType.packet) return readPacket(bytes);
  switch (type) {
    case DatagramType.message1:
      return readMessage1(bytes);
    case DatagramType.message2:
    case DatagramType.message3:
      return readHandshakeMessage(bytes);
    case DatagramType.cookie:
    case DatagramType.versions:
    case DatagramType.reset:
      return readAddressed(bytes, 1, 16);
    case DatagramType.probe:
    case DatagramType.probeAnswer:
      return readProbe(bytes);
    default:
      return undefined;
  }
}

/** What was accepted is what its writer writes. */
function checkDatagram(bytes: Uint8Array): boolean {
  const type = bytes[0] ?? 0;
  if ((type & 0xfc) === DatagramType.packet) {
    const packet = readPacket(bytes);
    if (packet === undefined) return false;
    const header = writePacketHeader(packet.keyEpoch, sessionIdBytes(packet.sessionId), packet.shortNumber);
    assert.deepEqual(packet.header, header);
    assert.equal(packet.header.length + packet.sealed.length, bytes.length);
    return true;
  }
  if (type === DatagramType.message1) return checkMessage1(bytes);
  if (type === DatagramType.message2 || type === DatagramType.message3) {
    const message = readHandshakeMessage(bytes);
    if (message !== undefined) assert.deepEqual(bytes, writeHandshakeMessage(type, message.sessionId, message.body));
    return message !== undefined;
  }
  if (type === DatagramType.cookie || type === DatagramType.versions || type === DatagramType.reset) {
    const addressed = readAddressed(bytes, 1, 16);
    if (addressed !== undefined) assert.deepEqual(bytes, writeAddressed(type, addressed.sessionId, addressed.body));
    return addressed !== undefined;
  }
  if (type !== DatagramType.probe && type !== DatagramType.probeAnswer) return false;
  const token = readProbe(bytes);
  if (token !== undefined) assert.deepEqual(bytes, writeProbe(type, token));
  return token !== undefined;
}

function checkMessage1(bytes: Uint8Array): boolean {
  const [head, message] = [readMessage1Head(bytes), readMessage1(bytes)];
  if (message === undefined) return false;
  assert.ok(bytes.length >= 1200 && bytes.length <= 1500);
  assert.deepEqual(head, {
    version: message.version,
    suite: message.suite,
    purpose: message.purpose,
    initiatorId: message.initiatorId,
  });
  // What lies between the handshake and mac1 is padding: mac1 covers it, and nobody reads it.
  const written = writeMessage1(message, () => splitMac1(bytes).mac1);
  const shown = 5 + 1 + message.initiatorId.length + 16 + 2 + message.noise.length;
  assert.ok(equalBytes(written.subarray(0, shown), bytes.subarray(0, shown)));
  return true;
}

function frameSamples(): readonly Uint8Array[] {
  const random = new Random(1, "frames");
  const written = (write: (writer: ByteWriter) => void): Uint8Array => {
    const writer = new ByteWriter();
    write(writer);
    return writer.finish();
  };
  const ranges = [
    { first: 90, last: 100 },
    { first: 70, last: 80 },
    { first: 0, last: 3 },
  ];
  const many = Array.from({ length: MOST_ACK_RANGES }, (_, i) => ({ first: 9000 - 100 * i, last: 9050 - 100 * i }));
  return [
    written((writer) => {
      writeAck(writer, 1.25, ranges);
      writePart(writer, 2, 5, 30, 0, random.dice(32).subarray(0, 30));
      writeSmallFrame(writer, { type: "ping" });
    }),
    written((writer) => writeAck(writer, 25, many)),
    written((writer) => writePart(writer, 6, 70, 70_000, 1200, random.dice(400))),
    written((writer) => {
      writeSmallFrame(writer, { type: "challenge", token: random.dice(8) });
      writeSmallFrame(writer, { type: "response", token: random.dice(8) });
      writeSmallFrame(writer, { type: "observedAddress", address: { host: "192.0.2.1", port: 4000 } });
      writeSmallFrame(writer, { type: "observedAddress", address: { host: "2001:db8::1", port: 4000 } });
      writePadding(writer, 5);
    }),
    written((writer) => {
      writeSmallFrame(writer, { type: "credit", class: "data", limit: 70_000 });
      writeSmallFrame(writer, { type: "blocked", class: "control", limit: 63 });
      writeSmallFrame(writer, { type: "close", code: 64, reason: "bye" });
    }),
  ];
}

/** The same statements come back, whatever was passed over; never more of anything than there are bytes for. */
function checkFrames(bytes: Uint8Array): boolean {
  const frames = readFrames(bytes);
  if (typeof frames === "string") return false;
  assert.ok(frames.length <= bytes.length / 2);
  const writer = new ByteWriter();
  for (const frame of frames) writeFrame(writer, frame);
  const again = readFrames(writer.finish());
  assert.deepEqual(again, frames);
  return true;
}

function writeFrame(writer: ByteWriter, frame: Frame): void {
  if (frame.type === "ack") {
    assert.ok(frame.ranges.length <= MOST_ACK_RANGES);
    for (const { first, last } of frame.ranges) assert.ok(first >= 0 && first <= last);
    for (const [i, { last }] of frame.ranges.entries())
      assert.ok(i === 0 || last + 1 < (frame.ranges[i - 1]?.first ?? 0));
    return writeAck(writer, frame.delayMs, frame.ranges);
  }
  if (frame.type !== "part") return writeSmallFrame(writer, frame);
  const { lane, number, total, offset, bytes } = frame;
  assert.ok(total <= LONGEST_MESSAGE && bytes.length > 0 && offset + bytes.length <= total && lane < 8);
  return writePart(writer, lane, number, total, offset, bytes);
}

function payloadSamples(): readonly Uint8Array[] {
  const random = new Random(1, "payloads");
  const versions = Uint8Array.of(1);
  return [
    writeHandshakePayload({ versions }),
    writeHandshakePayload({
      versions,
      sessionId: random.dice(4),
      instance: random.dice(8),
      resetToken: random.dice(16),
      application: random.dice(300),
    }),
    writeHandshakePayload({ versions, instance: random.dice(8), replaces: random.dice(4), beside: random.dice(20) }),
  ];
}

function checkPayload(bytes: Uint8Array): boolean {
  const payload = readHandshakePayload(bytes);
  if (payload === undefined) return false;
  assert.deepEqual(readHandshakePayload(writeHandshakePayload(payload)), payload);
  return true;
}

const caller = x25519KeyPair(new Random(1, "caller").dice(32));
const called = x25519KeyPair(new Random(1, "called").dice(32));

function half(initiator: boolean, staticKey: KeyPair): NoiseHandshake {
  const ephemeralSecret = new Random(1, `ephemeral ${initiator}`).dice(32);
  return new NoiseHandshake({ pattern: "XX", initiator, prologue: utf8("fuzz"), staticKey, ephemeralSecret });
}

/** The three messages of one handshake. */
function noiseMessages(): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const [a, b] = [half(true, caller), half(false, called)];
  const first = a.writeMessage(Uint8Array.of(1, 1, 1));
  b.readMessage(first);
  const second = b.writeMessage(new Uint8Array(40).fill(2));
  a.readMessage(second);
  return [first, second, a.writeMessage(new Uint8Array(40).fill(3))];
}

/** Bytes in place of message 2, and of message 3: not accepted unless they are those, and the true ones are afterwards. */
function checkNoise(bytes: Uint8Array): boolean {
  const [first, second, third] = noiseMessages();
  const [a, b] = [half(true, caller), half(false, called)];
  a.writeMessage(Uint8Array.of(1, 1, 1));
  const isSecond = a.readMessage(bytes) !== undefined;
  assert.equal(isSecond, equalBytes(bytes, second));
  if (!isSecond) assert.ok(a.readMessage(second) !== undefined, "the true message 2");
  b.readMessage(first);
  b.writeMessage(new Uint8Array(40).fill(2));
  const isThird = b.readMessage(bytes) !== undefined;
  assert.equal(isThird, equalBytes(bytes, third));
  if (!isThird) assert.ok(b.readMessage(third) !== undefined, "the true message 3");
  // Whatever message 1 is, it is read or it is not, and nothing is thrown.
  const isFirst = half(false, called).readMessage(bytes) !== undefined;
  return isSecond || isThird || isFirst;
}

export const wireTargets: readonly Target[] = [
  { name: "datagram", samples: realDatagrams, read: readDatagram, check: checkDatagram, tries: 6000 },
  { name: "frames", samples: frameSamples, read: readFrames, check: checkFrames, tries: 6000 },
  { name: "payload", samples: payloadSamples, read: readHandshakePayload, check: checkPayload, tries: 4000 },
  { name: "noise", samples: noiseMessages, read: () => undefined, check: checkNoise, tries: 60 },
];
