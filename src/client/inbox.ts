// Messages of others: stored, acknowledged, and shown once each in their sender's order. Pure. PROTOCOL §9.7.
// A receipt leaves only after the message is safe in the profile; what comes again is acknowledged again and not shown.

import { MOST_RECEIPTS, type TextMessage } from "#envelope";

import { type Journal } from "./journal.ts";
import { type IncomingRecord, type ProfileState } from "./profile.ts";
import { type Sender, Senders, type Sequence } from "./senders.ts";

/** A gap is waited for so long, counted from when it was found. */
export const GAP_MS = 5000;
/** Somebody whose message could not be taken in is asked for it again after so long. */
export const ASK_AGAIN_MS = 1100;
/** Messages and bytes of one sender that wait behind a gap or for trust; beyond it they are not taken in, and so not
 * acknowledged. */
export const MOST_WAITING = 512;
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** … and of all senders together. */
const MOST_WAITING_IN_ALL = 4096;
const MOST_WAITING_BYTES_IN_ALL = 32 * 1024 * 1024;
/** Sequences that are asked again for what was not taken in. */
const MOST_REFUSED = 1024;

/** Who a message comes from, proven. */
export interface From {
  readonly key: Uint8Array;
  readonly name: string;
  /** Nothing from this person is shown or acknowledged until `trust`. */
  readonly isHeld: boolean;
}

export interface InboxOwner {
  /** Whether what a person of that name left in the profile must wait for trust. */
  isChanged(name: string, personKey: Uint8Array): boolean;
  /** Whether there is room for more to tell; without it nothing is taken in. */
  hasRoom(): boolean;
  show(record: IncomingRecord, isLate: boolean): void;
  /** Something is missing from that number on: the sender may send it again. */
  missing(fromKey: Uint8Array, epoch: Uint8Array, from: number): void;
  /** Receipts are ready for a sender. */
  receipts(fromKey: Uint8Array, messageIds: readonly Uint8Array[]): void;
}

/** Times in monotonic ms. */
export class Inbox {
  readonly #journal: Journal;
  readonly #owner: InboxOwner;
  readonly #senders: Senders;
  /** Sequences with a gap and since when, the oldest first. */
  readonly #gaps = new Map<Sequence, number>();
  /** Sequences of which something was not taken in, and since when, the oldest first. */
  readonly #refused = new Map<Sequence, number>();
  readonly #owing = new Set<Sender>();
  #waitingCount = 0;
  #waitingBytes = 0;

  constructor(journal: Journal, state: ProfileState, owner: InboxOwner) {
    this.#journal = journal;
    this.#owner = owner;
    this.#senders = new Senders(state.progress, (fromKey, epoch) =>
      this.#journal.write({ kind: "dropProgress", fromKey, epoch }),
    );
    for (const record of state.unshown) {
      const sequence = this.#senders.stored(record.fromKey, record.epoch);
      sequence.next = Math.min(sequence.next, record.number);
      this.#wait(sequence, record, true);
      sequence.sender.isHeld ||= owner.isChanged(record.fromName, record.fromKey);
    }
  }

  get deadline(): number {
    const [gapAt = Number.POSITIVE_INFINITY] = this.#gaps.values();
    const [refusedAt = Number.POSITIVE_INFINITY] = this.#refused.values();
    return Math.min(gapAt + GAP_MS, refusedAt + ASK_AGAIN_MS);
  }

  /** Names with something that waits for trust from before. */
  get heldNames(): ReadonlySet<string> {
    const held = this.#senders.waiting.filter(({ sender }) => sender.isHeld);
    return new Set(held.flatMap(({ waiting }) => [...waiting.values()].map(({ record }) => record.fromName)));
  }

  /** What a profile kept back is shown, or goes on waiting. */
  start(now: number): void {
    for (const sequence of this.#senders.waiting) this.#advance(sequence, now);
  }

  isHeld(fromKey: Uint8Array): boolean {
    return this.#senders.find(fromKey)?.isHeld === true;
  }

  /** The person's changed key is accepted: what was held is acknowledged and shown. */
  trust(fromKey: Uint8Array, now: number): void {
    const sender = this.#senders.find(fromKey);
    if (sender === undefined) return;
    sender.isHeld = false;
    for (const sequence of sender.sequences.values()) {
      for (const { record, isSafe } of sequence.waiting.values()) if (isSafe) this.#owe(sender, record.messageId);
      this.#advance(sequence, now);
    }
  }

  /** Takes a text from a proven sender. */
  receive(from: From, message: TextMessage, wallMs: number, now: number): void {
    const sequence = this.#senders.heard(from.key, message.epoch);
    if (sequence === undefined) return;
    const { sender } = sequence;
    sender.isHeld ||= from.isHeld;
    skipTo(sequence, message.floor);
    const { number } = message;
    const waiting = sequence.waiting.get(number);
    const record = waiting?.record ?? recordOf(sequence, from.name, message, wallMs);
    if (waiting !== undefined) {
      if (waiting.isSafe && !sender.isHeld) this.#owe(sender, record.messageId);
    } else if (!this.#owner.hasRoom()) this.#refuse(sequence, now);
    else if (number < sequence.next) this.#receiveLate(sender, record);
    else if (number === sequence.next && !sender.isHeld) this.#receiveNext(sequence, record);
    else this.#receiveEarly(sequence, record, now);
    this.#advance(sequence, now);
  }

  wake(now: number): void {
    for (const [sequence, since] of this.#gaps) {
      if (since + GAP_MS > now) break;
      // Nobody filled the gap: what is there is shown, and the missing one when it comes, as late.
      this.#gaps.delete(sequence);
      sequence.next = Math.min(...sequence.waiting.keys());
      this.#advance(sequence, now);
    }
    for (const [sequence, since] of this.#refused) {
      if (since + ASK_AGAIN_MS > now) break;
      this.#refused.delete(sequence);
      this.#owner.missing(sequence.sender.key, sequence.epoch, sequence.next);
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

  /** The one awaited: stored as shown, and shown once it is safe. */
  #receiveNext(sequence: Sequence, record: IncomingRecord): void {
    sequence.next = record.number + 1;
    this.#journal.write({ kind: "putIncoming", message: record, isShown: true }, (result) => {
      this.#owe(sequence.sender, record.messageId);
      if (result === "done") this.#owner.show(record, false);
    });
    this.#writeProgress(sequence);
  }

  /** One behind a gap, or of somebody who must be trusted first: stored, not shown. */
  #receiveEarly(sequence: Sequence, record: IncomingRecord, now: number): void {
    const { sender } = sequence;
    if (!this.#fits(sender, record.text.length)) return this.#refuse(sequence, now);
    this.#wait(sequence, record, false);
    this.#journal.write({ kind: "putIncoming", message: record, isShown: false }, (_, safeAt) => {
      const stored = sequence.waiting.get(record.number);
      if (stored === undefined) return;
      stored.isSafe = true;
      if (!sender.isHeld) this.#owe(sender, record.messageId);
      this.#advance(sequence, safeAt);
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

  /** Not taken in, and so not acknowledged: its sender is asked for it later, unless it must be trusted first. */
  #refuse(sequence: Sequence, now: number): void {
    if (sequence.sender.isHeld || this.#refused.has(sequence) || this.#refused.size >= MOST_REFUSED) return;
    this.#refused.set(sequence, now);
  }

  /** Shows what is next in order, each marked as shown before it is. */
  #advance(sequence: Sequence, now: number): void {
    const { sender, waiting } = sequence;
    if (sender.isHeld) return;
    for (let next = waiting.get(sequence.next); next?.isSafe === true; next = waiting.get(sequence.next)) {
      const { record } = next;
      this.#forget(sequence, record);
      sequence.next = record.number + 1;
      this.#journal.write({ kind: "markShown", fromKey: sender.key, messageId: record.messageId }, (result) => {
        if (result === "done") this.#owner.show(record, false);
      });
      this.#writeProgress(sequence);
    }
    this.#watchGap(sequence, now);
  }

  /** Each gap is asked for once, and waited for from then on. */
  #watchGap(sequence: Sequence, now: number): void {
    const { sender, epoch, waiting, next } = sequence;
    const isGap = waiting.size > 0 && !waiting.has(next);
    if (isGap && this.#gaps.has(sequence) && sequence.gapAt === next) return;
    this.#gaps.delete(sequence);
    if (!isGap) return;
    sequence.gapAt = next;
    this.#gaps.set(sequence, now);
    this.#owner.missing(sender.key, epoch, next);
  }

  #writeProgress(sequence: Sequence): void {
    const { sender, epoch, next } = sequence;
    sequence.isKept = true;
    this.#journal.write({ kind: "putProgress", progress: { fromKey: sender.key, epoch, next } });
  }

  #fits(sender: Sender, bytes: number): boolean {
    if (sender.waitingCount >= MOST_WAITING || this.#waitingCount >= MOST_WAITING_IN_ALL) return false;
    if (sender.waitingBytes + bytes > MOST_WAITING_BYTES) return false;
    return this.#waitingBytes + bytes <= MOST_WAITING_BYTES_IN_ALL;
  }

  #wait(sequence: Sequence, record: IncomingRecord, isSafe: boolean): void {
    sequence.waiting.set(record.number, { record, isSafe });
    this.#count(sequence.sender, 1, record.text.length);
  }

  #forget(sequence: Sequence, record: IncomingRecord): void {
    sequence.waiting.delete(record.number);
    this.#count(sequence.sender, -1, -record.text.length);
  }

  #count(sender: Sender, messages: number, bytes: number): void {
    sender.waitingCount += messages;
    sender.waitingBytes += bytes;
    this.#waitingCount += messages;
    this.#waitingBytes += bytes;
  }

  #owe(sender: Sender, messageId: Uint8Array): void {
    sender.receipts.push(messageId);
    this.#owing.add(sender);
  }
}

/** Nothing below the floor is still to come. */
function skipTo(sequence: Sequence, floor: number): void {
  if (floor <= sequence.next) return;
  let next = floor;
  for (const number of sequence.waiting.keys()) next = Math.min(next, number);
  sequence.next = Math.max(sequence.next, next);
}

function recordOf({ sender, epoch }: Sequence, fromName: string, message: TextMessage, wallMs: number): IncomingRecord {
  const { messageId, number, sentAtMs, text } = message;
  const fromKey = sender.key;
  return { messageId: messageId.slice(), fromName, fromKey, epoch, number, sentAtMs, receivedAtMs: wallMs, text };
}
