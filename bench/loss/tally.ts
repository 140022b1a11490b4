// What a recipient counts of the bench's messages: which came, when, in which order. Pure.

import { readMessage } from "./numbered-message.ts";

/** What came, told when all is over. */
export interface Arrivals {
  /** Different messages that came whole. */
  readonly received: number;
  readonly doubled: number;
  /** Messages that came after one with a higher number. */
  readonly outOfOrder: number;
  /** Texts that are no message as it was sent. */
  readonly damaged: number;
  /** From `send` to delivery, one each received message in the order of delivery. */
  readonly delaysMs: readonly number[];
  /** Bytes of whole messages delivered in the window. */
  readonly bytesInWindow: number;
}

/** Counts the messages that one application was handed. */
export class Tally {
  readonly #fromUs: number;
  readonly #toUs: number;
  readonly #seen = new Set<number>();
  readonly #delaysMs: number[] = [];
  #firstSentUs: number | undefined;
  #highest = -1;
  #doubled = 0;
  #outOfOrder = 0;
  #damaged = 0;
  #bytesInWindow = 0;

  /** The window begins `fromMs` after the first message that came was sent. */
  constructor(windowMs: number, fromMs = 0) {
    this.#fromUs = fromMs * 1000;
    this.#toUs = this.#fromUs + windowMs * 1000;
  }

  get received(): number {
    return this.#seen.size;
  }

  /** A text was delivered; `nowUs` on the clock of the sender. */
  take(text: string, nowUs: number): void {
    const message = readMessage(text);
    if (message === undefined) {
      this.#damaged++;
      return;
    }
    const { number, sentUs } = message;
    if (this.#seen.has(number)) {
      this.#doubled++;
      return;
    }
    this.#seen.add(number);
    if (number < this.#highest) this.#outOfOrder++;
    this.#highest = Math.max(this.#highest, number);
    this.#delaysMs.push((nowUs - sentUs) / 1000);
    this.#firstSentUs ??= sentUs;
    const sinceUs = nowUs - this.#firstSentUs;
    if (sinceUs >= this.#fromUs && sinceUs <= this.#toUs) this.#bytesInWindow += text.length;
  }

  arrivals(): Arrivals {
    return {
      received: this.received,
      doubled: this.#doubled,
      outOfOrder: this.#outOfOrder,
      damaged: this.#damaged,
      delaysMs: this.#delaysMs,
      bytesInWindow: this.#bytesInWindow,
    };
  }
}
