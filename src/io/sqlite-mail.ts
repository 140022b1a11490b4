// Letters and receipts of a server's books in SQLite, and how much of them may lie there. The part of SqliteStore that
// PROTOCOL §8.7 asks for; what each operation does is told in server/kept-records.ts. Bounds are kept by tallies, so a
// letter costs the same however full its box is.

import type { StatementSync } from "node:sqlite";

import { concatBytes, toHex } from "#bytes";
import {
  type KeptItem,
  type KeptOperation,
  type LetterRecord,
  MAIL_OVERHEAD_BYTES,
  type MailBounds,
  MOST_CORRESPONDENTS,
  type ReceiptRecord,
} from "#server";

import { mailStatements } from "./kept-layout.ts";
import { rows, type SqliteFile } from "./sqlite-file.ts";

/** What is counted: `mail` all, `box` and `receipts` by recipient, `pair` by recipient and sender, `strangers` what lies
 * with a recipient from those it has not written to, `writing` to how many a person wrote, `posts` those to everybody, all
 * and by sender. All but `receipts` and `writing` in bytes. */
export type TallyName = "mail" | "box" | "pair" | "strangers" | "receipts" | "writing" | "posts";

type Collect = Extract<KeptOperation, { readonly kind: "collect" }>;

/** The key of what is counted for all. */
export const ALL = new Uint8Array(0);

/** Works inside the transactions of its store. */
export class SqliteMail {
  readonly #statements: Readonly<Record<keyof typeof mailStatements, StatementSync>>;

  constructor(file: SqliteFile) {
    this.#statements = file.prepare(mailStatements);
  }

  /** `kept`, or why not: `repeated` or `full`. */
  putLetter(letter: LetterRecord, bounds: MailBounds): "kept" | "repeated" | "full" {
    const { number, toKey, fromKey, messageId, arrivedMs, envelope } = letter;
    if (this.#statements.isThere.get(fromKey, messageId) !== undefined) return "repeated";
    const weight = weightOf(envelope);
    if (!this.#fits(letter, weight, bounds)) return "full";
    this.#statements.put.run(number, toKey, fromKey, 0, messageId, arrivedMs, weight, envelope);
    this.#weigh(toKey, fromKey, weight, 0);
    this.#noteWriting(letter);
    return "kept";
  }

  /** Forgets and keeps what the operation says; the receipts that were kept. */
  collect({ personKey, numbers, receipts, mostReceipts, allBytes = Infinity }: Collect): readonly ReceiptRecord[] {
    const lettersOf = new Map<string, number>();
    for (const number of numbers) {
      const [item] = rows<WeighedRow>(this.#statements.forget, number, personKey);
      if (item === undefined) continue;
      this.#weigh(personKey, item.fromKey, -item.weight, -item.isReceipt);
      const sender = toHex(item.fromKey);
      if (item.isReceipt === 0) lettersOf.set(sender, (lettersOf.get(sender) ?? 0) + 1);
    }
    return receipts.filter((receipt) => {
      const letters = lettersOf.get(toHex(receipt.toKey)) ?? 0;
      const weight = weightOf(receipt.envelope);
      const hasRoom = this.tally("receipts", receipt.toKey) < mostReceipts && this.tally("mail") + weight <= allBytes;
      if (letters === 0 || !hasRoom) return false;
      lettersOf.set(toHex(receipt.toKey), letters - 1);
      this.#putReceipt(receipt, weight);
      return true;
    });
  }

  /** The letter or receipt of a number that is there. */
  item(kind: "letter" | "receipt", number: number): KeptItem {
    const row = Object.assign({}, this.#statements[kind].get(number)) as unknown;
    return kind === "letter" ? { kind, letter: row as LetterRecord } : { kind, receipt: row as ReceiptRecord };
  }

  /** Forgets letters, receipts and notes of writing from before that time. */
  dropOld(beforeMs: number): void {
    for (const row of this.#statements.weighOld.iterate(beforeMs)) {
      const { toKey, fromKey, weight, receipts } = row as unknown as OldRow;
      this.#weigh(toKey, fromKey, -weight, -receipts);
    }
    this.#statements.dropOld.run(beforeMs);
    // In portions, as there may be a thousand for each person.
    for (let old = this.#oldWriting(beforeMs); old.length > 0; old = this.#oldWriting(beforeMs))
      for (const { fromKey, toKey } of old) this.#forgetWriting(fromKey, toKey);
  }

  tally(name: TallyName, key: Uint8Array = ALL): number {
    return Number(this.#statements.tally.get(name, key)?.["amount"] ?? 0);
  }

  /** What has come down to 0 is forgotten. */
  addTally(name: TallyName, key: Uint8Array, amount: number): void {
    this.#statements.addTally.run(name, key, amount);
    if (amount <= 0) this.#statements.forgetTally.run(name, key);
  }

  #fits({ toKey, fromKey }: LetterRecord, weight: number, bounds: MailBounds): boolean {
    return (
      this.tally("box", toKey) + weight <= bounds.mailboxBytes &&
      this.tally("pair", concatBytes(toKey, fromKey)) + weight <= bounds.senderBytes &&
      (this.#hasWritten(toKey, fromKey) || this.tally("strangers", toKey) + weight <= bounds.strangerBytes) &&
      this.tally("mail") + weight <= bounds.allBytes
    );
  }

  #hasWritten(fromKey: Uint8Array, toKey: Uint8Array): boolean {
    return this.#statements.hasWritten.get(fromKey, toKey) !== undefined;
  }

  #putReceipt({ number, toKey, fromKey, arrivedMs, envelope }: ReceiptRecord, weight: number): void {
    this.#statements.put.run(number, toKey, fromKey, 1, null, arrivedMs, weight, envelope);
    this.#weigh(toKey, fromKey, weight, 1);
  }

  #weigh(toKey: Uint8Array, fromKey: Uint8Array, weight: number, receipts: number): void {
    this.addTally("mail", ALL, weight);
    this.addTally("box", toKey, weight);
    this.addTally("pair", concatBytes(toKey, fromKey), weight);
    if (!this.#hasWritten(toKey, fromKey)) this.addTally("strangers", toKey, weight);
    if (receipts !== 0) this.addTally("receipts", toKey, receipts);
  }

  // Whom one writes to is no stranger from then on, and what already lies there from them counts no longer as strangers'.
  #noteWriting({ fromKey, toKey, number, arrivedMs }: LetterRecord): void {
    const isFirst = !this.#hasWritten(fromKey, toKey);
    this.#statements.putWriting.run(fromKey, toKey, number, arrivedMs);
    if (!isFirst) return;
    this.addTally("strangers", fromKey, -this.tally("pair", concatBytes(fromKey, toKey)));
    this.addTally("writing", fromKey, 1);
    if (this.tally("writing", fromKey) <= MOST_CORRESPONDENTS) return;
    const oldest = this.#statements.oldestWriting.get(fromKey)?.["toKey"];
    if (oldest instanceof Uint8Array) this.#forgetWriting(fromKey, oldest);
  }

  #forgetWriting(fromKey: Uint8Array, toKey: Uint8Array): void {
    this.#statements.forgetWriting.run(fromKey, toKey);
    this.addTally("writing", fromKey, -1);
    this.addTally("strangers", fromKey, this.tally("pair", concatBytes(fromKey, toKey)));
  }

  #oldWriting(beforeMs: number): readonly { readonly fromKey: Uint8Array; readonly toKey: Uint8Array }[] {
    return rows(this.#statements.oldWriting, beforeMs);
  }
}

/** What an envelope or the content of a post counts. */
export function weightOf(content: Uint8Array): number {
  return content.length + MAIL_OVERHEAD_BYTES;
}

interface WeighedRow {
  readonly fromKey: Uint8Array;
  readonly weight: number;
  readonly isReceipt: number;
}

interface OldRow {
  readonly toKey: Uint8Array;
  readonly fromKey: Uint8Array;
  readonly weight: number;
  readonly receipts: number;
}
