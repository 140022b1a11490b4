// The places of half-open handshakes: how many, whose, for how long. Pure. PROTOCOL §3.7.
// A network that has shown that it receives at its address holds a share of the places at most, so that the rest is left
// to others. What nothing has shown counts against nobody: its sender may have written any address it likes.

import { type LocalSessionId } from "#wire";

import { HALF_OPEN_MS } from "./constants.ts";

/** The part of the places that one network holds at most; and that are taken before cookies are asked for. */
const SHARE = 1 / 4;
/** A network's share is no less than this, for the several clients behind one address. */
const LEAST_SHARE = 16;

/** What the table must know of a half-open handshake; it owns the order and the time. */
export interface Place {
  /** Who called and with what: the same for the same first message. */
  readonly key: string;
  readonly id: LocalSessionId;
  /** The network whose cookie proved it; undefined where none did. */
  readonly network: string | undefined;
  /** Monotonic ms. */
  readonly createdAt: number;
}

/** At most so many half-open handshakes, each for HALF_OPEN_MS. */
export class HalfOpenTable<P extends Place> {
  readonly #most: number;
  readonly #share: number;
  /** In the order of their making, so that the oldest are first. */
  readonly #byKey = new Map<string, P>();
  readonly #byId = new Map<LocalSessionId, P>();
  /** Places held by networks that hold any. */
  readonly #held = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
    this.#share = Math.max(LEAST_SHARE, Math.floor(most * SHARE));
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Networks that are counted, for checkers: never more than there are places. */
  get networks(): number {
    return this.#held.size;
  }

  /** Whether so many places are taken that whoever wants another must prove its address. */
  get isBusy(): boolean {
    return this.#byKey.size > this.#most * SHARE;
  }

  withKey(key: string): P | undefined {
    return this.#byKey.get(key);
  }

  withId(id: LocalSessionId): P | undefined {
    return this.#byId.get(id);
  }

  /** Whether one more may come from a network that proved itself, or from nobody knows where. */
  hasPlaceFor(network: string | undefined): boolean {
    if (this.#byKey.size >= this.#most) return false;
    return network === undefined || (this.#held.get(network) ?? 0) < this.#share;
  }

  /** Takes in one whose key and id are not there yet, and for which there is a place. */
  add(place: P): void {
    this.#byKey.set(place.key, place);
    this.#byId.set(place.id, place);
    if (place.network !== undefined) this.#held.set(place.network, (this.#held.get(place.network) ?? 0) + 1);
  }

  /** Gives a place back. */
  remove(place: P): void {
    if (!this.#byKey.delete(place.key)) return;
    this.#byId.delete(place.id);
    if (place.network === undefined) return;
    const left = (this.#held.get(place.network) ?? 0) - 1;
    if (left > 0) this.#held.set(place.network, left);
    else this.#held.delete(place.network);
  }

  /** Gives back the places of those whose time is over. */
  removeOld(now: number): void {
    for (const place of this.#byKey.values()) {
      if (now - place.createdAt < HALF_OPEN_MS) return;
      this.remove(place);
    }
  }
}
