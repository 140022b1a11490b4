// What the client wants written, gathered into batches, and what is to happen once a batch is safe. Pure. PROTOCOL §9.2.
// One batch is under way at a time; what is asked meanwhile goes into the next, so that a crowd shares one commit.

import { type ProfileOperation, type ProfileResult } from "./profile.ts";

/** What an operation weighs beside its text, bytes. */
const OPERATION_BYTES = 128;

/** What to do with an operation's result, in the order of asking. */
type Then = (result: ProfileResult, now: number) => void;

interface Entry {
  readonly operation: ProfileOperation;
  readonly thens: Then[];
}

export class Journal {
  #waiting: Entry[] = [];
  #underWay: readonly Entry[] | undefined;
  /** The last one that is safe and is being dealt with. */
  #told: Entry | undefined;
  #bytes = 0;
  #hasFailed = false;

  /** What is not safe yet, about so many bytes: whoever is told things from outside stops taking them in by it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Nothing is written after a failure, and nothing follows from it. */
  write(operation: ProfileOperation, then?: Then): void {
    if (this.#hasFailed) return;
    this.#waiting.push({ operation, thens: then === undefined ? [] : [then] });
    this.#bytes += weight(operation);
  }

  /** `then` follows once all that was written so far is safe and has been dealt with: at once where nothing waits. */
  afterwards(then: (now: number) => void, now: number): void {
    if (this.#hasFailed) return;
    const last = this.#waiting.at(-1) ?? this.#underWay?.at(-1) ?? this.#told;
    if (last === undefined) then(now);
    else last.thens.push((_, at) => then(at));
  }

  /** The next batch to hand to the profile, if none is under way. */
  take(): readonly ProfileOperation[] | undefined {
    if (this.#underWay !== undefined || this.#waiting.length === 0) return undefined;
    this.#underWay = this.#waiting;
    this.#waiting = [];
    return this.#underWay.map((entry) => entry.operation);
  }

  /** The batch is safe; results in the order of its operations. */
  applied(results: readonly ProfileResult[], now: number): void {
    const entries = this.#underWay ?? [];
    this.#underWay = undefined;
    this.#told = entries.at(-1);
    for (const [i, { operation, thens }] of entries.entries()) {
      this.#bytes -= weight(operation);
      for (const then of thens) then(results[i] ?? "missing", now);
    }
    this.#told = undefined;
  }

  /** The batch was not committed: nothing that waited for it happens, now or later. */
  failed(): void {
    this.#hasFailed = true;
    this.#waiting = [];
    this.#underWay = undefined;
    this.#bytes = 0;
  }
}

function weight(operation: ProfileOperation): number {
  return OPERATION_BYTES + ("message" in operation ? operation.message.text.length : 0);
}
