// What a client is made with, and what it says to a wish to send. Pure: types only.

import { type Dice } from "#crypto";
import { type MtuTowards, type Observer } from "#transport";
import { type Address } from "#wire";

import { type ProfileState } from "./profile.ts";

export interface ClientOptions {
  /** As it is to be registered: a usable name. */
  readonly name: string;
  readonly server: Address;
  /** The server as its user typed it; what its identity is pinned to. */
  readonly serverName: string;
  readonly profile: ProfileState;
  readonly dice: Dice;
  /** Wall clock minus monotonic clock, ms. */
  readonly wallOffsetMs: number;
  /** Silence that makes a verdict, ms. */
  readonly ackTimeoutMs: number;
  /** Whether a server that is not the pinned one is accepted, and pinned. */
  readonly acceptsNewServer: boolean;
  /** The only fingerprint that a server may have. */
  readonly fingerprint?: string | undefined;
  /** Our own addresses that we tell the server of. */
  readonly claimed: readonly Address[];
  /** The age at which the keys of a session that we opened are renewed, ms, unless it is the usual one. */
  readonly renewAfterMs?: number | undefined;
  /** What our own interface takes on the way to an address, if that is known. */
  readonly mtuTowards?: MtuTowards | undefined;
  /** Who watches what is sent and received, if anybody. */
  readonly observer?: Observer | undefined;
}

/** What came of a wish to send. */
export type SendResult =
  | { readonly kind: "accepted"; readonly messageId: Uint8Array }
  | { readonly kind: "noSuchClient" }
  | { readonly kind: "tooLong"; readonly bytes: number }
  /** Too much waits for the server to say who is meant. */
  | { readonly kind: "tooMany" }
  | { readonly kind: "offline" };

/** What came of a wish to say something to our group or to everybody. */
export type PostResult =
  | { readonly kind: "accepted"; readonly messageId: Uint8Array }
  | { readonly kind: "tooLong"; readonly bytes: number }
  | { readonly kind: "notInGroup" }
  | { readonly kind: "offline" };

/** What came of a wish to trust a name; `asked` where the server is asked who that is: it ends in `nothingToAccept`,
 * `unknownName` or `serverSilent`, or without a word as what was held goes on. */
export type TrustResult = "accepted" | "asked" | "nothingToAccept" | "noSuchClient" | "tooMany" | "offline";
