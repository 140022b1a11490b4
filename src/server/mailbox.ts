// Letters for those who do not answer or are away, and receipts for their senders. Pure. PROTOCOL §8.7.
// Nothing here can open either. What is answered is durable; who is here is asked before its sender hears that it is.

import { decode, toHex } from "#bytes";
import { Box, deviceCertificateCodec, type RequestBody } from "#chat";

import { type Directory, isOnline, type Person } from "./directory.ts";
import { type FanOut } from "./fan-out.ts";
import { type MailBounds } from "./kept-records.ts";
import { type Limits } from "./limits.ts";
import { type MailBell } from "./mail-bell.ts";
import { type MailPages } from "./mail-pages.ts";
import { type Numbers } from "./numbers.ts";
import { type Presence } from "./presence.ts";
import { type Returns } from "./returns.ts";
import { type ServerEvent } from "./server-event.ts";
import { type Asker, type Speaker } from "./speaker.ts";
import { type StoreQueue } from "./store-queue.ts";
import { type TableFeed } from "./table-feed.ts";
import { type Visitor } from "./visitor.ts";
import { type WallClock } from "./wall-clock.ts";

type BodyOf<K extends RequestBody["kind"]> = Extract<RequestBody, { readonly kind: K }>;

export interface MailboxOptions {
  readonly hasMailbox: boolean;
  readonly directory: Directory;
  readonly feed: TableFeed<Visitor>;
  readonly store: StoreQueue;
  readonly numbers: Numbers;
  readonly wall: WallClock;
  readonly speaker: Speaker;
  readonly events: ServerEvent[];
  readonly presence: Presence;
  readonly returns: Returns;
  readonly fanOut: FanOut;
  readonly bell: MailBell;
  readonly pages: MailPages;
  readonly limits: Limits;
}

/** Times in monotonic ms. */
export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #bounds: MailBounds;

  constructor(options: MailboxOptions) {
    this.#options = options;
    const { mailboxBytes, senderBytes, strangerBytes, mailDiskBytes } = options.limits;
    this.#bounds = { mailboxBytes, senderBytes, strangerBytes, allBytes: mailDiskBytes };
  }

  /** The certificate that a person last registered with. */
  certificate(asker: Asker, { personKey }: BodyOf<"certificate">, now: number): void {
    const { directory, speaker } = this.#options;
    const person = directory.byKey(toHex(personKey));
    const device = person && decode(deviceCertificateCodec, person.record.device);
    speaker.reply(asker, { kind: "certificate", device }, now);
  }

  /** Keeps a letter. A repeated one finds itself in the store, and is answered like the first. */
  save(asker: Asker, { toKey, messageId, envelope }: BodyOf<"save">, now: number): void {
    const { directory, hasMailbox, numbers, speaker, store, wall } = this.#options;
    if (!hasMailbox) return speaker.refuse(asker, "noMailbox", now);
    const person = directory.byKey(toHex(toKey));
    if (person === undefined) return speaker.refuse(asker, "noSuchPerson", now);
    const { personKey: fromKey } = asker.visitor;
    const letter = { number: numbers.take(), toKey, fromKey, messageId, arrivedMs: wall.at(now), envelope };
    store.add([{ kind: "putLetter", letter, bounds: this.#bounds }], now, (outcome, at) => {
      if (outcome === "full") return speaker.refuse(asker, "mailboxFull", at);
      if (outcome !== "done") return speaker.refuse(asker, "storeFailed", at);
      this.#findOut(asker, person, at);
    });
  }

  /** These are safe with their reader: they are forgotten, and its receipts kept for their senders. Nobody answers. */
  collect({ visitor }: Asker, { numbers, receipts }: BodyOf<"collect">, now: number): void {
    const { directory, fanOut, hasMailbox, limits, numbers: counter, pages, store, wall } = this.#options;
    const letters = fanOut.acknowledge(visitor.key, numbers, now);
    if (letters.length === 0) return;
    const { personKey } = visitor;
    const arrivedMs = wall.at(now);
    const operation = {
      kind: "collect",
      personKey,
      numbers: letters,
      readTo: pages.readTo(visitor, letters),
      receipts: hasMailbox
        ? receipts.map((receipt) => ({ ...receipt, number: counter.take(), fromKey: personKey, arrivedMs }))
        : [],
      mostReceipts: limits.receiptsWaiting,
      allBytes: limits.mailDiskBytes,
    } as const;
    store.add([operation], now, (outcome, at) => {
      if (typeof outcome === "string" || outcome.kind !== "collected") return;
      for (const key of outcome.toKeys) {
        const sender = directory.byKey(toHex(key));
        if (sender !== undefined) this.#options.bell.ring(sender, Box.receipts, at);
      }
    });
  }

  /** Whether the recipient is here, by nobody's word but its own. */
  #findOut(asker: Asker, person: Person, now: number): void {
    const { presence, returns } = this.#options;
    const told = (at: number): void => this.#answer(asker, person, at);
    if (person.isExpected) return returns.ask(person, told);
    if (person.visitor === undefined) return told(now);
    presence.ask(person.visitor, false, now, (_isPresent, at) => told(at));
  }

  #answer(asker: Asker, person: Person, now: number): void {
    const { bell, events, feed, speaker } = this.#options;
    if (isOnline(person)) {
      bell.ring(person, Box.letters, now);
      speaker.reply(asker, { kind: "exists" }, now);
      return feed.refresh(asker.visitor);
    }
    if (asker.visitor.isGone) return;
    speaker.reply(asker, { kind: "saved" }, now);
    events.push({ kind: "messageSaved", name: person.record.name });
  }
}
