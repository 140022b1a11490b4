// A trace on disk: records of what an endpoint tells, written behind the back of the machine, bounded, 0600. Whatever goes
// wrong with it ends the trace and nothing else.

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, write } from "node:fs";

import { type Observation, type Observer } from "#transport";

import { monotonicMs } from "./clock.ts";
import { DiskError } from "./disk-error.ts";
import { qlogEvent, qlogHead, qlogNote, traceStart, type VantagePoint } from "./qlog-record.ts";

/** A trace is full after so many bytes. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Bytes that wait for the disk; records beyond it are left out, and counted. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

export interface TraceLimits {
  readonly mostBytes: number;
  readonly mostWaitingBytes: number;
}

const usual: TraceLimits = { mostBytes: MOST_BYTES, mostWaitingBytes: MOST_WAITING_BYTES };

/** Why a trace has ended by itself. */
export type TraceEnd =
  | { readonly kind: "full"; readonly bytes: number }
  | { readonly kind: "failed"; readonly error: unknown };

export class TraceFile {
  readonly #file: number;
  readonly #path: string;
  readonly #limits: TraceLimits;
  readonly #onEnd: (end: TraceEnd) => void;
  readonly #startMs: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #leftOut = 0;
  #isWriting = false;
  #isOver = false;
  #isReleased = false;
  #closed: (() => void) | undefined;

  private constructor(file: number, path: string, limits: TraceLimits, onEnd: (end: TraceEnd) => void) {
    this.#file = file;
    this.#path = path;
    this.#limits = limits;
    this.#onEnd = onEnd;
    this.#startMs = monotonicMs();
  }

  /** Makes the file, or begins one anew that was a trace. DiskError for any other, which is left as it is. `onEnd` is told
   * if the trace ends before it is closed. */
  static open(path: string, whose: VantagePoint, onEnd: (end: TraceEnd) => void, limits = usual): TraceFile {
    try {
      const trace = new TraceFile(openTrace(path), path, limits, onEnd);
      // The µs of when this process began, where `Date.now` knows ms: two traces of one machine fit together.
      trace.#add(qlogHead(whose, performance.timeOrigin + trace.#startMs));
      return trace;
    } catch (error) {
      throw DiskError.from(error, path);
    }
  }

  /** Notes what an endpoint tells. */
  note(seen: Observation): void {
    if (this.#isOver) return;
    if (this.#waitingBytes >= this.#limits.mostWaitingBytes) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0) this.#add(qlogNote("warning", `${this.#leftOut} records were left out`, this.#now));
    this.#leftOut = 0;
    this.#add(qlogEvent(seen, this.#now));
  }

  /** Writes what waits, says that this is the end, and closes the file. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOver) this.#add(qlogNote("info", "the trace has ended", this.#now));
    this.#isOver = true;
    if (!this.#isWriting) return this.#release();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    await promise;
  }

  get #now(): number {
    return monotonicMs() - this.#startMs;
  }

  #add(record: string): void {
    this.#bytes += Buffer.byteLength(record);
    if (this.#bytes > this.#limits.mostBytes) return this.#end({ kind: "full", bytes: this.#limits.mostBytes });
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // Once a turn of the event loop, however many records it has.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#waiting.length === 0) {
      this.#isWriting = false;
      if (this.#isOver) this.#release();
      return;
    }
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    write(this.#file, bytes, (error, written) => {
      if (error !== null) {
        this.#waiting = [];
        this.#isWriting = false;
        this.#end({ kind: "failed", error: DiskError.from(error, this.#path) });
        return this.#release();
      }
      if (written < bytes.length) this.#write(bytes.subarray(written));
      else this.#flush();
    });
  }

  #end(end: TraceEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isWriting) this.#release();
    this.#onEnd(end);
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    try {
      closeSync(this.#file);
    } catch {
      // What a file says at its end is worth nothing where it is a trace.
    }
    this.#closed?.();
  }
}

/** An observer whose trace comes and goes. */
export class Tracer implements Observer {
  note: Observer["note"];
  #trace: TraceFile | undefined;

  get isOn(): boolean {
    return this.#trace !== undefined;
  }

  /** Begins a trace. DiskError where there can be none. */
  start(path: string, whose: VantagePoint, onEnd: (end: TraceEnd) => void): void {
    const trace = TraceFile.open(path, whose, (end) => {
      if (this.#trace === trace) void this.stop();
      onEnd(end);
    });
    this.#trace = trace;
    this.note = (seen) => trace.note(seen);
  }

  /** Ends the trace, if there is one. */
  async stop(): Promise<void> {
    const trace = this.#trace;
    this.#trace = undefined;
    this.note = undefined;
    await trace?.close();
  }
}

function openTrace(path: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = openSync(path, flags, 0o600);
  try {
    if (!isTrace(file)) throw new DiskError("foreign", path, "no trace");
    ftruncateSync(file);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Whether a file is a trace of ours, or empty. */
function isTrace(file: number): boolean {
  const stat = fstatSync(file);
  if (!stat.isFile()) return false;
  if (stat.size === 0) return true;
  const start = Buffer.alloc(Buffer.byteLength(traceStart));
  readSync(file, start, 0, start.length, 0);
  return start.toString() === traceStart;
}
