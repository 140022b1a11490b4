// Messages of ours until their verdict: numbered, sent, sent again, received or not. Pure. PROTOCOL §9.6.
// Nothing leaves before it is safe in the profile; every path and retry carries the same id, number and epoch; each
// message gets one verdict, in the order of the sends to each recipient.

import { encode, toHex } from "#bytes";
import { verdictMs } from "#chat";
import { EPOCH_BYTES, peerMessageCodec } from "#envelope";
import { type Endpoint, Lane, PROBES_PER_VERDICT, type SessionView } from "#transport";
import { type LocalSessionId } from "#wire";

import { Conversation, type Outgoing } from "./conversation.ts";
import { type Journal } from "./journal.ts";
import { type Peers, type Whereabouts } from "./peers.ts";
import { type OutgoingEnd, type OutgoingRecord, type ProfileState } from "./profile.ts";

/** Somebody who answers the transport and gives no receipt counts as silent after so long. */
const NO_RECEIPT_MS = 10_000;
/** Bytes that wait in a session at most; the rest waits here. */
const MOST_QUEUED_BYTES = 256 * 1024;
/** A person has messages sent again at most so often, ms: its asking is small, the answer is not. */
const RESEND_PAUSE_MS = 1000;
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
  ended(record: OutgoingRecord, end: OutgoingEnd): void;
  wallMs(now: number): number;
  /** The person gave no answer: the server may want to ask it. */
  silent(personKey: Uint8Array, now: number): void;
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
  readonly #parts: OutboxParts;
  readonly #owner: OutboxOwner;
  readonly #epoch: Uint8Array;
  /** By person; they are those our user talks to. */
  readonly #conversations = new Map<string, Conversation>();
  /** Conversations with messages whose verdict is not told. */
  readonly #busy = new Set<Conversation>();
  readonly #byId = new Map<string, Pending>();
  #held = 0;
  /** Messages that ended and whose verdict waits for the profile. */
  #untold = 0;
  #isActive = false;
  /** No verdict is due before. */
  #lookAt = Number.POSITIVE_INFINITY;

  constructor(parts: OutboxParts, state: ProfileState, owner: OutboxOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#epoch = state.epoch.slice(0, EPOCH_BYTES);
    for (const { toKey, number } of state.lastNumbers) this.#conversation(toKey).lastNumber = number;
    for (const record of state.outbox) this.#add(this.#conversation(record.toKey), record, true);
  }

  /** Messages that are not held, and whose verdict was not told. */
  get pending(): number {
    return this.#byId.size - this.#held + this.#untold;
  }

  /** Messages whose fate is open, held ones too. */
  get kept(): number {
    return this.#byId.size;
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

  /** Nobody can say where a person is: without a path to it, what is for it is not delivered. */
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
    if (typeof place !== "string") this.#parts.peers.call(place, now);
  }

  /** A person's client holds these messages of ours; ids of anything else mean nothing. */
  received(fromKey: Uint8Array, messageIds: readonly Uint8Array[], now: number): void {
    const conversation = this.#conversations.get(toHex(fromKey));
    if (conversation === undefined) return;
    for (const id of messageIds) {
      const pending = this.#byId.get(toHex(id));
      if (pending?.conversation === conversation) this.#end(conversation, pending.message, "received", now);
    }
    this.#settle(conversation, now);
    this.#transmit(conversation, now);
  }

  /** A person misses messages from a number on: sends again what has no receipt. */
  resend(toKey: Uint8Array, epoch: Uint8Array, from: number, now: number): void {
    const conversation = this.#conversations.get(toHex(toKey));
    if (conversation === undefined || now < conversation.resentAt + RESEND_PAUSE_MS) return;
    conversation.resentAt = now;
    conversation.sendAgainFrom(toHex(epoch), from);
    this.#transmit(conversation, now);
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
    if (!this.#isMoving(conversation)) return;
    const session = this.#parts.peers.sessionWith(conversation.toKey);
    if (session === undefined) this.#reach(conversation, now);
    else this.#sendOn(session, conversation, now);
    this.#watch(conversation);
  }

  #isMoving(conversation: Conversation): boolean {
    return this.#isActive && !conversation.isHeld && conversation.open > 0;
  }

  #reach(conversation: Conversation, now: number): void {
    const place = this.#seek(conversation, now);
    if (place === "sought") return;
    // Nobody waits for somebody whom the table says is not there.
    if (place === "away") return this.#lose(conversation, now);
    conversation.leave(now);
    if (conversation.first?.leftAt !== undefined) this.#parts.peers.call(place, now);
  }

  #seek({ first, toKey }: Conversation, now: number): Place {
    return first === undefined ? "away" : this.#owner.seek(toKey, first.record.toName, now);
  }

  #lose(conversation: Conversation, now: number): void {
    conversation.leave(now);
    for (const message of conversation.left()) this.#end(conversation, message, "notDelivered", now);
    this.#settle(conversation, now);
  }

  #sendOn(session: LocalSessionId, conversation: Conversation, now: number): void {
    const { endpoint, peers } = this.#parts;
    for (let next = conversation.nextFor(session); next !== undefined; next = conversation.nextFor(session)) {
      if ((endpoint.view(session)?.queuedBytes ?? 0) > MOST_QUEUED_BYTES) break;
      if (!endpoint.send(session, Lane.chat, encodeText(next.record, conversation.floorOf(next)))) break;
      conversation.sent(now);
      peers.talk(session, now);
    }
    if (peers.isSilent(session)) this.unanswered(conversation.toKey, now);
    const isWaiting = conversation.first?.leftAt !== undefined;
    endpoint.probeEvenly(session, isWaiting ? this.#verdictMs(conversation) / PROBES_PER_VERDICT : undefined);
  }

  #watch(conversation: Conversation): void {
    this.#lookAt = Math.min(this.#lookAt, this.#verdictAt(conversation));
  }

  /** When the oldest message that has left is given up, unless something comes meanwhile. */
  #verdictAt(conversation: Conversation): number {
    const leftAt = conversation.first?.leftAt;
    if (leftAt === undefined || !this.#isMoving(conversation)) return Number.POSITIVE_INFINITY;
    this.#noteProgress(conversation);
    return dueAt(leftAt, conversation, this.#verdictMs(conversation));
  }

  #verdictMs({ toKey }: Conversation): number {
    const probeTimeoutMs = this.#view(toKey)?.probeTimeoutMs ?? this.#owner.serverProbeTimeoutMs() ?? 0;
    return verdictMs(probeTimeoutMs, this.#parts.ackTimeoutMs);
  }

  #view(toKey: Uint8Array): SessionView | undefined {
    const session = this.#parts.peers.sessionWith(toKey);
    return session === undefined ? undefined : this.#parts.endpoint.view(session);
  }

  #noteProgress(conversation: Conversation): void {
    const view = this.#view(conversation.toKey);
    if (view === undefined) return;
    const hasMoved = view.queuedBytes < conversation.queuedBytes;
    if (hasMoved) conversation.progressAt = Math.max(conversation.progressAt, view.heardAt);
    conversation.queuedBytes = view.queuedBytes;
    conversation.heardAt = Math.max(conversation.heardAt, view.heardAt);
  }

  /** Silence, for long enough: whatever has left for so long is not delivered; the rest tries another path. */
  #giveUp(conversation: Conversation, now: number): void {
    const waitedMs = this.#verdictMs(conversation);
    const { heardAt, progressAt } = conversation;
    for (const message of conversation.left()) {
      if (dueAt(message.leftAt ?? now, { heardAt, progressAt }, waitedMs) > now) break;
      this.#end(conversation, message, "notDelivered", now);
    }
    // What was given up must not arrive later over what is still queued there.
    this.#parts.peers.abandon(conversation.toKey);
    conversation.sendAgain();
    this.#settle(conversation, now);
    this.#owner.silent(conversation.toKey, now);
    this.#transmit(conversation, now);
  }

  #end(conversation: Conversation, message: Outgoing, end: OutgoingEnd, now: number): void {
    if (message.end !== undefined) return;
    const { messageId } = message.record;
    conversation.end(message, end);
    if (end === "received") conversation.progressAt = now;
    if (conversation.isHeld) this.#held--;
    this.#byId.delete(toHex(messageId));
  }

  /** Tells the verdicts that are next in order, each once it is safe: a killed client tells none twice. */
  #settle(conversation: Conversation, now: number): void {
    for (const { record, end } of conversation.settle()) {
      if (end === undefined) continue;
      this.#untold++;
      this.#parts.journal.write(
        { kind: "endOutgoing", messageId: record.messageId, end, atMs: this.#owner.wallMs(now) },
        () => {
          this.#untold--;
          this.#owner.ended(record, end);
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
    if (conversation.isHeld) this.#held++;
    this.#busy.add(conversation);
    return message;
  }

  #conversation(toKey: Uint8Array): Conversation {
    const key = toHex(toKey);
    const conversation = this.#conversations.get(key) ?? new Conversation(toKey);
    this.#conversations.set(key, conversation);
    return conversation;
  }
}

/** When a message that left then is given up: after silence, or without a receipt and without progress. */
function dueAt(
  leftAt: number,
  { heardAt, progressAt }: Pick<Conversation, "heardAt" | "progressAt">,
  ms: number,
): number {
  return Math.min(Math.max(leftAt, heardAt) + ms, Math.max(leftAt, progressAt) + NO_RECEIPT_MS);
}

/** Every path and retry carries the same values; only the floor moves. */
function encodeText({ messageId, epoch, number, sentAtMs, text }: OutgoingRecord, floor: number): Uint8Array {
  return encode(peerMessageCodec, { kind: "text", messageId, epoch, number, floor, sentAtMs, text });
}
