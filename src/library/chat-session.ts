// The public face of a client: what `connect()` gives. Types only.

import type { ClientEvent, Paths, SentMessage, TableEntry } from "#client";

/** What came of `send`: accepted with an id, or why not. */
export type SendOutcome =
  | { readonly kind: "accepted"; readonly messageId: Uint8Array }
  | { readonly kind: "noSuchClient" }
  | { readonly kind: "tooLong"; readonly bytes: number }
  /** Too much waits for the server to say who is meant. */
  | { readonly kind: "tooMany" }
  | { readonly kind: "offline" };

/** What came of `trust`; `asked` where the server is asked who that is, which ends in `nothingToAccept`, `unknownName` or
 * `serverSilent`, or without a word as what was held goes on. */
export type TrustOutcome = "accepted" | "asked" | "nothingToAccept" | "noSuchClient" | "tooMany" | "offline";

/** What came of a post: accepted with an id, or why not. */
export type PostOutcome =
  | { readonly kind: "accepted"; readonly messageId: Uint8Array }
  | { readonly kind: "tooLong"; readonly bytes: number }
  | { readonly kind: "notInGroup" }
  | { readonly kind: "offline" };

/** A client that is, or tries to be, registered with one server. Events come once each, in order, by iterating it. */
export interface ChatSession extends AsyncIterable<ClientEvent> {
  readonly name: string;
  /** Accepts a message of up to 65,536 bytes of UTF-8 for the person of that name; its verdict comes as `messageEnded`,
   * or `unknownName` where the server had to be asked and knows nobody of that name. */
  send(to: string, text: string): SendOutcome;
  /** Messages and posts accepted whose verdict was not told, those held for `trust` left out; each `trust` that was `asked`;
   * and whatever was asked about groups. */
  readonly pending: number;
  /** The client table, ourselves included, in the order of names. */
  table(): readonly TableEntry[];
  /** Whether the name stands in the table or among the pins. */
  knows(name: string): boolean;
  /** Accepts the changed key of a name. */
  trust(name: string): TrustOutcome;
  /** The group we are in, as it was made. */
  readonly group: string | undefined;
  /** Makes a group, without entering it: `groupCreated`, `groupExists` or `requestRefused`. RangeError, here and below, for
   * a name that no group can have. Whatever is asked from here on may be refused, or end in `serverSilent`, too. */
  createGroup(group: string): void;
  /** Ends in `groupsListed`. */
  listGroups(): void;
  /** Enters a group: `groupEntered`, `groupMissing` or `requestRefused`. */
  joinGroup(group: string): void;
  /** Ends in `groupLeft`; does nothing outside of groups. */
  leaveGroup(): void;
  /** Ends in `membersListed`; does nothing outside of groups. */
  listMembers(): void;
  /** Says something to everybody in our group: `postTaken` or `requestRefused`. */
  sendGroup(text: string): PostOutcome;
  /** Says something to everybody, also to those who are away: `postTaken` or `requestRefused`. */
  sendAll(text: string): PostOutcome;
  /** The address of the server, numeric. */
  readonly serverAddress: string;
  /** How the paths in use have been: to the server, and to people with whom a session is open. */
  paths(): Paths;
  /** Messages and posts accepted so far. */
  readonly sentCount: number;
  /** What became of one of them, by its number from 1 on, or of the last; undefined for one that is not remembered. */
  sentMessage(number?: number): SentMessage | undefined;
  /** Goes offline with the server's acknowledgement; ends in `deregistered` or `serverSilent`. */
  deregister(): void;
  /** Comes back after `deregister`; ends in `registered`, `nameTaken` or `serverSilent`. */
  register(): void;
  /** Tells server and peers goodbye without waiting, and frees socket and profile. Idempotent; the iteration ends. */
  close(): Promise<void>;
}
