// What an endpoint tells whoever it works for, in the order it happened. Pure: types only. PROTOCOL §7.

import { type Address, type LocalSessionId } from "#wire";

import { type Purpose } from "./constants.ts";

/** Why a session is no more. `peer`: the other side closed it, with its code; `broken`: the other side broke the
 * protocol, and was told so with the code. */
export type SessionEnd =
  | { readonly by: "us" | "idle" | "reset" | "superseded" }
  | { readonly by: "peer" | "broken"; readonly code: number; readonly reason: string };

export type TransportEvent =
  /** A session opened: by us after message 2, by them after message 3. */
  | {
      readonly kind: "sessionOpened";
      readonly session: LocalSessionId;
      readonly purpose: Purpose;
      readonly opener: "us" | "them";
      readonly remoteKey: Uint8Array;
      /** 8 bytes, the same for the life of the other endpoint. */
      readonly instance: Uint8Array;
      /** What the other side's application said of itself in the handshake. */
      readonly application: Uint8Array;
      readonly address: Address;
      /** The other side's id of the session, and the token with which its forgetting would be proven. */
      readonly remoteId: Uint8Array;
      readonly resetToken: Uint8Array;
      readonly handshakeHash: Uint8Array;
    }
  /** `connect` came to nothing. */
  | { readonly kind: "connectFailed"; readonly session: LocalSessionId; readonly why: ConnectFailure }
  | {
      readonly kind: "messageReceived";
      readonly session: LocalSessionId;
      readonly lane: number;
      readonly bytes: Uint8Array;
    }
  /** Nothing answered UNANSWERED_PROBES probe timeouts in a row; once until something is answered. */
  | { readonly kind: "sessionUnanswered"; readonly session: LocalSessionId }
  /** A session that was unanswered has been answered. */
  | { readonly kind: "sessionAnswered"; readonly session: LocalSessionId }
  | { readonly kind: "sessionMoved"; readonly session: LocalSessionId; readonly address: Address }
  /** The other side sees us at that address; told when it changes. */
  | { readonly kind: "addressObserved"; readonly session: LocalSessionId; readonly address: Address }
  /** `superseded`: another session of the two took its place, and what was not acknowledged end to end moves over to that
   * one. Messages that were on their way may still come on this one, after it was said to have ended. */
  | { readonly kind: "sessionEnded"; readonly session: LocalSessionId; readonly end: SessionEnd }
  /** Somebody at that address answered a probe with its token. */
  | { readonly kind: "probeAnswered"; readonly token: Uint8Array; readonly from: Address };

export type ConnectFailure =
  /** Nothing that is any use came in the given time. */
  | { readonly kind: "silence" }
  /** Who answered is not who was expected; nothing more was sent. */
  | { readonly kind: "rejected"; readonly remoteKey: Uint8Array; readonly application: Uint8Array }
  /** Only answers in versions that we do not speak came. */
  | { readonly kind: "versions"; readonly theirs: readonly number[] };
