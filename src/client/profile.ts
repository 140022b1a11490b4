// The profile port: what a client asks of whatever keeps its identity, pins, outbox and history (SQLite, memory).
// Pure: types only. Operations handed over together are carried out in their order, all or none of them, and survive a
// killed process before their results come back (PROTOCOL §9.2).

/** The secrets a profile was made with. */
export interface Identity {
  /** Ed25519 seed of the person, 32 bytes. */
  readonly personSeed: Uint8Array;
  /** X25519 secret of this device's Noise static key, 32 bytes. */
  readonly deviceSecret: Uint8Array;
  /** 16 random bytes. */
  readonly deviceId: Uint8Array;
}

/** What mail to this device is sealed to. */
export interface MailKey {
  /** X25519 secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** Wall-clock ms when it was made. */
  readonly createdAtMs: number;
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

/** The channel of a post to everybody; a group's is its name, which this cannot be. */
export const EVERYBODY = "*";

/** A message of somebody else's. */
export interface IncomingRecord {
  /** Where it was said: undefined for a text to us alone, EVERYBODY, or a group's name. Texts to us alone have epochs and
   * numbers, posts have zeros there. */
  readonly channel: string | undefined;
  /** For mail: the wall-clock ms that it is shown with. */
  readonly mailedAtMs: number | undefined;
  readonly messageId: Uint8Array;
  readonly fromName: string;
  readonly fromKey: Uint8Array;
  readonly epoch: Uint8Array;
  readonly number: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly text: string;
}

/** A post of our own, to everybody (EVERYBODY) or a group, taken by the server. */
export interface SentRecord {
  readonly messageId: Uint8Array;
  readonly channel: string;
  /** Wall-clock ms when it was typed. */
  readonly sentAtMs: number;
  readonly text: string;
}

/** How an outgoing message ended. After `saved` and `exists` the server has it for its recipient: it is *kept* until the
 * receipt comes or it is too old. */
export type OutgoingEnd = "received" | "notDelivered" | "saved" | "exists" | "refused";

/** A message of ours that ended and waits for its receipt. */
export interface KeptRecord extends OutgoingRecord {
  readonly end: "saved" | "exists";
}

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
  /** Takes a message out of the outbox; the history keeps it with its end. `missing` if it has ended before. One that is
   * `saved` or `exists` is kept from then on. */
  | { readonly kind: "endOutgoing"; readonly messageId: Uint8Array; readonly end: OutgoingEnd; readonly atMs: number }
  /** The receipt of a kept message has come, or it is too old: it is kept no longer. `missing` if it is not kept. */
  | {
      readonly kind: "endKept";
      readonly messageId: Uint8Array;
      readonly end: "received" | "expired";
      readonly atMs: number;
    }
  /** Puts a post of ours into the history. `duplicate`, and no change, if its id is there. */
  | { readonly kind: "putSent"; readonly message: SentRecord }
  /** Makes a mail key the current one. `duplicate`, and no change, if its secret is there. */
  | { readonly kind: "putMailKey"; readonly mailKey: MailKey }
  /** Forgets a mail key for good. `missing` if it is not there. */
  | { readonly kind: "dropMailKey"; readonly secret: Uint8Array }
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
  /** Messages of ours that the server has, and whose receipt has not come, in the order typed. */
  readonly kept: readonly KeptRecord[];
  /** In the order made, the current one last; none at the first start. */
  readonly mailKeys: readonly MailKey[];
  /** The highest number used per recipient in `epoch`. */
  readonly lastNumbers: readonly { readonly toKey: Uint8Array; readonly number: number }[];
  /** Stored messages that were never shown, in the order stored. */
  readonly unshown: readonly IncomingRecord[];
  readonly progress: readonly IncomingProgress[];
}

/** The port. `apply` commits a batch before it returns, so that what waits for it happens in the same turn; it throws,
 * having changed nothing, when the batch could not be committed. */
export interface Profile {
  load(): ProfileState;
  apply(operations: readonly ProfileOperation[]): readonly ProfileResult[];
  /** Notes a clean end and lets go of the profile. */
  close(): void;
}
