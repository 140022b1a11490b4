// Fetching our mail: page by page, letters first and then receipts, whenever there may be some. Pure. PROTOCOL §8.7, §9.9.
// What is not collected stays at the server, so a page that was lost, or something that was not taken in, comes again.

import { Box, type MailItem, RefusalCode, type ReplyBody, type RequestBody } from "#chat";

/** What could not be taken in is fetched again after so long at first, then twice as long each time, … */
export const AGAIN_MS = 1100;
/** … and at most so long. */
const LONGEST_AGAIN_MS = 60_000;
/** While there is no room for more, it is looked for after so long. */
const LOOK_EVERY_MS = 100;

type BoxNumber = (typeof Box)[keyof typeof Box];

export interface FetcherOwner {
  /** Asks the server; silence is no news. */
  request(
    body: RequestBody,
    now: number,
    answer: (reply: ReplyBody, now: number) => void,
    lapsed: (now: number) => void,
  ): void;
  /** Whether there is room for another page. */
  hasRoom(): boolean;
  take(item: MailItem, now: number): void;
  /** All letters that there were have been handed over; */
  mailCame(now: number): void;
  /** … or not all of them, and the rest will not come soon. */
  mailStopped(now: number): void;
}

/** One box, and how far it was read since we were registered. */
interface Shelf {
  readonly box: BoxNumber;
  /** Whether there may be more than was read. */
  isWanted: boolean;
  after: number;
}

/** Times in monotonic ms. */
export class Fetcher {
  readonly #owner: FetcherOwner;
  readonly #letters: Shelf = { box: Box.letters, isWanted: false, after: 0 };
  readonly #receipts: Shelf = { box: Box.receipts, isWanted: false, after: 0 };
  /** We are registered and have a table: before, mail would be shown by names that nobody has told us. */
  #isReady = false;
  /** The page that was asked for. */
  #asked: object | undefined;
  /** No room: it is looked for then. */
  #lookAt = Number.POSITIVE_INFINITY;
  #againAt = Number.POSITIVE_INFINITY;
  #againMs = AGAIN_MS;
  /** The lowest number that was not taken in since the last time. */
  #refused = Number.POSITIVE_INFINITY;

  constructor(owner: FetcherOwner) {
    this.#owner = owner;
  }

  get deadline(): number {
    return Math.min(this.#lookAt, this.#againAt);
  }

  /** We are registered, and the first table is here: all there is is fetched. */
  begin(now: number): void {
    this.#forgetPlaces();
    this.#isReady = true;
    this.#againMs = AGAIN_MS;
    this.fetchAgain(now);
    this.waiting(Box.receipts, now);
  }

  /** Nothing is asked for until `begin`; letters are not waited for. */
  stop(now: number): void {
    this.#forgetPlaces();
    this.#isReady = false;
    this.#owner.mailStopped(now);
  }

  /** Something was kept for us in a box. */
  waiting(box: number, now: number): void {
    const shelf = [this.#letters, this.#receipts].find((each) => each.box === box);
    if (shelf === undefined) return;
    shelf.isWanted = true;
    this.#ask(now);
  }

  /** Fetches letters because something is missing; false where none can be fetched. `mailCame` or `mailStopped`
   * follows. */
  ask(now: number): boolean {
    if (!this.#isReady) return false;
    this.waiting(Box.letters, now);
    return true;
  }

  /** All letters that were not collected are fetched once more. */
  fetchAgain(now: number): void {
    if (!this.#isReady) return;
    this.#letters.after = 0;
    this.waiting(Box.letters, now);
  }

  /** A letter could not be taken in. */
  refused(number: number, now: number): void {
    this.#refused = Math.min(this.#refused, number);
    if (this.#againAt < Number.POSITIVE_INFINITY) return;
    this.#againAt = now + this.#nextPauseMs();
  }

  wake(now: number): void {
    if (now >= this.#lookAt) this.#ask(now);
    if (now < this.#againAt) return;
    this.#againAt = Number.POSITIVE_INFINITY;
    if (this.#refused <= this.#letters.after) this.#letters.after = this.#refused - 1;
    this.#refused = Number.POSITIVE_INFINITY;
    this.waiting(Box.letters, now);
  }

  #forgetPlaces(): void {
    this.#asked = undefined;
    this.#lookAt = Number.POSITIVE_INFINITY;
    this.#againAt = Number.POSITIVE_INFINITY;
    this.#refused = Number.POSITIVE_INFINITY;
    for (const shelf of [this.#letters, this.#receipts]) {
      shelf.isWanted = false;
      shelf.after = 0;
    }
  }

  /** One page is under way at a time. */
  #ask(now: number): void {
    const shelf = [this.#letters, this.#receipts].find(({ isWanted }) => isWanted);
    if (!this.#isReady || this.#asked !== undefined || shelf === undefined) return;
    this.#lookAt = this.#owner.hasRoom() ? Number.POSITIVE_INFINITY : now + LOOK_EVERY_MS;
    if (this.#lookAt < Number.POSITIVE_INFINITY) return;
    const { box, after } = shelf;
    const asked = {};
    this.#asked = asked;
    // Whatever is kept from here on is told of anew, or is on one of the pages.
    shelf.isWanted = false;
    this.#owner.request(
      { kind: "fetch", box, after },
      now,
      (reply, at) => {
        if (this.#asked === asked) this.#answered(shelf, reply, at);
      },
      (at) => {
        if (this.#asked === asked) this.#lapsed(shelf, at);
      },
    );
  }

  #answered(shelf: Shelf, reply: ReplyBody, now: number): void {
    this.#asked = undefined;
    if (reply.kind !== "mail") {
      // Registered anew, we begin anew.
      if (reply.kind === "refused" && reply.code !== RefusalCode.notRegistered) return this.#lapsed(shelf, now);
      if (shelf.box === Box.letters) this.#owner.mailStopped(now);
      return this.#ask(now);
    }
    let isGoingOn = reply.items.length > 0;
    for (const item of reply.items) {
      // Numbers that do not grow would never end.
      isGoingOn &&= item.number > shelf.after;
      if (!isGoingOn) break;
      shelf.after = item.number;
      this.#owner.take(item, now);
    }
    if (isGoingOn && !reply.isLast) shelf.isWanted = true;
    else if (shelf.box === Box.letters) this.#over(now);
    this.#ask(now);
  }

  /** No answer, or none for the moment: it is asked for again later, and nobody waits for it. */
  #lapsed(shelf: Shelf, now: number): void {
    this.#asked = undefined;
    shelf.isWanted = true;
    this.#lookAt = now + this.#nextPauseMs();
    if (shelf.box === Box.letters) this.#owner.mailStopped(now);
  }

  #over(now: number): void {
    const isAllTaken = this.#refused === Number.POSITIVE_INFINITY;
    if (isAllTaken) this.#againMs = AGAIN_MS;
    if (this.#letters.isWanted) return;
    if (isAllTaken) this.#owner.mailCame(now);
    else this.#owner.mailStopped(now);
  }

  #nextPauseMs(): number {
    const ms = this.#againMs;
    this.#againMs = Math.min(2 * ms, LONGEST_AGAIN_MS);
    return ms;
  }
}
