// The simulator's dice: everything random in a simulation comes from one seed. Pure.

import { ByteWriter } from "#bytes";
import { type Dice, sha256 } from "#crypto";

/** xoshiro128** seeded by a number and a label; streams of different labels are independent. */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number, label: string) {
    const digest = sha256(new ByteWriter(64).u48(seed).text(label).finish());
    this.#state = new Uint32Array(digest.slice().buffer, 0, 4);
  }

  /** A 32-bit unsigned integer. */
  u32(): number {
    const s = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const mixed = c ^ a;
    const last = d ^ b;
    s[1] = b ^ mixed;
    s[0] = a ^ last;
    s[2] = mixed ^ (b << 9);
    s[3] = rotate(last, 11);
    return scrambled;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.u32() / 2 ** 32;
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** The bytes that a machine asks for. */
  readonly dice: Dice = (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.u32();
      for (let k = 0; k < 4 && i + k < length; k++) bytes[i + k] = (word >>> (8 * k)) & 0xff;
    }
    return bytes;
  };
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
