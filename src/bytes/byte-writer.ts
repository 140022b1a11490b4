// Writes laid-out bytes. Pure. The counterpart of ByteReader; what it writes is the one canonical form (PROTOCOL §1.2).

const encoder = new TextEncoder();

/** Arrays up to this size V8 keeps on its own heap, where they cost a twentieth; `subarray` would move them out. */
const SMALL_BYTES = 64;

/** Bytes that `varint` takes for a value: 1, 2, 4 or 8 (RFC 9000 §16). */
export function varintLength(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x40000000 ? 4 : 8;
}

/** A buffer that grows; `finish` gives its bytes. Values out of range are the caller's mistake and throw RangeError. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = SMALL_BYTES) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#room(1, value, 0xff);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    return this.#unsigned(value, 2);
  }

  u32(value: number): this {
    return this.#unsigned(value, 4);
  }

  u48(value: number): this {
    return this.#unsigned(value, 6);
  }

  varint(value: number): this {
    const length = varintLength(value);
    const at = this.#length;
    this.#unsigned(value, length);
    const mark = length === 1 ? 0 : length === 2 ? 0x40 : length === 4 ? 0x80 : 0xc0;
    this.#bytes[at] = (this.#bytes[at] as number) | mark;
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.#room(bytes.length, 0, 0);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** UTF-8 behind its length as a varint. */
  text(text: string): this {
    const bytes = encoder.encode(text);
    return this.varint(bytes.length).bytes(bytes);
  }

  zeros(count: number): this {
    this.#room(count, 0, 0);
    this.#bytes.fill(0, this.#length, this.#length + count);
    this.#length += count;
    return this;
  }

  /** Begins anew in the same memory: what `finish` gave before may be written over. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  /** The bytes written, which may share the writer's memory: write no more after this. */
  finish(): Uint8Array {
    if (this.#length <= SMALL_BYTES) return this.#bytes.slice(0, this.#length);
    return this.#bytes.subarray(0, this.#length);
  }

  #unsigned(value: number, length: number): this {
    this.#room(length, value, length === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * length) - 1);
    let rest = value;
    for (let i = length - 1; i >= 0; i--) {
      this.#bytes[this.#length + i] = rest % 0x100;
      rest = Math.floor(rest / 0x100);
    }
    this.#length += length;
    return this;
  }

  #room(length: number, value: number, highest: number): void {
    if (!(value >= 0 && value <= highest && Number.isInteger(value)))
      throw new RangeError(`${value} is no whole number from 0 to ${highest}`);
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
