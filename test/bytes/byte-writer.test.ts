import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ByteReader, ByteWriter, toHex, varintLength } from "#bytes";

test("what is written lies big-endian, however small the buffer began", () => {
  const writer = new ByteWriter(1)
    .u8(1)
    .u16(0x0203)
    .u32(0x04050607)
    .u48(0x08090a0b0c0d)
    .zeros(2)
    .text("ä")
    .bytes(Uint8Array.of(255));
  assert.equal(toHex(writer.finish()), "01020304050607" + "08090a0b0c0d" + "0000" + "02c3a4" + "ff");
  assert.equal(writer.length, 19);
});

test("varints take their shortest form at every border", () => {
  const borders = [
    [0, "00"],
    [63, "3f"],
    [64, "4040"],
    [16_383, "7fff"],
    [16_384, "80004000"],
    [2 ** 30 - 1, "bfffffff"],
    [2 ** 30, "c000000040000000"],
    [Number.MAX_SAFE_INTEGER, "c01fffffffffffff"],
  ] as const;
  for (const [value, bytes] of borders) {
    assert.equal(toHex(new ByteWriter().varint(value).finish()), bytes);
    assert.equal(varintLength(value), bytes.length / 2);
  }
});

test("a value that does not fit is the caller's mistake", () => {
  const writer = new ByteWriter();
  for (const write of [
    () => writer.u8(256),
    () => writer.u8(-1),
    () => writer.u16(65_536),
    () => writer.u32(2 ** 32),
    () => writer.u48(2 ** 48),
    () => writer.varint(2 ** 53),
    () => writer.varint(Number.NaN),
    () => writer.varint(1.5),
    () => writer.u8(0.5),
  ]) {
    assert.throws(write, RangeError);
  }
  assert.equal(writer.length, 0, "and leaves nothing behind");
});

test("what is written is read back", () => {
  const unsigned = fc.maxSafeNat();
  fc.assert(
    fc.property(fc.array(unsigned), fc.string({ unit: "grapheme" }), fc.uint8Array(), (values, text, bytes) => {
      const writer = new ByteWriter(8);
      for (const value of values)
        writer
          .varint(value)
          .u48(value % 2 ** 48)
          .u32(value % 2 ** 32)
          .u16(value % 2 ** 16)
          .u8(value % 256);
      writer.text(text).bytes(bytes);
      const reader = new ByteReader(writer.finish());
      for (const value of values) {
        assert.equal(reader.varint(), value);
        assert.deepEqual(
          [reader.u48(), reader.u32(), reader.u16(), reader.u8()],
          [value % 2 ** 48, value % 2 ** 32, value % 2 ** 16, value % 256],
        );
      }
      assert.equal(reader.text(reader.varint()), text);
      assert.deepEqual(reader.rest(), bytes);
      assert.ok(reader.finished);
    }),
    { numRuns: 200 },
  );
});

test("bytes come out whole around the size from which they share the writer's memory, also after clear", () => {
  const writer = new ByteWriter();
  for (const length of [0, 1, 63, 64, 65, 127, 128, 129, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i & 255);
    assert.deepEqual(writer.clear().bytes(bytes).finish(), bytes);
    assert.deepEqual(new ByteWriter(1).bytes(bytes).finish(), bytes);
  }
});
