// What is remembered of a frame that left, so that its loss or arrival can be acted on. Pure: types only.

import { type Address, type CreditClass } from "#wire";

import { type OutgoingMessage } from "./outgoing-message.ts";

export type SentFrame =
  | {
      readonly type: "part";
      readonly message: OutgoingMessage;
      readonly start: number;
      readonly end: number;
      /** It had left before, and nobody knew yet whether it was lost (PROTOCOL §5.7). */
      readonly isCopy: boolean;
    }
  | { readonly type: "ack"; readonly largest: number }
  | { readonly type: "ping" }
  /** All of a packet that was sent to see whether one of `size` bytes arrives (PROTOCOL §5.8). */
  | { readonly type: "mtuProbe"; readonly size: number }
  | { readonly type: "observedAddress"; readonly address: Address }
  | { readonly type: "credit"; readonly class: CreditClass }
  | { readonly type: "blocked"; readonly class: CreditClass };
