// Messages of others: stored, acknowledged, and shown once each in their sender's order. Pure. PROTOCOL §9.7.
// A receipt leaves only after the message is safe in the profile; what comes again is acknowledged again and not shown.

import { toHex } from "#bytes";
import { MOST_RECEIPTS, type TextMessage } from "#envelope";

import { type Journal } from "./journal.ts";
import { type IncomingRecord, type ProfileState } from "./profile.ts";

/** A gap is waited for so long, counted from when the first message behind it came. */
const GAP_MS = 5000;
/** Messages and bytes of one sender that wait behind a gap or for trust; beyond it they are not taken in, and so not
 * acknowledged. */
const MOST_WAITING = 512;
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** Epochs of one sender that are remembered; the oldest go first. */
const MOST_EPOCHS = 16;

interface Waiting {
  readonly record: IncomingRecord;
  /** Safe in the profile. */
  isSafe: boolean;
}

/** One sender's messages of one epoch. */
interface Sequence {
  readonly epoch: Uint8Array;
  /** The lowest number awaited. */
  next: number;
  readonly waiting: Map<number, Waiting>;
  gapSince: number | undefined;
  hasAsked: boolean;
}

interface Sender {
  readonly key: Uint8Array;
  /** In the order of first use. */
  readonly sequences: Map<string, Sequence>;
  waitingCount: number;
  waitingBytes: number;
  isHeld: boolean;
  receipts: Uint8Array[];
}

export interface InboxOwner {
  show(record: IncomingRecord, isLate: boolean): void;
  /** Something is missing from that number on: the sender may send it again. */
  missing(fromKey: Uint8Array, epoch: Uint8Array, from: number): void;
  /** Receipts are ready for a sender. */
  receipts(fromKey: Uint8Array, messageIds: readonly Uint8Array[]): void;
}

export class Inbox {
  readonly #journal: Journal;
  readonly #owner: InboxOwner;
  readonly #senders = new Map<string, Sender>();
  readonly #gaps = new Set<Sequence>();
  readonly #senderOf = new Map<Sequence, Sender>();
  readonly #owing = new Set<Sender>();

  constructor(journal: Journal, state: ProfileState, owner: InboxOwner) {
    this.#journal = journal;
    this.#owner = owner;
    for (const { fromKey, epoch, next } of state.progress) this.#sequence(this.#sender(fromKey), epoch).next = next;
    for (const record of state.unshown) this.#wait(this.#sender(record.fromKey), record, true);
  }

  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const sequence of this.#gaps) if (sequence.gapSince !== undefined) deadline = Math.min(deadline, sequence.gapSince + GAP_MS);
    return deadline;
  }

  /** What a profile held back goes on waiting, or is shown. */
  start(now: number): void {
    for (const [sequence, sender] of this.#senderOf) this.#advance(sender, sequence, now);
  }

  /** Nothing from this person is shown or acknowledged until its changed key is trusted. */
  setHeld(fromKey: Uint8Array, isHeld: boolean, now: number): void {
    const sender = this.#sender(fromKey);
    sender.isHeld = isHeld;
    if (isHeld) return;
    for (const sequence of sender.sequences.values()) {
      for (const waiting of sequence.waiting.values()) if (waiting.isSafe) this.#owe(sender, waiting.record.messageId);
      this.#advance(sender, sequence, now);
    }
  }

  /** Whether anything of a person waits for trust. */
  isHolding(fromKey: Uint8Array): boolean {
    const sender = this.#senders.get(toHex(fromKey));
    return sender?.isHeld === true && sender.waitingCount > 0;
  }

  /** Takes a text from a proven sender. */
  receive(fromKey: Uint8Array, fromName: string, message: TextMessage, wallMs: number, now: number): void {
    const sender = this.#sender(fromKey);
    const sequence = this.#sequence(sender, message.epoch);
    const { messageId, epoch, number, sentAtMs, text } = message;
    const record: IncomingRecord = {
      messageId: messageId.slice(),
      fromName,
      fromKey: sender.key,
      epoch: epoch.slice(),
      number,
      sentAtMs,
      receivedAtMs: wallMs,
      text,
    };
    this.#skipTo(sequence, message.floor);
    if (number < sequence.next) return this.#receiveLate(sender, record);
    if (number === sequence.next && !sender.isHeld) return this.#receiveNext(sender, sequence, record, now);
    this.#receiveEarly(sender, sequence, record);
  }

  wake(now: number): void {
    for (const sequence of this.#gaps) {
      const sender = this.#senderOf.get(sequence);
      if (sender === undefined || sequence.gapSince === undefined || now < sequence.gapSince + GAP_MS) continue;
      // Nobody filled the gap: what is there is shown, and the missing one when it comes, as late.
      sequence.next = Math.min(...sequence.waiting.keys());
      this.#gaps.delete(sequence);
      sequence.gapSince = undefined;
      this.#advance(sender, sequence, now);
    }
  }

  /** Hands over the receipts gathered in this turn. */
  flush(): void {
    for (const sender of this.#owing) {
      for (let i = 0; i < sender.receipts.length; i += MOST_RECEIPTS) {
        this.#owner.receipts(sender.key, sender.receipts.slice(i, i + MOST_RECEIPTS));
      }
      sender.receipts = [];
    }
    this.#owing.clear();
  }

  /** The one awaited: stored as shown, and shown once it is safe; then those that waited for it. */
  #receiveNext(sender: Sender, sequence: Sequence, record: IncomingRecord, now: number): void {
    this.#forget(sender, sequence, record.number);
    sequence.next = record.number + 1;
    this.#journal.write({ kind: "putIncoming", message: record, isShown: true }, (result) => {
      this.#owe(sender, record.messageId);
      if (result === "done") this.#owner.show(record, false);
    });
    this.#writeProgress(sender, sequence);
    this.#advance(sender, sequence, now);
  }

  /** One behind a gap, or of somebody who must be trusted first: stored, not shown. */
  #receiveEarly(sender: Sender, sequence: Sequence, record: IncomingRecord): void {
    const waiting = sequence.waiting.get(record.number);
    if (waiting !== undefined) {
      if (waiting.isSafe && !sender.isHeld) this.#owe(sender, record.messageId);
      return;
    }
    if (sender.waitingCount >= MOST_WAITING || sender.waitingBytes + record.text.length > MOST_WAITING_BYTES) return;
    this.#wait(sender, record, false);
    this.#journal.write({ kind: "putIncoming", message: record, isShown: false }, (_, safeAt) => {
      const stored = sequence.waiting.get(record.number);
      if (stored?.record !== record) return;
      stored.isSafe = true;
      if (!sender.isHeld) this.#owe(sender, record.messageId);
      this.#advance(sender, sequence, safeAt);
    });
  }

  /** A number already passed: a duplicate, or one that was given up too early. The profile knows which. */
  #receiveLate(sender: Sender, record: IncomingRecord): void {
    if (sender.isHeld) return;
    this.#journal.write({ kind: "putIncoming", message: record, isShown: true }, (result) => {
      this.#owe(sender, record.messageId);
      if (result === "done") this.#owner.show(record, true);
    });
  }

  /** Shows what is next in order, each marked as shown before it is. */
  #advance(sender: Sender, sequence: Sequence, now: number): void {
    if (sender.isHeld) return;
    for (let waiting = sequence.waiting.get(sequence.next); waiting?.isSafe === true; waiting = sequence.waiting.get(sequence.next)) {
      const { record } = waiting;
      this.#forget(sender, sequence, record.number);
      sequence.next = record.number + 1;
      this.#journal.write({ kind: "markShown", fromKey: sender.key, messageId: record.messageId }, (result) => {
        if (result === "done") this.#owner.show(record, false);
      });
      this.#writeProgress(sender, sequence);
    }
    this.#watchGap(sender, sequence, now);
  }

  #watchGap(sender: Sender, sequence: Sequence, now: number): void {
    if (sequence.waiting.size === 0 || sequence.waiting.has(sequence.next)) {
      this.#gaps.delete(sequence);
      sequence.gapSince = undefined;
      sequence.hasAsked = false;
      return;
    }
    sequence.gapSince ??= now;
    this.#gaps.add(sequence);
    if (sequence.hasAsked) return;
    sequence.hasAsked = true;
    this.#owner.missing(sender.key, sequence.epoch, sequence.next);
  }

  #writeProgress(sender: Sender, sequence: Sequence): void {
    this.#journal.write({ kind: "putProgress", progress: { fromKey: sender.key, epoch: sequence.epoch, next: sequence.next } });
  }

  /** Nothing below the floor is still to come. */
  #skipTo(sequence: Sequence, floor: number): void {
    while (sequence.next < floor && !sequence.waiting.has(sequence.next)) {
      const waiting = [...sequence.waiting.keys()].filter((number) => number < floor);
      sequence.next = Math.min(floor, ...waiting);
    }
  }

  #wait(sender: Sender, record: IncomingRecord, isSafe: boolean): void {
    const sequence = this.#sequence(sender, record.epoch);
    if (record.number < sequence.next) sequence.next = record.number;
    sequence.waiting.set(record.number, { record, isSafe });
    sender.waitingCount++;
    sender.waitingBytes += record.text.length;
  }

  #forget(sender: Sender, sequence: Sequence, number: number): void {
    const waiting = sequence.waiting.get(number);
    if (waiting === undefined) return;
    sequence.waiting.delete(number);
    sender.waitingCount--;
    sender.waitingBytes -= waiting.record.text.length;
  }

  #owe(sender: Sender, messageId: Uint8Array): void {
    sender.receipts.push(messageId);
    this.#owing.add(sender);
  }

  #sender(key: Uint8Array): Sender {
    const id = toHex(key);
    let sender = this.#senders.get(id);
    if (sender === undefined) {
      sender = { key: key.slice(), sequences: new Map(), waitingCount: 0, waitingBytes: 0, isHeld: false, receipts: [] };
      this.#senders.set(id, sender);
    }
    return sender;
  }

  #sequence(sender: Sender, epoch: Uint8Array): Sequence {
    const id = toHex(epoch);
    let sequence = sender.sequences.get(id);
    if (sequence === undefined) {
      sequence = { epoch: epoch.slice(), next: 1, waiting: new Map(), gapSince: undefined, hasAsked: false };
      sender.sequences.set(id, sequence);
      this.#senderOf.set(sequence, sender);
      this.#dropOldEpochs(sender);
    }
    return sequence;
  }

  #dropOldEpochs(sender: Sender): void {
    for (const [id, sequence] of sender.sequences) {
      if (sender.sequences.size <= MOST_EPOCHS) return;
      for (const number of [...sequence.waiting.keys()]) this.#forget(sender, sequence, number);
      sender.sequences.delete(id);
      this.#gaps.delete(sequence);
      this.#senderOf.delete(sequence);
    }
  }
}
