// Credit and `blocked` that may have been lost leave again, as small messages do: a sender that waits for a lost word of
// credit waits for a probe timeout. Pure. PROTOCOL §5.3.

import { type CreditClass } from "#wire";

import { COPY_AFTER_MS } from "./constants.ts";
import { type RoundTrip } from "./round-trip.ts";

const MOST_REPEATS = 2;

/** One word about credit. */
export interface Signal {
  readonly type: "credit" | "blocked";
  readonly class: CreditClass;
}

interface Waiting {
  readonly signal: Signal;
  readonly dueAt: number;
  readonly repeats: number;
}

const none: readonly never[] = [];

/** At most one of each kind is waited for. Times in monotonic ms. */
export class Signals {
  #waiting: readonly Waiting[] = none;

  /** The next that should leave again, and when. */
  get due(): { readonly signal: Signal; readonly dueAt: number } | undefined {
    return this.#waiting[0];
  }

  /** A signal left. Nothing is repeated where it is answered sooner than that. */
  left(signal: Signal, roundTrip: RoundTrip, now: number): void {
    if (!roundTrip.isMeasured || roundTrip.least >= COPY_AFTER_MS) this.#put(signal, 0, now);
  }

  /** It has arrived, or there is no more sense in it. */
  drop(signal: Signal): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((each) => !isSame(each.signal, signal));
  }

  /** The next that should leave again. */
  take(now: number): Signal | undefined {
    const [first] = this.#waiting;
    if (first === undefined || first.dueAt > now) return undefined;
    this.drop(first.signal);
    if (first.repeats + 1 < MOST_REPEATS) this.#put(first.signal, first.repeats + 1, now);
    return first.signal;
  }

  #put(signal: Signal, repeats: number, now: number): void {
    this.drop(signal);
    this.#waiting = [...this.#waiting, { signal, dueAt: now + COPY_AFTER_MS, repeats }];
  }
}

function isSame(a: Signal, b: Signal): boolean {
  return a.type === b.type && a.class === b.class;
}
