// How long a path takes, and from that how long to wait (RFC 9002 §5). Pure.

import { MAX_ACK_DELAY_MS } from "./constants.ts";

/** The timers' granularity (RFC 9002 §6.1.2), ms. */
export const GRANULARITY_MS = 1;
/** What is assumed before the first sample: far below RFC 9002's 333 ms, as a verdict is due at 500 (DESIGN §3). */
const INITIAL_RTT_MS = 60;

/** Smoothed estimates of one path's round trip; all times in ms. */
export class RoundTrip {
  #smoothed = INITIAL_RTT_MS;
  #variation = INITIAL_RTT_MS / 2;
  #latest = INITIAL_RTT_MS;
  #least = Number.POSITIVE_INFINITY;
  #isMeasured = false;

  get smoothed(): number {
    return this.#smoothed;
  }

  get variation(): number {
    return this.#variation;
  }

  get latest(): number {
    return this.#latest;
  }

  get least(): number {
    return this.#least;
  }

  /** True from the first sample of this path. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** How long to wait for an acknowledgement before probing (RFC 9002 §6.2.1), without back-off. */
  get probeTimeout(): number {
    return this.#smoothed + Math.max(4 * this.#variation, GRANULARITY_MS) + MAX_ACK_DELAY_MS;
  }

  /** How much later than its successors a packet may be acknowledged before it counts as lost (RFC 9002 §6.1.2). */
  get lossDelay(): number {
    return Math.max((9 / 8) * Math.max(this.#smoothed, this.#latest), GRANULARITY_MS);
  }

  /** The path is another one: back to the beginning. */
  forget(): void {
    this.#smoothed = INITIAL_RTT_MS;
    this.#variation = INITIAL_RTT_MS / 2;
    this.#latest = INITIAL_RTT_MS;
    this.#least = Number.POSITIVE_INFINITY;
    this.#isMeasured = false;
  }

  /** Takes a sample (RFC 9002 §5.3); `ackDelay` is what the peer says it waited. */
  sample(rtt: number, ackDelay: number): void {
    this.#latest = rtt;
    this.#least = Math.min(this.#least, rtt);
    const delay = Math.min(ackDelay, MAX_ACK_DELAY_MS);
    const adjusted = rtt - delay >= this.#least ? rtt - delay : rtt;
    if (!this.#isMeasured) {
      this.#isMeasured = true;
      this.#smoothed = rtt;
      this.#variation = rtt / 2;
      return;
    }
    this.#variation = (3 / 4) * this.#variation + (1 / 4) * Math.abs(this.#smoothed - adjusted);
    this.#smoothed = (7 / 8) * this.#smoothed + (1 / 8) * adjusted;
  }
}
