// A server's keys, from the one seed that its host keeps. Deterministic. PROTOCOL §8.1.

import { deriveKey, type KeyPair, type SigningKey, signingKey, x25519KeyPair } from "#crypto";

export interface ServerKeys {
  /** What clients pin and what certifies names. */
  readonly identity: SigningKey;
  /** What the server answers handshakes with. */
  readonly staticKey: KeyPair;
}

/** The keys of a 32-byte seed: the same each time, and neither tells the other. */
export function serverKeys(seed: Uint8Array): ServerKeys {
  return {
    identity: signingKey(deriveKey(seed, "udpchat server identity")),
    staticKey: x25519KeyPair(deriveKey(seed, "udpchat server static")),
  };
}
