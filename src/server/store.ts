// The store port: what the server asks of whatever keeps its books (SQLite, memory, later a cluster). Pure: types only.
// Operations are data. Those handed over together are carried out in their order, all or none of them, and durable
// before their results come back; a result says what a single operation found (PROTOCOL §8.5).

import { type Address } from "#wire";

import { type KeptBooks, type KeptOperation, type KeptResult } from "./kept-records.ts";

/** Somebody whose name is in the books. */
export interface PersonRecord {
  /** Ed25519 public key, 32 bytes: who the person is. */
  readonly personKey: Uint8Array;
  /** The name as it was registered. */
  readonly name: string;
  /** What two names have in common when they are the same name. */
  readonly nameKey: string;
  /** The encoded device certificate last registered with. */
  readonly device: Uint8Array;
  /** Wall-clock ms of the first registration of this name by this key. */
  readonly firstSeenMs: number;
  /** Wall-clock ms when the person was last known to be here. */
  readonly lastSeenMs: number;
  /** Where the person was last known to be here; undefined if it never was. */
  readonly address: Address | undefined;
}

/** The session, one a person, that a restarted server would have to give up: who is expected back, whom to tell, and the
 * token that proves who tells. */
export interface SessionRecord {
  /** Ed25519 public key, 32 bytes: for whom the session speaks. */
  readonly personKey: Uint8Array;
  /** The session id that the client chose, 4–20 bytes. */
  readonly clientSessionId: Uint8Array;
  /** Numeric IPv4 or IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** 16 bytes (PROTOCOL §3.8). */
  readonly resetToken: Uint8Array;
}

export type StoreOperation =
  | KeptOperation
  /** Gives a name to a person key, replacing that key's record and name if it has one. `conflict` and no change if the
   * name belongs to another key. */
  | { readonly kind: "putPerson"; readonly person: PersonRecord }
  /** Forgets whoever has the name, and how far that person has posted; `missing` if nobody has. */
  | { readonly kind: "removeName"; readonly nameKey: string }
  /** Notes when somebody was last here, and where unless `address` is left out; `missing` for a key without a record. */
  | {
      readonly kind: "touchPerson";
      readonly personKey: Uint8Array;
      readonly lastSeenMs: number;
      readonly address?: Address;
    }
  /** Puts the session of that person in the place of the one it had. */
  | { readonly kind: "putSession"; readonly session: SessionRecord }
  /** Forgets the session of that person; `missing` if it has none. */
  | { readonly kind: "removeSession"; readonly personKey: Uint8Array }
  /** Notes that the server is alive; bounds how old the sessions in the books can be. */
  | { readonly kind: "noteAlive"; readonly atMs: number };

/** What one operation found. */
export type StoreResult = "done" | "conflict" | "missing" | "full" | KeptResult;

/** Everything a starting server reads. */
export interface Books extends KeptBooks {
  readonly persons: readonly PersonRecord[];
  readonly sessions: readonly SessionRecord[];
  /** Wall-clock ms of the last `noteAlive`; 0 if there was none. */
  readonly aliveMs: number;
}

/** The port. `apply` rejects, having changed nothing, when the batch could not be made durable. */
export interface ServerStore {
  load(): Books;
  apply(operations: readonly StoreOperation[]): Promise<readonly StoreResult[]>;
  close(): void;
}
