// The server of a soak run as its bench sees it: a process that is asked what it uses, killed and started again, with the
// same port and the same books.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { Child } from "../child-process.ts";

/** What the process uses, and how often its operator read of things since it started. */
export interface ServerLoad {
  readonly usedBytes: number;
  readonly rssBytes: number;
  /** Of all lives. */
  readonly cpuMs: number;
  /** How long the process stood still at most since it was last asked, ms. */
  readonly stoodMs: number;
  /** Clients that were found silent, and members that were put out for it, in all lives. */
  readonly silent: number;
  readonly putOut: number;
  /** Batches that the books could not take. */
  readonly unwritten: number;
}

const nothing: ServerLoad = { usedBytes: 0, rssBytes: 0, cpuMs: 0, stoodMs: 0, silent: 0, putOut: 0, unwritten: 0 };

export class SoakServer {
  readonly #port: number;
  readonly #folder: string;
  #child: Child;
  /** What earlier lives have summed up, and the last that was heard of this one. */
  #earlier = nothing;
  #last = nothing;

  constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.#child = this.#begin();
  }

  /** Resolves when it is online. */
  async online(): Promise<void> {
    await this.#child.next();
  }

  /** As `kill -9`, then started again; resolves when it is online. */
  async restart(): Promise<void> {
    await this.#child.kill();
    this.#earlier = this.#last;
    this.#child = this.#begin();
    await this.online();
  }

  async load(): Promise<ServerLoad> {
    const {
      used = 0,
      rss = 0,
      cpuMs = 0,
      stoodMs = 0,
      silent = 0,
      putOut = 0,
      unwritten = 0,
    } = await this.#child.ask();
    const earlier = this.#earlier;
    this.#last = {
      usedBytes: used,
      rssBytes: rss,
      cpuMs: earlier.cpuMs + cpuMs,
      stoodMs,
      silent: earlier.silent + silent,
      putOut: earlier.putOut + putOut,
      unwritten: earlier.unwritten + unwritten,
    };
    return this.#last;
  }

  /** Bytes of its books on disk. */
  get booksBytes(): number {
    return readdirSync(this.#folder).reduce((sum, file) => sum + statSync(join(this.#folder, file)).size, 0);
  }

  async kill(): Promise<void> {
    await this.#child.kill();
  }

  #begin(): Child {
    return new Child([String(this.#port), this.#folder], "soak/server.ts");
  }
}
