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
  readonly #mostBytes: number;
  #gathered: Entry[] = [];
  #inFlight: readonly Entry[] | undefined;
  /** What envelopes and contents weigh in both. */
  #bytes = 0;

  /** At most `most` operations wait, with at most `mostBytes` of mail and posts in them. */
  constructor(most: number, mostBytes: number) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /** Operations that wait or are on their way. */
  get size(): number {
    return this.#gathered.length + (this.#inFlight?.length ?? 0);
  }

  /** Adds operations of one batch, in their order; `settle` is told what the last one found, at once where the queue is
   * full. */
  add(operations: readonly StoreOperation[], now: number, settle?: Settle): void {
    const bytes = weightOf(operations);
    const isFull = this.size + operations.length > this.#most || (bytes > 0 && this.#bytes + bytes > this.#mostBytes);
    if (isFull) return settle?.("failed", now);
    this.#bytes += bytes;
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
    this.#bytes -= weightOf(entries.map(({ operation }) => operation));
    entries.forEach(({ settle }, i) => settle?.(outcomeOf(i), now));
  }
}

function weightOf(operations: readonly StoreOperation[]): number {
  return operations.reduce((sum, operation) => sum + bytesOf(operation), 0);
}

function bytesOf(operation: StoreOperation): number {
  if (operation.kind === "putLetter") return operation.letter.envelope.length;
  if (operation.kind === "putPost") return operation.post.content.length;
  if (operation.kind !== "collect") return 0;
  return operation.receipts.reduce((sum, { envelope }) => sum + envelope.length, 0);
}
