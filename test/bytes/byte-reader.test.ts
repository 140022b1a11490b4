import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ByteReader, fromHex } from "#bytes";

const hex = (text: string): Uint8Array => fromHex(text) ?? assert.fail(`${text} is no hex`);

test("integers are big-endian", () => {
  const reader = new ByteReader(hex("01 0203 04050607 08090a0b0c0d".replaceAll(" ", "")));
  assert.deepEqual([reader.u8(), reader.u16(), reader.u32(), reader.u48()], [1, 0x0203, 0x04050607, 0x08090a0b0c0d]);
  assert.ok(reader.finished);
});

test("varints are RFC 9000 A.1's examples", () => {
  for (const [text, value] of [
    ["25", 37],
    ["7bbd", 15_293],
    ["9d7f3e7d", 494_878_333],
    ["c00000004000000c".slice(0, 16), 0x4000000c],
  ] as const) {
    const reader = new ByteReader(hex(text));
    assert.equal(reader.varint(), value);
    assert.ok(reader.finished);
  }
});

test("varints that are longer than they need be, or beyond 2^53 - 1, fail", () => {
  for (const text of [
    "4025",
    "80000025",
    "80003fff",
    "c000000000000025",
    "c00000003fffffff",
    "c020000000000000",
    "ffffffffffffffff",
  ]) {
    const reader = new ByteReader(hex(text));
    assert.equal(reader.varint(), 0, text);
    assert.ok(reader.failed, text);
  }
  const most = new ByteReader(hex("c01fffffffffffff"));
  assert.equal(most.varint(), Number.MAX_SAFE_INTEGER);
  assert.ok(most.finished);
});

test("after the first failure everything reads as nothing", () => {
  const reader = new ByteReader(hex("0102"));
  assert.equal(reader.bytes(3).length, 0);
  assert.ok(reader.failed);
  assert.deepEqual(
    [reader.u8(), reader.u16(), reader.varint(), reader.rest().length, reader.text(1), reader.left],
    [0, 0, 0, 0, "", 0],
  );
  assert.ok(!reader.finished);
});

test("text is UTF-8 and nothing else", () => {
  assert.equal(new ByteReader(hex("efbbbfc3a4")).text(5), "\ufeffä", "a byte order mark is a character like any other");
  for (const text of ["ff", "c3", "c080", "eda080", "f4908080"]) {
    const reader = new ByteReader(hex(text));
    assert.equal(reader.text(text.length / 2), "");
    assert.ok(reader.failed, text);
  }
});

test("any bytes read in any way never throw", () => {
  const step = fc.oneof(
    fc.constantFrom("u8", "u16", "u32", "u48", "varint", "rest", "fail").map((name) => ({ name, length: 0 })),
    fc.record({ name: fc.constantFrom("bytes", "text"), length: fc.nat(40) }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(step, { maxLength: 20 }), (bytes, steps) => {
      const reader = new ByteReader(bytes);
      for (const { name, length } of steps) {
        const value = (reader[name as "bytes"] as (length: number) => unknown).call(reader, length);
        if (typeof value === "number") assert.ok(Number.isSafeInteger(value) && value >= 0);
        assert.ok(reader.left >= 0 && reader.left <= bytes.length);
      }
    }),
    { numRuns: 300 },
  );
});
