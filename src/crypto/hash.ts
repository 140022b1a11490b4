// Hashes and what is built of them: HMAC (RFC 2104), HKDF (RFC 5869, Noise §4.3). Deterministic, over node:crypto.
// SHA256 is the suite's hash. The BLAKE2 rows exist because two thirds of the published Noise vectors use them.

import { hash, hkdfSync } from "node:crypto";

import { concatBytes } from "#bytes";

/** A hash function by its name in a Noise protocol name (Noise §12.5 to §12.8). */
export type HashName = keyof typeof hashes;

/** OpenSSL's name of each hash function, and the lengths of its output (HASHLEN) and of its block (BLOCKLEN). */
export const hashes = {
  SHA256: { algorithm: "sha256", bytes: 32, blockBytes: 64 },
  BLAKE2s: { algorithm: "blake2s256", bytes: 32, blockBytes: 64 },
  BLAKE2b: { algorithm: "blake2b512", bytes: 64, blockBytes: 128 },
} as const;

const nothing = new Uint8Array(0);
const one = Uint8Array.of(1);
const two = Uint8Array.of(2);
const three = Uint8Array.of(3);

/** The 32-byte SHA-256 of all parts, one after the other (FIPS 180-4). */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest("SHA256", ...parts);
}

/** The 32-byte HMAC-SHA-256 of all parts, one after the other (RFC 2104). The key may have any length. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return hmac("SHA256", key, ...parts);
}

/** Two or three 32-byte keys from a chaining key and new key material (Noise §4.3). */
export function hkdfSha256(chainingKey: Uint8Array, inputKeyMaterial: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  return hkdf("SHA256", chainingKey, inputKeyMaterial, outputs);
}

/**
 * A key for one purpose from a secret for many: HKDF-SHA-256 without salt, the label's UTF-8 as info (RFC 5869).
 * Keys of different labels tell nothing about one another. `length` up to 8,160 bytes, otherwise RangeError.
 */
export function deriveKey(secret: Uint8Array, label: string, length = 32): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, nothing, label, length));
}

/** HASH of Noise §4.3 over all parts, one after the other. */
export function digest(name: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  const [only = nothing] = parts;
  const { algorithm, bytes } = hashes[name];
  // A character a byte: as a buffer, which has memory of its own outside of V8's, it costs twice as much.
  const text = hash(algorithm, parts.length === 1 ? only : concatBytes(...parts), "binary");
  const output = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) output[i] = text.charCodeAt(i);
  return output;
}

/** HKDF of Noise §4.3; each output has the hash's length. */
export function hkdf(
  name: HashName,
  chainingKey: Uint8Array,
  inputKeyMaterial: Uint8Array,
  outputs: 2 | 3,
): Uint8Array[] {
  const extracted = hmac(name, chainingKey, inputKeyMaterial);
  const pads = padsOf(name, extracted);
  const output1 = authenticate(name, pads, one);
  const output2 = authenticate(name, pads, output1, two);
  return outputs === 2 ? [output1, output2] : [output1, output2, authenticate(name, pads, output2, three)];
}

interface Pads {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

function hmac(name: HashName, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return authenticate(name, padsOf(name, key), ...parts);
}

// RFC 2104 §2 of two hashes at one call each: half of what createHmac costs, which is a stream.
function authenticate(name: HashName, { inner, outer }: Pads, ...parts: readonly Uint8Array[]): Uint8Array {
  return digest(name, outer, digest(name, inner, ...parts));
}

function padsOf(name: HashName, key: Uint8Array): Pads {
  const { blockBytes } = hashes[name];
  const block = key.length <= blockBytes ? key : digest(name, key);
  const inner = new Uint8Array(blockBytes).fill(0x36);
  const outer = new Uint8Array(blockBytes).fill(0x5c);
  for (let i = 0; i < block.length; i++) {
    inner[i] = (block[i] as number) ^ 0x36;
    outer[i] = (block[i] as number) ^ 0x5c;
  }
  return { inner, outer };
}
