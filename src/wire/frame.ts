// Frames: the statements inside a packet. Pure. PROTOCOL §4.
// Every frame is `type 1 | length varint | body`, so that a reader can pass over types it does not know; a type with
// its high bit set must be known (the session closes otherwise).

import { ByteReader, type ByteWriter, encode, utf8, varintLength } from "#bytes";

import { type Address, addressCodec } from "./address.ts";

const FrameType = {
  padding: 0x00,
  ack: 0x01,
  message: 0x02,
  part: 0x03,
  ping: 0x04,
  challenge: 0x05,
  response: 0x06,
  observedAddress: 0x07,
  credit: 0x08,
  blocked: 0x09,
  close: 0x0a,
  // 0x10 relay, 0x11 candidates, 0x12 extra path: reserved.
} as const;

export const CHALLENGE_BYTES = 8;
/** Lanes of a session, numbered from 0; the number says the priority (PROTOCOL §5.1). */
export const LANES = 8;
/** A message at its longest: 64 KiB of text and what chat adds to it. */
export const LONGEST_MESSAGE = 72 * 1024;
/** Ranges an acknowledgement holds at most. */
export const MOST_ACK_RANGES = 32;
const LONGEST_REASON = 64;

/** A run of packet numbers, both ends included. */
export interface AckRange {
  readonly first: number;
  readonly last: number;
}

/** Which of the two credits of a session (PROTOCOL §5.3). */
export type CreditClass = "control" | "data";

export type Frame =
  | { readonly type: "ack"; readonly delayMs: number; /** Highest first. */ readonly ranges: readonly AckRange[] }
  /** Bytes `offset` and following of a message of `total` bytes; a whole message has offset 0 and all its bytes. */
  | {
      readonly type: "part";
      readonly lane: number;
      readonly number: number;
      readonly total: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "ping" }
  | { readonly type: "challenge" | "response"; readonly token: Uint8Array }
  | { readonly type: "observedAddress"; readonly address: Address }
  | { readonly type: "credit" | "blocked"; readonly class: CreditClass; readonly limit: number }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

/** The frames of a packet, or why they are a protocol error. Slices share the memory of `payload`. */
export function readFrames(payload: Uint8Array): readonly Frame[] | "malformed" | "unknownFrame" {
  const frames: Frame[] = [];
  const reader = new ByteReader(payload);
  while (reader.left > 0) {
    const type = reader.u8();
    const body = new ByteReader(reader.bytes(reader.varint()));
    if (reader.failed) return "malformed";
    const frame = readFrame(type, body);
    if (frame === "unknown") {
      if (type >= 0x80) return "unknownFrame";
      continue;
    }
    if (!body.finished) return "malformed";
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

function readFrame(type: number, body: ByteReader): Frame | undefined | "unknown" {
  switch (type) {
    case FrameType.padding:
      body.rest();
      return undefined;
    case FrameType.ack:
      return readAck(body);
    case FrameType.message: {
      const lane = readLane(body);
      const number = body.varint();
      const bytes = body.rest();
      if (bytes.length === 0 || bytes.length > LONGEST_MESSAGE) body.fail();
      return { type: "part", lane, number, total: bytes.length, offset: 0, bytes };
    }
    case FrameType.part: {
      const lane = readLane(body);
      const number = body.varint();
      const total = body.varint();
      const offset = body.varint();
      const bytes = body.rest();
      if (total > LONGEST_MESSAGE || bytes.length === 0 || offset + bytes.length > total) body.fail();
      return { type: "part", lane, number, total, offset, bytes };
    }
    case FrameType.ping:
      return { type: "ping" };
    case FrameType.challenge:
      return { type: "challenge", token: body.bytes(CHALLENGE_BYTES) };
    case FrameType.response:
      return { type: "response", token: body.bytes(CHALLENGE_BYTES) };
    case FrameType.observedAddress:
      return { type: "observedAddress", address: addressCodec.read(body) };
    case FrameType.credit:
      return { type: "credit", class: readClass(body), limit: body.varint() };
    case FrameType.blocked:
      return { type: "blocked", class: readClass(body), limit: body.varint() };
    case FrameType.close: {
      const code = body.varint();
      if (body.left > LONGEST_REASON) body.fail();
      return { type: "close", code, reason: body.text(body.left) };
    }
    default:
      return "unknown";
  }
}

function readLane(body: ByteReader): number {
  const lane = body.u8();
  if (lane >= LANES) body.fail();
  return lane;
}

function readClass(body: ByteReader): CreditClass {
  const value = body.u8();
  if (value > 1) body.fail();
  return value === 0 ? "control" : "data";
}

/** Delay in microseconds, largest, further ranges, then RFC 9000 §19.3's gaps and lengths. */
function readAck(body: ByteReader): Frame {
  const delayMs = body.varint() / 1000;
  let last = body.varint();
  const more = body.varint();
  if (more >= MOST_ACK_RANGES) body.fail();
  let first = last - body.varint();
  const ranges: AckRange[] = [{ first, last }];
  for (let i = 0; i < more && !body.failed; i++) {
    last = first - body.varint() - 2;
    first = last - body.varint();
    ranges.push({ first, last });
  }
  if (first < 0) body.fail();
  return { type: "ack", delayMs, ranges };
}

/** Bytes that `writeAck` takes. */
export function ackFrameBytes(delayMs: number, ranges: readonly AckRange[]): number {
  const body = ackBodyBytes(delayMs, ranges);
  return 1 + varintLength(body) + body;
}

export function writeAck(writer: ByteWriter, delayMs: number, ranges: readonly AckRange[]): void {
  const [top] = ranges;
  if (top === undefined) return;
  writer.u8(FrameType.ack).varint(ackBodyBytes(delayMs, ranges));
  writer
    .varint(Math.round(delayMs * 1000))
    .varint(top.last)
    .varint(ranges.length - 1)
    .varint(top.last - top.first);
  let previous = top;
  for (const range of ranges.slice(1)) {
    writer.varint(previous.first - range.last - 2).varint(range.last - range.first);
    previous = range;
  }
}

function ackBodyBytes(delayMs: number, ranges: readonly AckRange[]): number {
  let bytes = varintLength(Math.round(delayMs * 1000)) + varintLength(ranges.length - 1);
  let previous: AckRange | undefined;
  for (const range of ranges) {
    bytes += varintLength(previous === undefined ? range.last : previous.first - range.last - 2);
    bytes += varintLength(range.last - range.first);
    previous = range;
  }
  return bytes;
}

/** Bytes that a part takes before its own bytes, at most, for a message of `total` bytes. */
export function partOverhead(number: number, total: number): number {
  return 1 + 2 + 1 + varintLength(number) + 2 * varintLength(total);
}

/** A whole message in its short form, or a part of one. */
export function writePart(
  writer: ByteWriter,
  lane: number,
  number: number,
  total: number,
  offset: number,
  bytes: Uint8Array,
): void {
  if (bytes.length === total) {
    writer
      .u8(FrameType.message)
      .varint(1 + varintLength(number) + total)
      .u8(lane)
      .varint(number)
      .bytes(bytes);
    return;
  }
  const head = 1 + varintLength(number) + varintLength(total) + varintLength(offset);
  writer
    .u8(FrameType.part)
    .varint(head + bytes.length)
    .u8(lane)
    .varint(number)
    .varint(total)
    .varint(offset)
    .bytes(bytes);
}

/** The small frames; all of them fit in `SMALL_FRAME_BYTES`. */
export function writeSmallFrame(writer: ByteWriter, frame: Exclude<Frame, { readonly type: "ack" | "part" }>): void {
  switch (frame.type) {
    case "ping":
      writer.u8(FrameType.ping).varint(0);
      return;
    case "challenge":
    case "response":
      writer.u8(FrameType[frame.type]).varint(CHALLENGE_BYTES).bytes(frame.token);
      return;
    case "observedAddress":
      return writeObservedAddress(writer, frame.address);
    case "credit":
    case "blocked":
      writer.u8(FrameType[frame.type]).varint(1 + varintLength(frame.limit));
      writer.u8(frame.class === "control" ? 0 : 1).varint(frame.limit);
      return;
    case "close": {
      const reason = utf8(shortened(frame.reason));
      writer
        .u8(FrameType.close)
        .varint(varintLength(frame.code) + reason.length)
        .varint(frame.code)
        .bytes(reason);
      return;
    }
    default:
      frame satisfies never;
  }
}

/** As much of a reason as fits LONGEST_REASON bytes, never half a character of it. */
function shortened(reason: string): string {
  let length = 0;
  let kept = "";
  for (const character of reason) {
    length += utf8(character).length;
    if (length > LONGEST_REASON) break;
    kept += character;
  }
  return kept;
}

function writeObservedAddress(writer: ByteWriter, address: Address): void {
  const bytes = encode(addressCodec, address);
  writer.u8(FrameType.observedAddress).varint(bytes.length).bytes(bytes);
}

/** No frame of `writeSmallFrame` is longer. */
export const SMALL_FRAME_BYTES = 80;

/** `length` bytes of padding, 2 at least and 16,386 at most; one more where no frame has that length, which is at 66. */
export function writePadding(writer: ByteWriter, length: number): void {
  const body = length <= 65 ? Math.max(0, length - 2) : Math.max(64, length - 3);
  writer.u8(FrameType.padding).varint(body).zeros(body);
}
