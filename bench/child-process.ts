// The other process of a bench, as its parent sees it: JSON lines, one for each that is asked for.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(words: readonly string[], script = "child.ts") {
    this.#process = spawn(process.execPath, ["--expose-gc", join(import.meta.dirname, script), ...words], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error("no pipe");
    this.#reader = createInterface({ input: stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  async next(): Promise<Record<string, number>> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the child has ended");
    return JSON.parse(value) as Record<string, number>;
  }

  /** The next line it tells, after it was told one. */
  async ask(line = ""): Promise<Record<string, number>> {
    this.#process.stdin?.write(`${line}\n`);
    return this.next();
  }

  /** As `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#reader.close();
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#process.on("exit", () => resolve());
    this.#process.kill("SIGKILL");
    await promise;
  }

  end(): void {
    this.#process.stdin?.end();
    this.#reader.close();
  }
}
