import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import {
  blob,
  type Codec,
  decode,
  encode,
  fixed,
  flag,
  fromHex,
  list,
  optional,
  struct,
  text,
  toHex,
  u16,
  u48,
  u8,
  union,
  varint,
} from "#bytes";

const shape = struct({
  small: u8,
  port: u16,
  at: u48,
  count: varint,
  is: flag,
  key: fixed(4),
  body: blob(20),
  name: text(30),
  numbers: list(varint, 5),
  maybe: optional(u16),
  one: union({ circle: [1, struct({ radius: u8 })], box: [7, struct({ sides: list(u8, 3), name: text(8) })] }),
});

const values = fc.record(
  {
    small: fc.nat(255),
    port: fc.nat(65_535),
    at: fc.nat(2 ** 31),
    count: fc.maxSafeNat(),
    is: fc.boolean(),
    key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    body: fc.uint8Array({ maxLength: 20 }),
    name: fc.string({ maxLength: 7, unit: "grapheme-ascii" }),
    numbers: fc.array(fc.maxSafeNat(), { maxLength: 5 }),
    maybe: fc.option(fc.nat(65_535), { nil: undefined }),
    one: fc.oneof(
      fc.record({ kind: fc.constant("circle" as const), radius: fc.nat(255) }, { noNullPrototype: true }),
      fc.record(
        {
          kind: fc.constant("box" as const),
          sides: fc.array(fc.nat(255), { maxLength: 3 }),
          name: fc.string({ maxLength: 2 }),
        },
        { noNullPrototype: true },
      ),
    ),
  },
  { noNullPrototype: true },
);

test("what is written is read back, and is the one way to write it", () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encode(shape, value);
      const read = decode(shape, bytes);
      assert.deepEqual(read, value);
      assert.deepEqual(encode(shape, value), bytes);
    }),
    { numRuns: 200 },
  );
});

test("any bytes never throw, and what they are read as is written as those bytes", () => {
  fc.assert(
    fc.property(values, fc.nat(60), fc.nat(255), fc.boolean(), (value, at, byte, isCut) => {
      const bytes = encode(shape, value);
      const mutated = isCut ? bytes.subarray(0, at % bytes.length) : bytes.with(at % bytes.length, byte);
      const read = decode(shape, mutated);
      if (read !== undefined) assert.deepEqual(encode(shape, read), mutated);
    }),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decode(shape, bytes)));
});

test("bytes are what the protocol says they are", () => {
  const cases: readonly (readonly [Codec<never>, unknown, string])[] = [
    [flag as Codec<never>, true, "01"],
    [blob(3) as Codec<never>, Uint8Array.of(5, 6), "020506"],
    [text(4) as Codec<never>, "ä", "02c3a4"],
    [list(u8, 3) as Codec<never>, [1, 2], "020102"],
    [optional(u8) as Codec<never>, undefined, "00"],
    [optional(u8) as Codec<never>, 4, "0104"],
    [union({ dot: [9, struct({ x: u8 })] }) as Codec<never>, { kind: "dot", x: 3 }, "0903"],
  ];
  for (const [codec, value, bytes] of cases) assert.equal(toHex(encode(codec, value as never)), bytes);
});

test("lengths and flags out of bounds are refused, both ways", () => {
  const refused: readonly (readonly [Codec<unknown>, string])[] = [
    [flag, "02"],
    [blob(1), "020506"],
    [text(1), "02c3a4"],
    [list(u8, 1), "020102"],
    [optional(u8), "0201"],
    [u8, "0100"],
    [union({ dot: [9, struct({ x: u8 })] }), "0803"],
    [list(u8, 1_000_000), "bfffffff"],
  ];
  for (const [codec, bytes] of refused) assert.equal(decode(codec, fromHex(bytes) ?? assert.fail()), undefined, bytes);
  assert.throws(() => encode(blob(1), new Uint8Array(2)), RangeError);
  assert.throws(() => encode(fixed(1), new Uint8Array(2)), RangeError);
  assert.throws(() => encode(text(1), "ä"), RangeError);
  assert.throws(() => encode(list(u8, 1), [1, 2]), RangeError);
});

test("bytes encoded are nobody else's, also of a value that encodes another, or cannot be written", () => {
  const nested: Codec<number> = {
    read: (r) => r.u8(),
    write: (w, v) =>
      void w
        .u8(v)
        .bytes(encode(blob(9), Uint8Array.of(v, v)))
        .u8(v),
  };
  const first = encode(nested, 7);
  assert.throws(() => encode(list(u8, 9), [1, 256]), RangeError);
  const long = encode(blob(10_000), new Uint8Array(10_000).fill(5));
  assert.equal(toHex(encode(nested, 8)), "0802080808");
  assert.equal(toHex(first), "0702070707");
  assert.ok(long.subarray(2).every((byte) => byte === 5) && long.length === 10_002);
  assert.equal(first.buffer.byteLength, first.length);
});
