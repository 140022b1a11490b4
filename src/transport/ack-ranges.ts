// Which packets came in, and when the other side must be told (RFC 9000 §13.2). Pure. PROTOCOL §4.3.

import { type AckRange, MOST_ACK_RANGES } from "#wire";

import { ACK_EVERY, MAX_ACK_DELAY_MS } from "./constants.ts";
import { RangeSet } from "./range-set.ts";

/** The receiver's half of acknowledging: at most MOST_ACK_RANGES ranges, the oldest forgotten first. */
export class AckRanges {
  readonly #received = new RangeSet();
  #largestAt = 0;
  #unacknowledged = 0;
  #deadline = Number.POSITIVE_INFINITY;

  /** When an acknowledgement must leave, +∞ while none is owed. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Notes an opened packet. Acknowledged at once: every second ack-eliciting one, and any that leaves or fills a gap. */
  receive(number: number, isAckEliciting: boolean, now: number): void {
    const largest = (this.#received.ranges.at(-1)?.end ?? 0) - 1;
    const isInOrder = number === largest + 1;
    this.#received.add(number, number + 1);
    this.#received.keepHighest(MOST_ACK_RANGES);
    if (number > largest) this.#largestAt = now;
    if (!isAckEliciting) return;
    this.#unacknowledged++;
    const isDue = this.#unacknowledged >= ACK_EVERY || !isInOrder;
    this.#deadline = Math.min(this.#deadline, isDue ? now : now + MAX_ACK_DELAY_MS);
  }

  /** An acknowledgement is wanted with the next chance to send. */
  hasten(now: number): void {
    if (this.#deadline !== Number.POSITIVE_INFINITY) this.#deadline = Math.min(this.#deadline, now);
  }

  /** Whether something was received that a packet leaving now should acknowledge. */
  get isOwed(): boolean {
    return this.#deadline !== Number.POSITIVE_INFINITY;
  }

  /** Whether there are gaps to report. */
  get hasGaps(): boolean {
    return this.#received.ranges.length > 1;
  }

  /** The ranges to send, highest first, and how long the largest has waited, ms. */
  report(now: number): { readonly ranges: readonly AckRange[]; readonly delayMs: number } {
    const ranges = this.#received.ranges.map(({ start, end }) => ({ first: start, last: end - 1 })).toReversed();
    return { ranges, delayMs: Math.max(0, now - this.#largestAt) };
  }

  /** A packet with the report just made has left. */
  reported(): void {
    this.#unacknowledged = 0;
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** The other side has the report that began with `largest`: what is below need not be said again (RFC 9000 §13.2.4). */
  confirmed(largest: number): void {
    this.#received.remove(0, largest);
  }
}
