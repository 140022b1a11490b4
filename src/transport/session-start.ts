// What a handshake hands to the session that it opens. Pure. PROTOCOL §3.

import { concatBytes } from "#bytes";
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

/** What a session keeps of its start all its life, in one piece of memory: each of its own would cost 100 bytes more. */
export function packed(
  start: SessionStart,
): Pick<SessionStart, "remoteId" | "remoteKey" | "instance" | "resetToken" | "handshakeHash"> {
  const { remoteId, remoteKey, instance, resetToken, handshakeHash } = start;
  const all = concatBytes(remoteId, remoteKey, instance, resetToken, handshakeHash);
  let at = 0;
  const next = (part: Uint8Array): Uint8Array => all.subarray(at, (at += part.length));
  return {
    remoteId: next(remoteId),
    remoteKey: next(remoteKey),
    instance: next(instance),
    resetToken: next(resetToken),
    handshakeHash: next(handshakeHash),
  };
}
