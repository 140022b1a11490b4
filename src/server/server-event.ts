// What a server tells its operator, as data in the order it happened. Pure: types only. BEHAVIOUR "Lines a server prints".

import { type Address } from "#wire";

/** `name` is as it was registered: letters, marks, digits, `.`, `_` and `-`. */
export type ServerEvent =
  /** Somebody is here under that name; not told where a client only changed its session. */
  | { readonly kind: "registered"; readonly name: string; readonly address: Address }
  /** Somebody left, and said so, or was freed of its name. */
  | { readonly kind: "deregistered"; readonly name: string }
  /** Somebody does not answer any more. */
  | { readonly kind: "wentOffline"; readonly name: string };
