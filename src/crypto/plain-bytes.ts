// Turns what node:crypto gives out into what the rest of the house holds. Pure.

/** The same memory as a plain Uint8Array, whose `slice` copies and which compares as equal to other plain arrays. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
