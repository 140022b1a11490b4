// Spreads what may leave over time instead of sending it at once (RFC 9002 §7.7): a token bucket. Pure. PROTOCOL §5.6.

import { DATAGRAM_BYTES } from "./constants.ts";

const BURST_BYTES = 2 * DATAGRAM_BYTES;
/** So long a burst may leave at once, ms: timers come no oftener than each ms. */
const BURST_MS = 2;
/** Who waits for a timer that comes late may catch up with so much, ms. */
const LATE_MS = 8;

/** Tokens are bytes. Times in monotonic ms. */
export class Pacer {
  #tokens = BURST_BYTES;
  #at = Number.NEGATIVE_INFINITY;
  #isWaiting = false;

  /** When `bytes` may leave: `now` or earlier means at once. */
  releaseTime(bytes: number, bytesPerMs: number, now: number): number {
    if (now > this.#at) {
      const elapsed = this.#at === Number.NEGATIVE_INFINITY ? BURST_MS : now - this.#at;
      const capacity = Math.max(BURST_BYTES, bytesPerMs * (this.#isWaiting ? LATE_MS : BURST_MS));
      this.#tokens = Math.min(capacity, this.#tokens + bytesPerMs * elapsed);
      this.#at = now;
    }
    this.#isWaiting = this.#tokens < bytes;
    return this.#isWaiting ? now + (bytes - this.#tokens) / bytesPerMs : now;
  }

  sent(bytes: number): void {
    this.#tokens -= bytes;
  }
}
