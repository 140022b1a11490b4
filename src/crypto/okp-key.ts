// Bare 32-byte keys of Curve25519 as node's key objects and back (RFC 8410). Deterministic, over node:crypto.

import type { KeyObject } from "node:crypto";
import { createPrivateKey, createPublicKey } from "node:crypto";

import { concatBytes, fromHex } from "#bytes";

type Curve = "X25519" | "Ed25519";

// A key in DER is these bytes and then its own (RFC 8410 §4, §7).
const publicPrefix = {
  X25519: fromHex("302a300506032b656e032100") as Uint8Array,
  Ed25519: fromHex("302a300506032b6570032100") as Uint8Array,
} as const;
const privatePrefix = {
  X25519: fromHex("302e020100300506032b656e04220420") as Uint8Array,
  Ed25519: fromHex("302e020100300506032b657004220420") as Uint8Array,
} as const;

/** The key object of a 32-byte secret; another length throws RangeError. Costs a scalar multiplication: keep it. */
export function privateKeyOf(curve: Curve, secret: Uint8Array): KeyObject {
  if (secret.length !== 32) throw new RangeError(`a secret of ${secret.length} bytes where 32 belong`);
  return createPrivateKey(pem("PRIVATE KEY", privatePrefix[curve], secret));
}

/** The key object of 32 public bytes, which the caller has counted. */
export function publicKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  return createPublicKey(pem("PUBLIC KEY", publicPrefix[curve], bytes));
}

/** The 32 public bytes that belong to a private key object. */
export function publicBytesOf(privateKey: KeyObject): Uint8Array {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return Uint8Array.from(Buffer.from(x, "base64url"));
}

// PEM (RFC 7468) is the form that node takes as a string. Given an object or bytes, as for DER, JWK or a bare key, it
// first throws and catches an error for every kind of key object that they are not: 24 µs a public key against 8.
function pem(label: string, prefix: Uint8Array, key: Uint8Array): string {
  const der = concatBytes(prefix, key);
  const base64 = Buffer.from(der.buffer).toString("base64");
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}
