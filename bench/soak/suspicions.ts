// What must not happen to clients that are there, unless their process, or the server's, stood still: to be told that the
// server is silent, or to be put out of a group. Half a second of silence is a verdict, and a busy machine makes some.

import { type Findings } from "./findings.ts";
import { STALL_MS, type Stalls } from "./stalls.ts";

export class Suspicions {
  /** Those that a stall explains. */
  excused = 0;
  readonly #stalls: Stalls;
  readonly #findings: Findings;
  #open: { readonly kind: string; readonly name: string }[] = [];
  #serverStoodMs = 0;

  constructor(stalls: Stalls, findings: Findings) {
    this.#stalls = stalls;
    this.#findings = findings;
  }

  note(kind: string, name: string): void {
    if (this.#stalls.wasLately) this.excused++;
    else this.#open.push({ kind, name });
  }

  /** The server has told how long it stood still at most since it was last asked: what happened meanwhile is judged. What
   * comes of a stall may be told in the time after it. */
  judge(serverStoodMs: number): void {
    if (Math.max(this.#serverStoodMs, serverStoodMs) > STALL_MS) this.excused += this.#open.length;
    else for (const { kind, name } of this.#open) this.#findings.note(kind, name);
    this.#serverStoodMs = serverStoodMs;
    this.#open = [];
  }
}
