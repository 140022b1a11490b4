// The records of a trace file, those that are still being written, too.

import { type FileHandle, open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";

import { readTraced, type Traced } from "./trace-record.ts";

const chunkBytes = 64 * 1024;
/** A line that is longer is none of ours. */
const longestLine = 64 * 1024;

export class TraceReader {
  readonly #file: FileHandle;
  readonly #chunk = Buffer.alloc(chunkBytes);
  #at = 0;
  #rest = "";
  #decoder = new StringDecoder("utf8");

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Rejects where there is no file that can be read. */
  static async open(path: string): Promise<TraceReader> {
    return new TraceReader(await open(path, "r"));
  }

  /** What was written since, of one chunk; undefined if nothing was. */
  async read(): Promise<readonly Traced[] | undefined> {
    const { size } = await this.#file.stat();
    // Somebody began another trace in the same file.
    if (size < this.#at) this.#begin();
    const { bytesRead } = await this.#file.read(this.#chunk, 0, chunkBytes, this.#at);
    if (bytesRead === 0) return undefined;
    this.#at += bytesRead;
    const lines = (this.#rest + this.#decoder.write(this.#chunk.subarray(0, bytesRead))).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, longestLine);
    return lines.map(readTraced).filter((traced) => traced !== undefined);
  }

  /** All that is there now. */
  async readAll(): Promise<readonly Traced[]> {
    const all: Traced[] = [];
    for (let some = await this.read(); some !== undefined; some = await this.read()) all.push(...some);
    return all;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #begin(): void {
    this.#at = 0;
    this.#rest = "";
    this.#decoder = new StringDecoder("utf8");
  }
}
