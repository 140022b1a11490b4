// How much the other side may send: by whole messages, from a budget of the whole process. Pure. PROTOCOL §5.3.

import { type CreditClass, LONGEST_MESSAGE } from "#wire";

import { MESSAGE_COST } from "./constants.ts";

/** The longest message on a lane of class control; what fits the credit every session starts with. */
export const LONGEST_CONTROL_MESSAGE = 16 * 1024;

/** Credit that a session has from its first packet on, by class, in cost units (bytes + MESSAGE_COST a message). */
export const FIRST_CREDIT: Readonly<Record<CreditClass, number>> = {
  control: 4 * (LONGEST_CONTROL_MESSAGE + MESSAGE_COST),
  data: LONGEST_MESSAGE + MESSAGE_COST,
};
/** What a window grows by at once: with less, credit would be what holds a new stream up on a long path. */
const WIDENING = 8;
/** The part of its window that the sender has used up when it is told of more: where messages are repeated for several round
 * trips, what it knows late holds it up. */
const NEWS_SHARE = 1 / 4;
const LARGEST_WINDOW: Readonly<Record<CreditClass, number>> = { control: 512 * 1024, data: 4 * 1024 * 1024 };

export function messageCost(length: number): number {
  return length + MESSAGE_COST;
}

/** What all sessions of a process may hold beyond their first credit, in bytes. */
export class CreditBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  reserve(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.#left += bytes;
  }
}

/** The receiver's side of one class: what was promised, what came, what was consumed. All cumulative cost units. */
export class ReceiveCredit {
  readonly class: CreditClass;
  readonly #budget: CreditBudget;
  #window: number;
  #promised: number;
  #received = 0;
  #arrived = 0;
  #consumed = 0;
  #promisedAt = Number.NEGATIVE_INFINITY;
  /** What had arrived when the window last grew. */
  #widenedAt = 0;
  /** The highest limit that the sender said was too low for it. */
  #blockedAt = -1;

  constructor(creditClass: CreditClass, budget: CreditBudget) {
    this.class = creditClass;
    this.#budget = budget;
    this.#window = FIRST_CREDIT[creditClass];
    this.#promised = this.#window;
  }

  /** The limit that the other side has been told, or is to be told. */
  get limit(): number {
    return this.#promised;
  }

  /** Cost of messages begun and not yet handed over; never above the window. */
  get held(): number {
    return this.#received - this.#consumed;
  }

  /** A message was begun; false if it goes beyond what was promised. */
  receive(cost: number): boolean {
    this.#received += cost;
    return this.#received <= this.#promised;
  }

  /** So much of messages came that had not come before. */
  arrive(cost: number): void {
    this.#arrived += cost;
  }

  /** A message was handed over. True if the other side should now be told a new limit. */
  consume(cost: number, roundTripMs: number, now: number): boolean {
    this.#consumed += cost;
    const left = this.#promised - this.#consumed;
    if (left > (1 - NEWS_SHARE) * this.#window && this.#promised > this.#blockedAt) return false;
    // Such a part in so few round trips: the window, not the sender, sets the pace (as RFC 9000 §4.2 advises).
    if (now - this.#promisedAt < 4 * NEWS_SHARE * roundTripMs) this.#widen();
    this.#promisedAt = now;
    this.#promise();
    return true;
  }

  /** The sender's next message costs more than `limit` leaves: promises all that there is now. Where that is no more
   * than the sender knows, what holds it up is still on its way here: promises again when that is consumed. */
  block(limit: number): void {
    this.#blockedAt = Math.max(this.#blockedAt, Math.min(limit, this.#promised));
    // The sender says what else its pace tells: on a path that loses much it is no guide.
    this.#widen();
    this.#promise();
  }

  /** More came: true if a sender that said it is blocked should now be told of more, before anything is whole. */
  unblock(): boolean {
    const before = this.#promised;
    if (before > this.#blockedAt) return false;
    this.#widen();
    this.#promise();
    return this.#promised > before;
  }

  /** Gives back what was reserved. */
  close(): void {
    this.#budget.release(this.#window - FIRST_CREDIT[this.class]);
    this.#window = FIRST_CREDIT[this.class];
  }

  #promise(): void {
    this.#promised = Math.max(this.#promised, this.#consumed + this.#window);
  }

  /** At most once for each half window that came, so that whoever only says that it is blocked gains nothing. */
  #widen(): void {
    if (this.#arrived - this.#widenedAt < this.#window / 2) return;
    const wider = Math.min(WIDENING * this.#window, LARGEST_WINDOW[this.class]);
    this.#widenedAt = this.#arrived;
    if (this.#budget.reserve(wider - this.#window)) this.#window = wider;
  }
}
