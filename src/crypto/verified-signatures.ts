// Signatures found valid before are not computed again: certificates come with every handshake. Deterministic.

import { toHex } from "#bytes";

import { verifySignature } from "./ed25519.ts";
import { sha256 } from "./hash.ts";

/** A memory of at most `most` valid signatures, the oldest forgotten first; what is invalid is not remembered. */
export class VerifiedSignatures {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** As `verifySignature`: never throws, whatever the bytes. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    // Key and signature have fixed lengths where they are valid, so that nothing can be shifted between the parts.
    const id = toHex(sha256(publicKey, signature, message));
    if (this.#known.has(id)) return true;
    if (!verifySignature(publicKey, message, signature)) return false;
    this.#known.add(id);
    if (this.#known.size > this.#most) {
      const [oldest] = this.#known;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return true;
  }
}
