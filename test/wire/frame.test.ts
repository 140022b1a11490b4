import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ByteWriter, fromHex } from "#bytes";
import {
  type AckRange,
  ackFrameBytes,
  type Frame,
  LONGEST_MESSAGE,
  MOST_ACK_RANGES,
  partOverhead,
  readFrames,
  SMALL_FRAME_BYTES,
  writeAck,
  writePadding,
  writePart,
  writeSmallFrame,
} from "#wire";

const read = (hex: string): ReturnType<typeof readFrames> => readFrames(fromHex(hex) ?? assert.fail(hex));

const token = fc.uint8Array({ minLength: 8, maxLength: 8 });
const smallFrames: fc.Arbitrary<Exclude<Frame, { readonly type: "ack" | "part" }>> = fc.oneof(
  fc.constant({ type: "ping" } as const),
  token.map((bytes) => ({ type: "challenge", token: bytes }) as const),
  token.map((bytes) => ({ type: "response", token: bytes }) as const),
  fc
    .constantFrom("192.0.2.1", "2001:db8::1")
    .map((host) => ({ type: "observedAddress", address: { host, port: 4000 } }) as const),
  fc.maxSafeNat().map((limit) => ({ type: "credit", class: "data", limit }) as const),
  fc.maxSafeNat().map((limit) => ({ type: "blocked", class: "control", limit }) as const),
  fc
    .tuple(fc.maxSafeNat(), fc.string({ maxLength: 20 }))
    .map(([code, reason]) => ({ type: "close", code, reason }) as const),
);

test("small frames are read as written, whatever padding is between them", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(smallFrames, fc.nat(70)), { maxLength: 8 }), (frames) => {
      const writer = new ByteWriter();
      for (const [frame, padding] of frames) {
        const before = writer.length;
        writeSmallFrame(writer, frame);
        assert.ok(writer.length - before <= SMALL_FRAME_BYTES);
        if (padding > 1) writePadding(writer, padding);
      }
      assert.deepEqual(
        readFrames(writer.finish()),
        frames.map(([frame]) => frame),
      );
    }),
    { numRuns: 200 },
  );
});

test("padding takes the bytes it was asked for", () => {
  for (let length = 2; length < 200; length++) {
    const writer = new ByteWriter();
    writePadding(writer, length);
    assert.equal(writer.length, length === 66 ? 67 : length);
    assert.deepEqual(readFrames(writer.finish()), []);
  }
});

test("acknowledgements are read as written", () => {
  const gaps = fc.array(fc.tuple(fc.nat(5000), fc.nat(5000)), { minLength: 1, maxLength: MOST_ACK_RANGES });
  fc.assert(
    fc.property(gaps, fc.nat({ max: 1_000_000 }), fc.nat({ max: 2 ** 40 }), (spans, delayUs, base) => {
      let next = base;
      const ranges: AckRange[] = [];
      for (const [gap, length] of spans) {
        const first = next + gap;
        ranges.unshift({ first, last: first + length });
        next = first + length + 2;
      }
      const writer = new ByteWriter();
      writeAck(writer, delayUs / 1000, ranges);
      assert.equal(writer.length, ackFrameBytes(delayUs / 1000, ranges));
      assert.deepEqual(readFrames(writer.finish()), [{ type: "ack", delayMs: delayUs / 1000, ranges }]);
    }),
    { numRuns: 200 },
  );
});

test("parts are read as written, within the overhead that was reckoned with", () => {
  fc.assert(
    fc.property(
      fc.nat(7),
      fc.maxSafeNat(),
      fc.integer({ min: 1, max: LONGEST_MESSAGE }),
      fc.nat(),
      fc.integer({ min: 1, max: 1200 }),
      (lane, number, total, at, size) => {
        const offset = at % total;
        const bytes = new Uint8Array(Math.min(size, total - offset)).fill(7);
        const writer = new ByteWriter();
        writePart(writer, lane, number, total, offset, bytes);
        assert.ok(writer.length <= partOverhead(number, total) + bytes.length);
        assert.deepEqual(readFrames(writer.finish()), [{ type: "part", lane, number, total, offset, bytes }]);
      },
    ),
    { numRuns: 200 },
  );
});

test("unknown frames are passed over, unless their high bit is set", () => {
  assert.deepEqual(read("1003aabbcc" + "0400"), [{ type: "ping" }]);
  assert.deepEqual(read("7f00"), []);
  assert.equal(read("0400" + "8000"), "unknownFrame");
});

test("what no writer makes is malformed", () => {
  const malformed = {
    "a type and no length": "04",
    "a length beyond the packet": "0405",
    "a length in too long a form": "044000",
    "a ping with a body": "040100",
    "an acknowledgement below zero": "0104" + "00020003",
    "an acknowledgement with a gap below zero": "0106" + "000501010500",
    "more ranges than are allowed": "0105" + "000520" + "0000",
    "an acknowledgement cut short": "0102" + "0005",
    "lane 8": "0203" + "080001",
    "an empty message": "0202" + "0200",
    "a part beyond its message": "0306" + "0200020163" + "64",
    "a part of a message that is too long": "0308" + "0200" + "80012001" + "00" + "61",
    "an empty part": "0304" + "02000500",
    "a short challenge": "0507" + "00000000000000",
    "a long response": "0609" + "000000000000000000",
    "an address of no family": "0707" + "05c00002010fa0",
    "credit of a third class": "0802" + "0201",
    "a reason that is not UTF-8": "0a02" + "00ff",
    "a reason too long": "0a4042" + "00" + "61".repeat(65),
  };
  for (const [why, hex] of Object.entries(malformed)) assert.equal(read(hex), "malformed", why);
});

test("a reason is cut to what fits, between characters", () => {
  const writer = new ByteWriter();
  writeSmallFrame(writer, { type: "close", code: 1, reason: "ä".repeat(40) });
  assert.deepEqual(readFrames(writer.finish()), [{ type: "close", code: 1, reason: "ä".repeat(32) }]);
  const cut = new ByteWriter();
  writeSmallFrame(cut, { type: "close", code: 1, reason: `a${"ä".repeat(40)}` });
  assert.deepEqual(readFrames(cut.finish()), [{ type: "close", code: 1, reason: `a${"ä".repeat(31)}` }]);
});

test("any bytes never throw", () => {
  const typed = fc.tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 128), fc.uint8Array({ maxLength: 12 }));
  fc.assert(
    fc.property(fc.array(typed, { maxLength: 6 }), (frames) => {
      readFrames(Uint8Array.from(frames.flatMap(([type, body]) => [type, body.length, ...body])));
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void readFrames(bytes)),
    { numRuns: 500 },
  );
});
