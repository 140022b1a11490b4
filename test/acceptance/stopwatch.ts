// Times of a program as a test sees them from outside. A busy machine makes the program wait for its turn, and the test,
// which then reads late what was printed in time: both are measured and not held against the program, and nothing else is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

import type { PrintedLine, Program } from "../../scripts/program.ts";

const resolutionMs = 5;
const sampleMs = 20;

export class Stopwatch {
  readonly #delays = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #pid: number | undefined;
  readonly #queuedBeforeMs: number;
  readonly #sampling: NodeJS.Timeout;
  #queuedMs: number;

  /** Runs from now on, for what that program does. */
  constructor(program: Program) {
    this.#delays.enable();
    this.#pid = program.pid;
    this.#queuedBeforeMs = queuedMs(this.#pid) ?? 0;
    this.#queuedMs = this.#queuedBeforeMs;
    this.#sampling = setInterval(() => this.#sample(), sampleMs).unref();
  }

  /** How much later than it was printed a line can have been read, ms. */
  get readLateMs(): number {
    return Math.max(0, this.#delays.max / 1_000_000 - resolutionMs);
  }

  /** Asserts how long a line took to come, from a moment of this process or from another line, and ends the watch. */
  assertBetween(since: number | PrintedLine, line: PrintedLine, leastMs: number, mostMs: number): void {
    this.#sample();
    clearInterval(this.#sampling);
    const waitedMs = this.#queuedMs - this.#queuedBeforeMs;
    const lateMs = this.readLateMs + waitedMs;
    const [from, fromLateMs] = typeof since === "number" ? [since, 0] : [since.atMs, lateMs];
    const tookMs = line.atMs - from;
    const took = `${tookMs.toFixed(0)} ms, of them ${waitedMs.toFixed(0)} waiting and ${this.readLateMs.toFixed(0)} unread`;
    assert.ok(tookMs >= leastMs - fromLateMs, `${took}, expected at least ${leastMs}`);
    assert.ok(tookMs <= mostMs + lateMs, `${took}, expected at most ${mostMs}`);
  }

  #sample(): void {
    const now = queuedMs(this.#pid);
    // Of a program that has gone the last that was seen counts.
    if (now === undefined) clearInterval(this.#sampling);
    else this.#queuedMs = now;
  }
}

/** For how long a process was ready to run, and another one ran, ms; undefined where the system does not say. */
function queuedMs(pid: number | undefined): number | undefined {
  try {
    const [, queuedNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
    return Number(queuedNs) / 1_000_000;
  } catch {
    return undefined;
  }
}
