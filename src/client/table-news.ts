// When the application is told of the table: on each change, at most five times a second, and never before its welcome.
// Pure. BEHAVIOUR "Lines a client prints".

import { type EventQueue } from "./event-queue.ts";

const BETWEEN_MS = 200;

/** Times in monotonic ms. */
export class TableNews {
  readonly #events: EventQueue;
  #isDue = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(events: EventQueue) {
    this.#events = events;
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
  begin(): void {
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }

  tell(now: number): void {
    if (now < this.deadline) return;
    this.#isDue = false;
    this.#toldAt = now;
    this.#events.push({ kind: "tableUpdated" });
  }
}
