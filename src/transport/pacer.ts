// Spreads a window over a round trip instead of sending it at once (RFC 9002 §7.7): a token bucket. Pure.

import { DATAGRAM_BYTES } from "./constants.ts";

const BURST_BYTES = 10 * DATAGRAM_BYTES;
/** Timers fire late by about so much; what accrues meanwhile must not be lost, ms. */
const TIMER_SLACK_MS = 2;
/** Somewhat above 1, so that the window and not the pacer is what limits (RFC 9002 §7.7). */
const GAIN = 1.25;

/** Tokens are bytes; they accrue at `GAIN × window / smoothed round trip`. Times in monotonic ms. */
export class Pacer {
  #tokens = BURST_BYTES;
  #at = Number.NEGATIVE_INFINITY;

  /** When `bytes` may leave: `now` or earlier means at once. */
  releaseTime(bytes: number, windowBytes: number, roundTripMs: number, now: number): number {
    const bytesPerMs = (GAIN * windowBytes) / Math.max(roundTripMs, 0.05);
    const capacity = Math.max(BURST_BYTES, bytesPerMs * TIMER_SLACK_MS);
    if (now > this.#at) {
      const elapsed = this.#at === Number.NEGATIVE_INFINITY ? TIMER_SLACK_MS : now - this.#at;
      this.#tokens = Math.min(capacity, this.#tokens + bytesPerMs * elapsed);
      this.#at = now;
    }
    return this.#tokens >= bytes ? now : now + (bytes - this.#tokens) / bytesPerMs;
  }

  sent(bytes: number): void {
    this.#tokens -= bytes;
  }
}
