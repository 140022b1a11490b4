// The ways by which a message comes, as each of them is acknowledged by the way it came. Pure: types only.
// PROTOCOL §9.7, §9.9.

import { type DeviceCertificate } from "#chat";

/** A letter that the server kept. */
export interface Mailed {
  readonly kind: "mail";
  /** The server's number for it. */
  readonly number: number;
  /** Wall-clock ms to show it with; undefined for one that came while we were here. */
  readonly mailedAtMs: number | undefined;
  /** Whom the receipt is sealed to. */
  readonly device: DeviceCertificate;
}

/** Over a session with the sender, or by way of the server. */
export type Via = { readonly kind: "direct" } | Mailed;
