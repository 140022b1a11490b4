// What is to be written down: operations gather while a batch is on its way, and leave together (group commit). Pure.
// PROTOCOL §8.5. The host takes a batch, applies it, and says what came of it; one batch at a time.

import { type StoreOperation, type StoreResult } from "./store.ts";

/** What came of an operation; `failed`: nothing of its batch was made durable. */
export type StoreOutcome = StoreResult | "failed";

type Settle = (outcome: StoreOutcome, now: number) => void;

interface Entry {
  readonly operation: StoreOperation;
  readonly settle: Settle | undefined;
}

/** Times in monotonic ms. */
export class StoreQueue {
  readonly #most: number;
  #gathered: Entry[] = [];
  #inFlight: readonly Entry[] | undefined;

  /** At most `most` operations wait. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Operations that wait or are on their way. */
  get size(): number {
    return this.#gathered.length + (this.#inFlight?.length ?? 0);
  }

  /** Adds operations of one batch, in their order; `settle` is told what the last one found, at once where the queue is
   * full. */
  add(operations: readonly StoreOperation[], now: number, settle?: Settle): void {
    if (this.size + operations.length > this.#most) return settle?.("failed", now);
    operations.forEach((operation, i) => {
      this.#gathered.push({ operation, settle: i === operations.length - 1 ? settle : undefined });
    });
  }

  /** The next batch; undefined while one is on its way, or where there is nothing to write. */
  takeBatch(): readonly StoreOperation[] | undefined {
    if (this.#inFlight !== undefined || this.#gathered.length === 0) return undefined;
    this.#inFlight = this.#gathered;
    this.#gathered = [];
    return this.#inFlight.map(({ operation }) => operation);
  }

  /** The batch is durable; one result an operation, otherwise RangeError. */
  applied(results: readonly StoreResult[], now: number): void {
    if (results.length !== (this.#inFlight?.length ?? 0))
      throw new RangeError(`${results.length} results for another number of operations`);
    this.#settle((i) => results[i] ?? "failed", now);
  }

  /** Nothing of the batch is durable. */
  failed(now: number): void {
    this.#settle(() => "failed", now);
  }

  #settle(outcomeOf: (i: number) => StoreOutcome, now: number): void {
    const entries = this.#inFlight ?? [];
    this.#inFlight = undefined;
    entries.forEach(({ settle }, i) => settle?.(outcomeOf(i), now));
  }
}
