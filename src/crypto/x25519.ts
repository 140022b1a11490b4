// Agreeing on a secret: X25519 (RFC 7748). Deterministic, over node:crypto.

import type { KeyObject } from "node:crypto";
import { diffieHellman } from "node:crypto";

import { toHex } from "#bytes";

import { privateKeyOf, publicBytesOf, publicKeyOf } from "./okp-key.ts";
import { plainBytes } from "./plain-bytes.ts";
import { Recent } from "./recent.ts";

/** Bytes of a public key, of a secret and of what two agree on. */
export const KEY_BYTES = 32;

/** Public keys of others that are kept as key objects. */
const MOST_KNOWN = 64;
/** Secrets that a key pair remembers. */
const MOST_AGREED = 16;

/** A secret and its public half. The secret itself does not come out again. */
export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32-byte secret shared with the owner of `theirs`; undefined where `isUsablePublicKey` says no. Never throws. */
  agree(theirs: Uint8Array): Uint8Array | undefined;
  /** As `agree`, for two keys that both stay: remembers the last few secrets, which are not to be changed. */
  agreeAgain(theirs: Uint8Array): Uint8Array | undefined;
}

// Every u-coordinate of small order, the two that are not reduced (p, p + 1) among them. With one of them the shared
// secret is all zeros whatever our secret is, so looking it up is the check of RFC 7748 §6.1 before the work.
const smallOrder: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** The key pair of a 32-byte secret; another length throws RangeError. Costs as much as an agreement: keep it. */
export function x25519KeyPair(secret: Uint8Array): KeyPair {
  const privateKey = privateKeyOf("X25519", secret);
  const agree = (theirs: Uint8Array): Uint8Array | undefined => {
    const publicKey = usableKey(theirs);
    return publicKey && plainBytes(diffieHellman({ privateKey, publicKey }));
  };
  let agreed: Recent<Uint8Array> | undefined;
  return {
    publicKey: publicBytesOf(privateKey),
    agree,
    agreeAgain: (theirs) => {
      agreed ??= new Recent(MOST_AGREED);
      return agreed.get(toHex(theirs), () => agree(theirs));
    },
  };
}

/** Whether bytes are an X25519 public key with which a secret can be shared: 32 of them, and not of small order. */
export function isUsablePublicKey(bytes: Uint8Array): boolean {
  return bytes.length === KEY_BYTES && !smallOrder.has(canonical(bytes));
}

// A handshake agrees twice with each key of the other side, and with its static key every time anew: making the key
// object is a quarter of the work of an agreement.
const known = new Recent<KeyObject>(MOST_KNOWN);

function usableKey(bytes: Uint8Array): KeyObject | undefined {
  if (bytes.length !== KEY_BYTES) return undefined;
  const id = canonical(bytes);
  return known.get(id, () => (smallOrder.has(id) ? undefined : publicKeyOf("X25519", bytes)));
}

function canonical(bytes: Uint8Array): string {
  const masked = bytes.slice();
  masked[31] = (bytes[31] as number) & 0x7f; // X25519 ignores the highest bit (RFC 7748 §5).
  return toHex(masked);
}
