// Which messages a crowd of profiles has ever had, as 64 bits of each in a table of fixed size: a history that does not grow
// while memory is measured. Two different ids are taken for one with a probability of about (their number)² / 2^65.

/** So full that looking for a place takes long. */
const FULLEST = 0.75;

export class KnownIds {
  readonly #words: Uint32Array;
  readonly #places: number;
  #size = 0;

  /** Room for so many ids. */
  constructor(most: number) {
    this.#places = 2 ** Math.ceil(Math.log2(Math.max(16, most / FULLEST)));
    // Touched at once, so that it does not look as if the process grew.
    this.#words = new Uint32Array(2 * this.#places).fill(0);
  }

  /** False for an id that this owner had before. Ids are random bytes, 8 at least. RangeError where there is no room. */
  add(owner: number, id: Uint8Array): boolean {
    const view = new DataView(id.buffer, id.byteOffset, id.byteLength);
    const high = (view.getUint32(0) ^ Math.imul(owner + 1, 0x9e3779b1)) >>> 0;
    // A place of zeros is free.
    const low = ((view.getUint32(4) ^ Math.imul(owner + 1, 0x85ebca6b)) | (high === 0 ? 1 : 0)) >>> 0;
    for (let at = low & (this.#places - 1); ; at = (at + 1) & (this.#places - 1)) {
      const [a, b] = [this.#words[2 * at], this.#words[2 * at + 1]];
      if (a === high && b === low) return false;
      if (a !== 0 || b !== 0) continue;
      if (this.#size >= FULLEST * this.#places) throw new RangeError(`no room for more than ${this.#size} ids`);
      this.#words[2 * at] = high;
      this.#words[2 * at + 1] = low;
      this.#size++;
      return true;
    }
  }
}
