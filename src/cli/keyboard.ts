// The keys of a terminal as readline sees them, with a way around it for text: readline takes a key at a time and measures
// the whole line at each, so that 64 KiB pasted as keys would stop the program for a minute; and of keys that come together
// it draws all but the last without looking where a row ends.

import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

/** Characters that come at once and are a paste, in which tabs and line breaks are text. */
const leastPaste = 16;

// Visible text, tabs and line breaks; with anything else among it the chunk may be keys.
const plainText = /^[^\p{Cc}]*(?:[\t\r\n][^\p{Cc}]*)*$/u;

// What keys that came together are made of: escape sequences, control characters, and runs of visible text.
const escape = "\u001b";
const sequence = String.raw`(?:\[[\d;?]*[ -/]*[@-~]|O?[^\p{Cc}])?`;
const pieces = new RegExp(String.raw`${escape}${sequence}|\p{Cc}|[^\p{Cc}]+`, "gu");
const isControl = /^\p{Cc}/u;
const halfSequence = new RegExp(String.raw`${escape}(?:\[[\d;?]*[ -/]*|O)?$`);

export class Keyboard extends Readable {
  readonly isTTY = true;
  readonly #terminal: ReadStream;
  readonly #decoder = new StringDecoder();
  /** The last chunk ended in an escape sequence of which the rest may follow. */
  #isInSequence = false;
  #isOver = false;

  /** `write` is given visible text, and pastes, in which the line breaks are as they came. */
  constructor(terminal: ReadStream, write: (text: string) => void) {
    super();
    this.#terminal = terminal;
    terminal.on("data", (chunk: Buffer) => {
      const text = this.#decoder.write(chunk);
      if (text === "") return;
      if (this.#isInSequence) this.emit("data", text);
      else if (text.length >= leastPaste && plainText.test(text)) write(text);
      else {
        for (const piece of text.match(pieces) ?? []) {
          if (isControl.test(piece)) this.emit("data", piece);
          else write(piece);
        }
      }
      this.#isInSequence = halfSequence.test(text);
    });
    terminal.on("end", () => this.#end());
    // A terminal that cannot be read any more was closed.
    terminal.on("error", () => this.#end());
  }

  setRawMode(isRaw: boolean): this {
    // libuv does nothing where it believes the mode to be set; a shell may have changed it while we were stopped.
    if (isRaw) this.#terminal.setRawMode(false);
    this.#terminal.setRawMode(isRaw);
    return this;
  }

  override pause(): this {
    this.#terminal.pause();
    return this;
  }

  override resume(): this {
    this.#terminal.resume();
    return this;
  }

  override _read(): void {}

  /** Once: whoever hears it sets the mode of the terminal back, and one that was closed answers that with an error. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.emit("end");
  }
}
