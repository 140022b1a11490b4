// Bytes from a pipe, in whatever chunks they come, as lines. Pure.
// Lines end in LF or CRLF, the last one also at the end of the input; bytes that are no UTF-8 become U+FFFD; a byte order
// mark at the start is left out. Memory is bounded: a line beyond 1 MiB is counted, and only its beginning is kept.

import { utf8 } from "#bytes";

import type { TypedLine } from "./typed-line.ts";

/** UTF-8 bytes up to which a line is kept whole. */
export const mostKeptBytes = 1_048_576;

/** UTF-16 units kept of a longer line: enough for a command and a name. */
export const keptBeginning = 1024;

const byteOrderMark = "\ufeff";

/** Told chunks, it gives lines; how the input was cut into chunks makes no difference. */
export class LineInput {
  // Node's own way with a byte order mark depends on where the chunks were cut.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #hasBegun = false;
  /** The line so far, in the pieces it came in, its line break not yet found. */
  #pieces: string[] = [];
  #bytes = 0;
  #beginning = "";
  /** A CR at the end of what came so far: part of a line break or of the line, as the next character tells. */
  #endsInReturn = false;

  /** The lines that this chunk ends. */
  receive(chunk: Uint8Array): TypedLine[] {
    return this.#split(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The lines that the end of the input ends. */
  end(): TypedLine[] {
    const lines = this.#split(this.#decoder.decode());
    const hasRest = this.#bytes > 0 || this.#endsInReturn;
    return hasRest ? [...lines, this.#finish()] : lines;
  }

  #split(decoded: string): TypedLine[] {
    const text = !this.#hasBegun && decoded.startsWith(byteOrderMark) ? decoded.slice(1) : decoded;
    if (decoded !== "") this.#hasBegun = true;
    const parts = text.split("\n");
    const last = parts.pop() as string;
    const lines = parts.map((part) => {
      this.#add(part);
      return this.#finish();
    });
    this.#add(last);
    return lines;
  }

  #add(text: string): void {
    if (text === "") return;
    const endsInReturn = text.endsWith("\r");
    const piece = (this.#endsInReturn ? "\r" : "") + (endsInReturn ? text.slice(0, -1) : text);
    this.#endsInReturn = endsInReturn;
    if (piece === "") return;
    if (this.#beginning.length < keptBeginning)
      this.#beginning += piece.slice(0, keptBeginning - this.#beginning.length);
    this.#bytes += utf8(piece).length;
    if (this.#bytes <= mostKeptBytes) this.#pieces.push(piece);
  }

  #finish(): TypedLine {
    const isWhole = this.#bytes <= mostKeptBytes;
    const line = { text: isWhole ? this.#pieces.join("") : this.#beginning, bytes: this.#bytes, isWhole };
    this.#pieces = [];
    this.#bytes = 0;
    this.#beginning = "";
    this.#endsInReturn = false;
    return line;
  }
}
