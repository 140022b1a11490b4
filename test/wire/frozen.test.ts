// Datagrams and frames of protocol version 1 as they are for ever: a change of these bytes is a new version.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ByteWriter, fromHex, toHex, utf8 } from "#bytes";
import { chachaPoly, hmacSha256, NoiseHandshake, sha256, x25519KeyPair } from "#crypto";
import {
  DatagramType,
  type Frame,
  readFrames,
  readPacket,
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

const bytes = (first: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i);
const written = (write: (writer: ByteWriter) => void): string => {
  const writer = new ByteWriter();
  write(writer);
  return toHex(writer.finish());
};

test("frames", () => {
  const small: readonly (readonly [Exclude<Frame, { readonly type: "ack" | "part" }>, string])[] = [
    [{ type: "ping" }, "0400"],
    [{ type: "challenge", token: bytes(1, 8) }, "05080102030405060708"],
    [{ type: "response", token: bytes(1, 8) }, "06080102030405060708"],
    [{ type: "observedAddress", address: { host: "192.0.2.1", port: 4000 } }, "070704c00002010fa0"],
    [
      { type: "observedAddress", address: { host: "2001:db8::1", port: 4000 } },
      "07130620010db80000000000000000000000010fa0",
    ],
    [{ type: "credit", class: "control", limit: 65_792 }, "08050080010100"],
    [{ type: "blocked", class: "data", limit: 63 }, "0902013f"],
    [{ type: "close", code: 64, reason: "bye" }, "0a054040627965"],
  ];
  for (const [frame, hex] of small) {
    assert.equal(
      written((writer) => writeSmallFrame(writer, frame)),
      hex,
    );
    assert.deepEqual(readFrames(fromHex(hex) ?? assert.fail()), [frame]);
  }
  assert.equal(
    written((writer) => writePadding(writer, 5)),
    "0003000000",
  );
  assert.equal(
    written((writer) => writePart(writer, 2, 5, 3, 0, utf8("abc"))),
    "02050205616263",
  );
  assert.equal(
    written((writer) => writePart(writer, 6, 70, 300, 128, utf8("abc"))),
    "030a064046412c4080616263",
  );
  const ranges = [
    { first: 90, last: 100 },
    { first: 80, last: 85 },
    { first: 3, last: 3 },
  ];
  assert.equal(
    written((writer) => writeAck(writer, 1.5, ranges)),
    "010b45dc4064020a0305404b00",
  );
  assert.deepEqual(readFrames(fromHex("010b45dc4064020a0305404b00") ?? assert.fail()), [
    { type: "ack", delayMs: 1.5, ranges },
  ]);
});

test("handshake payload", () => {
  const payload = {
    versions: Uint8Array.of(1),
    sessionId: bytes(0xa0, 4),
    instance: bytes(0xb0, 8),
    resetToken: bytes(0xc0, 16),
    replaces: bytes(0xd0, 4),
    application: utf8("hi"),
  };
  const hex =
    "010101" +
    "0204a0a1a2a3" +
    "0308b0b1b2b3b4b5b6b7" +
    "0410c0c1c2c3c4c5c6c7c8c9cacbcccdcecf" +
    "0504d0d1d2d3" +
    "06026869";
  assert.equal(toHex(writeHandshakePayload(payload)), hex);
});

test("small datagrams", () => {
  const id = bytes(0xe0, 4);
  assert.equal(
    toHex(writeAddressed(DatagramType.cookie, id, bytes(0, 16))),
    "0404e0e1e2e3000102030405060708090a0b0c0d0e0f",
  );
  assert.equal(toHex(writeAddressed(DatagramType.versions, id, Uint8Array.of(1))), "0504e0e1e2e301");
  assert.equal(
    toHex(writeAddressed(DatagramType.reset, id, bytes(0, 16))),
    "0604e0e1e2e3000102030405060708090a0b0c0d0e0f",
  );
  assert.equal(toHex(writeProbe(DatagramType.probe, bytes(0, 16))), "07000102030405060708090a0b0c0d0e0f");
  assert.equal(toHex(writeProbe(DatagramType.probeAnswer, bytes(0, 16))), "08000102030405060708090a0b0c0d0e0f");
});

test("a whole handshake and the first packet", () => {
  const responderKey = x25519KeyPair(bytes(0x20, 32));
  const initiatorId = bytes(0xe0, 4);
  const prologue = new ByteWriter().bytes(utf8("udpchat")).u8(1).u8(1).u8(2).zeros(32).bytes(initiatorId).finish();
  const options = { pattern: "XX", prologue } as const;
  const initiator = new NoiseHandshake({
    ...options,
    initiator: true,
    staticKey: x25519KeyPair(bytes(0, 32)),
    ephemeralSecret: bytes(0x40, 32),
  });
  const responder = new NoiseHandshake({
    ...options,
    initiator: false,
    staticKey: responderKey,
    ephemeralSecret: bytes(0x60, 32),
  });

  const noise1 = initiator.writeMessage(fromHex("010101") ?? assert.fail());
  const key = sha256(utf8("udpchat mac1"), responderKey.publicKey);
  const message = { version: 1, suite: 1, purpose: 2, initiatorId, cookie: new Uint8Array(16), noise: noise1 };
  const message1 = writeMessage1(message, (covered) => hmacSha256(key, covered).subarray(0, 16));
  assert.equal(message1.length, 1200);
  assert.equal(toHex(message1.subarray(0, 64)), FROZEN.message1);
  assert.equal(toHex(message1.subarray(1184)), FROZEN.mac1);

  responder.readMessage(noise1);
  const payload2 = {
    versions: Uint8Array.of(1),
    sessionId: bytes(0xf0, 4),
    instance: bytes(0, 8),
    resetToken: bytes(8, 16),
    application: utf8("b"),
  };
  const noise2 = responder.writeMessage(writeHandshakePayload(payload2));
  assert.equal(toHex(writeHandshakeMessage(DatagramType.message2, initiatorId, noise2)), FROZEN.message2);

  initiator.readMessage(noise2);
  const noise3 = initiator.writeMessage(
    writeHandshakePayload({ versions: Uint8Array.of(1), instance: bytes(24, 8), application: utf8("a") }),
  );
  assert.equal(toHex(writeHandshakeMessage(DatagramType.message3, payload2.sessionId, noise3)), FROZEN.message3);

  responder.readMessage(noise3);
  const header = writePacketHeader(0, payload2.sessionId, 7);
  const sealed = chachaPoly(initiator.split().sendKey).seal(7, header, fromHex("0400") ?? assert.fail());
  const packet = Uint8Array.from([...header, ...sealed]);
  assert.equal(toHex(packet), FROZEN.packet);
  const read = readPacket(packet) ?? assert.fail();
  const opened = chachaPoly(responder.split().receiveKey).open(read.shortNumber, read.header, read.sealed);
  assert.deepEqual(readFrames(opened ?? assert.fail()), [{ type: "ping" }]);
});

const FROZEN = {
  message1:
    "010101021104e0e1e2e300000000000000000000000000000000002379a631eede1bf9c98f12032cdeadd0e7a079398fc786" +
    "b88cc846ec89af85a51a01010100",
  mac1: "42cb1f254305a831c242a5867a735a7a",
  message2:
    "021104e0e1e2e3675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52ff8fbbd167814c44b0bb328" +
    "d5e48aaa31dfd99f21b507a9124257638ff45516cc7931da7b95e32acf1ae5086d92081ac40d27c2aa2b1077d1bf6a428e64" +
    "820fcb5d92fd798af4e374af25679a46d0f9ed4f2620dec9ccea7f9e740c31f06464e3b7978fa0fec00414",
  message3:
    "031104f0f1f2f30e9eb889e33411638c7b00a161b3ad9460a27b9c7abb509b53cb745363f938a4a3853be6add51aee00a819" +
    "8c81d18fcbff577e11d80ade84985f4c1cd7c3b4153604040da403a2bfd8e10843f916ab2e",
  packet: "40f0f1f2f300000007c99f16a24c995b08e5175dc1e10909318eba",
};
