// Results of the loss bench, made up for tests.

import { type CellResult } from "../../../bench/loss/result.ts";
import { steadyWeathers } from "../../../bench/loss/weather.ts";

const nothing = { packets: 0, bytes: 0, lost: 0, overflowed: 0, corrupted: 0, queuedMs: 0 };

/** A cell in which all is well, but for what is given. */
export function cellResult(parts: Partial<CellResult> = {}): CellResult {
  const [weather] = steadyWeathers;
  if (weather === undefined) throw new Error("no weather");
  return {
    kind: "delay",
    contestant: "udpchat",
    weather,
    beside: undefined,
    seed: 1,
    sent: 100,
    received: 100,
    doubled: 0,
    outOfOrder: 0,
    damaged: 0,
    broken: undefined,
    p50Ms: 25.5,
    p90Ms: 26,
    p99Ms: 29,
    maxMs: 31,
    megabytesPerSecond: 0.005,
    link: { forth: { ...nothing, bytes: 16_000 }, back: { ...nothing, bytes: 4000 }, latestMs: 0.2 },
    ...parts,
  };
}
