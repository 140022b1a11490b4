// When the application is told of the table: on each change, at most five times a second, never before its welcome, and
// behind the verdict that a fresh table came with. Pure. BEHAVIOUR "Lines a client prints".

import { type EventQueue } from "./event-queue.ts";
import { type Journal } from "./journal.ts";

const BETWEEN_MS = 200;

/** Times in monotonic ms. */
export class TableNews {
  readonly #events: EventQueue;
  readonly #journal: Pick<Journal, "afterwards">;
  #isDue = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(events: EventQueue, journal: Pick<Journal, "afterwards">) {
    this.#events = events;
    this.#journal = journal;
  }

  /** When `tell` has something to say. */
  get deadline(): number {
    return this.#isDue ? this.#toldAt + BETWEEN_MS : Number.POSITIVE_INFINITY;
  }

  /** The table has changed. */
  change(): void {
    this.#isDue = true;
  }

  /** The application has just been welcomed: it is told at once. */
  begin(now: number): void {
    this.#told(now);
    this.#events.push({ kind: "tableUpdated" });
  }

  /** What is due is told after all that is being written: a verdict among it was said before. */
  tell(now: number): void {
    if (now < this.deadline) return;
    this.#told(now);
    this.#journal.afterwards(() => this.#events.push({ kind: "tableUpdated" }), now);
  }

  #told(now: number): void {
    this.#isDue = false;
    this.#toldAt = now;
  }
}
