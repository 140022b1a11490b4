// What each lane is for, in the order of priority. Pure. PROTOCOL §5.1.

import { type CreditClass } from "#wire";

/** The lanes in use; a lower number leaves first. */
export const Lane = {
  /** The transport's own: key renewal. */
  transport: 0,
  /** Requests, replies and notices. */
  control: 1,
  /** What people say. */
  chat: 2,
  /** End-to-end receipts. */
  receipts: 4,
  /** Whatever is long and can wait. */
  bulk: 6,
} as const;

const classes: readonly CreditClass[] = ["control", "control", "data", "data", "control", "control", "data", "data"];

/** The credit that messages of a lane are paid from (PROTOCOL §5.3). */
export function creditClass(lane: number): CreditClass {
  return classes[lane] ?? "data";
}

/** Whether a lane may send PRIORITY_PACKETS past a full window. */
export function mayPassWindow(lane: number): boolean {
  return lane < Lane.receipts;
}
