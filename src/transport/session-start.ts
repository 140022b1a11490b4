// What a handshake hands to the session that it opens. Pure: types only. PROTOCOL §3.

import { type KeyPair, type SessionKeys } from "#crypto";
import { type Address, type LocalSessionId } from "#wire";

/** What a finished handshake leaves behind. */
export interface SessionStart {
  readonly id: LocalSessionId;
  readonly remoteId: Uint8Array;
  readonly isOpener: boolean;
  readonly keys: SessionKeys;
  readonly staticKey: KeyPair;
  readonly remoteKey: Uint8Array;
  readonly instance: Uint8Array;
  readonly resetToken: Uint8Array;
  readonly handshakeHash: Uint8Array;
  readonly address: Address;
  /** The round trip that the handshake measured, ms; undefined where it cannot tell. */
  readonly roundTripMs: number | undefined;
  /** The opener's third message, repeated until something authentic comes back. */
  readonly message3: Uint8Array | undefined;
}
