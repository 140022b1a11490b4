// Sealing and opening: RFC 8439 through node's cipher with nonces built by hand, then what must not open.

import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { concatBytes, fromHex, toHex, utf8 } from "#bytes";
import { TAG_BYTES, chachaPoly } from "#crypto";

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const counters = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER),
);
const sealing = fc.record({
  key: key32,
  counter: counters,
  associated: fc.uint8Array({ maxLength: 40 }),
  plain: fc.uint8Array({ maxLength: 200 }),
});

/** RFC 8439 §2.8 with a free nonce: ciphertext, then tag. */
function reference(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  return concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

test("the reference is RFC 8439 §2.8.2", () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
  const nonce = fromHex("070000004041424344454647") as Uint8Array;
  const associated = fromHex("50515253c0c1c2c3c4c5c6c7") as Uint8Array;
  const sunscreen =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
  assert.equal(
    toHex(reference(key, nonce, associated, utf8(sunscreen))),
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e06" +
      "0b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d265" +
      "86cec64b61161ae10b594f09e26a7e902ecbd0600691",
  );
});

test("seal is RFC 8439 with four zero bytes and the counter, little-endian, as the nonce", () => {
  fc.assert(
    fc.property(sealing, ({ key, counter, associated, plain }) => {
      const nonce = Buffer.alloc(12);
      nonce.writeBigUInt64LE(BigInt(counter), 4);
      const sealed = chachaPoly(key).seal(counter, associated, plain);
      assert.deepEqual(sealed, reference(key, nonce, associated, plain));
      assert.deepEqual(chachaPoly(key).sealBehind(counter, associated, plain), concatBytes(associated, sealed));
    }),
  );
});

test("open gives back what was sealed, in plain arrays of their own", () => {
  fc.assert(
    fc.property(sealing, ({ key, counter, associated, plain }) => {
      const sealed = chachaPoly(key).seal(counter, associated, plain);
      assert.equal(sealed.length, plain.length + TAG_BYTES);
      const opened = chachaPoly(key).open(counter, associated, sealed);
      sealed.fill(0);
      assert.deepEqual(opened, plain);
    }),
  );
});

test("nothing altered opens: sealed bytes, associated bytes, counter, key", () => {
  fc.assert(
    fc.property(
      sealing,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      counters,
      key32,
      (input, at, flip, otherCounter, otherKey) => {
        const { key, counter, associated, plain } = input;
        const aead = chachaPoly(key);
        const sealed = aead.seal(counter, associated, plain);
        const altered = (original: Uint8Array) =>
          original.with(at % original.length, flip ^ (original[at % original.length] ?? 0));

        assert.equal(aead.open(counter, associated, altered(sealed)), undefined);
        assert.equal(aead.open(counter, associated, sealed.subarray(0, at % sealed.length)), undefined);
        assert.equal(aead.open(counter, associated, concatBytes(sealed, Uint8Array.of(flip))), undefined);
        assert.equal(aead.open(counter, concatBytes(associated, Uint8Array.of(flip)), sealed), undefined);
        if (associated.length > 0) assert.equal(aead.open(counter, altered(associated), sealed), undefined);
        if (otherCounter !== counter) assert.equal(aead.open(otherCounter, associated, sealed), undefined);
        if (toHex(otherKey) !== toHex(key))
          assert.equal(chachaPoly(otherKey).open(counter, associated, sealed), undefined);
        assert.deepEqual(aead.open(counter, associated, sealed), plain, "a failure leaves the key as it was");
      },
    ),
  );
});

test("bytes of strangers never throw and never open", () => {
  const aead = chachaPoly(new Uint8Array(32).fill(1));
  fc.assert(
    fc.property(
      fc.double(),
      fc.uint8Array({ maxLength: 30 }),
      fc.uint8Array({ maxLength: 60 }),
      (counter, associated, sealed) => {
        assert.equal(aead.open(counter, associated, sealed), undefined);
      },
    ),
  );
});

test("a counter that is none, and a key of another length, are the caller's mistake", () => {
  const aead = chachaPoly(new Uint8Array(32));
  const nothing = new Uint8Array(0);
  const sealed = aead.seal(0, nothing, nothing);
  for (const counter of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
    assert.throws(() => aead.seal(counter, nothing, nothing), RangeError);
    assert.equal(aead.open(counter, nothing, sealed), undefined);
  }
  for (const length of [0, 16, 31, 33]) assert.throws(() => chachaPoly(new Uint8Array(length)), RangeError);
});
