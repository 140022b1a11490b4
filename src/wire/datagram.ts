// What UDP carries: the outermost layer, told apart by the first byte. Pure. PROTOCOL §2.2 has the ruler diagrams.
// Readers give undefined for anything malformed; they allocate nothing before a datagram looks right.

import { ByteReader, ByteWriter } from "#bytes";

/** First bytes. A packet's first byte holds the key epoch in its two low bits. */
export const DatagramType = {
  message1: 0x01,
  message2: 0x02,
  message3: 0x03,
  cookie: 0x04,
  versions: 0x05,
  reset: 0x06,
  probe: 0x07,
  probeAnswer: 0x08,
  packet: 0x40,
} as const;

export const COOKIE_BYTES = 16;
const MAC1_BYTES = 16;
export const RESET_TOKEN_BYTES = 16;
export const PROBE_TOKEN_BYTES = 16;
/** The session ids that this implementation chooses; others may choose 4–20 bytes. */
export const SESSION_ID_BYTES = 4;
/** Type, session id, packet number; the tag comes on top (PROTOCOL §2.3). */
export const PACKET_HEADER_BYTES = 1 + SESSION_ID_BYTES + 4;
/** The least that a datagram with message 1 measures, so that no answer is larger (PROTOCOL §3.3). */
export const MESSAGE1_BYTES = 1200;
/** The most that it measures; callers wait in memory for their turn. */
export const LONGEST_MESSAGE1 = 1500;
/** One datagram a handshake message in this version; the nibbles are room for three (PROTOCOL §3.2). */
const SINGLE_PART = 0x11;
const LONGEST_SESSION_ID = 20;

/** A 4-byte session id of ours as a number: the key of the session table. */
export type LocalSessionId = number;

export interface Message1 {
  readonly version: number;
  readonly suite: number;
  readonly purpose: number;
  readonly initiatorId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly noise: Uint8Array;
}

/**
 * Message 1, padded, closed by `mac1`, which the caller computes over everything before it.
 *
 *     0x01 version suite purpose parts | id length, id 4–20 | cookie 16 | length 2, noise | zeros | mac1 16
 */
export function writeMessage1(message: Message1, mac1: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const writer = new ByteWriter(MESSAGE1_BYTES);
  writer.u8(DatagramType.message1).u8(message.version).u8(message.suite).u8(message.purpose).u8(SINGLE_PART);
  writer.u8(message.initiatorId.length).bytes(message.initiatorId).bytes(message.cookie);
  writer.u16(message.noise.length).bytes(message.noise);
  writer.zeros(Math.max(0, MESSAGE1_BYTES - MAC1_BYTES - writer.length));
  writer.bytes(mac1(writer.finish()));
  return writer.finish();
}

/** What message 1 begins with in every version, so that a caller of another one can be told ours (PROTOCOL §3.5). */
export type Message1Head = Pick<Message1, "version" | "suite" | "purpose" | "initiatorId">;

/** Whether a datagram is as long as message 1 may be, in any version. */
export function hasMessage1Length(datagram: Uint8Array): boolean {
  return datagram.length >= MESSAGE1_BYTES && datagram.length <= LONGEST_MESSAGE1;
}

/** Reads what message 1 of any version begins with. */
export function readMessage1Head(datagram: Uint8Array): Message1Head | undefined {
  if (!hasMessage1Length(datagram)) return undefined;
  const reader = new ByteReader(datagram.subarray(1, datagram.length - MAC1_BYTES));
  const version = reader.u8();
  const suite = reader.u8();
  const purpose = reader.u8();
  reader.u8();
  const initiatorId = readSessionId(reader);
  return reader.failed ? undefined : { version, suite, purpose, initiatorId };
}

/** Reads message 1 of version 1. */
export function readMessage1(datagram: Uint8Array): Message1 | undefined {
  if (!hasMessage1Length(datagram)) return undefined;
  const reader = new ByteReader(datagram.subarray(1, datagram.length - MAC1_BYTES));
  const version = reader.u8();
  const suite = reader.u8();
  const purpose = reader.u8();
  const parts = reader.u8();
  const initiatorId = readSessionId(reader);
  const cookie = reader.bytes(COOKIE_BYTES);
  const noise = reader.bytes(reader.u16());
  return reader.failed || parts !== SINGLE_PART ? undefined : { version, suite, purpose, initiatorId, cookie, noise };
}

/** What `mac1` of a message-1 datagram covers, and the `mac1` it carries. */
export function splitMac1(datagram: Uint8Array): { readonly covered: Uint8Array; readonly mac1: Uint8Array } {
  const at = datagram.length - MAC1_BYTES;
  return { covered: datagram.subarray(0, at), mac1: datagram.subarray(at) };
}

/** A datagram for one session of its receiver's, named by the id that the receiver chose. */
export interface Addressed {
  readonly sessionId: Uint8Array;
  readonly body: Uint8Array;
}

/** Messages 2 and 3: `type parts | id length, id | noise`. */
export function writeHandshakeMessage(type: 0x02 | 0x03, sessionId: Uint8Array, noise: Uint8Array): Uint8Array {
  const writer = new ByteWriter(64 + noise.length);
  return writer.u8(type).u8(SINGLE_PART).u8(sessionId.length).bytes(sessionId).bytes(noise).finish();
}

export function readHandshakeMessage(datagram: Uint8Array): Addressed | undefined {
  const reader = new ByteReader(datagram.subarray(1));
  const parts = reader.u8();
  const sessionId = readSessionId(reader);
  const body = reader.rest();
  return reader.failed || parts !== SINGLE_PART ? undefined : { sessionId, body };
}

/** Cookie (16 bytes), versions (one byte each) and reset (token): `type | id length, id | body`. */
export function writeAddressed(type: 0x04 | 0x05 | 0x06, sessionId: Uint8Array, body: Uint8Array): Uint8Array {
  return new ByteWriter(64).u8(type).u8(sessionId.length).bytes(sessionId).bytes(body).finish();
}

/** Reads what `writeAddressed` writes; `body` must have `shortest` to `longest` bytes. */
export function readAddressed(datagram: Uint8Array, shortest: number, longest: number): Addressed | undefined {
  const reader = new ByteReader(datagram.subarray(1));
  const sessionId = readSessionId(reader);
  const body = reader.rest();
  return reader.failed || body.length < shortest || body.length > longest ? undefined : { sessionId, body };
}

/** Probe and its answer are as long as each other: `type | token 16`. */
export function writeProbe(type: 0x07 | 0x08, token: Uint8Array): Uint8Array {
  return new ByteWriter(1 + PROBE_TOKEN_BYTES).u8(type).bytes(token).finish();
}

export function readProbe(datagram: Uint8Array): Uint8Array | undefined {
  return datagram.length === 1 + PROBE_TOKEN_BYTES ? datagram.subarray(1) : undefined;
}

/** The local session id in the header of a packet or at a fixed place; undefined for one of another length. */
export function localSessionId(id: Uint8Array): LocalSessionId | undefined {
  return id.length === SESSION_ID_BYTES ? new ByteReader(id).u32() : undefined;
}

/** The bytes of a local session id. */
export function sessionIdBytes(id: LocalSessionId): Uint8Array {
  return new ByteWriter(SESSION_ID_BYTES).u32(id).finish();
}

/** A sealed packet, not yet opened; `header` is what its tag also covers. */
export interface SealedPacket {
  readonly keyEpoch: number;
  readonly sessionId: LocalSessionId;
  /** The low 32 bits of the packet number. */
  readonly shortNumber: number;
  readonly header: Uint8Array;
  readonly sealed: Uint8Array;
}

/** `0x40|epoch | session id 4–20 | number 4`; the sealed frames follow. */
export function writePacketHeader(keyEpoch: number, sessionId: Uint8Array, number: number): Uint8Array {
  const header = new Uint8Array(5 + sessionId.length);
  header[0] = DatagramType.packet | (keyEpoch & 3);
  header.set(sessionId, 1);
  // The low 32 bits, as `>>>` takes them of any whole number.
  const low = number >>> 0;
  const at = 1 + sessionId.length;
  header[at] = low >>> 24;
  header[at + 1] = low >>> 16;
  header[at + 2] = low >>> 8;
  header[at + 3] = low;
  return header;
}

/** Reads a packet sent to one of our own ids; undefined for what cannot be one. */
export function readPacket(datagram: Uint8Array): SealedPacket | undefined {
  if (datagram.length < PACKET_HEADER_BYTES + 16) return undefined;
  const reader = new ByteReader(datagram);
  const keyEpoch = reader.u8() & 3;
  const sessionId = reader.u32();
  const shortNumber = reader.u32();
  return { keyEpoch, sessionId, shortNumber, header: datagram.subarray(0, PACKET_HEADER_BYTES), sealed: reader.rest() };
}

/** The full packet number whose low 32 bits are `shortNumber`, nearest to what is expected next (RFC 9000 §A.3). */
export function fullPacketNumber(shortNumber: number, expected: number): number {
  const window = 0x100000000;
  const candidate = expected - (expected % window) + shortNumber;
  if (candidate <= expected - window / 2) return candidate + window;
  return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
}

function readSessionId(reader: ByteReader): Uint8Array {
  const length = reader.u8();
  if (length < SESSION_ID_BYTES || length > LONGEST_SESSION_ID) reader.fail();
  return reader.bytes(length);
}
