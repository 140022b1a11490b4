// Signing: Ed25519 (RFC 8032). Deterministic, over node:crypto.

import { sign, verify } from "node:crypto";

import { privateKeyOf, publicBytesOf, publicKeyOf } from "./okp-key.ts";
import { plainBytes } from "./plain-bytes.ts";

/** A signing seed and its public half. The seed itself does not come out again. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 64-byte signature of a message; the same each time. */
  sign(message: Uint8Array): Uint8Array;
}

/** The signing key of a 32-byte seed; another length throws RangeError. */
export function signingKey(seed: Uint8Array): SigningKey {
  const privateKey = privateKeyOf("Ed25519", seed);
  return {
    publicKey: publicBytesOf(privateKey),
    sign: (message) => plainBytes(sign(null, message, privateKey)),
  };
}

/**
 * Whether the owner of `publicKey` signed the message; false for bytes that are no key or no signature. Never throws.
 * A signature cannot be altered into another (RFC 8032 §8.4). Under a public key of small order, which nobody gets by
 * accident, anybody can sign: whoever made such a key owns nothing by it.
 */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return verify(null, message, publicKeyOf("Ed25519", publicKey), signature);
}
