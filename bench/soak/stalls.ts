// How long this process stood still: who is in it was silent meanwhile, whatever the network did.

/** Half a second of silence is a verdict (PROTOCOL §8.4); most of it is enough to explain one. */
export const STALL_MS = 300;
/** What came of a stall is told after so long. */
const LATELY_MS = 5000;
/** What is made up for of a stall. */
const LONGEST_MS = 1000;

export class Stalls {
  readonly #tickMs: number;
  #lastTick: number | undefined;
  #lastStall = Number.NEGATIVE_INFINITY;
  count = 0;
  longestMs = 0;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /** Called at each tick; gives the ms since the last one. */
  tick(now: number): number {
    const elapsedMs = now - (this.#lastTick ?? now);
    this.#lastTick = now;
    const stoodMs = elapsedMs - this.#tickMs;
    this.longestMs = Math.max(this.longestMs, stoodMs);
    if (stoodMs > STALL_MS) {
      this.count++;
      this.#lastStall = now;
    }
    return Math.min(elapsedMs, LONGEST_MS);
  }

  /** Also where the tick that will notice it has not come yet. */
  get wasLately(): boolean {
    const now = performance.now();
    return now - this.#lastStall < LATELY_MS || now - (this.#lastTick ?? now) - this.#tickMs > STALL_MS;
  }
}
