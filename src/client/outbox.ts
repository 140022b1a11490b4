// Messages of ours until their verdict, and beyond it until their receipt: numbered, sent, sent again, received, or given
// to the server. Pure. PROTOCOL §9.6, §9.9.
// Nothing leaves before it is safe in the profile; every path and retry carries the same id, number and epoch; each
// message gets one verdict, in the order of the sends to each recipient.

import { encode, toHex } from "#bytes";
import { EPOCH_BYTES, peerMessageCodec, type TextMessage } from "#envelope";
import { type Departure, type Endpoint, Lane, PROBES_PER_VERDICT } from "#transport";
import { type Address, type LocalSessionId } from "#wire";

import { Conversation, type ConversationTally, type Outgoing } from "./conversation.ts";
import { type Journal } from "./journal.ts";
import { FORGET_MS } from "./mail-keys.ts";
import { type Letter } from "./mailer.ts";
import { type Peers, type Whereabouts } from "./peers.ts";
import { type KeptRecord, type OutgoingEnd, type OutgoingRecord, type ProfileState } from "./profile.ts";
import { VerdictClock } from "./verdict-clock.ts";

/** Bytes that wait in a session at most, the rest waits here: three times what 100 Mbit/s hold in flight over 50 ms. */
export const MOST_QUEUED_BYTES = 4 * 1024 * 1024;
/** A person has messages sent again at most so often, ms: its asking is small, the answer is not. */
const RESEND_PAUSE_MS = 1000;
/** … and so many times without a receipt in between: whoever only asks must not put a verdict off for ever. */
export const MOST_RESENDS = 8;
/** While a verdict is pending, what is known of its path is looked at again after so long, ms. */
const LOOK_EVERY_MS = 100;

/** Where a person is; `away` for whoever is offline or nobody, `sought` while the server is being asked: then `transmit`
 * or `lose` follows. */
export type Place = Whereabouts | "away" | "sought";

/** What the outbox asks of the client around it. */
export interface OutboxOwner {
  /** Where the person is to whom something was said by that name. */
  seek(personKey: Uint8Array, name: string, now: number): Place;
  /** Probe timeout of the path to the server, ms, where the one to the peer is not measured. */
  serverProbeTimeoutMs(): number | undefined;
  /** Whether the server keeps messages for those who do not answer. */
  hasMailbox(): boolean;
  /** Asks the server to keep a message. */
  save(letter: Letter, now: number): void;
  /** The recipient was silent, and the server is asked to keep the message. */
  mailed(record: OutgoingRecord): void;
  ended(record: OutgoingRecord, end: OutgoingEnd, reason: string | undefined): void;
  /** The receipt has come for a message that had ended so. */
  collected(record: OutgoingRecord, end: KeptRecord["end"]): void;
  wallMs(now: number): number;
  /** The person gave no answer: the server may want to ask it. */
  silent(personKey: Uint8Array, now: number): void;
  /** Somebody is called. */
  called?(name: string, address: Address, now: number): void;
  /** What is to be told when parts of a message leave. */
  leaving?(messageId: Uint8Array): Departure | undefined;
}

export interface OutboxParts {
  readonly endpoint: Pick<Endpoint, "view" | "send" | "probeEvenly">;
  readonly peers: Pick<Peers, "sessionWith" | "isSilent" | "call" | "talk" | "abandon">;
  readonly journal: Journal;
  readonly ackTimeoutMs: number;
}

interface Pending {
  readonly conversation: Conversation;
  readonly message: Outgoing;
}

/** Times in monotonic ms. Asleep until `setActive`: what a profile kept is sent when there is a table. */
export class Outbox {
  readonly tally: ConversationTally = { switchesToSession: 0, switchesToServer: 0 };
  readonly #parts: OutboxParts;
  readonly #owner: OutboxOwner;
  readonly #clock: VerdictClock;
  readonly #epoch: Uint8Array;
  /** By person; they are those our user talks to. */
  readonly #conversations = new Map<string, Conversation>();
  /** Conversations with messages whose verdict is not told. */
  readonly #busy = new Set<Conversation>();
  /** Messages that a receipt would change something for. */
  readonly #byId = new Map<string, Pending>();
  #open = 0;
  #held = 0;
  /** Messages that ended and whose verdict waits for the profile. */
  #untold = 0;
  #isActive = false;
  /** No verdict is due before. */
  #lookAt = Number.POSITIVE_INFINITY;

  constructor(parts: OutboxParts, state: ProfileState, owner: OutboxOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#clock = new VerdictClock({ ...parts, serverProbeTimeoutMs: () => owner.serverProbeTimeoutMs() });
    this.#epoch = state.epoch.slice(0, EPOCH_BYTES);
    for (const { toKey, number } of state.lastNumbers) this.#conversation(toKey).lastNumber = number;
    for (const { end, ...record } of state.kept) {
      const conversation = this.#conversation(record.toKey);
      this.#byId.set(toHex(record.messageId), { conversation, message: conversation.keep(record, end) });
    }
    for (const record of state.outbox) this.#add(this.#conversation(record.toKey), record, true);
  }

  /** Messages that are not held, and whose verdict was not told. */
  get pending(): number {
    return this.#open - this.#held + this.#untold;
  }

  /** Messages without an end, held ones too: nobody else has them for sure. */
  get open(): number {
    return this.#open;
  }

  get deadline(): number {
    return this.#lookAt;
  }

  /** The recipients of messages without an end. */
  get recipients(): readonly { readonly name: string; readonly key: Uint8Array }[] {
    return [...this.#busy].flatMap(({ first, toKey }) =>
      first === undefined ? [] : [{ name: first.record.toName, key: toKey }],
    );
  }

  /** Whether messages leave and are given up; while not, they are kept, and begin anew afterwards. */
  setActive(isActive: boolean, now: number): void {
    if (this.#isActive === isActive) return;
    this.#isActive = isActive;
    this.#lookAt = Number.POSITIVE_INFINITY;
    if (isActive) return this.transmitAll(now);
    for (const conversation of this.#busy) conversation.pause();
  }

  /** Numbers a message, and sends it once it is safe. */
  send(message: Omit<OutgoingRecord, "epoch" | "number">): void {
    const conversation = this.#conversation(message.toKey);
    const number = ++conversation.lastNumber;
    const record = { ...message, toKey: conversation.toKey, epoch: this.#epoch, number };
    const outgoing = this.#add(conversation, record, false);
    this.#parts.journal.write({ kind: "putOutgoing", message: record }, (_, safeAt) => {
      outgoing.isSafe = true;
      this.#transmit(conversation, safeAt);
    });
  }

  isHeld(toKey: Uint8Array): boolean {
    return this.#conversations.get(toHex(toKey))?.isHeld === true;
  }

  /** Holds what is for a person, or lets it go out. */
  setHeld(toKey: Uint8Array, isHeld: boolean, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined || conversation.isHeld === isHeld) return;
    conversation.isHeld = isHeld;
    this.#held += isHeld ? conversation.open : -conversation.open;
    if (!isHeld) this.#transmit(conversation, now);
  }

  /** Moves what can move to a person: called when a session opened or ended. */
  transmit(toKey: Uint8Array, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation !== undefined) this.#transmit(conversation, now);
  }

  /** Moves what can move to anybody: the table changed. */
  transmitAll(now: number): void {
    for (const conversation of this.#busy) this.#transmit(conversation, now);
  }

  /** Nobody can say where a person is: without a path to it, what is for it is given up. */
  lose(toKey: Uint8Array, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined || !this.#isMoving(conversation)) return;
    if (this.#parts.peers.sessionWith(toKey) === undefined) this.#lose(conversation, now);
  }

  /** The path to a person has gone silent: calls anew, beside it. */
  unanswered(toKey: Uint8Array, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined || !this.#isMoving(conversation)) return;
    const place = this.#seek(conversation, now);
    if (typeof place !== "string") this.#call(conversation, place, now);
  }

  /** A person's client holds these messages of ours; ids of anything else mean nothing. */
  received(fromKey: Uint8Array, messageIds: readonly Uint8Array[], now: number): void {
    const conversation = this.#conversations.get(toHex(fromKey));
    if (conversation === undefined) return;
    for (const id of messageIds) {
      const pending = this.#byId.get(toHex(id));
      if (pending?.conversation !== conversation) continue;
      const { message } = pending;
      [conversation.resends, conversation.restarts] = [0, 0];
      if (conversation.kept.has(message)) this.#endKept(conversation, message, "received", now);
      else this.#end(conversation, message, "received", now);
    }
    this.#settle(conversation, now);
    this.#transmit(conversation, now);
  }

  /** A person misses messages from a number on: sends again what has no receipt. */
  resend(toKey: Uint8Array, epoch: Uint8Array, from: number, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined || now < conversation.resentAt + RESEND_PAUSE_MS) return;
    if (conversation.resends >= MOST_RESENDS) return;
    conversation.resentAt = now;
    conversation.resends++;
    conversation.sendAgainFrom(toHex(epoch), from);
    this.#transmit(conversation, now);
  }

  /** What the server was given so long ago that it has forgotten it is kept no longer. */
  forgetOld(now: number): void {
    const sentBefore = this.#owner.wallMs(now) - FORGET_MS;
    for (const conversation of this.#conversations.values()) {
      for (const message of conversation.kept.before(sentBefore)) this.#endKept(conversation, message, "expired", now);
    }
  }

  wake(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = Number.POSITIVE_INFINITY;
    for (const conversation of this.#busy) {
      if (this.#verdictAt(conversation) <= now) this.#giveUp(conversation, now);
      else this.#watch(conversation);
    }
    if (this.#lookAt < Number.POSITIVE_INFINITY) this.#lookAt = Math.min(this.#lookAt, now + LOOK_EVERY_MS);
  }

  #transmit(conversation: Conversation, now: number): void {
    if (!this.#isActive || conversation.isHeld) return;
    const session = this.#parts.peers.sessionWith(conversation.toKey);
    if (session !== undefined) this.#sendOn(session, conversation, now);
    else if (conversation.next !== undefined) this.#reach(conversation, now);
    this.#watch(conversation);
  }

  /** Whether anything is to go to that person directly. */
  #isMoving(conversation: Conversation): boolean {
    return this.#isActive && !conversation.isHeld && conversation.next !== undefined;
  }

  #reach(conversation: Conversation, now: number): void {
    const place = this.#seek(conversation, now);
    if (place === "sought") return;
    // Nobody waits for somebody whom the table says is not there.
    if (place === "away") return this.#lose(conversation, now);
    conversation.leave(now);
    if (conversation.next?.leftAt !== undefined) this.#call(conversation, place, now);
  }

  #call({ next }: Conversation, place: Whereabouts, now: number): void {
    if (next !== undefined) this.#owner.called?.(next.record.toName, place.address, now);
    this.#parts.peers.call(place, now);
  }

  #seek({ next, toKey }: Conversation, now: number): Place {
    return next === undefined ? "away" : this.#owner.seek(toKey, next.record.toName, now);
  }

  #lose(conversation: Conversation, now: number): void {
    conversation.leave(now);
    for (const message of conversation.left()) this.#fail(conversation, message, now);
    this.#settle(conversation, now);
  }

  #sendOn(session: LocalSessionId, conversation: Conversation, now: number): void {
    const { endpoint, peers } = this.#parts;
    for (let next = conversation.nextFor(session); next !== undefined; next = conversation.nextFor(session)) {
      if ((endpoint.view(session)?.queuedBytes ?? 0) > MOST_QUEUED_BYTES) break;
      const onLeft = this.#owner.leaving?.(next.record.messageId);
      if (!endpoint.send(session, Lane.chat, encode(peerMessageCodec, textOf(next, conversation)), onLeft)) break;
      conversation.sent(next, now);
      peers.talk(session, now);
    }
    if (peers.isSilent(session)) this.unanswered(conversation.toKey, now);
    const isWaiting = conversation.next?.leftAt !== undefined;
    endpoint.probeEvenly(session, isWaiting ? this.#clock.verdictMs(conversation) / PROBES_PER_VERDICT : undefined);
  }

  #watch(conversation: Conversation): void {
    this.#lookAt = Math.min(this.#lookAt, this.#verdictAt(conversation));
  }

  #verdictAt(conversation: Conversation): number {
    return this.#isMoving(conversation) ? this.#clock.verdictAt(conversation) : Number.POSITIVE_INFINITY;
  }

  /** Silence, for long enough: whatever has left for so long is given up; the rest tries another path. */
  #giveUp(conversation: Conversation, now: number): void {
    for (const message of this.#clock.overdue(conversation, now)) {
      this.#fail(conversation, message, now);
      if (message.isMailed) this.#parts.journal.afterwards(() => this.#owner.mailed(message.record), now);
    }
    // What was given up must not arrive later over what is still queued there.
    this.#parts.peers.abandon(conversation.toKey);
    conversation.sendAgain();
    this.#settle(conversation, now);
    // Whoever saves something for a person asks it, too.
    if (!this.#owner.hasMailbox()) this.#owner.silent(conversation.toKey, now);
    this.#transmit(conversation, now);
  }

  /** Nobody takes the message in: the server keeps it, or it is not delivered. */
  #fail(conversation: Conversation, message: Outgoing, now: number): void {
    if (!this.#owner.hasMailbox()) return this.#end(conversation, message, "notDelivered", now);
    const { messageId } = message.record;
    conversation.mailed(message);
    const isWanted = (): boolean => message.isMailed && message.end === undefined;
    const letter: Letter = {
      toKey: conversation.toKey,
      messageId,
      text: () => (isWanted() ? textOf(message, conversation) : undefined),
      ended: ({ end, reason }, at) => {
        if (!isWanted()) return;
        this.#end(conversation, message, end, at, reason);
        this.#settle(conversation, at);
        this.#transmit(conversation, at);
      },
    };
    this.#owner.save(letter, now);
  }

  #end(conversation: Conversation, message: Outgoing, end: OutgoingEnd, now: number, reason?: string): void {
    if (message.end === undefined) {
      this.#open--;
      if (conversation.isHeld) this.#held--;
    }
    conversation.end(message, end, reason);
    if (end === "received") conversation.progressAt = now;
    if (end !== "saved" && end !== "exists") this.#byId.delete(toHex(message.record.messageId));
  }

  /** The receipt of a message that the server was given, or no receipt any more; told once, however often it comes. */
  #endKept(conversation: Conversation, message: Outgoing, why: "received" | "expired", now: number): void {
    const { record, end } = message;
    conversation.forget(message);
    this.#byId.delete(toHex(record.messageId));
    this.#parts.journal.write(
      { kind: "endKept", messageId: record.messageId, end: why, atMs: this.#owner.wallMs(now) },
      (result) => {
        if (result === "done" && why === "received" && (end === "saved" || end === "exists"))
          this.#owner.collected(record, end);
      },
    );
  }

  /** Tells the verdicts that are next in order, each once it is safe: a killed client tells none twice. */
  #settle(conversation: Conversation, now: number): void {
    for (const { record, end, reason } of conversation.settle()) {
      if (end === undefined) continue;
      this.#untold++;
      this.#parts.journal.write(
        { kind: "endOutgoing", messageId: record.messageId, end, atMs: this.#owner.wallMs(now) },
        () => {
          this.#untold--;
          this.#owner.ended(record, end, reason);
        },
      );
    }
    if (conversation.open > 0) return;
    this.#busy.delete(conversation);
    if (this.#busy.size === 0) this.#lookAt = Number.POSITIVE_INFINITY;
    const session = this.#parts.peers.sessionWith(conversation.toKey);
    if (session !== undefined) this.#parts.endpoint.probeEvenly(session, undefined);
  }

  #add(conversation: Conversation, record: OutgoingRecord, isSafe: boolean): Outgoing {
    const message = conversation.add(record, isSafe);
    this.#byId.set(toHex(record.messageId), { conversation, message });
    this.#open++;
    if (conversation.isHeld) this.#held++;
    this.#busy.add(conversation);
    return message;
  }

  #conversation(toKey: Uint8Array): Conversation {
    const key = toHex(toKey);
    const conversation = this.#conversations.get(key) ?? new Conversation(toKey, this.tally);
    this.#conversations.set(key, conversation);
    return conversation;
  }
}

/** Every path and retry carries the same values; only what may still come before it changes. */
function textOf(message: Outgoing, conversation: Conversation): TextMessage {
  const { messageId, epoch, number, sentAtMs, text } = message.record;
  const floor = conversation.floorOf(message);
  const hasEarlier = conversation.kept.hasOther(message.epochId);
  return { kind: "text", messageId, epoch, number, floor, hasEarlier, sentAtMs, text };
}
