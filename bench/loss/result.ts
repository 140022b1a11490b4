// What one cell came to, as figures. Pure.

import { quantile } from "../figures.ts";
import { type LinkCounts } from "./link.ts";
import { type Arrivals } from "./tally.ts";
import { type Cell } from "./task.ts";
import { type Contestant, type Weather } from "./weather.ts";

/** What the processes told of a cell. */
export interface Outcome {
  readonly arrivals: Arrivals;
  /** Why a connection ended before its time. */
  readonly broken: string | undefined;
}

/** One cell's figures: a line of `--json`. */
export interface CellResult {
  readonly kind: "delay" | "bulk";
  readonly contestant: Contestant;
  readonly weather: Weather;
  /** Who else sent bulk over the same link; undefined for nobody. */
  readonly beside: Contestant | undefined;
  /** The seed of the losses. */
  readonly seed: number;
  /** Messages that were to be sent; undefined for bulk, which sends what it can. */
  readonly sent: number | undefined;
  readonly received: number;
  readonly doubled: number;
  readonly outOfOrder: number;
  readonly damaged: number;
  readonly broken: string | undefined;
  /** Of all that were to be sent; what never came is null, as JSON has no infinity. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Delivered in the first seconds after the first `send`; of interest for bulk. */
  readonly megabytesPerSecond: number;
  readonly link: LinkCounts;
}

/** The figures of a cell. Messages that never came count as slower than all that did. */
export function cellResult(
  { kind, contestant, weather, beside, amount }: Cell,
  { arrivals, broken, seed, link }: Outcome & { readonly seed: number; readonly link: LinkCounts },
): CellResult {
  const { received, doubled, outOfOrder, damaged, delaysMs, bytesInWindow } = arrivals;
  const sent = kind === "delay" ? amount.messages : undefined;
  const missing = Math.max(0, (sent ?? received) - received);
  const delays = [...delaysMs, ...Array.from({ length: missing }, () => Number.POSITIVE_INFINITY)];
  const at = (part: number): number | null => {
    const value = quantile(delays, part);
    return Number.isFinite(value) ? value : null;
  };
  return {
    kind,
    contestant,
    weather,
    beside,
    seed,
    sent,
    received,
    doubled,
    outOfOrder,
    damaged,
    broken,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    maxMs: at(1),
    megabytesPerSecond: bytesInWindow / amount.bulkSeconds / 1e6,
    link,
  };
}
