// Messages of others: stored, acknowledged, and shown once each in their sender's order, whichever way they came. Pure.
// PROTOCOL §9.7. An acknowledgement leaves only after the message is safe in the profile, by the way the message came;
// what comes again is acknowledged again and not shown.

import { toHex } from "#bytes";
import { MOST_RECEIPTS, type TextMessage } from "#envelope";

import { Gaps } from "./gaps.ts";
import { type Journal } from "./journal.ts";
import { type KeptText, KeptTexts } from "./kept-texts.ts";
import { type IncomingRecord, type ProfileState } from "./profile.ts";
import { type Sender, Senders, type Sequence, type Waiting } from "./senders.ts";
import { type Mailed, type Via } from "./via.ts";

/** Messages and bytes of one sender that wait behind a gap or for trust; beyond it they are not taken in, and so not
 * acknowledged. */
export const MOST_WAITING = 512;
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** … and of all senders together. */
const MOST_WAITING_IN_ALL = 4096;
const MOST_WAITING_BYTES_IN_ALL = 32 * 1024 * 1024;
/** Ways by which a message came again before it was safe. */
const MOST_OWED = 16;

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
  /** A message is stored and acknowledged, and not shown before `setKeeping(false)`. */
  kept(record: IncomingRecord): void;
  /** Has our mail fetched, if it is not being done; false where there is no server that keeps any. `mailCame` or
   * `mailStopped` follows. */
  askMail(now: number): boolean;
  /** Something is missing from that number on: the sender may send it again. */
  missing(fromKey: Uint8Array, epoch: Uint8Array, from: number): void;
  /** Receipts are ready for a sender. */
  receipts(fromKey: Uint8Array, messageIds: readonly Uint8Array[]): void;
  /** A letter is stored here: the server may forget it. */
  collected(letter: Mailed, messageId: Uint8Array): void;
  /** A letter could not be taken in: it is to be fetched again later. */
  refused(letter: Mailed, now: number): void;
  /** What could not be collected before now can. */
  fetchAgain(now: number): void;
}

/** How often something happened, for checkers. */
export interface InboxTally {
  readonly gapsFilledByMail: number;
  readonly gapsFilledBySender: number;
  readonly gapsGivenUp: number;
  readonly duplicatesDropped: number;
}

/** Times in monotonic ms. */
export class Inbox {
  readonly #journal: Journal;
  readonly #owner: InboxOwner;
  readonly #senders: Senders;
  readonly #gaps: Gaps;
  readonly #kept: KeptTexts;
  readonly #owing = new Set<Sender>();
  readonly #tally = { gapsFilledByMail: 0, gapsFilledBySender: 0, gapsGivenUp: 0, duplicatesDropped: 0 };
  #waitingCount = 0;
  #waitingBytes = 0;

  constructor(journal: Journal, state: ProfileState, owner: InboxOwner) {
    this.#journal = journal;
    this.#owner = owner;
    this.#kept = new KeptTexts(journal, (record, isLate) => owner.show(record, isLate));
    this.#gaps = new Gaps({
      askMail: (now) => owner.askMail(now),
      askSender: ({ sender, epoch, next }) => owner.missing(sender.key, epoch, next),
      opened: (sequence, now) => this.#open(sequence, now),
      givenUp: (sequence, now) => (sequence.isOpen ? this.#passGap(sequence, now) : this.#open(sequence, now)),
    });
    this.#senders = new Senders(state.progress, (fromKey, epoch) =>
      this.#journal.write({ kind: "dropProgress", fromKey, epoch }),
    );
    for (const record of inTurn(state.unshown)) if (record.channel === undefined) this.#restore(record);
  }

  get deadline(): number {
    return this.#gaps.deadline;
  }

  get tally(): InboxTally {
    return { ...this.#tally };
  }

  /** Names with something that waits for trust from before. */
  get heldNames(): ReadonlySet<string> {
    const held = this.#senders.waiting.filter(({ sender }) => sender.isHeld);
    return new Set(held.flatMap(({ waiting }) => [...waiting.values()].map(({ record }) => record.fromName)));
  }

  /** What a profile kept back is shown, or goes on waiting. */
  start(now: number): void {
    this.#kept.release();
    for (const sequence of this.#senders.waiting) this.#advance(sequence, now);
  }

  isHeld(fromKey: Uint8Array): boolean {
    return this.#senders.find(fromKey)?.isHeld === true;
  }

  /** From now on what would be shown is kept; or no more, and what was kept is shown. */
  setKeeping(isKeeping: boolean, _now: number): void {
    this.#kept.isKeeping = isKeeping;
    if (!isKeeping) this.#kept.release();
  }

  /** The person's changed key is accepted: what was held is acknowledged and shown, and mail fetched again that was not
   * collected. */
  trust(fromKey: Uint8Array, now: number): void {
    const sender = this.#senders.find(fromKey);
    if (sender === undefined) return;
    sender.isHeld = false;
    for (const sequence of sender.sequences.values()) {
      for (const { record, isSafe } of sequence.waiting.values()) if (isSafe) this.#owe(sender, record.messageId);
      this.#advance(sequence, now);
    }
    this.#owner.fetchAgain(now);
  }

  /** Takes a text from a proven sender. */
  receive(from: From, message: TextMessage, via: Via, wallMs: number, now: number): void {
    const sequence = this.#senders.heard(from.key, message.epoch);
    if (sequence === undefined) return via.kind === "mail" ? this.#owner.refused(via, now) : undefined;
    const { sender } = sequence;
    sender.isHeld ||= from.isHeld;
    skipTo(sequence, message.floor);
    // Letters come in their order, whatever their epochs.
    sequence.isOpen ||= !message.hasEarlier || via.kind === "mail";
    const { number } = message;
    const waiting = sequence.waiting.get(number);
    if (waiting !== undefined) {
      this.#tally.duplicatesDropped++;
      if (!waiting.isSafe) owe(waiting, via);
      else if (!sender.isHeld) this.#acknowledge(sender, waiting.record.messageId, via);
    } else if (!this.#owner.hasRoom() || !this.#kept.hasRoomFor(sender.key)) this.#refuse(sequence, via, now);
    else this.#take(sequence, recordOf(sequence, from.name, message, via, wallMs), via, now);
    this.#advance(sequence, now);
  }

  /** All our mail is here. */
  mailCame(now: number): void {
    this.#gaps.mailCame(now);
  }

  /** Our mail will not come soon. */
  mailStopped(now: number): void {
    this.#gaps.mailStopped(now);
  }

  wake(now: number): void {
    this.#gaps.wake(now);
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

  #take(sequence: Sequence, record: IncomingRecord, via: Via, now: number): void {
    const { sender, next } = sequence;
    const isItsTurn = record.number === next && sequence.isOpen && !sender.isHeld;
    if (record.number >= next && !isItsTurn) return this.#receiveEarly(sequence, record, via, now);
    // A number already passed is a duplicate, or was given up too early. The profile knows which.
    if (record.number < next) return sender.isHeld ? undefined : this.#store(sender, record, via, true);
    if (this.#gaps.has(sequence)) this.#tally[via.kind === "mail" ? "gapsFilledByMail" : "gapsFilledBySender"]++;
    sequence.next = record.number + 1;
    this.#store(sender, record, via, false);
    this.#writeProgress(sequence);
  }

  /** One that may be shown: stored as shown, and shown once it is safe; or stored as not shown, and kept. */
  #store(sender: Sender, record: IncomingRecord, via: Via, isLate: boolean): void {
    const kept = this.#kept.isKeeping ? this.#kept.add(record, isLate) : undefined;
    const isShown = kept === undefined;
    this.#journal.write({ kind: "putIncoming", message: record, isShown }, (result) => {
      this.#acknowledge(sender, record.messageId, via);
      if (result !== "done") this.#tally.duplicatesDropped++;
      if (kept !== undefined && result !== "done") this.#kept.remove(kept);
      else if (kept !== undefined) this.#tellKept(kept);
      else if (result === "done") this.#owner.show(record, isLate);
    });
  }

  #tellKept(kept: KeptText): void {
    if (this.#kept.has(kept)) this.#owner.kept(kept.record);
  }

  /** One behind a gap or an earlier epoch, or of somebody who must be trusted first: stored, not shown. */
  #receiveEarly(sequence: Sequence, record: IncomingRecord, via: Via, now: number): void {
    const { sender } = sequence;
    if (!this.#fits(sender, record.text.length)) return this.#refuse(sequence, via, now);
    this.#wait(sequence, record, [via]);
    // What the profile has no progress of waits for earlier epochs after a restart, too.
    if (sequence.isOpen && !sequence.isKept) this.#writeProgress(sequence);
    this.#journal.write({ kind: "putIncoming", message: record, isShown: false }, (_, safeAt) => {
      const stored = sequence.waiting.get(record.number);
      if (stored === undefined) return;
      stored.isSafe = true;
      for (const each of stored.owed.splice(0)) if (!sender.isHeld) this.#acknowledge(sender, record.messageId, each);
      this.#advance(sequence, safeAt);
    });
  }

  /** Not taken in, and so not acknowledged: asked for later, unless its sender must be trusted first. */
  #refuse(sequence: Sequence, via: Via, now: number): void {
    if (sequence.sender.isHeld) return;
    if (via.kind === "mail") this.#owner.refused(via, now);
    else this.#gaps.refuse(sequence, now);
  }

  /** Shows what is next in order, each marked as shown before it is. */
  #advance(sequence: Sequence, now: number): void {
    const { sender, waiting } = sequence;
    if (sender.isHeld) return;
    if (!sequence.isOpen) return this.#gaps.watch(sequence, now);
    for (let next = waiting.get(sequence.next); next?.isSafe === true; next = waiting.get(sequence.next)) {
      const { record } = next;
      this.#forget(sequence, record);
      sequence.next = record.number + 1;
      this.#pass(record, now);
      this.#writeProgress(sequence);
    }
    this.#gaps.watch(sequence, now);
  }

  /** One that is stored as not shown has its turn. */
  #pass(record: IncomingRecord, now: number): void {
    const { fromKey, messageId } = record;
    if (this.#kept.isKeeping) {
      const kept = this.#kept.add(record, false);
      return this.#journal.afterwards(() => this.#tellKept(kept), now);
    }
    this.#journal.write({ kind: "markShown", fromKey, messageId }, (result) => {
      if (result === "done") this.#owner.show(record, false);
    });
  }

  /** Nothing of an earlier epoch is waited for any more. */
  #open(sequence: Sequence, now: number): void {
    sequence.isOpen = true;
    this.#advance(sequence, now);
  }

  /** Nobody filled the gap: what is there is shown, and the missing one when it comes, as late. */
  #passGap(sequence: Sequence, now: number): void {
    this.#tally.gapsGivenUp++;
    sequence.next = Math.min(...sequence.waiting.keys());
    this.#advance(sequence, now);
  }

  #writeProgress(sequence: Sequence): void {
    const { sender, epoch, next } = sequence;
    sequence.isKept = true;
    this.#journal.write({ kind: "putProgress", progress: { fromKey: sender.key, epoch, next } });
  }

  /** What the profile has and never was shown: it waits for others before it, or was kept when its turn had come. */
  #restore(record: IncomingRecord): void {
    const sequence = this.#senders.stored(record.fromKey, record.epoch);
    if (record.number < sequence.next) return void this.#kept.add(record, false);
    this.#wait(sequence, record, []).isSafe = true;
    sequence.sender.isHeld ||= this.#owner.isChanged(record.fromName, record.fromKey);
  }

  #fits(sender: Sender, bytes: number): boolean {
    if (sender.waitingCount >= MOST_WAITING || this.#waitingCount >= MOST_WAITING_IN_ALL) return false;
    if (sender.waitingBytes + bytes > MOST_WAITING_BYTES) return false;
    return this.#waitingBytes + bytes <= MOST_WAITING_BYTES_IN_ALL;
  }

  #wait(sequence: Sequence, record: IncomingRecord, owed: Via[]): Waiting {
    const waiting = { record, owed, isSafe: false };
    sequence.waiting.set(record.number, waiting);
    this.#count(sequence.sender, 1, record.text.length);
    return waiting;
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

  #acknowledge(sender: Sender, messageId: Uint8Array, via: Via): void {
    if (via.kind === "mail") this.#owner.collected(via, messageId);
    else this.#owe(sender, messageId);
  }

  #owe(sender: Sender, messageId: Uint8Array): void {
    sender.receipts.push(messageId);
    this.#owing.add(sender);
  }
}

/** What came again before it was safe is acknowledged by each way once it is; the rest comes another time. */
function owe({ owed }: Waiting, via: Via): void {
  const isOwed = via.kind === "direct" && owed.some(({ kind }) => kind === "direct");
  if (!isOwed && owed.length < MOST_OWED) owed.push(via);
}

/** What was stored, but each sender's texts in the order of the sends: one that came behind a gap, or before the mail of an
 * earlier epoch, was stored before those that it waited for. Epochs go by their sender's clock. */
function inTurn(records: readonly IncomingRecord[]): readonly IncomingRecord[] {
  const began = new Map<string, number>();
  const epochOf = ({ epoch, fromKey }: IncomingRecord): string => `${toHex(fromKey)} ${toHex(epoch)}`;
  for (const record of records)
    began.set(epochOf(record), Math.min(began.get(epochOf(record)) ?? Number.POSITIVE_INFINITY, record.sentAtMs));
  const beganAt = (record: IncomingRecord): number => began.get(epochOf(record)) ?? 0;
  const queues = new Map<string, IncomingRecord[]>();
  for (const record of records.toSorted((a, b) => beganAt(a) - beganAt(b) || a.number - b.number)) {
    const queue = queues.get(toHex(record.fromKey));
    if (queue === undefined) queues.set(toHex(record.fromKey), [record]);
    else queue.push(record);
  }
  const next = new Map([...queues].map(([key, queue]) => [key, queue.values()]));
  return records.flatMap((record) => next.get(toHex(record.fromKey))?.next().value ?? []);
}

/** Nothing below the floor is still to come. */
function skipTo(sequence: Sequence, floor: number): void {
  if (floor <= sequence.next) return;
  let next = floor;
  for (const number of sequence.waiting.keys()) next = Math.min(next, number);
  sequence.next = Math.max(sequence.next, next);
}

function recordOf(
  { sender, epoch }: Sequence,
  fromName: string,
  message: TextMessage,
  via: Via,
  receivedAtMs: number,
): IncomingRecord {
  const { messageId, number, sentAtMs, text } = message;
  return {
    channel: undefined,
    mailedAtMs: via.kind === "mail" ? via.mailedAtMs : undefined,
    messageId: messageId.slice(),
    fromName,
    fromKey: sender.key,
    epoch,
    number,
    sentAtMs,
    receivedAtMs,
    text,
  };
}
