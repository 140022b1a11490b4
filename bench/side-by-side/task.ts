// What one process of a cell is, and what it tells its parent. Pure: types only.

import { type Place } from "./contestant.ts";
import { type SubjectName } from "./figure-names.ts";
import { type Amount, type Values } from "./work.ts";

/** What a process is to be. */
export interface Task {
  readonly role: "hub" | "answer" | "drive";
  readonly subject: SubjectName;
  /** Its place in the list of works. */
  readonly work: number;
  readonly amount: Amount;
  readonly place: Place;
}

/** One line from a process to its parent. */
export type Told =
  /** It can be used; `pids` are programs that it started. */
  | { readonly kind: "ready"; readonly pids: readonly number[] }
  /** What was used so far is wanted, the hub's garbage collected before if so asked; the answer is a line with a `Usage`. */
  | { readonly kind: "usageWanted"; readonly isCollected: boolean }
  /** The hub has collected its garbage, as it was told to; of what is resident, so much waits to be used again. */
  | { readonly kind: "collected"; readonly freeHeapKib: number }
  | { readonly kind: "values"; readonly values: Values }
  /** The machine does not have what the subject needs. */
  | { readonly kind: "unavailable"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };
