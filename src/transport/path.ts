// Where the other side of a session is, and how it moves (WireGuard's roaming with RFC 9000 §9's proof). Pure. PROTOCOL §6.2.
// Only the newest authentic packet from elsewhere starts a move; the new place must answer a challenge; the old place is
// challenged too, and keeps the session if it still answers, so that somebody who only copies packets gains nothing.

import { equalBytes } from "#bytes";
import { type Dice } from "#crypto";
import { type Address, CHALLENGE_BYTES, isSameAddress } from "#wire";

const CHALLENGE_TRIES = 3;

interface Candidate {
  readonly address: Address;
  readonly token: Uint8Array;
  received: number;
  sent: number;
}

interface OldPlace {
  readonly address: Address;
  readonly token: Uint8Array;
}

interface Move {
  readonly candidate: Candidate;
  readonly old: OldPlace;
  tries: number;
  nextTryAt: number;
  isDone: boolean;
}

/** A challenge to put into a packet of its own. */
export interface Challenge {
  readonly to: Address;
  readonly token: Uint8Array;
}

/** One session's path. Times in monotonic ms, sizes in bytes of datagrams. */
export class Path {
  #current: Address;
  #move: Move | undefined;
  readonly #dice: Dice;

  constructor(address: Address, dice: Dice) {
    this.#current = address;
    this.#dice = dice;
  }

  get current(): Address {
    return this.#current;
  }

  /** When a challenge is due again, or a move can no longer be undone; +∞ at rest. */
  get deadline(): number {
    return this.#move?.nextTryAt ?? Number.POSITIVE_INFINITY;
  }

  /** An authentic packet came from `from`; `isNewest`: its number is the highest so far. */
  receive(from: Address, bytes: number, isNewest: boolean, now: number): void {
    const candidate = this.#move?.candidate;
    if (candidate !== undefined && isSameAddress(from, candidate.address)) candidate.received += bytes;
    if (!isNewest || isSameAddress(from, this.#current)) return;
    if (candidate !== undefined && isSameAddress(from, candidate.address)) return;
    this.#move = {
      candidate: { address: from, token: this.#dice(CHALLENGE_BYTES), received: bytes, sent: 0 },
      old: { address: this.#current, token: this.#dice(CHALLENGE_BYTES) },
      tries: 0,
      nextTryAt: now,
      isDone: false,
    };
  }

  /** Whether so many bytes may leave for an address: where the other side was never shown to be, no more than came from
   * there. Counts them as sent. */
  spend(to: Address, bytes: number): boolean {
    if (isSameAddress(to, this.#current)) return true;
    if (this.#move === undefined) return false;
    const { candidate, old } = this.#move;
    if (isSameAddress(to, old.address)) return true;
    if (!isSameAddress(to, candidate.address) || candidate.sent + bytes > candidate.received) return false;
    candidate.sent += bytes;
    return true;
  }

  /** The challenges due now; `bytes` is the size of a datagram with one. */
  takeChallenges(bytes: number, probeTimeoutMs: number, now: number): readonly Challenge[] {
    const move = this.#move;
    if (move === undefined || now < move.nextTryAt) return [];
    if (move.isDone || move.tries === CHALLENGE_TRIES) {
      this.#move = undefined;
      return [];
    }
    move.tries++;
    move.nextTryAt = now + probeTimeoutMs;
    const { candidate, old } = move;
    const toOld = { to: old.address, token: old.token };
    if (!this.spend(candidate.address, bytes)) return [toOld];
    return [{ to: candidate.address, token: candidate.token }, toOld];
  }

  /** A challenge was answered from `from`. True if the session is somewhere else now. */
  respond(token: Uint8Array, from: Address, probeTimeoutMs: number, now: number): boolean {
    const move = this.#move;
    if (move === undefined) return false;
    if (isSameAddress(from, move.old.address) && equalBytes(token, move.old.token)) {
      this.#move = undefined;
      const hadMoved = move.isDone;
      this.#current = move.old.address;
      return hadMoved;
    }
    if (move.isDone || !isSameAddress(from, move.candidate.address) || !equalBytes(token, move.candidate.token))
      return false;
    this.#current = move.candidate.address;
    move.isDone = true;
    // For so long the old place may still claim the session back.
    move.nextTryAt = now + CHALLENGE_TRIES * probeTimeoutMs;
    return true;
  }
}
