// What a client tells its application, as data in the order it happened. Pure: types only.

/** One line of the client table. */
export interface TableEntry {
  readonly name: string;
  /** Numeric address and port as the server announces them; undefined while it knows none. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  readonly isOnline: boolean;
  readonly isSelf: boolean;
}

export type ClientEvent =
  /** The server has registered us: at the start, and after `register`. Not after a silent reconnection. */
  | { readonly kind: "registered"; readonly hasMailbox: boolean }
  /** The client table has changed (gathered: at most five of these a second). */
  | { readonly kind: "tableUpdated" }
  /** A message to show; `text` is as its sender typed it and may hold anything. `sentAtMs` is the sender's wall clock;
   * `isLate` marks one that comes after others of its sender were shown without it; `mailedAtMs` is the time to show mail
   * with: that of sending, or of arrival at the server where that cannot be. */
  | {
      readonly kind: "messageReceived";
      readonly from: string;
      readonly messageId: Uint8Array;
      readonly text: string;
      readonly sentAtMs: number;
      readonly isLate: boolean;
      readonly mailedAtMs: number | undefined;
    }
  /** Mail follows that came while we were away. */
  | { readonly kind: "mailBegan" }
  /** A text came while we are in a group: it is stored and acknowledged, and told when we leave. */
  | { readonly kind: "privateKept"; readonly from: string }
  /** The recipient was silent: the server is asked to keep the message. */
  | { readonly kind: "messageMailed"; readonly to: string; readonly messageId: Uint8Array }
  /** The one final verdict on a message of ours; `reason` says why the server refused it. One that `exists` at the server
   * may be `received` later. */
  | {
      readonly kind: "messageEnded";
      readonly to: string;
      readonly messageId: Uint8Array;
      readonly end: "received" | "notDelivered" | "saved" | "exists" | "refused";
      readonly reason: string | undefined;
    }
  /** A message of ours that was saved has been collected by its recipient. */
  | { readonly kind: "mailCollected"; readonly to: string; readonly messageId: Uint8Array; readonly sentAtMs: number }
  /** The server has a post of ours: to a group, or to everybody (`group` undefined). */
  | { readonly kind: "postTaken"; readonly group: string | undefined; readonly messageId: Uint8Array }
  /** A post to show; `mailedAtMs` as for texts. */
  | {
      readonly kind: "postReceived";
      readonly group: string | undefined;
      readonly from: string;
      readonly messageId: Uint8Array;
      readonly text: string;
      readonly sentAtMs: number;
      readonly mailedAtMs: number | undefined;
    }
  /** What was asked about groups, answered. Names are as they were registered, in `groupMissing` as typed. */
  | {
      readonly kind: "groupCreated" | "groupExists" | "groupEntered" | "groupMissing" | "groupLeft";
      readonly group: string;
    }
  | { readonly kind: "groupsListed"; readonly groups: readonly string[] }
  | { readonly kind: "membersListed"; readonly group: string; readonly members: readonly string[] }
  /** The server has put us out of the group. */
  | { readonly kind: "removedFromGroup"; readonly group: string }
  /** The server declined something that was asked, or a post; nothing was done. */
  | { readonly kind: "requestRefused"; readonly reason: string; readonly messageId: Uint8Array | undefined }
  /** The person's key is not the pinned one; the message is held until `trust`, or nothing was sent (no `messageId`). */
  | { readonly kind: "keyChanged"; readonly name: string; readonly messageId: Uint8Array | undefined }
  /** Nobody has the name that a message (`messageId`) or a `trust` was for: the server was asked, as our table is not the
   * whole one. `name` as it was typed. */
  | { readonly kind: "unknownName"; readonly name: string; readonly messageId: Uint8Array | undefined }
  /** The server said who the name is that was to be trusted, and its key has not changed. */
  | { readonly kind: "nothingToAccept"; readonly name: string }
  /** The server was silent for a request's whole time; `kept` messages stay in the outbox. */
  | { readonly kind: "serverSilent"; readonly kept: number }
  /** We are offline, as asked. */
  | { readonly kind: "deregistered" }
  /** Registration failed for good: the name belongs to another key or its owner is here. */
  | { readonly kind: "nameTaken"; readonly name: string }
  /** The server declined to register us. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The server's identity is not the one pinned for its address; fingerprints to show. */
  | { readonly kind: "serverChanged"; readonly pinned: string; readonly shown: string }
  /** The server speaks no version of the protocol that we speak. */
  | { readonly kind: "versionUnknown"; readonly theirs: readonly number[] }
  /** The profile could not be written; the client stops. */
  | { readonly kind: "profileFailed"; readonly reason: string };
