// One message on its way out: which of its bytes have left, were lost, have arrived. Pure. PROTOCOL §5.2.

import { type Address } from "#wire";

import { RangeSet } from "./range-set.ts";

/** Bytes from `start` up to `end` of a message. */
export interface Part {
  readonly message: OutgoingMessage;
  readonly start: number;
  readonly end: number;
}

/** Told whenever a part of a message leaves, first or again: where to, and how many of its bytes. */
export type Departure = (to: Address, bytes: number, now: number) => void;

/** Owns its bytes, one at least, until all have been acknowledged. A message that leaves whole never allocates a range. */
export class OutgoingMessage {
  readonly lane: number;
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly onLeft: Departure | undefined;
  #sentTo = 0;
  #lost: RangeSet | undefined;
  #acknowledged: RangeSet | undefined;
  #isDone = false;

  constructor(lane: number, number: number, bytes: Uint8Array, onLeft?: Departure) {
    this.lane = lane;
    this.number = number;
    this.bytes = bytes;
    this.onLeft = onLeft;
  }

  /** Whether any of it has left. */
  get isStarted(): boolean {
    return this.#sentTo > 0;
  }

  /** Whether all of it has left at least once. */
  get isSent(): boolean {
    return this.#sentTo >= this.bytes.length;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get hasLost(): boolean {
    return this.#lost !== undefined && !this.#lost.isEmpty;
  }

  /** The next part that must leave again, else the next that never left; at most `most` bytes. */
  take(most: number): Part {
    const range = this.#lost?.ranges[0];
    if (range !== undefined) {
      const end = Math.min(range.end, range.start + most);
      this.#lost?.remove(range.start, end);
      return { message: this, start: range.start, end };
    }
    const start = this.#sentTo;
    this.#sentTo = Math.min(this.bytes.length, start + most);
    return { message: this, start, end: this.#sentTo };
  }

  /** Bytes of the part that `take` would give with room for all of it. */
  get nextLength(): number {
    const range = this.#lost?.ranges[0];
    return range === undefined ? this.bytes.length - this.#sentTo : range.end - range.start;
  }

  /** A packet with that part was lost, or must be repeated. True if anything must leave again for it. */
  lose(start: number, end: number): boolean {
    if (this.#isDone) return false;
    this.#lost ??= new RangeSet();
    this.#lost.add(start, end);
    for (const range of this.#acknowledged?.ranges ?? []) this.#lost.remove(range.start, range.end);
    return this.hasLost;
  }

  /** A packet with that part has arrived. True if the message is now done. */
  acknowledge(start: number, end: number): boolean {
    if (this.#isDone) return false;
    if (end - start < this.bytes.length) {
      this.#acknowledged ??= new RangeSet();
      this.#acknowledged.add(start, end);
      this.#lost?.remove(start, end);
      if (!this.#acknowledged.covers(0, this.bytes.length)) return false;
    }
    this.#isDone = true;
    this.#lost = undefined;
    this.#acknowledged = undefined;
    return true;
  }
}
