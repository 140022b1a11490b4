// Texts on a stream of bytes: each behind its length in four bytes. Pure.

const LENGTH_BYTES = 4;

export function framed(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + length);
  bytes.writeUInt32BE(length);
  bytes.write(text, LENGTH_BYTES);
  return bytes;
}

/** Takes the stream in any pieces and gives each text once it is whole. */
export class Unframer {
  readonly #take: (text: string) => void;
  #pieces: Buffer[] = [];
  #held = 0;
  /** Bytes that are needed before anything can be given. */
  #wanted = LENGTH_BYTES;

  constructor(take: (text: string) => void) {
    this.#take = take;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held < this.#wanted) return;
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    let at = 0;
    for (;;) {
      this.#wanted = LENGTH_BYTES;
      if (bytes.length - at < this.#wanted) break;
      this.#wanted += bytes.readUInt32BE(at);
      if (bytes.length - at < this.#wanted) break;
      this.#take(bytes.toString("utf8", at + LENGTH_BYTES, at + this.#wanted));
      at += this.#wanted;
    }
    this.#pieces = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#held = bytes.length - at;
  }
}
