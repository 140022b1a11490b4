// What a path loses whatever is sent: the share that congestion has no part in. Pure. PROTOCOL §5.6.

/** The largest share that is evened out by sending faster. */
const MOST_BASE_LOSS = 0.3;
/** Fates that a share is taken from, at least. */
const FATES_FOR_LOSS = 50;
/** From so many on, half are forgotten whenever it is learned: of a few hundred, what a path loses is not known. */
const MEMORY = 2000;
/** A round of at least so many, most of which were lost, was a cut, or too large for the path, and says nothing. */
const FATES_OF_A_CUT = 20;

/** Counts fates of packets in rounds. */
export class BaseLoss {
  #share = 0;
  #fates = 0;
  #lost = 0;
  #roundFates = 0;
  #roundLost = 0;

  /** 0 to 0.3. */
  get share(): number {
    return this.#share;
  }

  /** How many of so many packets chance may take, as far as is known. */
  usual(packets: number): number {
    const expected = packets * this.#share;
    return 1.5 * expected + 3 * Math.sqrt(expected * (1 + packets / Math.max(this.#fates, 1)));
  }

  note(isLost: boolean): void {
    this.#roundFates++;
    if (isLost) this.#roundLost++;
  }

  /** Counts what was noted since the last round if nothing but the path can have lost it. */
  endRound(isOfThePath: boolean): void {
    const isCut = this.#roundFates >= FATES_OF_A_CUT && this.#roundLost > this.#roundFates / 2;
    if (isOfThePath && !isCut) {
      this.#fates += this.#roundFates;
      this.#lost += this.#roundLost;
    }
    this.#roundFates = 0;
    this.#roundLost = 0;
  }

  /** The share of what was counted. */
  learn(): void {
    if (this.#fates >= FATES_FOR_LOSS) this.#share = Math.min(this.#lost / this.#fates, MOST_BASE_LOSS);
    if (this.#fates < MEMORY) return;
    this.#fates /= 2;
    this.#lost /= 2;
  }
}
