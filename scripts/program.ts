// The program as a child process on pipes, for the demo, the benches and the tests: started, typed to, waited for by
// what it prints, killed. Waits are for lines, never for time; a line that does not come ends in an error.

import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { createInterface } from "node:readline";

const program = join(import.meta.dirname, "..", "udpchat");

/** A line that was printed, with its time of arrival in monotonic ms. */
export interface PrintedLine {
  readonly text: string;
  readonly atMs: number;
}

/** One running udpchat. */
export class Program {
  readonly lines: PrintedLine[] = [];
  readonly errors: string[] = [];
  /** The exit code, or the signal that ended it, once the process is gone. */
  readonly ended: Promise<number | NodeJS.Signals>;
  onLine: ((line: string) => void) | undefined;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #read = 0;

  constructor(words: readonly string[], home: string, options: { readonly uid?: number } = {}) {
    this.#child = spawn(program, words, { env: { ...process.env, UDPCHAT_HOME: home }, stdio: "pipe", ...options });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("no pipes");
    createInterface({ input: stdout }).on("line", (text) => {
      this.lines.push({ text, atMs: performance.now() });
      this.onLine?.(text);
      this.#wake();
    });
    createInterface({ input: stderr }).on("line", (text) => this.errors.push(text));
    const { promise, resolve } = Promise.withResolvers<number | NodeJS.Signals>();
    this.#child.on("close", (code, signal) => {
      resolve(code ?? signal ?? 1);
      this.#wake();
    });
    // What is typed to a program that has gone is lost, as at a terminal.
    this.#child.stdin?.on("error", () => {});
    this.ended = promise;
  }

  /** Types a line. */
  type(line: string): void {
    this.write(`${line}\n`);
  }

  write(text: string | Uint8Array): void {
    this.#child.stdin?.write(text);
  }

  /** Ends its input. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** The next line, of those not yet waited past, that is the text or matches; an error if none comes in time. */
  async line(wanted: string | RegExp, withinMs = 10_000): Promise<PrintedLine> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      while (this.#read < this.lines.length) {
        const line = this.lines[this.#read++];
        if (line !== undefined && (typeof wanted === "string" ? line.text === wanted : wanted.test(line.text))) return line;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || this.#child.exitCode !== null || this.#child.signalCode !== null) {
        const printed = this.lines.map((line) => line.text).slice(-30);
        throw new Error(`no line ${String(wanted)}; printed:\n${[...printed, ...this.errors].join("\n")}`);
      }
      await this.#more(leftMs);
    }
  }

  /** Whether a line has been printed at any time. */
  has(text: string): boolean {
    return this.lines.some((line) => line.text === text);
  }

  async #more(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

/** A UDP port of this machine that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp6");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind(0, resolve);
  await promise;
  const { port } = socket.address();
  socket.close();
  return port;
}
