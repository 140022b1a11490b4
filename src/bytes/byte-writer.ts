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
    check(value, 0xff);
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    check(value, 0xffff);
    this.#room(2);
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
    return this;
  }

  u32(value: number): this {
    check(value, 0xffffffff);
    return this.#low32(value);
  }

  u48(value: number): this {
    check(value, 2 ** 48 - 1);
    return this.u16(Math.floor(value / 0x100000000)).#low32(value);
  }

  varint(value: number): this {
    if (value < 0x40) return this.u8(value);
    if (value < 0x4000) return this.u16(value + 0x4000);
    if (value < 0x40000000) return this.u32(value + 0x80000000);
    check(value, Number.MAX_SAFE_INTEGER);
    return this.u32(Math.floor(value / 0x100000000) + 0xc0000000).#low32(value);
  }

  bytes(bytes: Uint8Array): this {
    this.#room(bytes.length);
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
    this.#room(count);
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

  /** The bytes written, in memory of their own. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #low32(value: number): this {
    this.#room(4);
    const low = value >>> 0;
    this.#bytes[this.#length++] = low >>> 24;
    this.#bytes[this.#length++] = low >>> 16;
    this.#bytes[this.#length++] = low >>> 8;
    this.#bytes[this.#length++] = low;
    return this;
  }

  #room(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function check(value: number, highest: number): void {
  if (!(value >= 0 && value <= highest && Number.isInteger(value)))
    throw new RangeError(`${value} is no whole number from 0 to ${highest}`);
}
