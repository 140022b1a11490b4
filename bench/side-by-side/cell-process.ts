// A process of a cell, as its parent sees it: what it tells, line by line, until it ends with its input.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Readable, type Writable } from "node:stream";

import { Unavailable } from "./contestant.ts";
import { type Task, type Told } from "./task.ts";

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Until an end that was asked for is forced. */
const PATIENCE_MS = 3000;

export class CellProcess {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #told: Told[] = [];
  readonly #failed = Promise.withResolvers<never>();
  #wake: () => void = () => {};
  /** Programs that it started. */
  #pids: readonly number[] = [];
  #freeHeapKib = 0;

  constructor(task: Task) {
    const words = ["--expose-gc", join(import.meta.dirname, "end.ts"), JSON.stringify(task)];
    this.#process = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    // Who is gone is not written to: that it is gone is seen where it is read.
    this.#process.stdin.on("error", () => {});
    this.#process.once("error", this.#failed.reject);
    createInterface({ input: this.#process.stdout })
      .on("line", (line) => this.#hear(JSON.parse(line) as Told))
      .on("close", () => this.#failed.reject(new Error(`the process that was to ${task.role} ended`)));
    // Whoever waits for something is told of it there.
    this.#failed.promise.catch(() => {});
  }

  /** Rejects when it has failed or ended; Unavailable if the machine lacks what it needs. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The next thing that it tells. */
  async next(): Promise<Told> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (this.#told.length === 0) await Promise.race([promise, this.#failed.promise]);
    const told = this.#told.shift();
    if (told === undefined) throw new Error("nothing was told");
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
    const impatience = setTimeout(() => this.#kill(), PATIENCE_MS);
    await promise;
    clearTimeout(impatience);
  }

  /** At once. A program that it started is ended as well. */
  #kill(): void {
    this.#process.kill("SIGKILL");
    for (const pid of this.#pids) killIfThere(pid);
  }

  #hear(told: Told): void {
    switch (told.kind) {
      case "failed":
        return this.#failed.reject(new Error(told.why));
      case "unavailable":
        return this.#failed.reject(new Unavailable(told.why));
      case "ready":
        this.#pids = told.pids;
        break;
      case "collected":
        this.#freeHeapKib = told.freeHeapKib;
        break;
      default:
    }
    this.#told.push(told);
    this.#wake();
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
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
