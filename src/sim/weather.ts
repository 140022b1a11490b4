// What a link does to datagrams. Pure: data, and the dice thrown for each datagram.

import { type Random } from "./random.ts";

/** Probabilities are per datagram, in [0, 1]; times in ms. */
export interface Weather {
  readonly delayMs: number;
  /** Up to so much more for each datagram, so that they overtake one another. */
  readonly jitterMs: number;
  readonly loss: number;
  /** Mean length of a run of losses (Gilbert–Elliott with mean loss `loss`); 1 for independent losses. */
  readonly burst: number;
  readonly duplicate: number;
  /** Chance that one bit is flipped. */
  readonly corrupt: number;
  /** Datagrams longer than this vanish. */
  readonly mtu: number;
  /** Bytes per ms that pass; +∞ for no limit. */
  readonly bytesPerMs: number;
  /** What would wait longer than this for its turn is lost. */
  readonly queueMs: number;
}

export const calm: Weather = {
  delayMs: 1,
  jitterMs: 0,
  loss: 0,
  burst: 1,
  duplicate: 0,
  corrupt: 0,
  mtu: 1500,
  bytesPerMs: Number.POSITIVE_INFINITY,
  queueMs: 200,
};

/** What links did to datagrams. */
export interface Dealt {
  carried: number;
  lost: number;
  doubled: number;
  damaged: number;
  /** Arrive before one that left earlier. */
  overtaking: number;
}

/** One direction of a link. */
export class Link {
  weather: Weather = calm;
  isCut = false;
  readonly dealt: Dealt = { carried: 0, lost: 0, doubled: 0, damaged: 0, overtaking: 0 };
  readonly #random: Random;
  #isLosing = false;
  #busyUntil = 0;
  #latestAt = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The copies of a datagram that arrive, each with its time of arrival; none if it is lost. */
  carry(bytes: Uint8Array, now: number): readonly { readonly at: number; readonly bytes: Uint8Array }[] {
    const { dealt, weather } = this;
    dealt.carried++;
    const isLost = this.#losesNext();
    const start = Math.max(now, this.#busyUntil);
    if (this.isCut || isLost || bytes.length > weather.mtu || start - now > weather.queueMs) {
      dealt.lost++;
      return [];
    }
    this.#busyUntil = start + bytes.length / weather.bytesPerMs;
    const copies = this.#random.chance(weather.duplicate) ? 2 : 1;
    if (copies > 1) dealt.doubled++;
    const carried: { readonly at: number; readonly bytes: Uint8Array }[] = [];
    while (carried.length < copies) {
      const at = this.#busyUntil + weather.delayMs + this.#random.fraction() * weather.jitterMs;
      const isDamaged = this.#random.chance(weather.corrupt);
      if (isDamaged) dealt.damaged++;
      carried.push({ at, bytes: isDamaged ? this.#flipped(bytes) : bytes });
    }
    const at = Math.min(...carried.map((copy) => copy.at));
    if (at < this.#latestAt) dealt.overtaking++;
    this.#latestAt = Math.max(this.#latestAt, at);
    return carried;
  }

  #losesNext(): boolean {
    const { loss, burst } = this.weather;
    if (burst <= 1) return this.#random.chance(loss);
    const leave = 1 / burst;
    const enter = (leave * loss) / (1 - loss);
    this.#isLosing = this.#isLosing ? !this.#random.chance(leave) : this.#random.chance(enter);
    return this.#isLosing;
  }

  #flipped(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const bit = this.#random.below(8 * bytes.length);
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
    return copy;
  }
}
