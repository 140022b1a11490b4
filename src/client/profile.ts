// The profile port: what a client asks of whatever keeps its identity, pins, outbox and history (SQLite, memory).
// Pure: types only. Operations handed over together are carried out in their order, all or none of them, and survive a
// killed process before their results come back (PROTOCOL §9.2).

/** The secrets a profile was made with. */
export interface Identity {
  /** Ed25519 seed of the person, 32 bytes. */
  readonly personSeed: Uint8Array;
  /** X25519 secret of this device's Noise static key, 32 bytes. */
  readonly deviceSecret: Uint8Array;
  /** X25519 secret of this device's current mail key, 32 bytes. */
  readonly mailSecret: Uint8Array;
  /** 16 random bytes. */
  readonly deviceId: Uint8Array;
}

/** The person key that a name was first met with. */
export interface PersonPin {
  readonly nameKey: string;
  readonly name: string;
  readonly personKey: Uint8Array;
}

/** The identity that a server address was first met with. */
export interface ServerPin {
  /** `<address>:<port>` as it was asked for. */
  readonly address: string;
  /** Ed25519 public key of the server, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** The Noise static key it last showed, 32 bytes. */
  readonly staticKey: Uint8Array;
}

/** A message of our own. `messageId` 16 bytes, `epoch` 8 bytes. */
export interface OutgoingRecord {
  readonly messageId: Uint8Array;
  readonly toName: string;
  /** The recipient's person key; a message to a name that later changes hands stays bound to it. */
  readonly toKey: Uint8Array;
  readonly epoch: Uint8Array;
  /** 1, 2, 3, … for each recipient and epoch. */
  readonly number: number;
  /** Wall-clock ms when it was typed. */
  readonly sentAtMs: number;
  readonly text: string;
}

/** A message of somebody else's. */
export interface IncomingRecord {
  readonly messageId: Uint8Array;
  readonly fromName: string;
  readonly fromKey: Uint8Array;
  readonly epoch: Uint8Array;
  readonly number: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly text: string;
}

/** How an outgoing message ended. */
export type OutgoingEnd = "received" | "notDelivered";

/** How far one sender's messages of one epoch have come. */
export interface IncomingProgress {
  readonly fromKey: Uint8Array;
  readonly epoch: Uint8Array;
  /** The lowest number that is still awaited; all below were shown or given up. */
  readonly next: number;
}

export type ProfileOperation =
  | { readonly kind: "pinPerson"; readonly pin: PersonPin }
  | { readonly kind: "pinServer"; readonly pin: ServerPin }
  /** Puts a message into the outbox and the history. */
  | { readonly kind: "putOutgoing"; readonly message: OutgoingRecord }
  /** Takes a message out of the outbox; the history keeps it with its end. `missing` if it has ended before. */
  | { readonly kind: "endOutgoing"; readonly messageId: Uint8Array; readonly end: OutgoingEnd; readonly atMs: number }
  /** Puts a message into the history, shown or not yet. `duplicate`, and no change, if sender and id are there. */
  | { readonly kind: "putIncoming"; readonly message: IncomingRecord; readonly isShown: boolean }
  /** Marks a stored message as shown; committed before it is shown. `missing` if it is not there or was shown. */
  | { readonly kind: "markShown"; readonly fromKey: Uint8Array; readonly messageId: Uint8Array }
  | { readonly kind: "putProgress"; readonly progress: IncomingProgress }
  /** Forgets how far that sender's messages of that epoch have come. `missing` if nothing is known of it. */
  | { readonly kind: "dropProgress"; readonly fromKey: Uint8Array; readonly epoch: Uint8Array };

export type ProfileResult = "done" | "duplicate" | "missing";

/** Everything a starting client reads. */
export interface ProfileState {
  readonly identity: Identity;
  /** The outbox epoch to number new messages in, 8 bytes: a new one when the profile was made or not closed cleanly. */
  readonly epoch: Uint8Array;
  readonly personPins: readonly PersonPin[];
  readonly serverPins: readonly ServerPin[];
  /** Messages of ours that have not ended, in the order typed. */
  readonly outbox: readonly OutgoingRecord[];
  /** The highest number used per recipient in `epoch`. */
  readonly lastNumbers: readonly { readonly toKey: Uint8Array; readonly number: number }[];
  /** Stored messages that were never shown, in the order stored. */
  readonly unshown: readonly IncomingRecord[];
  readonly progress: readonly IncomingProgress[];
}

/** The port. `apply` rejects, having changed nothing, when the batch could not be committed. */
export interface Profile {
  load(): ProfileState;
  apply(operations: readonly ProfileOperation[]): Promise<readonly ProfileResult[]>;
  /** Notes a clean end and lets go of the profile. */
  close(): void;
}
