// How much a path loses, by what was acknowledged and what was not. Pure. PROTOCOL §5.7.

/** A path of which nothing is known is taken to lose one packet in 20: so much weighs as this many packets. */
const PRIOR_PACKETS = 10;
const PRIOR_LOST = 0.5;
/** Of so many packets, half are forgotten: what the path did long ago says little. */
const MEMORY_PACKETS = 2000;

/** One path's share of lost packets. */
export class LossRate {
  #fates = PRIOR_PACKETS;
  #lost = PRIOR_LOST;

  /** From 0 to 1. */
  get share(): number {
    return this.#lost / this.#fates;
  }

  /** The fate of one packet became known. */
  note(isLost: boolean): void {
    this.#fates++;
    if (isLost) this.#lost++;
    if (this.#fates < MEMORY_PACKETS) return;
    this.#fates /= 2;
    this.#lost /= 2;
  }

  /** The path is another one. */
  forget(): void {
    this.#fates = PRIOR_PACKETS;
    this.#lost = PRIOR_LOST;
  }
}
