// Texts that came while our user reads something else: stored and acknowledged, and shown afterwards. Pure.
// PROTOCOL §9.7.

import { toHex } from "#bytes";

import { type Journal } from "./journal.ts";
import { type IncomingRecord } from "./profile.ts";

/** Texts of one sender that are kept at most, and their characters; more are not taken in … */
export const MOST_KEPT = 512;
const MOST_KEPT_LENGTH = 4 * 1024 * 1024;
/** … and of all senders together. */
export const MOST_KEPT_IN_ALL = 4096;
const MOST_KEPT_LENGTH_IN_ALL = 16 * 1024 * 1024;

export interface KeptText {
  readonly record: IncomingRecord;
  readonly isLate: boolean;
}

interface Amount {
  readonly texts: number;
  readonly length: number;
}

const NOTHING: Amount = { texts: 0, length: 0 };

/** In the order in which they would have been shown. All are in the profile, or on their way there. */
export class KeptTexts {
  readonly #journal: Journal;
  readonly #show: (record: IncomingRecord, isLate: boolean) => void;
  readonly #kept = new Set<KeptText>();
  /** By sender, of those with anything kept. */
  readonly #amounts = new Map<string, Amount>();
  #length = 0;
  isKeeping = false;

  constructor(journal: Journal, show: (record: IncomingRecord, isLate: boolean) => void) {
    this.#journal = journal;
    this.#show = show;
  }

  hasRoomFor(fromKey: Uint8Array): boolean {
    if (this.#kept.size >= MOST_KEPT_IN_ALL || this.#length >= MOST_KEPT_LENGTH_IN_ALL) return false;
    const { texts, length } = this.#amounts.get(toHex(fromKey)) ?? NOTHING;
    return texts < MOST_KEPT && length < MOST_KEPT_LENGTH;
  }

  add(record: IncomingRecord, isLate: boolean): KeptText {
    const text = { record, isLate };
    this.#kept.add(text);
    this.#count(record, 1, record.text.length);
    return text;
  }

  has(text: KeptText): boolean {
    return this.#kept.has(text);
  }

  remove(text: KeptText): void {
    if (this.#kept.delete(text)) this.#count(text.record, -1, -text.record.text.length);
  }

  /** Shows all, each marked as shown before it is. */
  release(): void {
    for (const text of this.#kept) {
      const { record, isLate } = text;
      this.remove(text);
      this.#journal.write({ kind: "markShown", fromKey: record.fromKey, messageId: record.messageId }, (result) => {
        if (result === "done") this.#show(record, isLate);
      });
    }
  }

  #count({ fromKey }: IncomingRecord, texts: number, length: number): void {
    this.#length += length;
    const key = toHex(fromKey);
    const before = this.#amounts.get(key) ?? NOTHING;
    const after = { texts: before.texts + texts, length: before.length + length };
    if (after.texts === 0) this.#amounts.delete(key);
    else this.#amounts.set(key, after);
  }
}
