// How much may be under way on a path: the interface, and NewReno behind it (RFC 9002 §7). Pure.

import { DATAGRAM_BYTES } from "./constants.ts";

/** Decides the congestion window from what it is told; all sizes in bytes, times in monotonic ms. */
export interface CongestionController {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;
  /** A packet was acknowledged; `isLimited`: the window, and not the application, held sending back when it left. */
  acknowledged(bytes: number, sentAt: number, isLimited: boolean): void;
  /** A packet that left at `sentAt` was declared lost. */
  lost(sentAt: number, now: number): void;
  /** Everything over a long period was lost (RFC 9002 §7.6). */
  collapsed(): void;
}

const INITIAL_WINDOW = 10 * DATAGRAM_BYTES;
const MINIMUM_WINDOW = 2 * DATAGRAM_BYTES;
const LARGEST_WINDOW = 64 * 1024 * 1024;

/** NewReno: slow start, additive increase, halving once a round trip (RFC 9002 appendix B). */
export class NewReno implements CongestionController {
  #window = INITIAL_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #recoveryStart = Number.NEGATIVE_INFINITY;

  get windowBytes(): number {
    return this.#window;
  }

  acknowledged(bytes: number, sentAt: number, isLimited: boolean): void {
    if (!isLimited || sentAt <= this.#recoveryStart) return;
    const growth = this.#window < this.#threshold ? bytes : (DATAGRAM_BYTES * bytes) / this.#window;
    this.#window = Math.min(this.#window + growth, LARGEST_WINDOW);
  }

  lost(sentAt: number, now: number): void {
    if (sentAt <= this.#recoveryStart) return;
    this.#recoveryStart = now;
    this.#threshold = Math.max(this.#window / 2, MINIMUM_WINDOW);
    this.#window = this.#threshold;
  }

  collapsed(): void {
    this.#window = MINIMUM_WINDOW;
    this.#recoveryStart = Number.NEGATIVE_INFINITY;
  }
}
