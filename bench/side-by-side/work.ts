// What one figure, or two of one measurement, asks for and does. Pure: types only.

import { type Contestant, type Layout, type Place } from "./contestant.ts";
import { type FigureName } from "./figure-names.ts";

/** How much is done. */
export interface Amount {
  /** Time that a rate is measured over, ms; a fifth of it goes before, to warm up. */
  readonly forMs: number;
  readonly roundTrips: number;
  readonly pacedMessages: number;
  readonly bulkBytes: number;
}

/** What the processes of a cell have used. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Resident memory of the hub less what its heap holds free, or of the programs that it started, KiB. */
  readonly hubKib: number;
}

/** Where a measurement stands. */
export interface Ground {
  readonly contestant: Contestant;
  readonly place: Place;
  readonly amount: Amount;
  /** What was used so far, the hub's garbage collected before if so asked. */
  usage(isCollected: boolean): Promise<Usage>;
}

export type Values = { readonly [Name in FigureName]?: number };

export interface Work {
  readonly figures: readonly FigureName[];
  readonly layout: Layout;
  /** Linux's /proc is read. */
  readonly needsUsage?: boolean;
  /** Longest that it may take, s. */
  readonly mostSeconds: number;
  measure(ground: Ground): Promise<Values>;
}

export const fullAmount: Amount = { forMs: 2000, roundTrips: 5000, pacedMessages: 200, bulkBytes: 64 * 1024 * 1024 };
export const quickAmount: Amount = { forMs: 200, roundTrips: 200, pacedMessages: 20, bulkBytes: 4 * 1024 * 1024 };
