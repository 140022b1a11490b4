// Messages of ours until their verdict: numbered, sent, sent again, received or not. Pure. PROTOCOL §9.6.
// Nothing leaves before it is safe in the profile; every path and retry carries the same id, number and epoch; each
// message gets one verdict, in the order of the sends to each recipient.

import { encode, toHex } from "#bytes";
import { verdictMs } from "#chat";
import { EPOCH_BYTES, MESSAGE_ID_BYTES, peerMessageCodec } from "#envelope";
import { type Dice } from "#crypto";
import { type Endpoint, Lane, PROBES_PER_VERDICT } from "#transport";
import { type LocalSessionId } from "#wire";

import { type Journal } from "./journal.ts";
import { type Peers, type Whereabouts } from "./peers.ts";
import { type OutgoingEnd, type OutgoingRecord, type ProfileState } from "./profile.ts";

/** Somebody who answers the transport and gives no receipt counts as silent after so long. */
const NO_RECEIPT_MS = 10_000;
/** Bytes that wait in a session at most; the rest waits here. */
const MOST_QUEUED_BYTES = 256 * 1024;

interface Outgoing {
  readonly record: OutgoingRecord;
  isSafe: boolean;
  /** When it first left, or would have if anybody had answered. */
  leftAt: number | undefined;
  sentOn: LocalSessionId | undefined;
  end: OutgoingEnd | undefined;
}

interface Conversation {
  readonly toKey: Uint8Array;
  /** In the order of the sends; an ended one stays until all before it have ended. */
  messages: Outgoing[];
  /** Highest number given out in the current epoch. */
  lastNumber: number;
  /** Nothing leaves until the changed key is trusted. */
  isHeld: boolean;
  /** When the other side last showed that it takes messages in. */
  progressAt: number;
  queuedBytes: number;
  heardAt: number;
}

/** What the outbox asks of the client around it. */
export interface OutboxOwner {
  /** Where the person is, by the table; undefined for somebody who is offline or unknown. */
  whereabouts(personKey: Uint8Array): Whereabouts | undefined;
  /** Probe timeout of the path to the server, ms, where the one to the peer is not measured. */
  serverProbeTimeoutMs(): number | undefined;
  ended(record: OutgoingRecord, end: OutgoingEnd): void;
  wallMs(now: number): number;
  /** The person gave no answer: the server may want to ask it. */
  silent(personKey: Uint8Array, now: number): void;
}

export class Outbox {
  readonly #endpoint: Endpoint;
  readonly #peers: Peers;
  readonly #journal: Journal;
  readonly #dice: Dice;
  readonly #owner: OutboxOwner;
  readonly #ackTimeoutMs: number;
  readonly #epoch: Uint8Array;
  readonly #conversations = new Map<string, Conversation>();
  readonly #busy = new Set<Conversation>();

  constructor(endpoint: Endpoint, peers: Peers, journal: Journal, dice: Dice, ackTimeoutMs: number, state: ProfileState, owner: OutboxOwner) {
    this.#endpoint = endpoint;
    this.#peers = peers;
    this.#journal = journal;
    this.#dice = dice;
    this.#owner = owner;
    this.#ackTimeoutMs = ackTimeoutMs;
    this.#epoch = state.epoch.slice(0, EPOCH_BYTES);
    for (const { toKey, number } of state.lastNumbers) this.#conversation(toKey).lastNumber = number;
    for (const record of state.outbox) this.#add(record, true);
  }

  /** Messages that are neither held nor ended. */
  get pending(): number {
    let pending = 0;
    for (const conversation of this.#busy) {
      if (!conversation.isHeld) pending += conversation.messages.filter((message) => message.end === undefined).length;
    }
    return pending;
  }

  /** Messages whose fate is open, held ones too. */
  get kept(): number {
    let kept = 0;
    for (const conversation of this.#busy) kept += conversation.messages.filter((message) => message.end === undefined).length;
    return kept;
  }

  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const conversation of this.#busy) deadline = Math.min(deadline, this.#verdictAt(conversation));
    return deadline;
  }

  /** Numbers a message, and sends it once it is safe. */
  send(toName: string, toKey: Uint8Array, text: string, sentAtMs: number): Uint8Array {
    const conversation = this.#conversation(toKey);
    const record: OutgoingRecord = {
      messageId: this.#dice(MESSAGE_ID_BYTES),
      toName,
      toKey: conversation.toKey,
      epoch: this.#epoch,
      number: ++conversation.lastNumber,
      sentAtMs,
      text,
    };
    const message = this.#add(record, false);
    this.#journal.write({ kind: "putOutgoing", message: record }, (_, safeAt) => {
      message.isSafe = true;
      this.transmit(toKey, safeAt);
    });
    return record.messageId;
  }

  /** The recipients of messages without an end. */
  get recipients(): readonly { readonly name: string; readonly key: Uint8Array }[] {
    return [...this.#busy].flatMap(({ messages: [first] }) => (first === undefined ? [] : [{ name: first.record.toName, key: first.record.toKey }]));
  }

  /** Holds what is for a person, or lets it go out. */
  setHeld(toKey: Uint8Array, isHeld: boolean, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined) return;
    conversation.isHeld = isHeld;
    if (!isHeld) this.transmit(toKey, now);
  }

  /** Moves what can move to a person: called when a session opened or ended, a message became safe, the table changed. */
  transmit(toKey: Uint8Array, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined || conversation.isHeld || !this.#busy.has(conversation)) return;
    const waiting = conversation.messages.filter((message) => message.isSafe && message.end === undefined);
    if (waiting.length === 0) return;
    const session = this.#peers.sessionWith(toKey);
    if (session === undefined) return this.#reach(conversation, waiting, now);
    for (const message of waiting) {
      if (message.sentOn === session) continue;
      if ((this.#endpoint.view(session)?.queuedBytes ?? 0) > MOST_QUEUED_BYTES) break;
      this.#sendOn(session, conversation, message, now);
    }
    this.#probe(conversation, session);
  }

  /** Moves what can move to anybody. */
  transmitAll(now: number): void {
    for (const conversation of this.#busy) this.transmit(conversation.toKey, now);
  }

  /** The path to a person has gone silent: calls anew, beside it. */
  unanswered(toKey: Uint8Array, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    const whereabouts = this.#owner.whereabouts(toKey);
    if (conversation !== undefined && this.#busy.has(conversation) && whereabouts !== undefined) this.#peers.call(whereabouts, now);
  }

  /** A person's client holds these messages of ours. */
  received(fromKey: Uint8Array, messageIds: readonly Uint8Array[], now: number): void {
    const conversation = this.#conversations.get(toHex(fromKey));
    if (conversation === undefined) return;
    const ids = new Set(messageIds.map(toHex));
    conversation.progressAt = now;
    for (const message of conversation.messages) {
      if (ids.has(toHex(message.record.messageId))) this.#end(conversation, message, "received", now);
    }
    this.#settle(conversation);
    this.transmit(fromKey, now);
  }

  /** A person misses messages from a number on: sends again what has no receipt. */
  resend(toKey: Uint8Array, epoch: Uint8Array, from: number, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    const session = this.#peers.sessionWith(toKey);
    if (conversation === undefined || session === undefined) return;
    for (const message of conversation.messages) {
      if (message.end !== undefined || message.record.number < from || toHex(message.record.epoch) !== toHex(epoch)) continue;
      if (message.sentOn === session) message.sentOn = undefined;
    }
    this.transmit(toKey, now);
  }

  wake(now: number): void {
    for (const conversation of this.#busy) {
      if (this.#verdictAt(conversation) <= now) this.#giveUp(conversation, now);
    }
  }

  #reach(conversation: Conversation, waiting: readonly Outgoing[], now: number): void {
    const whereabouts = this.#owner.whereabouts(conversation.toKey);
    if (whereabouts === undefined) {
      // Nobody waits for somebody whom the table says is not there.
      for (const message of waiting) this.#end(conversation, message, "notDelivered", now);
      return this.#settle(conversation);
    }
    for (const message of waiting) message.leftAt ??= now;
    this.#peers.call(whereabouts, now);
  }

  #sendOn(session: LocalSessionId, conversation: Conversation, message: Outgoing, now: number): void {
    const { messageId, epoch, number, sentAtMs, text } = message.record;
    const floor = this.#floor(conversation, epoch);
    const bytes = encode(peerMessageCodec, { kind: "text", messageId, epoch, number, floor, sentAtMs, text });
    if (!this.#endpoint.send(session, Lane.chat, bytes)) return;
    message.sentOn = session;
    message.leftAt ??= now;
    this.#peers.talk(session, now);
  }

  /** The lowest number of an epoch that may still come. */
  #floor(conversation: Conversation, epoch: Uint8Array): number {
    const id = toHex(epoch);
    const open = conversation.messages.find((message) => message.end === undefined && toHex(message.record.epoch) === id);
    return open?.record.number ?? conversation.lastNumber + 1;
  }

  /** When the oldest message that has left is given up, unless something comes meanwhile. */
  #verdictAt(conversation: Conversation): number {
    const head = conversation.messages.find((message) => message.end === undefined);
    if (head?.leftAt === undefined || conversation.isHeld) return Number.POSITIVE_INFINITY;
    this.#noteProgress(conversation);
    const silentAt = Math.max(head.leftAt, conversation.heardAt) + this.#verdictMs(conversation);
    const stuckAt = Math.max(head.leftAt, conversation.progressAt) + NO_RECEIPT_MS;
    return Math.min(silentAt, stuckAt);
  }

  #verdictMs(conversation: Conversation): number {
    const session = this.#peers.sessionWith(conversation.toKey);
    const view = session === undefined ? undefined : this.#endpoint.view(session);
    return verdictMs(view?.probeTimeoutMs ?? this.#owner.serverProbeTimeoutMs() ?? 0, this.#ackTimeoutMs);
  }

  #noteProgress(conversation: Conversation): void {
    const session = this.#peers.sessionWith(conversation.toKey);
    const view = session === undefined ? undefined : this.#endpoint.view(session);
    if (view === undefined) return;
    if (view.queuedBytes < conversation.queuedBytes) conversation.progressAt = Math.max(conversation.progressAt, view.heardAt);
    conversation.queuedBytes = view.queuedBytes;
    conversation.heardAt = Math.max(conversation.heardAt, view.heardAt);
  }

  /** Silence, for long enough: whatever has left for so long is not delivered; the rest tries another path. */
  #giveUp(conversation: Conversation, now: number): void {
    const waitedMs = this.#verdictMs(conversation);
    const isStuck = Math.max(conversation.messages[0]?.leftAt ?? now, conversation.progressAt) + NO_RECEIPT_MS <= now;
    for (const message of conversation.messages) {
      if (message.leftAt === undefined || message.end !== undefined) continue;
      const isSilent = Math.max(message.leftAt, conversation.heardAt) + waitedMs <= now;
      if (isSilent || isStuck) this.#end(conversation, message, "notDelivered", now);
      message.sentOn = undefined;
    }
    // What was given up must not arrive later over what is still queued there.
    this.#peers.abandon(conversation.toKey);
    this.#settle(conversation);
    this.#owner.silent(conversation.toKey, now);
    this.transmit(conversation.toKey, now);
  }

  #probe(conversation: Conversation, session: LocalSessionId): void {
    const isWaiting = conversation.messages.some((message) => message.end === undefined && message.leftAt !== undefined);
    this.#endpoint.probeEvenly(session, isWaiting ? this.#verdictMs(conversation) / PROBES_PER_VERDICT : undefined);
  }

  #end(conversation: Conversation, message: Outgoing, end: OutgoingEnd, now: number): void {
    if (message.end !== undefined) return;
    message.end = end;
    conversation.progressAt = now;
    this.#journal.write({ kind: "endOutgoing", messageId: message.record.messageId, end, atMs: this.#owner.wallMs(now) });
  }

  /** Tells the verdicts that are next in order. */
  #settle(conversation: Conversation): void {
    const settled = conversation.messages.findIndex((message) => message.end === undefined);
    const ended = conversation.messages.splice(0, settled < 0 ? conversation.messages.length : settled);
    for (const { record, end } of ended) if (end !== undefined) this.#owner.ended(record, end);
    if (conversation.messages.length > 0) return;
    this.#busy.delete(conversation);
    const session = this.#peers.sessionWith(conversation.toKey);
    if (session !== undefined) this.#endpoint.probeEvenly(session, undefined);
  }

  #add(record: OutgoingRecord, isSafe: boolean): Outgoing {
    const conversation = this.#conversation(record.toKey);
    const message: Outgoing = { record, isSafe, leftAt: undefined, sentOn: undefined, end: undefined };
    conversation.messages.push(message);
    this.#busy.add(conversation);
    return message;
  }

  #conversation(toKey: Uint8Array): Conversation {
    const key = toHex(toKey);
    let conversation = this.#conversations.get(key);
    if (conversation === undefined) {
      const at = Number.NEGATIVE_INFINITY;
      conversation = { toKey: toKey.slice(), messages: [], lastNumber: 0, isHeld: false, progressAt: at, queuedBytes: 0, heardAt: at };
      this.#conversations.set(key, conversation);
    }
    return conversation;
  }
}
