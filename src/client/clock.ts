// What time it is, as far as the client was told. Pure.

/** Monotonic ms of the last call from outside, and what a clock on the wall shows. */
export class Clock {
  /** Monotonic ms. */
  now: number;
  /** Wall clock minus monotonic clock, ms. */
  wallOffsetMs: number;

  constructor(wallOffsetMs: number, now: number) {
    this.wallOffsetMs = wallOffsetMs;
    this.now = now;
  }

  /** Wall-clock ms at monotonic ms: whole, and never below 0. */
  wallMs(now: number): number {
    return Math.max(0, Math.floor(now + this.wallOffsetMs));
  }
}
