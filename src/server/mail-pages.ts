// Reading mail out to its owners: a page a time each, some at once. Pure. PROTOCOL §8.7.
// Nothing is forgotten by it. Which posts to everybody were given is remembered, as the mark moves past no other.

import { Box, type MailItem, MOST_ITEMS, type RequestBody } from "#chat";

import { type Person } from "./directory.ts";
import { type KeptItem, type KeptResult } from "./kept-records.ts";
import { type Limits } from "./limits.ts";
import { type Asker, type Speaker } from "./speaker.ts";
import { type StoreQueue } from "./store-queue.ts";
import { type Visitor } from "./visitor.ts";

type FetchBody = Extract<RequestBody, { readonly kind: "fetch" }>;

/** What the items of a page weigh together, at most, unless it is one. */
const PAGE_BYTES = 64 * 1024;
/** Posts to everybody that one session was given and has not collected; those beyond are given again. */
const MOST_UNREAD = 4096;

interface Fetch {
  readonly asker: Asker;
  readonly person: Person;
  readonly body: FetchBody;
}

/** The posts to everybody that a session was given. */
interface Given {
  /** Numbers that it has not collected. */
  readonly unread: Set<number>;
  /** The highest that it has. */
  highest: number;
}

export interface MailPagesOptions {
  readonly store: StoreQueue;
  readonly speaker: Speaker;
  readonly limits: Pick<Limits, "fetchesAtOnce">;
  /** The asker's later requests have their turn. */
  readonly goOn: (visitor: Visitor, now: number) => void;
}

/** Times in monotonic ms. One fetch a session at a time. */
export class MailPages {
  readonly #options: MailPagesOptions;
  readonly #waiting = new Set<Fetch>();
  #underWay = 0;
  #isReading = false;
  readonly #given = new WeakMap<Visitor, Given>();

  constructor(options: MailPagesOptions) {
    this.#options = options;
  }

  /** Fetches that wait or are under way. */
  get size(): number {
    return this.#waiting.size + this.#underWay;
  }

  fetch(asker: Asker, person: Person, body: FetchBody, now: number): void {
    asker.visitor.isBusy = true;
    this.#waiting.add({ asker, person, body });
    this.#readNext(now);
  }

  /** The session has collected those numbers; gives up to where its person has everything to everybody, 0 if that is no
   * news. */
  readTo(visitor: Visitor, numbers: readonly number[]): number {
    const given = this.#given.get(visitor);
    const collected = numbers.filter((number) => given?.unread.delete(number) === true);
    if (given === undefined || collected.length === 0) return 0;
    given.highest = Math.max(given.highest, ...collected);
    let readTo = given.highest;
    for (const number of given.unread) readTo = Math.min(readTo, number - 1);
    return readTo;
  }

  /** Not from within itself, as a store that is full answers at once: however many wait, the stack does not grow. */
  #readNext(now: number): void {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const fetch of this.#waiting) {
      if (this.#underWay >= this.#options.limits.fetchesAtOnce) break;
      this.#waiting.delete(fetch);
      if (!fetch.asker.visitor.isGone) this.#read(fetch, now);
    }
    this.#isReading = false;
  }

  #read(fetch: Fetch, now: number): void {
    const { box, after } = fetch.body;
    const { personKey } = fetch.person;
    const { visitor } = fetch.asker;
    this.#underWay++;
    const operation = {
      kind: "readMail",
      personKey,
      box: box === Box.receipts ? "receipts" : "letters",
      after,
      mostItems: MOST_ITEMS,
      mostBytes: PAGE_BYTES,
    } as const;
    this.#options.store.add([operation], now, (outcome, at) => {
      this.#underWay--;
      visitor.isBusy = false;
      this.#answer(fetch, outcome, at);
      this.#readNext(at);
      this.#options.goOn(visitor, at);
    });
  }

  #answer({ asker, person }: Fetch, outcome: KeptResult | string, now: number): void {
    const { speaker } = this.#options;
    if (typeof outcome === "string" || outcome.kind !== "mail") return speaker.refuse(asker, "storeFailed", now);
    const { items, isLast } = outcome;
    for (const item of items) if (item.kind === "post") this.#note(asker.visitor, item.post.number);
    speaker.reply(asker, { kind: "mail", items: items.map((item) => mailItem(item, person.cameAfter)), isLast }, now);
  }

  #note(visitor: Visitor, number: number): void {
    const given = this.#given.get(visitor) ?? { unread: new Set(), highest: 0 };
    this.#given.set(visitor, given);
    if (given.unread.size < MOST_UNREAD) given.unread.add(number);
  }
}

function mailItem(item: KeptItem, cameAfter: number): MailItem {
  switch (item.kind) {
    case "letter": {
      const { number, arrivedMs, fromKey, envelope } = item.letter;
      return { kind: "letter", number, isLive: number > cameAfter, arrivedMs, fromKey, envelope };
    }
    case "post": {
      const { number, arrivedMs, fromKey, fromName, messageId, sentAtMs, scheme, keyEpoch, content } = item.post;
      const isLive = number > cameAfter;
      const said = { fromKey, fromName, messageId, sentAtMs, scheme, keyEpoch, content };
      return { kind: "post", number, isLive, arrivedMs, ...said };
    }
    case "receipt": {
      const { number, fromKey, envelope } = item.receipt;
      return { kind: "receipt", number, fromKey, envelope };
    }
    default:
      throw new TypeError(`no such item: ${JSON.stringify(item satisfies never)}`);
  }
}
