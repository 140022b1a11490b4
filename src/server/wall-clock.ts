// Wall time, for ages of names only: monotonic time and an offset that the host sets. Pure.

/** Wall-clock ms at monotonic ms. */
export class WallClock {
  /** Wall-clock ms at monotonic 0. */
  offsetMs: number;

  constructor(offsetMs: number) {
    this.offsetMs = offsetMs;
  }

  /** Whole ms since 1970, never below 0. */
  at(now: number): number {
    return Math.max(0, Math.floor(now + this.offsetMs));
  }
}
