// What clients and servers say about mail: envelopes saved, fetched and collected, receipts carried back. Pure.
// PROTOCOL §8.7. The server routes by what is outside of an envelope and cannot open it.

import { blob, fixed, flag, list, optional, struct, text, u48, u8, union, type Value, varint } from "#bytes";

import { deviceCertificateCodec, LONGEST_NAME_BYTES } from "./identity.ts";

/** An envelope with a text, at its longest, bytes. */
export const LONGEST_LETTER = 67_584;
/** An envelope with receipts, at its longest, bytes. */
export const LONGEST_RECEIPT = 4096;
/** Content of a post, at its longest, bytes. */
export const LONGEST_POST = 65_536;
export const POST_ID_BYTES = 16;
/** Numbers that one `collect` names. */
export const MOST_COLLECTED = 512;
/** Receipts that one `collect` carries. */
export const MOST_COLLECTED_RECEIPTS = 64;
/** Items of one `mail`. */
export const MOST_ITEMS = 64;

/** What is fetched apart: letters and posts to everybody first, then receipts. */
export const Box = { letters: 0, receipts: 1 } as const;

/** Content that the server can read: UTF-8 text. */
export const OPEN_SCHEME = 0;

const key = fixed(32);
const nothing = struct({});
const letter = blob(LONGEST_LETTER);
const receipt = blob(LONGEST_RECEIPT);

/** What makes up a post, in a group or to everybody. `isLive`: it arrived while its reader was here. */
export const postFields = {
  number: varint,
  isLive: flag,
  arrivedMs: u48,
  fromKey: key,
  fromName: text(LONGEST_NAME_BYTES),
  messageId: fixed(POST_ID_BYTES),
  sentAtMs: u48,
  scheme: u8,
  keyEpoch: varint,
  content: blob(LONGEST_POST),
};
const postCodec = struct(postFields);
export type Post = Value<typeof postCodec>;

export const mailRequests = {
  /** The device certificate of a person, and so the key that mail to it is sealed to. */
  certificate: [7, struct({ personKey: key })],
  /** Keep this for somebody who did not answer, or is away. */
  save: [8, struct({ toKey: key, messageId: fixed(POST_ID_BYTES), envelope: letter })],
  /** What is numbered above `after`. */
  fetch: [9, struct({ box: u8, after: varint })],
  /** These are stored here: forget them, and keep the receipts for their senders. Not answered. */
  collect: [
    10,
    struct({
      numbers: list(varint, MOST_COLLECTED),
      receipts: list(struct({ toKey: key, envelope: receipt }), MOST_COLLECTED_RECEIPTS),
    }),
  ],
} as const;

const mailItemCodec = union({
  letter: [1, struct({ number: varint, isLive: flag, arrivedMs: u48, fromKey: key, envelope: letter })],
  post: [2, postCodec],
  receipt: [3, struct({ number: varint, fromKey: key, envelope: receipt })],
});
export type MailItem = Value<typeof mailItemCodec>;

export const mailReplies = {
  certificate: [5, struct({ device: optional(deviceCertificateCodec) })],
  saved: [6, nothing],
  /** Its recipient is here, and gets it from the server. */
  exists: [7, nothing],
  mail: [8, struct({ items: list(mailItemCodec, MOST_ITEMS), isLast: flag })],
} as const;

export const mailNotices = {
  /** Something was kept for us while we are here. */
  mailWaiting: [3, struct({ box: u8 })],
} as const;
