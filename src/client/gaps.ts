// Numbers that are missing, what of an earlier epoch may come by mail, and what was not taken in: who is asked for it, and
// how long it is waited for. Pure. PROTOCOL §9.7. At a gap the server is asked for our mail first, then the sender; then
// what is there is shown.

import { type Sequence } from "./senders.ts";

/** A gap is waited for so long, counted from when its sender was asked. */
export const GAP_MS = 5000;
/** … which waits so long at most for all mail to come, however much a server has. */
export const MAIL_MS = 30_000;
/** Somebody whose message could not be taken in is asked for it again after so long. */
export const ASK_AGAIN_MS = 1100;
/** The gap of a sequence that is not open; numbers begin at 1. */
const BEFORE_ALL = 0;
/** Sequences that are asked again for what was not taken in. */
const MOST_REFUSED = 1024;

export interface GapsOwner {
  /** Has our mail fetched, if it is not being done; false where there is no server that keeps any. `mailCame` or
   * `mailStopped` follows. */
  askMail(now: number): boolean;
  /** The sender may send again what is missing. */
  askSender(sequence: Sequence): void;
  /** Whatever a server kept of earlier epochs is here. */
  opened(sequence: Sequence, now: number): void;
  /** Nobody filled the gap, or mail did not come in time. */
  givenUp(sequence: Sequence, now: number): void;
}

/** Times in monotonic ms. Each gap is asked for once, and waited for from then on. */
export class Gaps {
  readonly #owner: GapsOwner;
  /** Sequences with a gap for which mail is waited for, and since when, the oldest first; */
  readonly #mailed = new Map<Sequence, number>();
  /** … and those whose sender was asked. */
  readonly #asked = new Map<Sequence, number>();
  /** Sequences of which something was not taken in, and since when, the oldest first. */
  readonly #refused = new Map<Sequence, number>();

  constructor(owner: GapsOwner) {
    this.#owner = owner;
  }

  get deadline(): number {
    return Math.min(after(this.#mailed, MAIL_MS), after(this.#asked, GAP_MS), after(this.#refused, ASK_AGAIN_MS));
  }

  has(sequence: Sequence): boolean {
    return this.#mailed.has(sequence) || this.#asked.has(sequence);
  }

  /** Looks whether there is a gap, and whether it is another one than before. */
  watch(sequence: Sequence, now: number): void {
    const { isOpen, waiting, next } = sequence;
    const isGap = waiting.size > 0 && !(isOpen && waiting.has(next));
    const gapAt = isOpen ? next : BEFORE_ALL;
    if (isGap && this.has(sequence) && sequence.gapAt === gapAt) return;
    this.#mailed.delete(sequence);
    this.#asked.delete(sequence);
    if (!isGap) return;
    sequence.gapAt = gapAt;
    this.#mailed.set(sequence, now);
    if (!this.#owner.askMail(now)) this.#askSender(sequence, now);
  }

  /** All our mail is here: what is missing now, its sender may have. */
  mailCame(now: number): void {
    const waiting = [...this.#mailed.keys(), ...this.#asked.keys()];
    for (const sequence of waiting) if (!sequence.isOpen) this.#owner.opened(sequence, now);
    this.mailStopped(now);
  }

  /** Our mail will not come soon. */
  mailStopped(now: number): void {
    for (const sequence of this.#mailed.keys()) this.#askSender(sequence, now);
  }

  /** Something was not taken in: its sender is asked for it later. */
  refuse(sequence: Sequence, now: number): void {
    if (!this.#refused.has(sequence) && this.#refused.size < MOST_REFUSED) this.#refused.set(sequence, now);
  }

  wake(now: number): void {
    for (const [sequence, since] of this.#mailed) {
      if (now < since + MAIL_MS) break;
      this.#askSender(sequence, now);
    }
    for (const [sequence, since] of this.#asked) {
      if (now < since + GAP_MS) break;
      this.#asked.delete(sequence);
      this.#owner.givenUp(sequence, now);
    }
    for (const [sequence, since] of this.#refused) {
      if (now < since + ASK_AGAIN_MS) break;
      this.#refused.delete(sequence);
      this.#owner.askSender(sequence);
    }
  }

  #askSender(sequence: Sequence, now: number): void {
    this.#mailed.delete(sequence);
    this.#asked.set(sequence, now);
    // What a server keeps its sender need not have any more.
    if (sequence.isOpen) this.#owner.askSender(sequence);
  }
}

function after(since: ReadonlyMap<Sequence, number>, ms: number): number {
  for (const oldest of since.values()) return oldest + ms;
  return Number.POSITIVE_INFINITY;
}
