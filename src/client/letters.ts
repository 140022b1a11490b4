// Mail that was fetched: opened, judged, and handed to whom it is for. What is inside binds; what cannot be opened, or
// lies, is collected without a receipt and without a word. Pure. PROTOCOL §9.8, §9.9.

import { equalBytes } from "#bytes";
import { type MailItem, type Post } from "#chat";
import { openEnvelope, type OpenedEnvelope } from "#envelope";

import { type Clock } from "./clock.ts";
import { type Collector } from "./collector.ts";
import { type Credentials } from "./credentials.ts";
import { type Inbox } from "./inbox.ts";
import { type Journal } from "./journal.ts";
import { type MailKeys } from "./mail-keys.ts";
import { mailTimeMs } from "./mail-time.ts";
import { type Outbox } from "./outbox.ts";
import { type Pins } from "./pins.ts";
import { type Trust } from "./trust.ts";

export interface LettersParts {
  readonly clock: Clock;
  readonly collector: Pick<Collector, "collected">;
  readonly credentials: Pick<Credentials, "personKey" | "isSelf" | "authorOf">;
  readonly inbox: Pick<Inbox, "receive">;
  readonly journal: Pick<Journal, "afterwards">;
  readonly mailKeys: Pick<MailKeys, "all">;
  readonly outbox: Pick<Outbox, "received">;
  readonly pins: Pick<Pins, "keyOf" | "meet">;
  readonly trust: Pick<Trust, "mustHold">;
  /** Takes a post to everybody, and collects it. */
  readonly post: (post: Post, now: number) => void;
}

type Item<Kind extends MailItem["kind"]> = Extract<MailItem, { readonly kind: Kind }>;

/** Times in monotonic ms. */
export class Letters {
  readonly #parts: LettersParts;
  #rejected = 0;

  constructor(parts: LettersParts) {
    this.#parts = parts;
  }

  /** Letters and receipts that were not what they should be. */
  get rejected(): number {
    return this.#rejected;
  }

  take(item: MailItem, now: number): void {
    switch (item.kind) {
      case "letter":
        return this.#takeLetter(item, now);
      case "receipt":
        return this.#takeReceipt(item, now);
      case "post":
        return this.#parts.post(item, now);
      default:
        item satisfies never;
    }
  }

  #takeLetter(item: Item<"letter">, now: number): void {
    const { clock, credentials, inbox, pins, trust } = this.#parts;
    const { number, arrivedMs, isLive } = item;
    const opened = this.#open(item);
    const name = opened === undefined ? undefined : credentials.authorOf(opened.sender, pins, arrivedMs);
    if (opened?.message.kind !== "text" || name === undefined) return this.#reject(number);
    const { message, sender } = opened;
    const { device } = sender;
    // Where nobody more can be pinned nobody more is shown; it waits at the server.
    if (!pins.meet(name, device.personKey)) return;
    const from = { key: device.personKey, name, isHeld: trust.mustHold(name, device.personKey) };
    const mailedAtMs = isLive ? undefined : mailTimeMs(message.sentAtMs, arrivedMs);
    inbox.receive(from, message, { kind: "mail", number, mailedAtMs, device }, clock.wallMs(now), now);
  }

  #takeReceipt(item: Item<"receipt">, now: number): void {
    const { collector, journal, outbox } = this.#parts;
    const opened = this.#open(item);
    if (opened?.message.kind !== "receipts") return this.#reject(item.number);
    outbox.received(opened.sender.device.personKey, opened.message.messageIds, now);
    journal.afterwards(() => collector.collected(item.number), now);
  }

  #open({ envelope, fromKey }: Item<"letter" | "receipt">): OpenedEnvelope | undefined {
    const { credentials, mailKeys } = this.#parts;
    const opened = openEnvelope(envelope, credentials.personKey, mailKeys.all);
    if (opened === undefined) return undefined;
    const { personKey } = opened.sender.device;
    return equalBytes(personKey, fromKey) && !credentials.isSelf(personKey) ? opened : undefined;
  }

  #reject(number: number): void {
    this.#rejected++;
    this.#parts.collector.collected(number);
  }
}
