// Callers who wait for their turn behind the sessions, so that a crowd at the door never slows those inside. Pure.
// PROTOCOL §3.7.

import { type Address } from "#wire";

/** More are dropped; they call again. */
const MOST_CALLS = 256;
/** Answered in one turn of the event loop. */
const CALLS_PER_TURN = 8;

interface WaitingCall {
  readonly bytes: Uint8Array;
  readonly from: Address;
}

/** Message-1 datagrams in the order of arrival, of LONGEST_MESSAGE1 bytes at most, in memory of its own. */
export class CallQueue {
  readonly #calls: WaitingCall[] = [];
  #turn = Number.NEGATIVE_INFINITY;
  #taken = 0;

  get length(): number {
    return this.#calls.length;
  }

  get isFull(): boolean {
    return this.#calls.length >= MOST_CALLS;
  }

  add(bytes: Uint8Array, from: Address): void {
    if (!this.isFull) this.#calls.push({ bytes: bytes.slice(), from });
  }

  /** The next to answer; undefined if none waits or enough were answered at `now`, which is one turn. */
  take(now: number): WaitingCall | undefined {
    if (now !== this.#turn) {
      this.#turn = now;
      this.#taken = 0;
    }
    if (this.#taken >= CALLS_PER_TURN) return undefined;
    this.#taken++;
    return this.#calls.shift();
  }
}
