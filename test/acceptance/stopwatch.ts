// Times of a program as a test sees them from outside. A busy machine stops the test, too, which then reads late what was
// printed in time: how late that can have been is measured and not held against the program, and nothing else is.

import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";

import type { PrintedLine } from "../../scripts/program.ts";

const resolutionMs = 5;

export class Stopwatch {
  readonly #delays = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#delays.enable();
  }

  /** How much later than it happened something can have been seen since the watch was made, ms. */
  get lateMs(): number {
    return Math.max(0, this.#delays.max / 1_000_000 - resolutionMs);
  }

  /** Asserts how long a line took to come, from a moment of this process or from another line. */
  assertBetween(since: number | PrintedLine, line: PrintedLine, leastMs: number, mostMs: number): void {
    const [from, fromLateMs] = typeof since === "number" ? [since, 0] : [since.atMs, this.lateMs];
    const tookMs = line.atMs - from;
    const took = `${tookMs.toFixed(0)} ms, read ${this.lateMs.toFixed(0)} ms late at most`;
    assert.ok(tookMs >= leastMs - fromLateMs, `${took}, expected at least ${leastMs}`);
    assert.ok(tookMs <= mostMs + this.lateMs, `${took}, expected at most ${mostMs}`);
  }
}
