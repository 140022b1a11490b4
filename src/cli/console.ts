// The two ways to talk with whoever started the program: a terminal with a line editor, or a pipe.

import { isInForeground } from "./foreground.ts";
import { Pipe } from "./pipe.ts";
import { Terminal } from "./terminal.ts";
import type { TypedLine } from "./typed-line.ts";

/** The streams of a process. */
export interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WritableStream;
}

/** What a console tells whoever opened it. */
export interface ConsoleListener {
  type(line: TypedLine): void;
  /** Nothing will be typed any more. */
  endInput(): void;
  /** Ctrl-C where the terminal does not make a signal of it. */
  interrupt(): void;
  /** Nobody reads the output any more. */
  loseOutput(error: Error): void;
}

export interface Console {
  /** What is shown before the line that is typed, from the next lines printed on. */
  setPrompt(prompt: string): void;
  /** Whole lines, prompt included, without their line breaks. */
  print(lines: readonly string[]): void;
  /** Reads on while `waitingBytes` of typed lines are few enough for this kind of input, or holds it back. */
  regulate(waitingBytes: number): void;
  /** Gives the terminal back as it was. Idempotent. */
  close(): void;
}

/**
 * A line editor if both streams are a terminal that can move its cursor; else a pipe. Behind a shell's `&` the terminal
 * is written to and not read.
 */
export function openConsole(streams: Streams, prompt: string, listener: ConsoleListener): Console {
  const { input, output } = streams;
  if (input.isTTY && !isInForeground()) return new Pipe(undefined, output, listener);
  const isTerminal = input.isTTY && output.isTTY && process.env["TERM"] !== "dumb";
  if (isTerminal) return new Terminal(input, output, prompt, listener);
  return new Pipe(input, output, listener);
}
