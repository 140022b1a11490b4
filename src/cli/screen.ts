// The terminal as readline sees it: it passes writes on, several at once as one, and keeps its width until it is told
// that the draft was redrawn for another.

import { Writable } from "node:stream";
import type { WriteStream } from "node:tty";

export class Screen extends Writable {
  readonly #terminal: WriteStream;
  /** Cells in a row, as readline counts rows with. */
  columns: number;

  constructor(terminal: WriteStream) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
    this.columns = terminal.columns;
  }

  /** Does several writes as one, so that nobody sees half of them. */
  asOne(writes: () => void): void {
    this.cork();
    writes();
    this.uncork();
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    this.#terminal.write(text);
    done();
  }

  override _writev(writes: readonly { readonly chunk: string }[], done: () => void): void {
    this.#terminal.write(writes.map(({ chunk }) => chunk).join(""));
    done();
  }
}
