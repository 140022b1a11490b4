// What a server tells its operator, as data in the order it happened. Pure: types only. BEHAVIOUR "Lines a server prints".

import { type Address } from "#wire";

/** Names, of groups too, are as they were made: letters, marks, digits, `.`, `_` and `-`. */
export type ServerEvent =
  /** Somebody is here under that name; not told where a client only changed its session. */
  | { readonly kind: "registered"; readonly name: string; readonly address: Address }
  /** Somebody left, and said so, or was freed of its name. */
  | { readonly kind: "deregistered"; readonly name: string }
  /** Somebody does not answer any more. */
  | { readonly kind: "wentOffline"; readonly name: string }
  | { readonly kind: "groupCreated"; readonly name: string; readonly group: string }
  /** There is a group of that name. */
  | { readonly kind: "groupNotCreated"; readonly name: string; readonly group: string }
  /** Somebody asked which groups there are. */
  | { readonly kind: "groupsListed"; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: "groupJoined"; readonly name: string; readonly group: string }
  /** There is no group of that name. */
  | { readonly kind: "groupNotJoined"; readonly name: string; readonly group: string }
  | { readonly kind: "groupPostTaken"; readonly name: string }
  /** Somebody asked who is in its group. */
  | {
      readonly kind: "membersListed";
      readonly name: string;
      readonly group: string;
      readonly members: readonly string[];
    }
  /** Somebody left a group, and said so, or is there no more. */
  | { readonly kind: "groupLeft"; readonly name: string; readonly group: string }
  /** Somebody was put out of a group as it does not answer; `wentOffline` follows. */
  | { readonly kind: "memberRemoved"; readonly name: string; readonly group: string }
  /** Something for somebody who does not answer, or is away, is on the disk, and its sender was told so. */
  | { readonly kind: "messageSaved"; readonly name: string };
