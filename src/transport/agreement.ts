// What the two sides of a finished handshake agreed on: the end of a call, ours or theirs. Pure. PROTOCOL §3, §7.3.

import { type Purpose } from "./constants.ts";
import { type SessionStart } from "./session-start.ts";
import { type SiblingClaim } from "./siblings.ts";
import { type TransportEvent } from "./transport-event.ts";

/** A session that may open: our call after message 2, theirs after message 3. */
export interface Agreement {
  readonly start: SessionStart;
  readonly purpose: Purpose;
  /** What the other side's application said of itself. */
  readonly application: Uint8Array;
  readonly claim: SiblingClaim;
}

/** The event that tells of it. */
export function sessionOpened({ start, purpose, application }: Agreement): TransportEvent {
  const { id, isOpener, remoteKey, remoteId, instance, resetToken, handshakeHash, address } = start;
  return {
    kind: "sessionOpened",
    session: id,
    purpose,
    opener: isOpener ? "us" : "them",
    remoteKey,
    instance,
    application,
    address,
    remoteId,
    resetToken,
    handshakeHash,
  };
}
