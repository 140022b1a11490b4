// Every published Noise vector of the patterns we know, both sides, handshake and transport (vectors/README.md).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fromHex, toHex } from "#bytes";
import type { HandshakeOptions, KeyPair, SessionKeys } from "#crypto";
import { NoiseHandshake, chachaPoly, x25519KeyPair } from "#crypto";

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const nothing = new Uint8Array(0);
const handshakeLengths = { XX: 3, X: 1, IK: 2, N: 1, NN: 2 };

for (const file of ["noise-cacophony.json", "noise-snow.json"]) {
  const vectors = load(file);
  test(`${file} holds five patterns with three hashes`, () => {
    assert.equal(new Set(vectors.map((vector) => vector.protocol_name)).size, 15);
  });
  for (const vector of vectors) test(`${file}: ${vector.protocol_name}`, () => replay(vector));
}

function load(file: string): readonly Vector[] {
  const text = readFileSync(new URL(`vectors/${file}`, import.meta.url), "utf8");
  return (JSON.parse(text) as { vectors: readonly Vector[] }).vectors;
}

function replay(vector: Vector): void {
  const [initiator, responder] = sides(vector);
  const handshakeLength = handshakeLengths[patternOf(vector)];
  for (const [turn, { payload, ciphertext }] of vector.messages.slice(0, handshakeLength).entries()) {
    const [writer, reader] = turn % 2 === 0 ? [initiator, responder] : [responder, initiator];
    assert.equal(writer.isFinished, false);
    const message = writer.writeMessage(hex(payload));
    assert.equal(toHex(message), ciphertext, `message ${turn}`);
    assert.deepEqual(reader.readMessage(message), hex(payload), `payload ${turn}`);
  }

  assert.ok(initiator.isFinished && responder.isFinished);
  assert.deepEqual(initiator.handshakeHash, responder.handshakeHash);
  if (vector.handshake_hash !== undefined) assert.equal(toHex(initiator.handshakeHash), vector.handshake_hash);
  assert.deepEqual(responder.remoteStatic, publicOf(vector.init_static));
  assert.deepEqual(initiator.remoteStatic, publicOf(vector.resp_static));
  replayTransport(vector, handshakeLength, initiator.split(), responder.split());
}

function replayTransport(vector: Vector, from: number, initiator: SessionKeys, responder: SessionKeys): void {
  assert.deepEqual([initiator.sendKey, initiator.receiveKey], [responder.receiveKey, responder.sendKey]);
  const isOneWay = from === 1;
  const counters = { there: 0, back: 0 };
  for (const [index, { payload, ciphertext }] of vector.messages.entries()) {
    if (index < from) continue;
    const direction = isOneWay || index % 2 === 0 ? "there" : "back";
    const [writer, reader] = direction === "there" ? [initiator, responder] : [responder, initiator];
    const counter = counters[direction]++;
    const sealed = chachaPoly(writer.sendKey).seal(counter, nothing, hex(payload));
    assert.equal(toHex(sealed), ciphertext, `transport message ${index}`);
    assert.deepEqual(chachaPoly(reader.receiveKey).open(counter, nothing, sealed), hex(payload));
  }
  assert.ok(counters.there > 0, "no transport message was compared");
}

function sides(vector: Vector): readonly [NoiseHandshake, NoiseHandshake] {
  const [, , , , hash] = vector.protocol_name.split("_");
  const suite = { pattern: patternOf(vector), hash: hash as NonNullable<HandshakeOptions["hash"]> };
  const initiator = new NoiseHandshake({
    ...suite,
    initiator: true,
    prologue: hex(vector.init_prologue),
    staticKey: pairOf(vector.init_static),
    ephemeralSecret: hex(vector.init_ephemeral),
    remoteStatic: vector.init_remote_static === undefined ? undefined : hex(vector.init_remote_static),
  });
  const responder = new NoiseHandshake({
    ...suite,
    initiator: false,
    prologue: hex(vector.resp_prologue),
    staticKey: pairOf(vector.resp_static),
    ephemeralSecret: vector.resp_ephemeral === undefined ? undefined : hex(vector.resp_ephemeral),
  });
  return [initiator, responder];
}

function patternOf(vector: Vector): keyof typeof handshakeLengths {
  return vector.protocol_name.split("_")[1] as keyof typeof handshakeLengths;
}

function pairOf(secret: string | undefined): KeyPair | undefined {
  return secret === undefined ? undefined : x25519KeyPair(hex(secret));
}

function publicOf(secret: string | undefined): Uint8Array | undefined {
  return pairOf(secret)?.publicKey;
}

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  assert.ok(bytes !== undefined);
  return bytes;
}
