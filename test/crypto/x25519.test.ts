// X25519 against RFC 7748 §5.2 and §6.1, and the keys with which nothing can be shared.

import assert from "node:assert/strict";
import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { fromHex, toHex } from "#bytes";
import { isUsablePublicKey, x25519KeyPair } from "#crypto";

const hex = (text: string) => fromHex(text) as Uint8Array;
const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

function agreed(secret: string, theirs: string): string {
  const shared = x25519KeyPair(hex(secret)).agree(hex(theirs));
  assert.ok(shared !== undefined);
  return toHex(shared);
}

// RFC 7748 §5.2; the second has the highest bit of the coordinate set, which must be ignored.
const products = [
  [
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
  ],
  [
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  ],
] as const;

for (const [scalar, coordinate, product] of products) {
  test(`RFC 7748 §5.2: ${scalar.slice(0, 8)} times ${coordinate.slice(0, 8)}`, () => {
    assert.equal(agreed(scalar, coordinate), product);
  });
}

test("RFC 7748 §5.2: 1,000 iterations", () => {
  let [scalar, coordinate] = [`09${"00".repeat(31)}`, `09${"00".repeat(31)}`];
  for (let i = 0; i < 1000; i++) [scalar, coordinate] = [agreed(scalar, coordinate), scalar];
  assert.equal(scalar, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
});

test("RFC 7748 §6.1: both sides agree", () => {
  const alice = x25519KeyPair(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const bob = x25519KeyPair(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  const shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  assert.equal(toHex(alice.publicKey), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  assert.equal(toHex(bob.publicKey), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  assert.deepEqual(alice.agree(bob.publicKey), shared);
  assert.deepEqual(bob.agree(alice.publicKey), shared);
});

// u = 0, 1, p - 1, the two of order 8, and p and p + 1, which are 0 and 1 again (p = 2^255 - 19).
const smallOrder = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  `ec${"ff".repeat(30)}7f`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
].map(hex);

/** Whether OpenSSL itself finds the shared secret to be all zeros. */
function isRefusedByOpenssl(publicKey: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString("base64url");
  const theirs = createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
  try {
    diffieHellman({ privateKey: generateKeyPairSync("x25519").privateKey, publicKey: theirs });
    return false;
  } catch {
    return true;
  }
}

test("a key of small order is unusable, with and without the ignored bit, and OpenSSL agrees (RFC 7748 §6.1)", () => {
  const pair = x25519KeyPair(new Uint8Array(32).fill(5));
  for (const key of smallOrder) {
    for (const form of [key, key.with(31, (key[31] ?? 0) | 0x80)]) {
      assert.equal(isUsablePublicKey(form), false, toHex(form));
      assert.equal(pair.agree(form), undefined, toHex(form));
      assert.ok(isRefusedByOpenssl(form), toHex(form));
    }
  }
});

test("the usable keys are those OpenSSL can share with, next to the small ones and not reduced too", () => {
  const notReduced = Array.from({ length: 17 }, (_, i) => hex(`${(0xef + i).toString(16)}${"ff".repeat(30)}7f`));
  const neighbours = smallOrder.flatMap((key) => [key.with(0, (key[0] ?? 0) ^ 2), key.with(30, (key[30] ?? 0) ^ 1)]);
  for (const key of [...notReduced, ...neighbours]) {
    assert.equal(isUsablePublicKey(key), !isRefusedByOpenssl(key), toHex(key));
  }
});

test("any 32 bytes are a key or refused, anything else is refused, and nothing throws", () => {
  const pair = x25519KeyPair(new Uint8Array(32).fill(9));
  fc.assert(
    fc.property(fc.oneof(key32, fc.uint8Array({ maxLength: 70 })), (theirs) => {
      const shared = pair.agree(theirs);
      assert.equal(shared !== undefined, isUsablePublicKey(theirs));
      assert.deepEqual(pair.agreeAgain(theirs), shared);
      assert.ok(theirs.length === 32 || shared === undefined);
      assert.ok(shared === undefined || (shared.length === 32 && shared.some((byte) => byte !== 0)));
    }),
  );
});

test("two pairs agree", () => {
  fc.assert(
    fc.property(key32, key32, (mine, yours) => {
      const [a, b] = [x25519KeyPair(mine), x25519KeyPair(yours)];
      assert.deepEqual(a.agree(b.publicKey), b.agree(a.publicKey));
      for (let i = 0; i < 2; i++) assert.deepEqual(a.agreeAgain(b.publicKey), a.agree(b.publicKey));
      assert.deepEqual(x25519KeyPair(mine).publicKey, a.publicKey);
    }),
    { numRuns: 30 },
  );
});

test("a secret of another length is the caller's mistake", () => {
  for (const length of [0, 31, 33]) assert.throws(() => x25519KeyPair(new Uint8Array(length)), RangeError);
});
