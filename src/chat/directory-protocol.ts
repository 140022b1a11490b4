// What clients ask, what servers answer, what servers volunteer, and which lane each rides in. Pure. PROTOCOL §8.2.

import { type Codec, fixed, flag, list, optional, struct, text, u8, union, type Value, varint } from "#bytes";
import { addressCodec } from "#wire";

import { groupNotices, groupReplies, groupRequests } from "./group-protocol.ts";
import { deviceCertificateCodec, LONGEST_NAME_BYTES, registrationCodec } from "./identity.ts";
import { mailNotices, mailReplies, mailRequests } from "./mail-protocol.ts";

/** Addresses that a client claims for itself, at most. */
export const MOST_CLAIMED_ADDRESSES = 4;
export const TOKEN_BYTES = 16;
export const TABLE_HASH_BYTES = 16;
export const TABLE_EPOCH_BYTES = 8;
/** Changes in one part of a table; their bytes are bounded by the lane. */
const MOST_CHANGES = 512;
const LONGEST_REASON = 120;

const key = fixed(32);
const name = text(LONGEST_NAME_BYTES);
const nothing = struct({});

/** Which state of the table a client has. */
const tableMarkCodec = struct({ epoch: fixed(TABLE_EPOCH_BYTES), version: varint, hash: fixed(TABLE_HASH_BYTES) });
export type TableMark = Value<typeof tableMarkCodec>;

/** A person's line in the table. `number` stands for the person in later changes, as long as the table's epoch lasts. */
export const tableEntryCodec = struct({
  number: varint,
  name,
  personKey: key,
  staticKey: key,
  isOnline: flag,
  address: optional(addressCodec),
});
export type TableRow = Value<typeof tableEntryCodec>;

export const tableChangeCodec = union({
  row: [1, tableEntryCodec],
  presence: [2, struct({ number: varint, isOnline: flag, address: optional(addressCodec) })],
  removed: [3, struct({ number: varint })],
});
export type TableChange = Value<typeof tableChangeCodec>;

const requestBodyCodec = union({
  /** Who we are, on this session; `proof` is the person's signature over `registrationProof`. */
  register: [
    1,
    struct({
      name,
      device: deviceCertificateCodec,
      claimed: list(addressCodec, MOST_CLAIMED_ADDRESSES),
      table: optional(tableMarkCodec),
      /** The group that we believe to be in. */
      group: optional(name),
      proof: fixed(64),
    }),
  ],
  deregister: [2, nothing],
  /** Tell that person and us where the other is. */
  introduce: [3, struct({ personKey: key, token: fixed(TOKEN_BYTES) })],
  /** That person does not answer us; answered when the server has asked it itself. */
  reportSilent: [4, struct({ personKey: key })],
  /** Our table is not what its hash says: send it whole. */
  resync: [5, nothing],
  /** The row of a name that is not in our table. */
  lookUp: [6, struct({ name })],
  ...mailRequests,
  ...groupRequests,
});
export type RequestBody = Value<typeof requestBodyCodec>;

const inLaneChat: ReadonlySet<string> = new Set(Object.keys({ ...mailRequests, ...groupRequests }));

/** The lane that a request rides in, by its name: chat, where a message may be long, and is acknowledged at once; or control,
 * for all that is neither mail nor of groups, and for what only acknowledges, whose own acknowledgement can wait. */
export function requestLane(body: RequestBody): "control" | "chat" {
  const onlyAcknowledges = body.kind === "collect" && body.receipts.length === 0;
  return inLaneChat.has(body.kind) && !onlyAcknowledges ? "chat" : "control";
}

/** Why a server declines; `text` is for people. */
export const RefusalCode = {
  nameTaken: 1,
  unusableName: 2,
  invalidProof: 3,
  directoryFull: 4,
  tooMany: 5,
  notRegistered: 6,
  storeFailed: 7,
  noSuchPerson: 8,
  mailboxFull: 9,
  noMailbox: 10,
  noSuchGroup: 11,
  notInGroup: 12,
  tooManyGroups: 13,
  groupFull: 14,
  tooMuchWaits: 15,
} as const;

const replyBodyCodec = union({
  registered: [1, struct({ registration: registrationCodec, hasMailbox: flag, group: optional(name) })],
  done: [2, nothing],
  presence: [3, struct({ isPresent: flag })],
  found: [4, struct({ row: optional(tableEntryCodec) })],
  refused: [9, struct({ code: u8, text: text(LONGEST_REASON) })],
  ...mailReplies,
  ...groupReplies,
});
export type ReplyBody = Value<typeof replyBodyCodec>;

const noticeBodyCodec = union({
  /** A part of what leads from one state of the table to the next; `from` 0 and `isFirst` begin a whole new table.
   * `hash` is that of the table after the last part. `isWhole` says whether that table has everybody. */
  table: [
    1,
    struct({
      epoch: fixed(TABLE_EPOCH_BYTES),
      from: varint,
      to: varint,
      isFirst: flag,
      isLast: flag,
      isWhole: flag,
      changes: list(tableChangeCodec, MOST_CHANGES),
      hash: fixed(TABLE_HASH_BYTES),
    }),
  ],
  /** Somebody wants to talk with us, or we with somebody: where to knock, and the token that both know. The first
   * address is the one that the server observes, if there is one. */
  introduction: [
    2,
    struct({
      personKey: key,
      staticKey: key,
      token: fixed(TOKEN_BYTES),
      observed: optional(addressCodec),
      claimed: list(addressCodec, MOST_CLAIMED_ADDRESSES),
    }),
  ],
  ...mailNotices,
  ...groupNotices,
});
export type NoticeBody = Value<typeof noticeBodyCodec>;

/** A message on lane control, from a client. `id` is the client's, one a request. */
export const requestCodec = struct({ id: varint, body: requestBodyCodec });
export type Request = Value<typeof requestCodec>;

/** A message on lane control, from a server. */
export const fromServerCodec: Codec<FromServer> = union({
  reply: [1, struct({ id: varint, body: replyBodyCodec })],
  notice: [2, struct({ body: noticeBodyCodec })],
});
export type FromServer =
  | { readonly kind: "reply"; readonly id: number; readonly body: ReplyBody }
  | { readonly kind: "notice"; readonly body: NoticeBody };
