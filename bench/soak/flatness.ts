// Whether memory stayed flat over the life of a process: what it used in the last quarter against the second one. The first
// is left out, in which caches and tables fill.

import { quantile } from "../figures.ts";

/** Bytes in use at a time, ms. */
export interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** What a process may use more in the last quarter than in the second: a share, and so many bytes. */
export interface Allowance {
  readonly share: number;
  readonly bytes: number;
}

export interface Flatness {
  /** Medians, in bytes. */
  readonly second: number;
  readonly last: number;
  readonly isFlat: boolean;
}

/** Judges the time between two others; not flat where a quarter has no sample. */
export function flatness(samples: readonly Sample[], from: number, to: number, allowed: Allowance): Flatness {
  const median = (quarter: number): number => {
    const [begin, end] = [from + (quarter * (to - from)) / 4, from + ((quarter + 1) * (to - from)) / 4];
    const inside = samples.filter(({ at }) => at >= begin && at <= end).map(({ bytes }) => bytes);
    return inside.length === 0 ? Number.NaN : quantile(inside, 0.5);
  };
  const [second, last] = [median(1), median(3)];
  return { second, last, isFlat: last <= second * (1 + allowed.share) + allowed.bytes };
}
