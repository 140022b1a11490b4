// The numbers of packets that leave: never one twice, now and then one left out. Pure. PROTOCOL §4.1, §4.3.

import { ByteReader } from "#bytes";
import { type Dice } from "#crypto";

/** One number is left out among so many, at random places, to catch a peer that acknowledges what it cannot have. */
const SKIP_WITHIN = 512;
/** Left-out numbers that are remembered. */
const MOST_SKIPPED = 8;

/** One packet number space of a session. */
export class PacketNumbers {
  readonly #dice: Dice;
  readonly #skipped: number[] = [];
  #next = 0;
  #skip: number;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#skip = this.#nextSkip();
  }

  /** The lowest number that has not been given out. */
  get next(): number {
    return this.#next;
  }

  take(): number {
    if (this.#next === this.#skip) {
      this.#skipped.push(this.#next++);
      if (this.#skipped.length > MOST_SKIPPED) this.#skipped.shift();
      this.#skip = this.#nextSkip();
    }
    return this.#next++;
  }

  /** Whether every number in the ranges has left, as far as is remembered (RFC 9000 §21.4). */
  haveAllLeft(ranges: readonly { readonly first: number; readonly last: number }[]): boolean {
    return ranges.every(
      ({ first, last }) => last < this.#next && !this.#skipped.some((number) => first <= number && number <= last),
    );
  }

  #nextSkip(): number {
    return this.#next + 16 + (new ByteReader(this.#dice(2)).u16() % SKIP_WITHIN);
  }
}
