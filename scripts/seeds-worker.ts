// Simulates batches of worlds for seeds.ts, which asks by messages and ends it by disconnecting.

import { recoveryPaths, simulate } from "#sim";

export interface Batch {
  readonly scenario: string;
  readonly first: number;
  readonly count: number;
}

/** What came of one world. */
export interface Outcome {
  readonly scenario: string;
  readonly seed: number;
  readonly violations: readonly string[];
  readonly said: number;
  /** Texts that are safe with, and posts that were shown to, somebody else than who said them. */
  readonly moved: number;
  readonly talkers: number;
  readonly datagrams: number;
  readonly history: string;
  /** In the order of `recoveryPaths`. */
  readonly taken: readonly number[];
}

process.on("message", ({ count, first, scenario }: Batch) => {
  const outcomes = Array.from({ length: count }, (_, i) => outcomeOf(first + i, scenario));
  process.send?.(outcomes, (error: Error | null) => {
    // Whoever asked has ended meanwhile.
    if (error !== null) process.exit(1);
  });
});

function outcomeOf(seed: number, scenario: string): Outcome {
  try {
    const report = simulate(seed, scenario, true);
    const { counts, violations, wire } = report;
    const { postsShown, said, talkers } = counts;
    const moved = counts.moved + postsShown;
    const history = `${wire.history} ${wire.datagrams} ${wire.bytes}`;
    const taken = recoveryPaths.map(({ count }) => count(report));
    return { scenario, seed, violations, said, moved, talkers, datagrams: wire.datagrams, history, taken };
  } catch (error) {
    // A machine that throws has broken its promise: which world it was matters more than the rest of the batch.
    const violations = [`threw ${error instanceof Error ? error.stack : String(error)}`];
    return { scenario, seed, violations, said: 0, moved: 0, talkers: 0, datagrams: 0, history: `${seed}`, taken: [] };
  }
}
