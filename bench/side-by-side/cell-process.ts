// A process of a cell, as its parent sees it: what it tells, line by line, until it ends with its input.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Readable, type Writable } from "node:stream";

import { type Task, type Told } from "./task.ts";

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Until an end that was asked for is forced. */
const PATIENCE_MS = 3000;

export class CellProcess {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** Programs that it started. */
  #pids: readonly number[] = [];
  #freeHeapKib = 0;

  constructor(task: Task) {
    const words = ["--expose-gc", join(import.meta.dirname, "end.ts"), JSON.stringify(task)];
    this.#process = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    // Who is gone is not written to: that it is gone is seen where it is read.
    this.#process.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<Told> {
    const { value, done } = await this.#lines.next();
    if (done === true) return { kind: "failed", why: "a process ended" };
    const told = JSON.parse(value) as Told;
    if (told.kind === "ready") this.#pids = told.pids;
    if (told.kind === "collected") this.#freeHeapKib = told.freeHeapKib;
    return told;
  }

  say(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Processor time of it and of what it started, s. */
  get cpuSeconds(): number {
    return [this.#process.pid ?? 0, ...this.#pids].reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  }

  /** Resident memory: of the programs that it started, or its own less what its heap held free when it last told; KiB. */
  get residentKib(): number {
    if (this.#pids.length > 0) return this.#pids.reduce((sum, pid) => sum + residentKibOf(pid), 0);
    return residentKibOf(this.#process.pid ?? 0) - this.#freeHeapKib;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#process.once("exit", () => resolve());
    this.#process.stdin.end();
    const impatience = setTimeout(() => this.kill(), PATIENCE_MS);
    await promise;
    clearTimeout(impatience);
  }

  /** At once. A program that it started is ended as well. */
  kill(): void {
    for (const pid of this.#pids) process.kill(pid, "SIGKILL");
    this.#process.kill("SIGKILL");
  }
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may hold anything, come the fields from the third on: proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function residentKibOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
