// What the books keep for others: letters and receipts that nobody here can open, posts, groups. Pure: types only.
// PROTOCOL §8.7, §8.8. Keys are Ed25519 public keys of persons, 32 bytes. Numbers come from one counter, which is never
// set back, and are the order in which the server took things. Times are wall-clock ms.

/** A sealed envelope for somebody who did not answer or was away. */
export interface LetterRecord {
  readonly number: number;
  readonly toKey: Uint8Array;
  readonly fromKey: Uint8Array;
  /** 16 bytes; the same message is kept once for each sender. */
  readonly messageId: Uint8Array;
  readonly arrivedMs: number;
  readonly envelope: Uint8Array;
}

/** A sealed receipt on its way back to the sender of a letter. */
export interface ReceiptRecord {
  readonly number: number;
  readonly toKey: Uint8Array;
  /** Who collected the letter. */
  readonly fromKey: Uint8Array;
  readonly arrivedMs: number;
  readonly envelope: Uint8Array;
}

/** What somebody said to a group, or to everybody. */
export interface PostRecord {
  readonly number: number;
  /** What names of the group have in common; undefined for a post to everybody. */
  readonly groupKey: string | undefined;
  readonly fromKey: Uint8Array;
  readonly fromName: string;
  /** 16 bytes. */
  readonly messageId: Uint8Array;
  /** The sender's own count of posts: 8 bytes, and a number that rises within them. */
  readonly epoch: Uint8Array;
  readonly ownNumber: number;
  readonly sentAtMs: number;
  readonly arrivedMs: number;
  readonly scheme: number;
  readonly keyEpoch: number;
  readonly content: Uint8Array;
  /** Members that owe an acknowledgement when it is taken; empty for a post to everybody. */
  readonly owedBy: readonly Uint8Array[];
}

export interface GroupRecord {
  readonly groupKey: string;
  /** As it was made. */
  readonly name: string;
  readonly creatorKey: Uint8Array;
  /** When it was made, entered or left last. */
  readonly usedMs: number;
}

/** The group a person is in: one at most. */
export interface MemberRecord {
  readonly groupKey: string;
  readonly personKey: Uint8Array;
}

/** The highest number of an epoch that was taken as a person's post; of MOST_POST_EPOCHS epochs, those last posted in. */
export interface PostedRecord {
  readonly personKey: Uint8Array;
  readonly epoch: Uint8Array;
  readonly ownNumber: number;
  /** When the last post in it arrived. */
  readonly atMs: number;
}

/** Epochs of one person whose numbers are remembered. */
export const MOST_POST_EPOCHS = 16;

/** How much mail may lie here, bytes: each item counts its content and MAIL_OVERHEAD_BYTES. */
export interface MailBounds {
  /** For one recipient, letters and receipts together. */
  readonly mailboxBytes: number;
  /** Of it, from one sender. */
  readonly senderBytes: number;
  /** Of it, from senders together to whom the recipient has not written: never had a letter kept, or not since what
   * `dropOld` last forgot, or to MOST_CORRESPONDENTS others since. */
  readonly strangerBytes: number;
  /** For all recipients. */
  readonly allBytes: number;
}

/** Persons of whom is remembered that one person wrote to them, the last ones. */
export const MOST_CORRESPONDENTS = 1024;

/** What an item weighs beside its envelope or content. */
export const MAIL_OVERHEAD_BYTES = 512;

/** Something in a mailbox, as it is read. */
export type KeptItem =
  | { readonly kind: "letter"; readonly letter: LetterRecord }
  | { readonly kind: "post"; readonly post: PostRecord }
  | { readonly kind: "receipt"; readonly receipt: ReceiptRecord };

export type KeptOperation =
  /** Keeps a letter. `done`, and no change, if that sender's message lies here already; `full`, and no change, if it does
   * not fit the bounds. Also notes that the sender has written to the recipient. */
  | { readonly kind: "putLetter"; readonly letter: LetterRecord; readonly bounds: MailBounds }
  /** Keeps a post, and that its sender has posted up to `ownNumber`. `full`, and no change, if those to everybody would
   * weigh more than `everybodyBytes` together, or those of its sender among them more than `senderBytes`; the bounds do
   * not touch posts to groups. */
  | {
      readonly kind: "putPost";
      readonly post: PostRecord;
      readonly bounds: { readonly everybodyBytes: number; readonly senderBytes: number };
    }
  /** Forgets a post to a group that nobody owes any more; `missing` if there is none of that number. */
  | { readonly kind: "removePost"; readonly number: number }
  /** Forgets the letters and receipts to a person that have those numbers, moves its mark up to `readTo` as `putMark`
   * does, and keeps the receipts: each for the sender of one of the letters that this forgets, at most one a letter, none
   * beyond `mostReceipts` that wait for one person, and none that all mail together would weigh more than `allBytes` with;
   * the others are dropped. The result says who was given one or more, each once. */
  | {
      readonly kind: "collect";
      readonly personKey: Uint8Array;
      readonly numbers: readonly number[];
      readonly readTo: number;
      readonly receipts: readonly ReceiptRecord[];
      readonly mostReceipts: number;
      /** No bound if left out. */
      readonly allBytes?: number;
    }
  /** Reads what is kept for a person above `after`, in the order of numbers: letters, and posts to everybody above the
   * person's mark that are not its own, or else receipts. As many as weigh `mostBytes` together, counted as in MailBounds,
   * one at least, `mostItems` at most; `isLast` if nothing more is there. Changes nothing. */
  | {
      readonly kind: "readMail";
      readonly personKey: Uint8Array;
      readonly box: "letters" | "receipts";
      readonly after: number;
      readonly mostItems: number;
      readonly mostBytes: number;
    }
  /** Posts to everybody up to that number are not for that person. Moves a mark up, never down. */
  | { readonly kind: "putMark"; readonly personKey: Uint8Array; readonly number: number }
  /** `conflict`, and no change, if there is a group of that key. */
  | { readonly kind: "putGroup"; readonly group: GroupRecord }
  /** Forgets a group, its members and its posts; `missing` if there is none. */
  | { readonly kind: "removeGroup"; readonly groupKey: string }
  /** Notes that a group was used; `missing` if there is none. */
  | { readonly kind: "touchGroup"; readonly groupKey: string; readonly usedMs: number }
  /** Puts a person into a group, out of the one it was in; `missing`, and no change, if there is no such group. */
  | { readonly kind: "putMember"; readonly member: MemberRecord }
  /** Takes a person out of its group; `missing` if it is in none. */
  | { readonly kind: "removeMember"; readonly personKey: Uint8Array }
  /** Forgets letters, receipts, posts to everybody and notes of posting and of writing from before that time, and the
   * marks of those who are not in the books. */
  | { readonly kind: "dropOld"; readonly beforeMs: number };

/** What reading found, and whom collecting gave receipts. */
export type KeptResult =
  | { readonly kind: "mail"; readonly items: readonly KeptItem[]; readonly isLast: boolean }
  | { readonly kind: "collected"; readonly toKeys: readonly Uint8Array[] };

/** What a starting server reads of all that; letters and posts to everybody stay where they are. */
export interface KeptBooks {
  readonly groups: readonly GroupRecord[];
  readonly members: readonly MemberRecord[];
  /** Posts to groups, in the order of numbers. */
  readonly posts: readonly PostRecord[];
  /** In no order. */
  readonly posted: readonly PostedRecord[];
  /** The highest number that anything kept ever had. */
  readonly lastNumber: number;
}
