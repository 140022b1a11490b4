import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import {
  DatagramType,
  fullPacketNumber,
  LONGEST_MESSAGE1,
  MESSAGE1_BYTES,
  readAddressed,
  readHandshakeMessage,
  readMessage1,
  readMessage1Head,
  readPacket,
  readProbe,
  splitMac1,
  writeAddressed,
  writeHandshakeMessage,
  writeMessage1,
  writePacketHeader,
  writeProbe,
} from "#wire";

const id = fc.uint8Array({ minLength: 4, maxLength: 20 });
const message1 = fc.record(
  {
    version: fc.nat(255),
    suite: fc.nat(255),
    purpose: fc.nat(255),
    initiatorId: id,
    cookie: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    noise: fc.uint8Array({ maxLength: 900 }),
  },
  { noNullPrototype: true },
);

test("message 1 is read as written, padded to the same length whatever is in it", () => {
  fc.assert(
    fc.property(message1, fc.uint8Array({ minLength: 16, maxLength: 16 }), (message, mac1) => {
      const datagram = writeMessage1(message, () => mac1);
      assert.equal(datagram.length, MESSAGE1_BYTES);
      assert.deepEqual(readMessage1(datagram), message);
      assert.deepEqual(splitMac1(datagram).mac1, mac1);
      const { version, suite, purpose, initiatorId } = message;
      assert.deepEqual(readMessage1Head(datagram), { version, suite, purpose, initiatorId });
    }),
    { numRuns: 100 },
  );
});

test("message 1 of another version, in more parts, still says who calls", () => {
  const message = {
    version: 2,
    suite: 9,
    purpose: 1,
    initiatorId: Uint8Array.of(1, 2, 3, 4),
    cookie: new Uint8Array(16),
    noise: new Uint8Array(40),
  };
  const datagram = writeMessage1(message, () => new Uint8Array(16)).with(4, 0x12);
  assert.equal(readMessage1(datagram), undefined);
  assert.deepEqual(readMessage1Head(datagram)?.initiatorId, message.initiatorId);
});

test("message 1 has a least and a greatest length", () => {
  const message = {
    version: 1,
    suite: 1,
    purpose: 1,
    initiatorId: Uint8Array.of(1, 2, 3, 4),
    cookie: new Uint8Array(16),
    noise: new Uint8Array(40),
  };
  const datagram = writeMessage1(message, () => new Uint8Array(16));
  const longer = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => datagram[i] ?? 0);
  assert.equal(readMessage1(datagram.subarray(0, MESSAGE1_BYTES - 1)), undefined);
  assert.ok(readMessage1(longer(LONGEST_MESSAGE1)));
  assert.equal(readMessage1(longer(LONGEST_MESSAGE1 + 1)), undefined);
  assert.equal(readMessage1Head(longer(LONGEST_MESSAGE1 + 1)), undefined);
});

test("the other datagrams are read as written", () => {
  fc.assert(
    fc.property(id, fc.uint8Array({ minLength: 1, maxLength: 40 }), (sessionId, body) => {
      assert.deepEqual(readHandshakeMessage(writeHandshakeMessage(DatagramType.message3, sessionId, body)), {
        sessionId,
        body,
      });
      assert.deepEqual(readAddressed(writeAddressed(DatagramType.cookie, sessionId, body), 1, 40), { sessionId, body });
      assert.equal(readAddressed(writeAddressed(DatagramType.cookie, sessionId, body), body.length + 1, 40), undefined);
      assert.equal(readAddressed(writeAddressed(DatagramType.cookie, sessionId, body), 0, body.length - 1), undefined);
    }),
  );
  const token = Uint8Array.from({ length: 16 }, (_, i) => i);
  assert.deepEqual(readProbe(writeProbe(DatagramType.probe, token)), token);
  assert.equal(readProbe(writeProbe(DatagramType.probe, token).subarray(1)), undefined);
  assert.equal(readHandshakeMessage(Uint8Array.of(2, 0x12, 4, 1, 2, 3, 4, 5)), undefined, "in two parts");
  assert.equal(readHandshakeMessage(Uint8Array.of(2, 0x11, 3, 1, 2, 3)), undefined, "an id too short");
});

test("a packet's header is read as written; its number to 32 bits", () => {
  fc.assert(
    fc.property(
      fc.nat(3),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.maxSafeNat(),
      (epoch, sessionId, number) => {
        const header = writePacketHeader(epoch, sessionId, number);
        const packet = readPacket(Uint8Array.from([...header, ...new Uint8Array(16)])) ?? assert.fail();
        assert.equal(packet.keyEpoch, epoch);
        assert.equal(packet.shortNumber, number % 2 ** 32);
        assert.deepEqual(packet.header, header);
        assert.equal(readPacket(Uint8Array.from([...header, ...new Uint8Array(15)])), undefined);
      },
    ),
  );
});

test("the full number is the nearest one to what is expected (RFC 9000 A.3)", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 31 - 1 }),
      fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
      fc.nat(1000),
      (low, distance, high) => {
        const expected = high * 2 ** 32 + low;
        const number = expected + distance;
        if (number < 0) return;
        assert.equal(fullPacketNumber(number % 2 ** 32, expected), number);
      },
    ),
    { numRuns: 1000 },
  );
  assert.equal(fullPacketNumber(0xffffffff, 0), 0xffffffff, "nothing is below zero");
});

test("any bytes are read by every reader without a throw", () => {
  const start = fc.constantFrom(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x40, 0x43);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 1300, size: "max" }), (type, bytes) => {
      const datagram = Uint8Array.from([type, ...bytes]);
      for (const read of [readMessage1, readMessage1Head, readHandshakeMessage, readPacket, readProbe]) read(datagram);
      readAddressed(datagram, 1, 16);
    }),
    { numRuns: 200 },
  );
});
