// Letters and receipts of the books in memory, and how much of them may lie there. Pure. The part of MemoryStore that
// PROTOCOL §8.7 asks for; what each operation does is told in kept-records.ts.

import { toHex } from "#bytes";

import {
  type KeptItem,
  type KeptOperation,
  type LetterRecord,
  MAIL_OVERHEAD_BYTES,
  type MailBounds,
  MOST_CORRESPONDENTS,
  type ReceiptRecord,
} from "./kept-records.ts";
import { Tallies } from "./tallies.ts";

type Letter = Extract<KeptItem, { readonly kind: "letter" }>;
type Receipt = Extract<KeptItem, { readonly kind: "receipt" }>;
type Collect = Extract<KeptOperation, { readonly kind: "collect" }>;

/** Letters and receipts under the numbers they were given. */
export class MemoryMail {
  /** By recipient, then by number. */
  readonly #boxes = new Map<string, Map<number, Letter | Receipt>>();
  /** Sender and message id of every letter that lies here. */
  readonly #messages = new Set<string>();
  /** Whom a sender wrote to and when last, the longest ago first. */
  readonly #writtenTo = new Map<string, Map<string, number>>();
  readonly #tallies = new Tallies();

  /** `kept`, or why not: `repeated` or `full`. */
  putLetter(letter: LetterRecord, bounds: MailBounds): "kept" | "repeated" | "full" {
    const message = messageOf(letter);
    if (this.#messages.has(message)) return "repeated";
    const [to, from, weight] = [toHex(letter.toKey), toHex(letter.fromKey), weightOf(letter.envelope)];
    if (!this.#fits(to, from, weight, bounds)) return "full";
    this.#messages.add(message);
    this.#put(to, { kind: "letter", letter: { ...copied(letter), messageId: new Uint8Array(letter.messageId) } });
    this.#noteWriting(from, to, letter.arrivedMs);
    return "kept";
  }

  /** Forgets and keeps what the operation says; the receipts that were kept. */
  collect({ personKey, numbers, receipts, mostReceipts, allBytes = Infinity }: Collect): readonly ReceiptRecord[] {
    const person = toHex(personKey);
    const lettersOf = new Tallies();
    for (const number of numbers) {
      const item = this.#forget(person, number);
      if (item?.kind === "letter") lettersOf.add(toHex(item.letter.fromKey), 1);
    }
    return receipts.filter((receipt) => {
      const to = toHex(receipt.toKey);
      const hasRoom =
        this.#tallies.of(`receipts ${to}`) < mostReceipts &&
        this.#tallies.of("all") + weightOf(receipt.envelope) <= allBytes;
      if (lettersOf.of(to) === 0 || !hasRoom) return false;
      lettersOf.add(to, -1);
      this.#put(to, { kind: "receipt", receipt: copied(receipt) });
      return true;
    });
  }

  /** All letters, or all receipts, to a person. */
  items(personKey: Uint8Array, kind: "letter" | "receipt"): readonly KeptItem[] {
    return [...(this.#boxes.get(toHex(personKey))?.values() ?? [])].filter((item) => item.kind === kind);
  }

  /** Forgets letters, receipts and notes of writing from before that time. */
  dropOld(beforeMs: number): void {
    for (const [to, box] of this.#boxes)
      for (const [number, item] of box) if (recordOf(item).arrivedMs < beforeMs) this.#forget(to, number);
    for (const [from, writtenTo] of this.#writtenTo)
      for (const [to, atMs] of writtenTo) if (atMs < beforeMs) this.#forgetWriting(from, to);
  }

  #fits(to: string, from: string, weight: number, bounds: MailBounds): boolean {
    const isStranger = !this.#hasWritten(to, from);
    return (
      this.#tallies.of(`box ${to}`) + weight <= bounds.mailboxBytes &&
      this.#tallies.of(`box ${to} ${from}`) + weight <= bounds.senderBytes &&
      (!isStranger || this.#tallies.of(`strangers ${to}`) + weight <= bounds.strangerBytes) &&
      this.#tallies.of("all") + weight <= bounds.allBytes
    );
  }

  #hasWritten(from: string, to: string): boolean {
    return this.#writtenTo.get(from)?.has(to) ?? false;
  }

  #put(to: string, item: Letter | Receipt): void {
    const box = this.#boxes.get(to) ?? new Map<number, Letter | Receipt>();
    this.#boxes.set(to, box.set(recordOf(item).number, item));
    this.#weigh(to, item, 1);
  }

  #forget(to: string, number: number): Letter | Receipt | undefined {
    const box = this.#boxes.get(to);
    const item = box?.get(number);
    if (box === undefined || item === undefined) return undefined;
    box.delete(number);
    if (box.size === 0) this.#boxes.delete(to);
    if (item.kind === "letter") this.#messages.delete(messageOf(item.letter));
    this.#weigh(to, item, -1);
    return item;
  }

  #weigh(to: string, item: Letter | Receipt, sign: 1 | -1): void {
    const { fromKey, envelope } = recordOf(item);
    const [from, weight] = [toHex(fromKey), sign * weightOf(envelope)];
    this.#tallies.add("all", weight);
    this.#tallies.add(`box ${to}`, weight);
    this.#tallies.add(`box ${to} ${from}`, weight);
    if (!this.#hasWritten(to, from)) this.#tallies.add(`strangers ${to}`, weight);
    if (item.kind === "receipt") this.#tallies.add(`receipts ${to}`, sign);
  }

  // Whom one writes to is no stranger from then on, and what already lies there from them counts no longer as strangers'.
  #noteWriting(from: string, to: string, atMs: number): void {
    const writtenTo = this.#writtenTo.get(from) ?? new Map<string, number>();
    this.#writtenTo.set(from, writtenTo);
    if (!writtenTo.delete(to)) this.#tallies.add(`strangers ${from}`, -this.#tallies.of(`box ${from} ${to}`));
    writtenTo.set(to, atMs);
    const [oldest] = writtenTo.keys();
    if (writtenTo.size > MOST_CORRESPONDENTS && oldest !== undefined) this.#forgetWriting(from, oldest);
  }

  #forgetWriting(from: string, to: string): void {
    const writtenTo = this.#writtenTo.get(from);
    writtenTo?.delete(to);
    if (writtenTo?.size === 0) this.#writtenTo.delete(from);
    this.#tallies.add(`strangers ${from}`, this.#tallies.of(`box ${from} ${to}`));
  }
}

/** What an envelope or content of a post counts. */
export function weightOf(content: Uint8Array): number {
  return content.length + MAIL_OVERHEAD_BYTES;
}

/** What the item is about. */
export function recordOf(item: Letter | Receipt): LetterRecord | ReceiptRecord {
  return item.kind === "letter" ? item.letter : item.receipt;
}

function messageOf({ fromKey, messageId }: LetterRecord): string {
  return `${toHex(fromKey)} ${toHex(messageId)}`;
}

function copied<T extends LetterRecord | ReceiptRecord>(record: T): T {
  return {
    ...record,
    toKey: new Uint8Array(record.toKey),
    fromKey: new Uint8Array(record.fromKey),
    envelope: new Uint8Array(record.envelope),
  };
}
