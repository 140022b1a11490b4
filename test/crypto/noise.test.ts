// What vectors cannot show of a handshake: that strangers' bytes neither throw nor spoil it, and what is the caller's
// mistake.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { concatBytes, toHex, utf8 } from "#bytes";
import type { HandshakeOptions } from "#crypto";
import { NoiseHandshake, x25519KeyPair } from "#crypto";

type Pattern = HandshakeOptions["pattern"];

const prologue = utf8("udpchat test");
const secretOf = (byte: number) => new Uint8Array(32).fill(byte);
const alice = x25519KeyPair(secretOf(1));
const bob = x25519KeyPair(secretOf(2));
const mallory = x25519KeyPair(secretOf(3));
const knownBeforehand: ReadonlySet<Pattern> = new Set(["X", "IK", "N"]);
const allPatterns: readonly Pattern[] = ["XX", "X", "IK", "N", "NN"];
const anyPattern = fc.constantFrom(...allPatterns);

function initiatorOf(pattern: Pattern, changes: Partial<HandshakeOptions> = {}): NoiseHandshake {
  const remoteStatic = knownBeforehand.has(pattern) ? bob.publicKey : undefined;
  const ours = { staticKey: alice, ephemeralSecret: secretOf(11), remoteStatic };
  return new NoiseHandshake({ pattern, initiator: true, prologue, ...ours, ...changes });
}

function responderOf(pattern: Pattern, changes: Partial<HandshakeOptions> = {}): NoiseHandshake {
  const ours = { staticKey: bob, ephemeralSecret: secretOf(12) };
  return new NoiseHandshake({ pattern, initiator: false, prologue, ...ours, ...changes });
}

/** Runs both sides to the end; before each true message its reader meets what `forge` makes of it, and must refuse it. */
function run(pattern: Pattern, forge: (message: Uint8Array, turn: number) => readonly Uint8Array[]): void {
  const [initiator, responder] = [initiatorOf(pattern), responderOf(pattern)];
  for (let turn = 0; !initiator.isFinished; turn++) {
    const [writer, reader] = turn % 2 === 0 ? [initiator, responder] : [responder, initiator];
    const payload = utf8(`payload ${turn}`);
    const message = writer.writeMessage(payload);
    const known = reader.remoteStatic;
    for (const forged of forge(message, turn)) {
      assert.equal(reader.readMessage(forged), undefined, `forged message ${turn} was taken: ${toHex(forged)}`);
      assert.equal(reader.remoteStatic, known, "a forgery told a static key");
    }
    assert.deepEqual(reader.readMessage(message), payload, `true message ${turn} was refused`);
  }
  assert.deepEqual(initiator.handshakeHash, responder.handshakeHash);
  assert.deepEqual(initiator.split().sendKey, responder.split().receiveKey);
  assert.deepEqual(initiator.split().receiveKey, responder.split().sendKey);
  assert.notDeepEqual(initiator.split().sendKey, initiator.split().receiveKey);
}

/** Whether a message of this turn ends in a tag. The first of XX and of NN is open: any usable key and bytes are one. */
function isAuthentic(pattern: Pattern, turn: number): boolean {
  return turn > 0 || (pattern !== "XX" && pattern !== "NN");
}

function flipped(message: Uint8Array, bit: number): Uint8Array {
  const at = (bit >> 3) % message.length;
  return message.with(at, (message[at] ?? 0) ^ (1 << (bit & 7)));
}

for (const pattern of allPatterns) {
  test(`${pattern}: every flipped bit is refused, and the true message still read`, () => {
    run(pattern, (message, turn) => {
      if (!isAuthentic(pattern, turn)) return [];
      return Array.from({ length: 8 * message.length }, (_, bit) => flipped(message, bit));
    });
  });
}

test("every truncation and extension is refused, and the true message still read", () => {
  for (const pattern of allPatterns) {
    run(pattern, (message, turn) => {
      const shorter = Array.from({ length: message.length }, (_, length) => message.subarray(0, length));
      const longer = [concatBytes(message, Uint8Array.of(0)), new Uint8Array(65_536)];
      return isAuthentic(pattern, turn) ? [...shorter, ...longer] : shorter.slice(0, 32);
    });
  }
});

test("random bytes are refused by every reader, never thrown at, and the true message still read", () => {
  fc.assert(
    fc.property(anyPattern, fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (pattern, strange) => {
      run(pattern, (_, turn) => strange.filter((bytes) => isAuthentic(pattern, turn) || bytes.length < 32));
    }),
    { numRuns: 60 },
  );
});

test("the open first message of XX: what was altered in it fails at message 2", () => {
  fc.assert(
    fc.property(fc.nat({ max: 8 * 40 - 1 }), (bit) => {
      const [initiator, responder] = [initiatorOf("XX"), responderOf("XX")];
      const first = flipped(initiator.writeMessage(new Uint8Array(8)), bit);
      if (responder.readMessage(first) === undefined) return;
      assert.equal(initiator.readMessage(responder.writeMessage(new Uint8Array(0))), undefined);
    }),
    { numRuns: 60 },
  );
});

test("a key of small order is refused when it is read, not thrown at the writer of the answer", () => {
  for (const pattern of allPatterns) {
    const responder = responderOf(pattern);
    for (const small of [new Uint8Array(32), new Uint8Array(32).with(0, 1), new Uint8Array(32).with(31, 0x80)]) {
      assert.equal(responder.readMessage(concatBytes(small, new Uint8Array(100))), undefined);
    }
    assert.ok(responder.readMessage(initiatorOf(pattern).writeMessage(new Uint8Array(0))) !== undefined);
  }
});

test("a static key of small order under a true seal is refused", () => {
  const hollow = { ...alice, publicKey: new Uint8Array(32) };
  const [initiator, responder] = [initiatorOf("XX", { staticKey: hollow }), responderOf("XX")];
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
  assert.equal(responder.readMessage(initiator.writeMessage(new Uint8Array(0))), undefined);
  assert.equal(responder.remoteStatic, undefined);
});

test("another prologue fails at the first authentic message", () => {
  for (const pattern of allPatterns) {
    const [initiator, responder] = [initiatorOf(pattern), responderOf(pattern, { prologue: utf8("udpchat tesu") })];
    const first = responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
    assert.equal(first !== undefined, !isAuthentic(pattern, 0));
    if (first === undefined) continue;
    assert.equal(initiator.readMessage(responder.writeMessage(new Uint8Array(0))), undefined);
  }
});

test("an expected key: another's true answer is refused, and the expected one's still read", () => {
  const initiator = initiatorOf("XX", { remoteStatic: bob.publicKey });
  const [between, responder] = [responderOf("XX", { staticKey: mallory }), responderOf("XX")];
  assert.equal(initiator.remoteStatic, undefined, "expected is not yet proved");
  const first = initiator.writeMessage(new Uint8Array(0));
  between.readMessage(first);
  responder.readMessage(first);
  assert.equal(initiator.readMessage(between.writeMessage(new Uint8Array(0))), undefined);
  assert.equal(initiator.remoteStatic, undefined);
  assert.deepEqual(initiator.readMessage(responder.writeMessage(utf8("it is me"))), utf8("it is me"));
  assert.deepEqual(initiator.remoteStatic, bob.publicKey);
});

test("the static keys are told by XX: the responder's in message 2, the initiator's in message 3", () => {
  const [initiator, responder] = [initiatorOf("XX"), responderOf("XX")];
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
  assert.deepEqual(initiator.remoteStatic, bob.publicKey);
  assert.equal(responder.remoteStatic, undefined);
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  assert.deepEqual(responder.remoteStatic, alice.publicKey);
});

test("what was read does not change with the memory it was read from", () => {
  const [initiator, responder] = [initiatorOf("XX"), responderOf("XX")];
  const first = initiator.writeMessage(utf8("hello"));
  const payload = responder.readMessage(first);
  first.fill(0xff);
  assert.deepEqual(payload, utf8("hello"));
  assert.ok(initiator.readMessage(responder.writeMessage(new Uint8Array(0))) !== undefined);
});

test("the same secrets give the same bytes, another ephemeral secret gives others", () => {
  const message = (changes?: Partial<HandshakeOptions>) => toHex(initiatorOf("X", changes).writeMessage(utf8("x")));
  assert.equal(message(), message());
  assert.notEqual(message(), message({ ephemeralSecret: secretOf(13) }));
});

test("messages are at most 65,535 bytes (Noise §3), and a payload that is too long changes nothing", () => {
  const [initiator, responder] = [initiatorOf("X"), responderOf("X")];
  assert.throws(() => initiator.writeMessage(new Uint8Array(65_440)), RangeError);
  const message = initiator.writeMessage(new Uint8Array(65_439));
  assert.equal(message.length, 65_535);
  assert.equal(responder.readMessage(message)?.length, 65_439);
  const openMessage = (length: number) => concatBytes(bob.publicKey, new Uint8Array(length - 32));
  assert.equal(responderOf("NN").readMessage(openMessage(65_535))?.length, 65_503);
  assert.equal(responderOf("NN").readMessage(openMessage(65_536))?.length, undefined);
});

test("out of turn, too early and after the end are the caller's mistakes", () => {
  const [initiator, responder] = [initiatorOf("NN"), responderOf("NN")];
  assert.throws(() => initiator.readMessage(new Uint8Array(32)), /other side/);
  assert.throws(() => responder.writeMessage(new Uint8Array(0)), /other side/);
  assert.throws(() => initiator.split(), /not finished/);
  assert.throws(() => initiator.handshakeHash, /not finished/);
  responder.readMessage(initiator.writeMessage(new Uint8Array(0)));
  initiator.readMessage(responder.writeMessage(new Uint8Array(0)));
  assert.throws(() => initiator.writeMessage(new Uint8Array(0)), /is finished/);
  assert.throws(() => initiator.readMessage(new Uint8Array(0)), /is finished/);
});

test("keys that are missing, malformed or never looked at are the caller's mistakes", () => {
  const refused = (make: () => unknown) => assert.throws(make, RangeError);
  refused(() => initiatorOf("XX", { staticKey: undefined }));
  refused(() => responderOf("XX", { staticKey: undefined }));
  refused(() => responderOf("N", { staticKey: undefined }));
  refused(() => initiatorOf("X", { remoteStatic: undefined }));
  refused(() => initiatorOf("X", { remoteStatic: new Uint8Array(32) }));
  refused(() => initiatorOf("XX", { remoteStatic: new Uint8Array(31) }));
  refused(() => initiatorOf("NN", { remoteStatic: bob.publicKey }));
  refused(() => responderOf("N", { remoteStatic: alice.publicKey }));
  refused(() => initiatorOf("NN", { ephemeralSecret: undefined }));
  refused(() => initiatorOf("NN", { ephemeralSecret: new Uint8Array(31) }));
  assert.ok(responderOf("X", { ephemeralSecret: undefined }), "it writes nothing");
  assert.ok(initiatorOf("NN", { staticKey: undefined }));
});
