// What was typed and waits its turn, in order, with the memory it holds. Pure.

import type { TypedLine } from "./typed-line.ts";

/** A line, or the end of the input. */
type Typed = { readonly kind: "line"; readonly line: TypedLine } | { readonly kind: "end" };

const overheadBytes = 64;

/** Unbounded: who fills it watches `waitingBytes`. */
export class TypedQueue {
  #waiting: Typed[] = [];
  #next = 0;
  #waitingBytes = 0;

  /** Memory held, about. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** What is next, left in its place. */
  get first(): Typed | undefined {
    return this.#waiting[this.#next];
  }

  push(line: TypedLine): void {
    this.#waiting.push({ kind: "line", line });
    this.#waitingBytes += memoryOf(line);
  }

  end(): void {
    this.#waiting.push({ kind: "end" });
  }

  /** Takes the first away. */
  shift(): void {
    const first = this.first;
    if (first === undefined) return;
    if (first.kind === "line") this.#waitingBytes -= memoryOf(first.line);
    this.#next++;
    if (2 * this.#next < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }
}

function memoryOf(line: TypedLine): number {
  return 2 * line.text.length + overheadBytes;
}
