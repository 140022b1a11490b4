// Ed25519 against RFC 8032 §7.1, and what must not verify.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { concatBytes, fromHex, toHex } from "#bytes";
import { signingKey, verifySignature } from "#crypto";

const hex = (text: string) => fromHex(text) as Uint8Array;

// RFC 8032 §7.1, TEST 1 to 3
const vectors = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
];

for (const { seed, publicKey, message, signature } of vectors) {
  test(`RFC 8032 §7.1: a message of ${message.length / 2} bytes`, () => {
    const key = signingKey(hex(seed));
    assert.equal(toHex(key.publicKey), publicKey);
    assert.equal(toHex(key.sign(hex(message))), signature);
    assert.equal(verifySignature(hex(publicKey), hex(message), hex(signature)), true);
  });
}

test("nothing altered verifies: message, signature, public key", () => {
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(seeds, fc.uint8Array({ maxLength: 100 }), fc.nat(), fc.nat({ max: 7 }), (seed, message, at, bit) => {
      const key = signingKey(seed);
      const signature = key.sign(message);
      const altered = (bytes: Uint8Array) =>
        bytes.with(at % bytes.length, (bytes[at % bytes.length] ?? 0) ^ (1 << bit));

      assert.equal(verifySignature(key.publicKey, message, signature), true);
      assert.equal(verifySignature(key.publicKey, message, altered(signature)), false);
      assert.equal(verifySignature(altered(key.publicKey), message, signature), false);
      assert.equal(verifySignature(key.publicKey, concatBytes(message, Uint8Array.of(bit)), signature), false);
      if (message.length > 0) assert.equal(verifySignature(key.publicKey, altered(message), signature), false);
    }),
    { numRuns: 50 },
  );
});

test("a signature with the group's order added to its second half is refused (RFC 8032 §8.4)", () => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const key = signingKey(new Uint8Array(32).fill(3));
  const message = new Uint8Array(5);
  const signature = key.sign(message);
  const half = BigInt(`0x${toHex(signature.slice(32).toReversed())}`) + order;
  const grown = hex(half.toString(16).padStart(64, "0")).toReversed();
  assert.equal(verifySignature(key.publicKey, message, concatBytes(signature.subarray(0, 32), grown)), false);
});

test("any bytes as key and signature: false, never an exception", () => {
  const key = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 70 }));
  const signature = fc.oneof(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.uint8Array({ maxLength: 70 }));
  fc.assert(
    fc.property(key, fc.uint8Array(), signature, (publicKey, message, bytes) => {
      // A key of small order would verify; random bytes meet one of those only as all zeros.
      fc.pre(publicKey.some((byte) => byte > 1));
      assert.equal(verifySignature(publicKey, message, bytes), false);
    }),
    { numRuns: 300 },
  );
});

test("a seed of another length is the caller's mistake", () => {
  for (const length of [0, 31, 33]) assert.throws(() => signingKey(new Uint8Array(length)), RangeError);
});
