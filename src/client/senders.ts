// Whom we have messages from, and how far each of their sequences has come. Pure. PROTOCOL §9.7.
// What is forgotten here is forgotten in the profile, too. It costs little: a sender's floor says where it goes on, and
// the profile knows every message that it ever had.

import { toHex } from "#bytes";

import { type IncomingProgress, type IncomingRecord } from "./profile.ts";
import { type Via } from "./via.ts";

/** People who are remembered; of those with nothing waiting, the longest unheard go first. More than can have something
 * waiting. */
export const MOST_SENDERS = 8192;
/** Epochs of one person that are remembered, likewise. With something waiting in each of them, no other is taken in. */
export const MOST_EPOCHS = 16;

export interface Waiting {
  readonly record: IncomingRecord;
  /** Safe in the profile. */
  isSafe: boolean;
  /** The ways it came before it was safe. */
  readonly owed: Via[];
}

/** One sender's messages of one epoch. */
export interface Sequence {
  readonly sender: Sender;
  readonly epoch: Uint8Array;
  /** Whether what has its turn may be shown: it need not wait for anything of an earlier epoch. */
  isOpen: boolean;
  /** The lowest number awaited. */
  next: number;
  /** By number, none below `next`. */
  readonly waiting: Map<number, Waiting>;
  /** The number that the last gap found was at. */
  gapAt: number | undefined;
  /** Whether the profile knows of it. */
  isKept: boolean;
}

export interface Sender {
  readonly key: Uint8Array;
  /** By epoch, the longest unheard first. */
  readonly sequences: Map<string, Sequence>;
  waitingCount: number;
  waitingBytes: number;
  /** Waits for trust. */
  isHeld: boolean;
  receipts: Uint8Array[];
}

export class Senders {
  /** The longest unheard first. */
  readonly #senders = new Map<string, Sender>();
  readonly #dropped: (fromKey: Uint8Array, epoch: Uint8Array) => void;

  /** `dropped` is told of each sequence that is forgotten and that the profile knows. */
  constructor(progress: readonly IncomingProgress[], dropped: (fromKey: Uint8Array, epoch: Uint8Array) => void) {
    this.#dropped = dropped;
    for (const { fromKey, epoch, next } of progress) {
      const sequence = this.heard(fromKey, epoch);
      if (sequence === undefined) continue;
      sequence.isOpen = true;
      sequence.next = next;
      sequence.isKept = true;
    }
  }

  /** All sequences in which something waits. */
  get waiting(): readonly Sequence[] {
    const senders = [...this.#senders.values()].filter(({ waitingCount }) => waitingCount > 0);
    return senders.flatMap(({ sequences }) => [...sequences.values()].filter(({ waiting }) => waiting.size > 0));
  }

  find(key: Uint8Array): Sender | undefined {
    return this.#senders.get(toHex(key));
  }

  /** Where a message that was just heard belongs; undefined where nothing can be forgotten for it. */
  heard(key: Uint8Array, epoch: Uint8Array): Sequence | undefined {
    const sender = this.#sender(key);
    const id = toHex(epoch);
    const sequence = sender.sequences.get(id) ?? newSequence(sender, epoch);
    sender.sequences.delete(id);
    if (sender.sequences.size >= MOST_EPOCHS && !this.#forgetEpoch(sender)) return undefined;
    sender.sequences.set(id, sequence);
    return sequence;
  }

  /** Where a message belongs that the profile has: it was taken in before, so there is room for it. */
  stored(key: Uint8Array, epoch: Uint8Array): Sequence {
    const sender = this.#sender(key);
    const id = toHex(epoch);
    const sequence = sender.sequences.get(id) ?? newSequence(sender, epoch);
    sender.sequences.set(id, sequence);
    return sequence;
  }

  #sender(key: Uint8Array): Sender {
    const id = toHex(key);
    const sender = this.#senders.get(id) ?? newSender(key);
    this.#senders.delete(id);
    if (this.#senders.size >= MOST_SENDERS) this.#forgetSender();
    this.#senders.set(id, sender);
    return sender;
  }

  #forgetSender(): void {
    for (const [id, sender] of this.#senders) {
      if (sender.waitingCount > 0) continue;
      this.#senders.delete(id);
      for (const sequence of sender.sequences.values()) this.#drop(sequence);
      return;
    }
  }

  #forgetEpoch(sender: Sender): boolean {
    for (const [id, sequence] of sender.sequences) {
      if (sequence.waiting.size > 0) continue;
      sender.sequences.delete(id);
      this.#drop(sequence);
      return true;
    }
    return false;
  }

  #drop({ sender, epoch, isKept }: Sequence): void {
    if (isKept) this.#dropped(sender.key, epoch);
  }
}

function newSender(key: Uint8Array): Sender {
  return { key: key.slice(), sequences: new Map(), waitingCount: 0, waitingBytes: 0, isHeld: false, receipts: [] };
}

function newSequence(sender: Sender, epoch: Uint8Array): Sequence {
  return { sender, epoch: epoch.slice(), isOpen: false, next: 1, waiting: new Map(), gapAt: undefined, isKept: false };
}
