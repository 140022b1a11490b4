// The program as a child process on pipes, for the demo, the benches and the tests: started, typed to, waited for by
// what it prints, killed. Waits are for lines, never for time; a line that does not come ends in an error.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

const launcher = join(import.meta.dirname, "..", "udpchat");
const shownAtFailure = 30;
const longestShown = 200;
/** Long for a machine that has more to do than it can, short for what is only noticed because nobody said it (45 s). */
const patienceMs = 40_000;

/** A line that was printed, with its time of arrival in monotonic ms. */
export interface PrintedLine {
  readonly text: string;
  readonly atMs: number;
}

export interface ProgramOptions {
  /** Whom it runs as; whoever runs us by default. */
  readonly uid?: number;
  /** What its environment has besides. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is started in place of this checkout's launcher. */
  readonly launcher?: string;
}

/** One running udpchat. */
export class Program {
  readonly lines: PrintedLine[] = [];
  readonly errors: PrintedLine[] = [];
  /** When it was started, in monotonic ms. */
  readonly startedAtMs = performance.now();
  /** The exit code, or the signal that ended it, once the process is gone and all it printed is here. */
  readonly ended: Promise<number | NodeJS.Signals>;
  onLine: ((line: string) => void) | undefined;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #read = 0;
  #isGone = false;

  constructor(words: readonly string[], home: string, options: ProgramOptions = {}) {
    const { uid } = options;
    // Another user may not write where this one gathers coverage; named, as Node hands it on where it is not.
    const unmeasured = uid === undefined ? {} : { NODE_V8_COVERAGE: "" };
    this.#child = spawn(options.launcher ?? launcher, words, {
      env: { ...process.env, ...unmeasured, ...options.env, UDPCHAT_HOME: home },
      stdio: "pipe",
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.#collect(this.#child.stdout, (line) => {
      this.lines.push(line);
      this.onLine?.(line.text);
    });
    this.#collect(this.#child.stderr, (line) => this.errors.push(line));
    const { promise, resolve } = Promise.withResolvers<number | NodeJS.Signals>();
    this.#child.on("close", (code, signal) => {
      this.#isGone = true;
      resolve(code ?? signal ?? 1);
      this.#wake();
    });
    // What is typed to a program that has gone is lost, as at a terminal.
    this.#child.stdin?.on("error", () => {});
    this.ended = promise;
  }

  /** Undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Types a line; gives the time right before, in monotonic ms. */
  type(line: string): number {
    return this.write(`${line}\n`);
  }

  /** Types anything; gives the time right before, in monotonic ms: a busy machine may stop this process behind it. */
  write(text: string | Uint8Array): number {
    const atMs = performance.now();
    this.#child.stdin?.write(text);
    return atMs;
  }

  /** Ends its input. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** The next line, of those not yet waited past, that is the text or matches; an error if none comes in time. */
  async line(wanted: string | RegExp, withinMs = patienceMs): Promise<PrintedLine> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      while (this.#read < this.lines.length) {
        const line = this.lines[this.#read++];
        if (line !== undefined && (typeof wanted === "string" ? line.text === wanted : wanted.test(line.text)))
          return line;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || this.#isGone)
        throw new Error(`no line ${String(wanted).slice(0, longestShown)}; ${this.#shown()}`);
      await this.#more(leftMs);
    }
  }

  /** The exit code, or the signal that ended it; an error if it goes on for longer. */
  async exit(withinMs = patienceMs): Promise<number | NodeJS.Signals> {
    const deadline = performance.now() + withinMs;
    while (!this.#isGone) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`it goes on; ${this.#shown()}`);
      await this.#more(leftMs);
    }
    return this.ended;
  }

  #collect(stream: NodeJS.ReadableStream | null, take: (line: PrintedLine) => void): void {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    stream?.on("data", (chunk: Buffer) => {
      const parts = (rest + decoder.write(chunk)).split("\n");
      rest = parts.pop() ?? "";
      const atMs = performance.now();
      for (const text of parts) take({ text, atMs });
      this.#wake();
    });
    // A line that was cut off is shown as it is.
    stream?.on("end", () => {
      if (rest !== "") take({ text: rest, atMs: performance.now() });
    });
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

  #shown(): string {
    const printed = [...this.lines.slice(-shownAtFailure), ...this.errors].map(({ text }) =>
      text.slice(0, longestShown),
    );
    return `printed:\n${printed.join("\n")}`;
  }
}
