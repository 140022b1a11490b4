import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { fromHex } from "#bytes";
import { type HandshakePayload, LONGEST_APPLICATION_PAYLOAD, readHandshakePayload, writeHandshakePayload } from "#wire";

const read = (hex: string): HandshakePayload | undefined => readHandshakePayload(fromHex(hex) ?? assert.fail());

test("what is written is read back", () => {
  const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength, maxLength });
  const payloads = fc.record(
    {
      versions: bytes(1, 16),
      sessionId: bytes(4, 20),
      instance: bytes(8, 8),
      resetToken: bytes(16, 16),
      replaces: bytes(4, 20),
      application: bytes(0, LONGEST_APPLICATION_PAYLOAD),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  fc.assert(
    fc.property(payloads, (payload) => assert.deepEqual(readHandshakePayload(writeHandshakePayload(payload)), payload)),
    { numRuns: 100 },
  );
});

test("unknown types are passed over, unless their high bit is set", () => {
  assert.deepEqual(read("7f020000" + "010101"), { versions: Uint8Array.of(1) });
  assert.deepEqual(read("7f00"), {});
  assert.equal(read("80020000" + "010101"), undefined);
});

test("a type twice, a wrong length, or too few bytes is malformed", () => {
  for (const hex of [
    "010101" + "010101",
    "0100",
    "0203aabbcc",
    "03081122334455667",
    "0309112233445566778899",
    "0405",
    "01",
    "0141",
  ]) {
    if (hex.length % 2 === 0) assert.equal(read(hex), undefined, hex);
  }
  assert.equal(readHandshakePayload(Uint8Array.of(6, 0x43, 0x85, ...new Uint8Array(901))), undefined);
});

test("a field that no reader takes is the caller's mistake", () => {
  assert.throws(
    () => writeHandshakePayload({ application: new Uint8Array(LONGEST_APPLICATION_PAYLOAD + 1) }),
    RangeError,
  );
  assert.throws(() => writeHandshakePayload({ instance: new Uint8Array(7) }), RangeError);
});

test("any bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readHandshakePayload(bytes)));
});
