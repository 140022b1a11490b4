// What an endpoint is made with, asked for and looked at. Pure: types only. PROTOCOL §7.

import { type KeyPair } from "#crypto";
import { type Address, type LocalSessionId } from "#wire";

import { type Purpose } from "./constants.ts";
import { type Observer } from "./observer.ts";

export interface EndpointOptions {
  readonly staticKey: KeyPair;
  /** What may be asked of us. */
  readonly purposes: readonly Purpose[];
  /** Whether callers that do not know our key are answered: servers yes, clients no. */
  readonly answersStrangers: boolean;
  readonly mostSessions: number;
  readonly mostHalfOpen: number;
  /** Bytes that all sessions may hold beyond their first credit. */
  readonly creditBytes: number;
  /** What our application says of itself in a handshake; at most LONGEST_APPLICATION_PAYLOAD bytes. */
  readonly application: (purpose: Purpose) => Uint8Array;
  /** Who is let in: asked by the caller before it shows its own key, by the called before a session opens. */
  readonly accepts: (remote: Remote) => boolean;
  /** The age at which the keys of a session that we opened are renewed, ms; RENEW_AFTER_MS unless given. */
  readonly renewAfterMs?: number | undefined;
  /** What our own interface takes on the way to an address, if that is known. */
  readonly mtuTowards?: MtuTowards | undefined;
  /** Who watches, if anybody. */
  readonly observer?: Observer | undefined;
}

/** The MTU of the interface that leads to an address, bytes; undefined where it is not known. */
export type MtuTowards = (to: Address) => number | undefined;

export interface Remote {
  readonly opener: "us" | "them";
  readonly purpose: Purpose;
  readonly key: Uint8Array;
  readonly application: Uint8Array;
  readonly address: Address;
}

export interface Call {
  readonly to: Address;
  readonly purpose: Purpose;
  /** The key that must answer; undefined where it is not known, then `accepts` alone decides. */
  readonly expectedKey?: Uint8Array | undefined;
  /** For how long to try, ms. */
  readonly forMs: number;
  /** The session that the new one is to take the place of. */
  readonly replaces?: LocalSessionId | undefined;
}

/** Sizes of an endpoint that must stay bounded, for checkers. */
export interface EndpointSizes {
  readonly sessions: number;
  readonly halfOpen: number;
  readonly openings: number;
  readonly calls: number;
  readonly creditLeft: number;
}

/** Facts about a session that its application decides by. Times in monotonic ms. */
export interface SessionView {
  readonly address: Address;
  /** When the last authentic packet came in. */
  readonly heardAt: number;
  /** When the newest packet left that the other side has acknowledged; −∞ before the first. */
  readonly answeredAt: number;
  readonly probeTimeoutMs: number;
  readonly queuedBytes: number;
}

/** How a session's path has been so far, for people. */
export interface PathView {
  readonly address: Address;
  /** Smoothed; undefined before the first measurement of this path. */
  readonly roundTripMs: number | undefined;
  /** Packets of the session that asked for an answer, … */
  readonly packetsSent: number;
  /** … and of them those that were taken for lost. */
  readonly packetsLost: number;
  /** Parts of messages that left again. */
  readonly partsRepeated: number;
  /** A datagram on this path at its largest. */
  readonly datagramBytes: number;
}
