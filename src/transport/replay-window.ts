// Which packet numbers were seen: a bitmap that slides (RFC 6479). Pure. PROTOCOL §4.1.

const BLOCK_BITS = 32;
const BLOCKS = 256;

/** Numbers below the highest by more than this are refused unseen: 8,160. */
export const REPLAY_WINDOW = (BLOCKS - 1) * BLOCK_BITS;

/** Says once of every packet number that it is new. 1 KiB, O(1) but for jumps, which clear at most the bitmap. */
export class ReplayWindow {
  readonly #blocks = new Uint32Array(BLOCKS);
  #highest = -1;

  /** The highest number accepted, −1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a number is neither seen nor too old; changes nothing, so that it may be asked before authentication. */
  isNew(number: number): boolean {
    if (number > this.#highest) return true;
    if (this.#highest - number > REPLAY_WINDOW) return false;
    return (this.#block(number) & this.#bit(number)) === 0;
  }

  /** Marks an authenticated number as seen. */
  accept(number: number): void {
    const block = Math.floor(number / BLOCK_BITS);
    const highestBlock = Math.floor(this.#highest / BLOCK_BITS);
    for (let i = Math.max(highestBlock + 1, block - BLOCKS + 1); i <= block; i++) this.#blocks[i % BLOCKS] = 0;
    if (number > this.#highest) this.#highest = number;
    this.#blocks[block % BLOCKS] = this.#block(number) | this.#bit(number);
  }

  #block(number: number): number {
    return this.#blocks[Math.floor(number / BLOCK_BITS) % BLOCKS] as number;
  }

  #bit(number: number): number {
    return 1 << (number % BLOCK_BITS);
  }
}
