// Reads laid-out bytes that strangers may have written. Pure.
// Nothing here throws: the first read past the end, or of a value that is not in canonical form, makes the reader
// `failed`, and every later read gives zeros. A caller reads a whole structure and asks once (PROTOCOL §1.2).

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const nothing = new Uint8Array(0);

/** A cursor over bytes it does not own; slices it gives out share their memory. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True from the first read that found too little or a value in a form that no writer makes. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** True when everything was read and nothing failed. */
  get finished(): boolean {
    return !this.#failed && this.left === 0;
  }

  /** Makes the reader `failed`; for callers that find a value out of its range. */
  fail(): void {
    this.#failed = true;
    this.#at = this.#bytes.length;
  }

  u8(): number {
    if (!this.#has(1)) return 0;
    return this.#bytes[this.#at++] as number;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    const high = (this.#bytes[this.#at++] as number) * 0x100 + (this.#bytes[this.#at++] as number);
    const low = (this.#bytes[this.#at++] as number) * 0x100 + (this.#bytes[this.#at++] as number);
    return high * 0x10000 + low;
  }

  /** A 48-bit unsigned integer; holds wall-clock milliseconds. */
  u48(): number {
    return this.u16() * 0x100000000 + this.u32();
  }

  /** A variable-length integer below 2^53 in its shortest form (RFC 9000 §16). */
  varint(): number {
    const first = this.u8();
    const length = 1 << (first >> 6);
    let value = first & 0x3f;
    for (let i = 1; i < length; i++) value = value * 0x100 + this.u8();
    if (value > Number.MAX_SAFE_INTEGER || (length > 1 && value < 2 ** (4 * length - 2))) {
      this.fail();
      return 0;
    }
    return this.#failed ? 0 : value;
  }

  /** The next `length` bytes, sharing the reader's memory. */
  bytes(length: number): Uint8Array {
    if (!this.#has(length)) return nothing;
    const at = this.#at;
    this.#at += length;
    return this.#bytes.subarray(at, this.#at);
  }

  /** All bytes not yet read. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** `length` bytes as UTF-8; malformed UTF-8 fails. */
  text(length: number): string {
    const bytes = this.bytes(length);
    if (bytes.length === 0) return "";
    try {
      return decoder.decode(bytes);
    } catch {
      this.fail();
      return "";
    }
  }

  #has(length: number): boolean {
    if (length <= this.left) return true;
    this.fail();
    return false;
  }
}
