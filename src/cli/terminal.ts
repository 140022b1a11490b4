// A console on a terminal: node:readline edits the line, and what arrives is printed above it while the draft and its
// cursor stay as they are, over however many rows the draft goes (behaviour.md, "Line mode"; terminal.md §1).

import { createInterface } from "node:readline";
import type { Interface } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";

import { utf8 } from "#bytes";

import type { Console, ConsoleListener } from "./console.ts";
import { isInForeground } from "./foreground.ts";
import { Keyboard } from "./keyboard.ts";
import { Screen } from "./screen.ts";

/** Memory of typed lines from which on the keyboard is held back, Ctrl-C with it: hundreds of pastes. */
const mostWaitingBytes = 16_777_216;

/** UTF-16 units of a draft; more cannot be sent, is not shown and only counted. */
const mostDraftUnits = 80_000;

const historyLines = 500;

const clearBelow = "\r\u001b[J";

export class Terminal implements Console {
  readonly #terminal: WriteStream;
  readonly #screen: Screen;
  readonly #keyboard: Keyboard;
  readonly #editor: Interface;
  readonly #listener: ConsoleListener;
  /** The rows on the screen are those of the prompt before until something is drawn. */
  #nextPrompt: string;
  /** UTF-8 bytes written behind a full draft. */
  #bytesBeyond = 0;
  #textEndsInReturn = false;
  #isHeldBack = false;
  /** In the background of its shell: it prints, and touches the terminal in no other way. */
  #isAway = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(input: ReadStream, output: WriteStream, prompt: string, listener: ConsoleListener) {
    this.#terminal = output;
    this.#listener = listener;
    this.#nextPrompt = prompt;
    this.#screen = new Screen(output);
    this.#keyboard = new Keyboard(input, (text) => this.#write(text));
    this.#editor = createInterface({
      input: this.#keyboard,
      output: this.#screen,
      terminal: true,
      prompt,
      historySize: historyLines,
      crlfDelay: Infinity,
    });
    this.#editor.on("line", (line) => this.#finishLine(line));
    this.#editor.on("SIGINT", () => listener.interrupt());
    this.#editor.on("SIGTSTP", () => this.#suspend());
    this.#editor.on("close", () => this.#end());
    output.on("resize", this.#fit);
    output.on("error", (error: Error) => listener.loseOutput(error));
    process.on("SIGCONT", this.#comeBack);
    this.#editor.prompt();
  }

  setPrompt(prompt: string): void {
    this.#nextPrompt = prompt;
  }

  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${line.replaceAll("\n", "\r\n")}\r\n`).join("");
    if (this.#hasEnded || this.#isAway) this.#terminal.write(text);
    else {
      const { rows } = this.#editor.getCursorPos();
      this.#editor.setPrompt(this.#nextPrompt);
      this.#redraw(rows, text);
    }
  }

  regulate(waitingBytes: number): void {
    this.#isHeldBack = waitingBytes > mostWaitingBytes;
    if (this.#hasEnded || this.#isAway) return;
    if (this.#isHeldBack) this.#keyboard.pause();
    else this.#keyboard.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#terminal.off("resize", this.#fit);
    process.off("SIGCONT", this.#comeBack);
    if (!this.#hasEnded) {
      this.#editor.write(null, { ctrl: true, name: "e" });
      this.#editor.close();
    }
    this.#keyboard.pause();
  }

  /**
   * Puts `text` where the draft begins and the draft under it; `rowsAbove` are the rows of the draft above the cursor
   * now. readline goes up, before it draws, by the rows it last drew above the cursor: so many are added for it.
   */
  #redraw(rowsAbove: number, text: string, rowsDrawn = rowsAbove): void {
    this.#screen.asOne(() => {
      this.#screen.write(up(rowsAbove) + clearBelow + text + "\r\n".repeat(rowsDrawn));
      this.#prompt();
    });
  }

  /** Draws the draft with its cursor; readline resumes its input by it. */
  #prompt(): void {
    this.#editor.prompt(true);
    if (this.#isHeldBack) this.#keyboard.pause();
  }

  #finishLine(line: string): void {
    // What stood beyond a draft that was shortened since was never shown and is not sent.
    const bytesBeyond = line.length >= mostDraftUnits ? this.#bytesBeyond : 0;
    this.#bytesBeyond = 0;
    this.#listener.type({ text: line, bytes: utf8(line).length + bytesBeyond, isWhole: bytesBeyond === 0 });
    if (!this.#hasEnded) this.#prompt();
  }

  #write(text: string): void {
    const isSecondHalf = this.#textEndsInReturn && text.startsWith("\n");
    this.#textEndsInReturn = text.endsWith("\r");
    const [first = "", ...others] = (isSecondHalf ? text.slice(1) : text).split(/\r\n|\r|\n/);
    this.#insert(first);
    for (const line of others) {
      if (this.#hasEnded) return;
      this.#editor.write(null, { name: "return" });
      this.#insert(line);
    }
  }

  #insert(text: string): void {
    const fits = text.slice(0, Math.max(0, mostDraftUnits - this.#editor.line.length));
    if (fits !== "") this.#editor.write(fits);
    this.#bytesBeyond += utf8(text.slice(fits.length)).length;
  }

  /** The window has another width: terminals have wrapped the draft anew, with its cursor where it was in it. */
  readonly #fit = (): void => {
    const rowsDrawn = this.#hasEnded ? 0 : this.#editor.getCursorPos().rows;
    this.#screen.columns = this.#terminal.columns;
    if (!this.#hasEnded && !this.#isAway) this.#redraw(this.#editor.getCursorPos().rows, "", rowsDrawn);
  };

  #suspend(): void {
    if (process.platform === "win32") return;
    // The shell writes where the draft was; it is drawn again on coming back.
    this.#screen.write(up(this.#editor.getCursorPos().rows) + clearBelow);
    this.#keyboard.setRawMode(false);
    process.kill(process.pid, "SIGTSTP");
  }

  readonly #comeBack = (): void => {
    if (this.#hasEnded) return;
    this.#isAway = !isInForeground();
    if (this.#isAway) {
      this.#keyboard.pause();
      return;
    }
    this.#keyboard.setRawMode(true);
    const rowsDrawn = this.#editor.getCursorPos().rows;
    this.#screen.columns = this.#terminal.columns;
    this.#redraw(0, "", rowsDrawn);
  };

  /** The input has ended, by Ctrl-D on an empty line or because the terminal went. */
  #end(): void {
    if (this.#hasEnded) return;
    const rows = this.#editor.getCursorPos().rows;
    this.#hasEnded = true;
    if (!this.#isAway) this.#terminal.write(this.#editor.line === "" ? up(rows) + clearBelow : "\r\n");
    if (!this.#isClosed) this.#listener.endInput();
  }
}

function up(rows: number): string {
  return rows === 0 ? "" : `\u001b[${rows}A`;
}
