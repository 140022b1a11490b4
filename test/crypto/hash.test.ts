// SHA-256, HMAC and HKDF against FIPS 180-4, RFC 4231 and RFC 5869, and against node's own HKDF.

import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { concatBytes, toHex, utf8 } from "#bytes";
import { deriveKey, hkdfSha256, hmacSha256, sha256 } from "#crypto";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const repeated = (byte: number, count: number) => new Uint8Array(count).fill(byte);

test("SHA-256 of the standard's messages", () => {
  assert.equal(toHex(sha256()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(toHex(sha256(utf8("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("hash and HMAC see parts as one message", () => {
  fc.assert(
    fc.property(fc.array(bytes(80), { maxLength: 4 }), bytes(140), (parts, key) => {
      const whole = concatBytes(...parts);
      assert.deepEqual(sha256(...parts), sha256(whole));
      assert.deepEqual(hmacSha256(key, ...parts), hmacSha256(key, whole));
    }),
  );
});

// RFC 4231 §4.2, §4.3, §4.4, §4.7
const macs: readonly (readonly [key: Uint8Array, message: Uint8Array, mac: string])[] = [
  [repeated(0x0b, 20), utf8("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  [
    utf8("Jefe"),
    utf8("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [repeated(0xaa, 20), repeated(0xdd, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  [
    repeated(0xaa, 131),
    utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
];

for (const [index, [key, message, mac]] of macs.entries()) {
  test(`HMAC-SHA-256 of RFC 4231, vector ${index}`, () => assert.equal(toHex(hmacSha256(key, message)), mac));
}

test("HKDF of RFC 5869, appendix A.1 (extract) and A.3 (no salt, no info)", () => {
  const material = repeated(0x0b, 22);
  const salt = Uint8Array.from({ length: 13 }, (_, i) => i);
  const extracted = "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5";
  const expanded = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
  assert.equal(toHex(hmacSha256(salt, material)), extracted);
  assert.equal(toHex(deriveKey(material, "", 42)), expanded);
  assert.equal(toHex(concatBytes(...hkdfSha256(new Uint8Array(32), material, 2))).slice(0, 84), expanded);
});

test("Noise's HKDF is RFC 5869's with the chaining key as salt and no info", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      bytes(40),
      fc.constantFrom(2, 3),
      (key, material, n) => {
        const outputs = hkdfSha256(key, material, n);
        assert.equal(outputs.length, n);
        const expected = new Uint8Array(hkdfSync("sha256", material, key, "", 32 * n));
        assert.deepEqual(concatBytes(...outputs), expected);
      },
    ),
  );
});

test("derived keys differ by label and by secret, and default to 32 bytes", () => {
  const secret = repeated(7, 32);
  const keys = [deriveKey(secret, "a"), deriveKey(secret, "b"), deriveKey(repeated(8, 32), "a")];
  assert.deepEqual(
    keys.map((key) => key.length),
    [32, 32, 32],
  );
  assert.equal(new Set(keys.map(toHex)).size, 3);
  // T(1) of RFC 5869 §2.3, by hand.
  const extracted = hmacSha256(new Uint8Array(32), secret);
  assert.deepEqual(keys[0], hmacSha256(extracted, utf8("a"), Uint8Array.of(1)));
  assert.throws(() => deriveKey(secret, "a", 255 * 32 + 1), RangeError);
});

test("results are plain arrays, not Buffers", () => {
  for (const result of [sha256(), hmacSha256(new Uint8Array(1)), deriveKey(new Uint8Array(1), "")]) {
    assert.equal(Object.getPrototypeOf(result), Uint8Array.prototype);
  }
});
