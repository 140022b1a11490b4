// Which packet numbers were seen: a bitmap that slides (RFC 6479). Pure. PROTOCOL §4.1.

const BLOCK_BITS = 32;
const BLOCKS = 256;
/** What most sessions get by with: their first 512 packets. */
const FIRST_BLOCKS = 16;

/** Numbers below the highest by more than this are refused unseen: 8,160. */
export const REPLAY_WINDOW = (BLOCKS - 1) * BLOCK_BITS;

/** Says once of every packet number that it is new. 64 bytes at first, 1 KiB for longer sessions; O(1) but for jumps,
 * which clear at most the bitmap. */
export class ReplayWindow {
  #blocks = new Uint32Array(FIRST_BLOCKS);
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
    if (block >= this.#blocks.length && this.#blocks.length < BLOCKS) this.#widen();
    for (let i = Math.max(highestBlock + 1, block - BLOCKS + 1); i <= block; i++) this.#blocks[i % BLOCKS] = 0;
    if (number > this.#highest) this.#highest = number;
    this.#blocks[block % BLOCKS] = this.#block(number) | this.#bit(number);
  }

  /** Before the first number that has no block: all that was seen keeps its place. */
  #widen(): void {
    const wide = new Uint32Array(BLOCKS);
    wide.set(this.#blocks);
    this.#blocks = wide;
  }

  #block(number: number): number {
    return this.#blocks[Math.floor(number / BLOCK_BITS) % BLOCKS] as number;
  }

  #bit(number: number): number {
    return 1 << (number % BLOCK_BITS);
  }
}
