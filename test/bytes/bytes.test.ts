import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { compareBytes, concatBytes, equalBytes, fromHex, toHex, utf8 } from "#bytes";

test("hexadecimal is node's, there and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString("hex"));
      assert.deepEqual(fromHex(toHex(bytes)), bytes);
    }),
    { numRuns: 100 },
  );
  assert.deepEqual(fromHex("FFfe"), Uint8Array.of(255, 254));
  for (const text of ["f", "0g", "0x00", " 00", "00 "]) assert.equal(fromHex(text), undefined, text);
});

test("comparing is node's", () => {
  const short = fc.uint8Array({ maxLength: 4, max: 2 });
  fc.assert(
    fc.property(short, short, (a, b) => {
      assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
      if (a.length === b.length) assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
    }),
  );
});

test("joined bytes are in memory of their own", () => {
  const first = Uint8Array.of(1, 2);
  const joined = concatBytes(first, new Uint8Array(0), Uint8Array.of(3));
  first.fill(9);
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
  assert.deepEqual(utf8("ä"), Uint8Array.of(0xc3, 0xa4));
});

test("text of any length and script becomes the bytes that TextEncoder makes of it", () => {
  const texts = ["", "a", "\u007f", "\u0080", "ä", "\ud800", "👋"];
  for (const length of [1, 62, 63, 64, 65, 200]) texts.push("x".repeat(length), `${"x".repeat(length - 1)}é`);
  for (const each of texts) assert.deepEqual(utf8(each), new TextEncoder().encode(each));
});
