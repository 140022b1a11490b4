// Telling those who are here that something was kept for them. Pure. PROTOCOL §8.7.

import { Box } from "#chat";
import { Lane } from "#transport";

import { type Directory, type Person } from "./directory.ts";
import { type Speaker } from "./speaker.ts";

/** A crowd is told of posts to everybody at most so often, ms. */
const BETWEEN_MS = 100;

export interface MailBellOptions {
  readonly directory: Directory;
  readonly speaker: Speaker;
}

/** Times in monotonic ms. */
export class MailBell {
  readonly #options: MailBellOptions;
  #rangAt = Number.NEGATIVE_INFINITY;
  #ringAt = Number.POSITIVE_INFINITY;
  /** Who alone has said something since; undefined if several have. */
  #only: Person | undefined;

  constructor(options: MailBellOptions) {
    this.#options = options;
  }

  /** When a crowd is to be told. */
  get deadline(): number {
    return this.#ringAt;
  }

  /** Something was kept for that person in a box. */
  ring(person: Person, box: (typeof Box)[keyof typeof Box], now: number): void {
    const { visitor } = person;
    if (visitor !== undefined) this.#options.speaker.notify(visitor, Lane.chat, { kind: "mailWaiting", box }, now);
  }

  /** Somebody has said something to everybody. */
  ringAll(sender: Person, now: number): void {
    const isFirst = this.#ringAt === Number.POSITIVE_INFINITY;
    this.#only = isFirst || this.#only === sender ? sender : undefined;
    if (isFirst) this.#ringAt = Math.max(now, this.#rangAt + BETWEEN_MS);
    this.wake(now);
  }

  wake(now: number): void {
    if (now < this.#ringAt) return;
    this.#ringAt = Number.POSITIVE_INFINITY;
    this.#rangAt = now;
    for (const person of this.#options.directory.persons())
      if (person !== this.#only) this.ring(person, Box.letters, now);
  }
}
