// Callers who wait for their turn behind the sessions, so that a crowd at the door never slows those inside. Pure.
// PROTOCOL §3.7.

import { type Address } from "#wire";

/** Of each kind: more are dropped; they call again. */
const MOST_CALLS = 256;
/** Answered in one turn of the event loop: a handshake takes longer than all else that a turn does. */
const CALLS_PER_TURN = 2;

/** Somebody who wants to be let in. */
export interface WaitingCall {
  readonly bytes: Uint8Array;
  readonly from: Address;
  /** Whether it carries a cookie of ours for that address. */
  readonly isProven: boolean;
}

/** Message-1 datagrams of LONGEST_MESSAGE1 bytes at most, in memory of their own. Those that have proven their address
 * and those that have not wait in two rows and are taken in turn, so that neither keeps the other out. */
export class CallQueue {
  readonly #proven: WaitingCall[] = [];
  readonly #others: WaitingCall[] = [];
  #isProvenNext = true;
  #turn = Number.NEGATIVE_INFINITY;
  #taken = 0;

  get length(): number {
    return this.#proven.length + this.#others.length;
  }

  isFull(isProven: boolean): boolean {
    return this.#row(isProven).length >= MOST_CALLS;
  }

  add(bytes: Uint8Array, from: Address, isProven: boolean): void {
    if (!this.isFull(isProven)) this.#row(isProven).push({ bytes: bytes.slice(), from, isProven });
  }

  /** The next to answer; undefined if none waits or enough were answered at `now`, which is one turn. */
  take(now: number): WaitingCall | undefined {
    if (now !== this.#turn) {
      this.#turn = now;
      this.#taken = 0;
    }
    if (this.#taken >= CALLS_PER_TURN) return undefined;
    const call = this.#row(this.#isProvenNext).shift() ?? this.#row(!this.#isProvenNext).shift();
    if (call === undefined) return undefined;
    this.#taken++;
    this.#isProvenNext = !call.isProven;
    return call;
  }

  #row(isProven: boolean): WaitingCall[] {
    return isProven ? this.#proven : this.#others;
  }
}
