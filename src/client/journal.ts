// What the client wants written, gathered into batches, and what is to happen once a batch is safe. Pure. PROTOCOL §9.2.
// One batch is under way at a time; what is asked meanwhile goes into the next, so that a crowd shares one commit.

import { type ProfileOperation, type ProfileResult } from "./profile.ts";

/** What to do with an operation's result, in the order of asking. */
type Then = (result: ProfileResult, now: number) => void;

interface Entry {
  readonly operation: ProfileOperation;
  readonly then: Then | undefined;
}

export class Journal {
  #waiting: Entry[] = [];
  #underWay: readonly Entry[] | undefined;

  /** Whether everything asked for is safe. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === undefined;
  }

  write(operation: ProfileOperation, then?: Then): void {
    this.#waiting.push({ operation, then });
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
    for (const [i, { then }] of entries.entries()) then?.(results[i] ?? "missing", now);
  }
}
