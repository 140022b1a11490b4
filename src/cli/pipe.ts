// A console without a line editor: lines in, lines out, no prompt of its own (behaviour.md, "Line mode").

import type { Console, ConsoleListener } from "./console.ts";
import { LineInput } from "./line-input.ts";

/** Memory of typed lines from which on the input is held back. */
const mostWaitingBytes = 262_144;

export class Pipe implements Console {
  readonly #input: NodeJS.ReadableStream | undefined;
  readonly #output: NodeJS.WritableStream;
  readonly #listener: ConsoleListener;
  readonly #lines = new LineInput();
  #isClosed = false;
  #hasEnded = false;

  /** Without an input it only prints. */
  constructor(input: NodeJS.ReadableStream | undefined, output: NodeJS.WritableStream, listener: ConsoleListener) {
    this.#input = input;
    this.#output = output;
    this.#listener = listener;
    output.on("error", (error: Error) => listener.loseOutput(error));
    input?.on("data", (chunk: Uint8Array) => {
      for (const line of this.#lines.receive(chunk)) this.#listener.type(line);
    });
    input?.on("end", () => this.#end());
    // An input that cannot be read (a closed terminal, nohup's) has ended.
    input?.on("error", () => this.#end());
  }

  /** Each line has its own. */
  setPrompt(): void {}

  print(lines: readonly string[]): void {
    if (lines.length > 0) this.#output.write(`${lines.join("\n")}\n`);
  }

  regulate(waitingBytes: number): void {
    if (this.#input === undefined || this.#isClosed || this.#hasEnded) return;
    const isTooMuch = waitingBytes > mostWaitingBytes;
    if (isTooMuch && !this.#input.isPaused()) this.#input.pause();
    if (!isTooMuch && this.#input.isPaused()) this.#input.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.#input?.pause();
  }

  #end(): void {
    if (this.#isClosed || this.#hasEnded) return;
    this.#hasEnded = true;
    for (const line of this.#lines.end()) this.#listener.type(line);
    this.#listener.endInput();
  }
}
