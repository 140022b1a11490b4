// What clients and servers say about groups, and about posts to everybody. Pure. PROTOCOL §8.8.

import { blob, fixed, flag, list, optional, struct, text, u48, u8, varint } from "#bytes";

import { LONGEST_NAME_BYTES } from "./identity.ts";
import { LONGEST_POST, POST_ID_BYTES, postFields } from "./mail-protocol.ts";

export const POST_EPOCH_BYTES = 8;
/** Names of one `names`. */
export const MOST_NAMES = 100;

const name = text(LONGEST_NAME_BYTES);
const nothing = struct({});

export const groupRequests = {
  createGroup: [11, struct({ group: name })],
  /** Names of all groups after that one. */
  listGroups: [12, struct({ after: optional(name) })],
  joinGroup: [13, struct({ group: name })],
  leaveGroup: [14, nothing],
  /** Names of the members of our group after that one. */
  listMembers: [15, struct({ after: optional(name) })],
  /** Pass this on, to that group, which must be ours, or to everybody. `number` counts up within `epoch`; what is not above the highest taken is
   * not passed on again. */
  post: [
    16,
    struct({
      to: optional(name),
      epoch: fixed(POST_EPOCH_BYTES),
      number: varint,
      messageId: fixed(POST_ID_BYTES),
      sentAtMs: u48,
      scheme: u8,
      keyEpoch: varint,
      content: blob(LONGEST_POST),
    }),
  ],
} as const;

export const groupReplies = {
  names: [10, struct({ names: list(name, MOST_NAMES), isLast: flag })],
  taken: [11, struct({ number: varint })],
  entered: [12, struct({ group: name })],
  groupExists: [13, struct({ group: name })],
} as const;

export const groupNotices = {
  /** Somebody in our group said something. */
  groupPost: [4, struct({ group: name, ...postFields })],
} as const;
